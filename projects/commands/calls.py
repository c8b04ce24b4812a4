"""A project calls for people, people apply, admins decide; and admins announce."""

from collections.abc import Iterable

from django.db import transaction

from accounts import audit, mailing
from accounts.commands import notify, notify_all
from accounts.models import User
from evaltool.base import clock, states
from evaltool.base.errors import Invalid, Problem, RuleBroken
from projects.commands.people import change_standing, new_member
from projects.links import announcements_path
from projects.matching import unmet
from projects.models import (
    APPLICATION_MOVES,
    OUTSIDE,
    Announcement,
    Application,
    Call,
    Membership,
    Project,
    Role,
    Standing,
)

A = Application.State
MOST_WORDS = 5_000
LISTED = 20


@transaction.atomic
def set_call(
    *,
    project: Project,
    is_open: bool,
    text: str = "",
    languages: Iterable[str] = (),
    fields: Iterable[str] = (),
    degree: bool = False,
    hours: int = 0,
    by: User,
) -> Call:
    """Open or close a project to applications, and say what it asks of people. Raises Invalid."""
    problems = []
    if len(text) > MOST_WORDS:
        problems.append(Problem("text", f"At most {MOST_WORDS:,} characters."))
    if is_open and not text.strip():
        problems.append(Problem("text", "Say what the work is: people decide by it whether to apply."))
    if not 0 <= hours <= 80:
        problems.append(Problem("hours", "Hours a week go from 0 to 80."))
    if problems:
        raise Invalid(problems)
    asked = {"languages": _words(languages), "fields": _words(fields), "degree": degree, "hours": hours}
    call, _ = Call.objects.update_or_create(
        project=project, defaults={"is_open": is_open, "text": text.strip(), **asked}
    )
    audit.record("call_set", by=by, target=project, scope=project.public_id, open=is_open)
    return call


def _words(given: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(word.strip()[:80] for word in given if word.strip()))[:LISTED]


@transaction.atomic
def apply_to(*, project: Project, note: str = "", by: User) -> Application:
    """Apply as an evaluator; twice is once. Raises RuleBroken when the project does not call, Invalid for what is
    missing in one's profile.
    """
    call = Call.objects.filter(project=project, is_open=True, project__archived_at__isnull=True).first()
    if call is None:
        raise RuleBroken("This project takes no applications now.", code="closed")
    missing = unmet(by, call)
    if missing:
        raise Invalid([Problem("profile", reason) for reason in missing])
    member = _applicant(project, by)
    found, new = Application.objects.get_or_create(
        member=member, state=A.WAITING, defaults={"note": note.strip()[:MOST_WORDS], "at": clock.now()}
    )
    if new:
        audit.record("applied", by=by, target=member, scope=project.public_id)
    return found


def _applicant(project: Project, user: User) -> Membership:
    member = Membership.objects.select_for_update(no_key=True).filter(project=project, user=user).first()
    if member is None:
        return new_member(project=project, user=user, roles=[Role.EVALUATOR], standing=Standing.APPLIED)
    if member.standing == Standing.REMOVED:
        raise RuleBroken("You took part in this project before. Ask its lead to invite you again.", code="removed")
    if member.standing not in OUTSIDE:
        raise RuleBroken("You are a member of this project already.", code="member")
    return member


@transaction.atomic
def accept_application(*, application: Application, by: User) -> Application:
    """Take an applicant in: they begin by reading the guideline."""
    return _decide(application, A.ACCEPTED, "", by, to_standing=Standing.READING)


@transaction.atomic
def decline_application(*, application: Application, reason: str, by: User) -> Application:
    """Decline with a reason that the person reads. They can apply again later."""
    if not reason.strip():
        raise Invalid([Problem("reason", "Write the reason: the person reads it.")])
    found = _decide(application, A.DECLINED, reason.strip(), by)
    member = found.member
    text = f"{member.project.name} did not take your application. The reason: {found.reason}"
    notify(user=member.user, kind="application_declined", text=text, url="/p/open/")
    return found


@transaction.atomic
def withdraw_application(*, application: Application, by: User) -> Application:
    """Take one's own application back."""
    if by.pk != application.member.user_id:
        raise RuleBroken("This is somebody else's application.", code="forbidden")
    return _decide(application, A.WITHDRAWN, "", by)


def _decide(found: Application, to: str, reason: str, by: User, *, to_standing: str = "") -> Application:
    states.move(found, to=to, moves=APPLICATION_MOVES, reason=reason, decided_by=by, decided_at=clock.now())
    member = found.member
    audit.record(f"application_{to}", by=by, target=member, scope=member.project.public_id)
    if to_standing:
        change_standing(member=member, to=to_standing, by=by)
    return found


@transaction.atomic
def announce(*, project: Project, text: str, mail: bool = False, by: User) -> Announcement:
    """Tell everybody who takes part; as a message, and by mail where wished. Raises Invalid."""
    text = text.strip()
    if not text or len(text) > MOST_WORDS:
        raise Invalid([Problem("text", f"An announcement has 1 to {MOST_WORDS:,} characters.")])
    made = Announcement.objects.create(project=project, text=text, by=by, at=clock.now(), mailed=mail)
    people = [member.user for member in Membership.objects.present().filter(project=project).select_related("user")]
    others = [person for person in people if person != by]
    short = f"{project.name}: {' '.join(text.split())}"
    notify_all(users=others, kind="announcement", text=short[:200], url=announcements_path(project))
    for person in others if mail else ():
        mailing.send(address=person.email, subject=f"From {project.name}", body=f"{text}\n\n{by.name}\n")
    audit.record("announced", by=by, target=made, scope=project.public_id, people=len(others))
    return made
