"""Keys to the API are made and taken back."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from accounts import audit
from accounts.models import User
from evaltool.base import clock
from evaltool.base.errors import Invalid, Problem, RuleBroken, StaleState
from projects.access import Permission, may
from projects.models import ApiKey, Membership, Project

SCOPES = {
    "read": "read the project, its guideline, rubric and progress",
    "work": "take, draft and submit tasks as the owner",
    "adjudicate": "read and settle disagreements",
    "manage": "create, import and release batches",
    "export": "build and download exports",
}
NEEDS = {
    "read": Permission.SEE_PROJECT,
    "work": Permission.WORK,
    "adjudicate": Permission.ADJUDICATE,
    "manage": Permission.MANAGE_BATCHES,
    "export": Permission.EXPORT,
}
SENT_TWICE = (
    "This form was sent before, and its key was shown then. If you did not copy it, revoke it and make another."
)
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


@transaction.atomic
def create_api_key(
    *,
    project: Project,
    owner: User,
    name: str,
    scopes: Iterable[str],
    by: User,
    expires_at: datetime | None = None,
    receipt: UUID | None = None,
) -> tuple[ApiKey, str]:
    """A key and its secret text `evt_<prefix>_<secret>`, which is not kept and cannot be shown again.

    The key can do what its owner may do in this project, within its scopes; only the owner makes it. Raises
    Invalid naming `name`, `scopes`, `owner` or `expires_at`; RuleBroken when the same `receipt` was used before.
    """
    wanted = [scope for scope in SCOPES if scope in set(scopes)]
    _check(project, owner, by, name.strip(), set(scopes), expires_at)
    if receipt is not None and ApiKey.objects.filter(public_id=receipt).exists():
        raise RuleBroken(SENT_TWICE, code="already_done")
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    secret = f"evt_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        owner=owner, project=project, name=name.strip(), prefix=prefix, sha256=digest(secret), scopes=wanted,
        created_at=clock.now(), expires_at=expires_at, public_id=receipt or uuid4(),
    )  # fmt: skip
    audit.record("api_key_created", by=by, target=key, scope=project.public_id, scopes=wanted)
    return key, secret


@transaction.atomic
def revoke_api_key(*, key: ApiKey, by: User) -> None:
    """Make a key useless at once. Raises StaleState when it is already."""
    now = clock.now()
    if ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now) != 1:
        raise StaleState("This key was revoked already.")
    key.revoked_at = now
    audit.record("api_key_revoked", by=by, target=key, scope=key.project.public_id)


def scopes_of(member: Membership) -> list[str]:
    """What a key of this member can be good for."""
    return [scope for scope, permission in NEEDS.items() if may(member, permission)]


def digest(secret: str) -> str:
    """What is kept of a key: it holds 256 random bits, so a plain hash suffices."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _check(project: Project, owner: User, by: User, name: str, scopes: set[str], expires_at: datetime | None) -> None:
    unknown = scopes.difference(SCOPES)
    checks = [
        ("name", bool(name) and len(name) <= 80, "A key has a name of 1 to 80 characters."),
        ("scopes", bool(scopes), "Choose at least one thing the key may do."),
        ("scopes", not unknown, f"There is no scope {min(unknown, default='')}."),
        ("owner", _is_member(project, owner), "The owner of a key is a member of the project."),
        ("owner", owner == by, "Nobody makes a key for somebody else: whoever holds it acts as its owner."),
        ("expires_at", expires_at is None or expires_at > clock.now(), "This date has passed."),
    ]
    problems = [Problem(field, reason) for field, fine, reason in checks if not fine]
    if problems:
        raise Invalid(problems)


def _is_member(project: Project, owner: User) -> bool:
    return Membership.objects.present().filter(project=project, user=owner).exists()
