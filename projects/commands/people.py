"""Members come, get roles, and move in standing."""

import secrets
from collections.abc import Iterable

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.commands import notify
from accounts.models import User
from evaltool.base import clock, states
from evaltool.base.errors import Invalid, Problem, RuleBroken, StaleState
from projects.links import guideline_path, my_quality_path
from projects.models import OUTSIDE, STANDING_MOVES, Expertise, Membership, Project, Role, Standing, StandingChange

# Without letters and digits that look alike: the name in an export is read aloud and typed.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"

# Moves between these two stay between leads: telling the person would announce gold.
SILENT = frozenset({Standing.ACTIVE, Standing.WATCHED})
NEEDS_REASON = frozenset({Standing.PAUSED, Standing.REMOVED})

WORDS = {
    Standing.READING: "You can read the guideline of {project} now.",
    Standing.TRAINING: "Your training in {project} can start.",
    Standing.QUALIFYING: "The next step in {project} is the qualification.",
    Standing.ACTIVE: "You can work in {project} now.",
    Standing.PAUSED: "Your work in {project} is paused. Your drafts and your record are kept.",
    Standing.REMOVED: "You no longer take part in {project}. Your record is kept.",
}


@transaction.atomic
def add_member(*, project: Project, user: User, roles: Iterable[str], by: User) -> Membership:
    """Take a person into a project; as an evaluator they begin by reading the guideline.

    Somebody who was removed comes back with the new roles. Raises Invalid naming `roles`, or `user` when they are
    a member already.
    """
    wanted = checked_roles(roles)
    member = Membership.objects.filter(project=project, user=user).first()
    if member is not None and member.standing not in OUTSIDE:
        raise Invalid([Problem("user", f"{user.name} is a member already.")])
    member = _back(member, wanted, by) if member else new_member(project=project, user=user, roles=wanted)
    audit.record("member_added", by=by, target=member, scope=project.public_id, roles=wanted)
    if by != user:
        notify(
            user=user, kind="member_added", text=f"You are a member of {project.name} now.", url=guideline_path(project)
        )
    return member


def new_member(*, project: Project, user: User, roles: Iterable[str], standing: str = Standing.READING) -> Membership:
    """The row of a new member, under a random pseudonym; rules and audit are the caller's.

    Raises StaleState when the same person was added at the same time.
    """
    values = {
        "project": project,
        "user": user,
        "roles": list(roles),
        "standing": standing,
        "created_at": clock.now(),
    }
    for _ in range(20):
        pseudonym = "person-" + "".join(secrets.choice(_ALPHABET) for _ in range(6))
        if Membership.objects.filter(project=project, pseudonym=pseudonym).exists():
            continue
        try:
            with transaction.atomic():
                return Membership.objects.create(pseudonym=pseudonym, **values)
        except IntegrityError as error:
            raise StaleState(f"{user.name} was added in the meantime. Reload to see it.") from error
    raise RuleBroken("No free pseudonym was found. Try again.")


@transaction.atomic
def set_roles(*, member: Membership, roles: Iterable[str], by: User) -> Membership:
    """Replace a member's roles. Raises Invalid naming `roles`, RuleBroken when no admin would be left."""
    wanted, before = checked_roles(roles), list(member.roles)
    if sorted(wanted) == sorted(before):
        return member
    if Role.ADMIN in before and Role.ADMIN not in wanted:
        _keep_an_admin(member)
    if Membership.objects.filter(pk=member.pk, roles=before).update(roles=wanted) != 1:
        raise StaleState
    member.roles = wanted
    audit.record("roles_set", by=by, target=member, scope=member.project.public_id, before=before, after=wanted)
    named = ", ".join(Role(role).label for role in wanted)
    notify(user=member.user, kind="roles_set", text=f"Your roles in {member.project.name} are now: {named}.", url="/")
    return member


