"""People come into a project by a one-time link, of which only a hash is kept."""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string

from accounts import audit, mailing
from accounts.commands import create_person
from accounts.models import User
from evaltool.base import clock
from evaltool.base.errors import Invalid, Problem, RuleBroken, StaleState
from projects.commands.people import add_member, checked_roles, grant_expertise
from projects.models import Expertise, Invitation, Membership, Project

VALID_FOR = timedelta(days=14)
INVITED_AS = "Stated by whoever invited them."
SENT_TWICE = "This form was sent before, and its link was shown then. If you did not copy it, make a new link."


@transaction.atomic
def invite(
    *,
    project: Project,
    email: str,
    name: str = "",
    roles: Iterable[str],
    by: User,
    receipt: UUID | None = None,
    expertise: Mapping[str, int] | None = None,
    link: Callable[[str], str] | None = None,
) -> tuple[Invitation, str]:
    """A one-time link for one address, valid 14 days: the invitation and the token for `/invite/<token>/`.

    `expertise` maps domains of the project to levels, granted by the inviter when the link is used. With `link`, which
    makes the whole address of a token, the link is mailed. An earlier open link for the address stops working. Raises
    Invalid naming `email`, `roles` or `expertise`; RuleBroken when the same `receipt` was used before, since the link
    cannot be shown again.
    """
    email, wanted, skills = email.strip().lower(), checked_roles(roles), dict(expertise or {})
    _check_address(project, email)
    _check_expertise(project, skills)
    if receipt is not None and Invitation.objects.filter(public_id=receipt).exists():
        raise RuleBroken(SENT_TWICE, code="already_done")
    now, token = clock.now(), secrets.token_urlsafe(32)
    _open(project, email).update(revoked_at=now)
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                project=project, email=email, name=name.strip()[:120], roles=wanted, token_sha256=digest(token),
                created_by=by, created_at=now, expires_at=now + VALID_FOR, public_id=receipt or uuid4(),
                expertise=skills, mailed=link is not None,
            )  # fmt: skip
    except IntegrityError as error:
        raise StaleState("Another admin invited this address in the same moment.") from error
    audit.record("person_invited", by=by, target=invitation, scope=project.public_id, roles=wanted)
    if link is not None:
        _mail(invitation, link(token))
    return invitation, token


def _mail(invitation: Invitation, address: str) -> None:
    project, by = invitation.project, invitation.created_by
    mailing.send(
        address=invitation.email,
        subject=f"{by.name} invites you to {project.name}",
        body=render_to_string("projects/mail/invitation.txt", {"invitation": invitation, "address": address}),
    )


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: User) -> None:
    """Make an open link useless. Raises StaleState when it was used or withdrawn already."""
    still_open = Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True, revoked_at__isnull=True)
    if still_open.update(revoked_at=clock.now()) != 1:
        raise StaleState("This invitation was used or withdrawn already.")
    invitation.refresh_from_db()
    audit.record("invitation_revoked", by=by, target=invitation, scope=invitation.project.public_id)


@transaction.atomic
def accept_invitation(
    *, token: str, name: str = "", password: str | None = None, user: User | None = None
) -> Membership:
    """Use a link: a signed-in person of that address joins, a new person is made with name and password.

    Raises RuleBroken with code `unknown_link`, `used_link`, `withdrawn_link`, `expired_link`, `other_address` or
    `sign_in_first`; Invalid naming `name` or `password`.
    """
    invitation = open_invitation(token, lock=True)
    person = _person(invitation, name, password, user)
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=clock.now(), accepted_by=person)
    member = add_member(project=invitation.project, user=person, roles=invitation.roles, by=invitation.created_by)
    for domain, level in invitation.expertise.items():
        grant_expertise(member=member, domain=domain, level=level, evidence=INVITED_AS, by=invitation.created_by)
    audit.record("invitation_accepted", by=person, target=invitation, scope=invitation.project.public_id)
    return member


def open_invitation(token: str, *, lock: bool = False) -> Invitation:
    """The invitation behind a link that still works, or RuleBroken saying why it does not."""
    rows = Invitation.objects.select_related("project", "created_by")
    rows = rows.select_for_update(of=("self",)) if lock else rows
    found = rows.filter(token_sha256=digest(token)).first()
    if found is None:
        raise RuleBroken("This link is not known. Check that you copied all of it.", code="unknown_link")
    if found.accepted_at:
        raise RuleBroken("This link was used already. It works once. Sign in with your address.", code="used_link")
    if found.revoked_at:
        raise RuleBroken("This link was withdrawn. Ask your project lead for a new one.", code="withdrawn_link")
    if found.expires_at <= clock.now():
        raise RuleBroken("This link is too old. Ask your project lead for a new one.", code="expired_link")
    return found


def account_exists(email: str) -> bool:
    """Whether somebody signs in with this address; asked only for the holder of a link to it."""
    return User.objects.filter(email__iexact=email).exists()


def digest(token: str) -> str:
    """What is kept of a token: it holds 256 random bits, so a plain hash suffices."""
    return hashlib.sha256(token.encode()).hexdigest()


def _person(invitation: Invitation, name: str, password: str | None, user: User | None) -> User:
    """Who joins: the signed-in person if the link is for their address, else a new one."""
    if user is not None:
        if user.email.lower() != invitation.email:
            raise RuleBroken("This link is for another address. Sign out, then open it again.", code="other_address")
        return user
    if account_exists(invitation.email):
        raise RuleBroken("You have an account already. Sign in, then open this link again.", code="sign_in_first")
    if not password:
        raise Invalid([Problem("password", "Choose a password.")])
    return create_person(email=invitation.email, name=name, password=password, by=None)


def _open(project: Project, email: str) -> QuerySet[Invitation]:
    return Invitation.objects.filter(project=project, email=email, accepted_at__isnull=True, revoked_at__isnull=True)


def _check_expertise(project: Project, skills: Mapping[str, int]) -> None:
    problems = [
        Problem("expertise", f"The project has no domain {domain}.")
        for domain in skills
        if project.domains and domain not in project.domains
    ]
    problems += [
        Problem("expertise", f"{level} is not a level of expertise.")
        for level in skills.values()
        if level not in Expertise.Level.values
    ]
    if problems:
        raise Invalid(problems)


def _check_address(project: Project, email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid([Problem("email", "This is not an e-mail address.")]) from error
    if Membership.objects.present().filter(project=project, user__email__iexact=email).exists():
        raise Invalid([Problem("email", "The person with this address is a member already.")])