@transaction.atomic
def change_standing(*, member: Membership, to: str, reason: str = "", by: User | None) -> StandingChange:
    """Move a member along STANDING_MOVES and tell them in plain words, except between active and watched.

    `by` is None for the system. Raises StaleState for a move that is not in the table or came too late, Invalid when
    pausing or removing somebody without a reason, RuleBroken when no admin would be left.
    """
    reason, before = reason.strip(), member.standing
    if to in NEEDS_REASON and not reason:
        raise Invalid([Problem("reason", "Write the reason: the person reads it.")])
    if to == Standing.REMOVED and Role.ADMIN in member.roles:
        _keep_an_admin(member)
    states.move(member, to=to, moves=STANDING_MOVES, field="standing")
    change = StandingChange.objects.create(member=member, before=before, after=to, reason=reason, by=by, at=clock.now())
    audit.record("standing_changed", by=by, target=member, scope=member.project.public_id, before=before, after=to)
    _tell(member, change)
    return change


@transaction.atomic
def grant_expertise(*, member: Membership, domain: str, level: int, evidence: str = "", by: User) -> Expertise:
    """Note that a member is an expert in a domain, and on what evidence; again to change it. Raises Invalid."""
    domain = domain.strip().lower()
    problems = []
    if not domain or len(domain) > 80:
        problems.append(Problem("domain", "A domain has 1 to 80 characters."))
    if level not in Expertise.Level.values:
        problems.append(Problem("level", "This is not one of the levels."))
    if problems:
        raise Invalid(problems)
    values = {"level": level, "evidence": evidence.strip(), "granted_by": by, "granted_at": clock.now()}
    granted, _ = Expertise.objects.update_or_create(member=member, domain=domain, defaults=values)
    audit.record("expertise_granted", by=by, target=member, scope=member.project.public_id, level=level)
    return granted


@transaction.atomic
def withdraw_expertise(*, member: Membership, domain: str, by: User) -> None:
    """Take an expertise back; harmless when it is not there."""
    gone, _ = Expertise.objects.filter(member=member, domain=domain).delete()
    if gone:
        audit.record("expertise_withdrawn", by=by, target=member, scope=member.project.public_id)


def checked_roles(roles: Iterable[str]) -> list[str]:
    """The roles in the order of the table, each once. Raises Invalid naming `roles`."""
    given = {str(role) for role in roles}
    if not given:
        raise Invalid([Problem("roles", "Choose at least one role.")])
    unknown = given.difference(Role.values)
    if unknown:
        raise Invalid([Problem("roles", f"There is no role {min(unknown)}.")])
    return [role for role in Role.values if role in given]


def _back(member: Membership, roles: list[str], by: User) -> Membership:
    Membership.objects.filter(pk=member.pk).update(roles=roles)
    member.roles = roles
    change_standing(member=member, to=Standing.READING, by=by)
    return member


def _keep_an_admin(leaving: Membership) -> None:
    """Refuse to let the last admin go; the project's row is locked so that two cannot leave at once."""
    Project.objects.select_for_update().get(pk=leaving.project_id)
    others = Membership.objects.present().filter(project=leaving.project_id, roles__contains=[Role.ADMIN])
    if not others.exclude(pk=leaving.pk).exists():
        raise RuleBroken("This is the last admin of the project. Make somebody else an admin first.")


def _tell(member: Membership, change: StandingChange) -> None:
    if {change.before, change.after} <= SILENT:
        return
    text = WORDS[Standing(change.after)].format(project=member.project.name)
    reason = f" The reason: {change.reason}" if change.reason else ""
    notify(user=member.user, kind=f"standing_{change.after}", text=text + reason, url=_next_page(member, change))


def _next_page(member: Membership, change: StandingChange) -> str:
    """Where the person goes from the message: out, to what the pause means, or to the guideline."""
    if change.after == Standing.REMOVED:
        return "/"
    paused = change.after == Standing.PAUSED
    return my_quality_path(member.project) if paused else guideline_path(member.project)
