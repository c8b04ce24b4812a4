"""What can be done to a person: made, changed, told something."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.keys import with_key
from accounts.models import Notification, User
from evaltool.base import clock
from evaltool.base.errors import Invalid, Problem

PROFILE = frozenset(
    {
        "name", "time_zone", "degree", "fields", "languages", "jurisdictions", "credentials", "experience",
        "hours_per_week",
    }
)  # fmt: skip
LOOK = frozenset({"theme", "text_size", "reading", "single_keys"})
MAX_HOURS = 80


@transaction.atomic
def create_person(
    *, email: str, name: str, password: str | None = None, by: User | None = None, may_create_projects: bool = False
) -> User:
    """A new person; without a password nobody can sign in as them yet.

    `by` is None when the person made themselves (by invitation, or at the terminal).
    Raises Invalid naming `email`, `name` or `password`.
    """
    email, name = email.strip().lower(), name.strip()
    _refuse([*_email_problems(email), *_name_problems(name), *_password_problems(password, email=email, name=name)])
    try:
        with transaction.atomic():
            user = User.objects.make(email=email, name=name, password=password, may_create_projects=may_create_projects)
    except IntegrityError as error:
        raise Invalid([Problem("email", "Somebody with this address is here already.")]) from error
    audit.record("person_created", by=by, target=user, may_create_projects=may_create_projects)
    return user


@transaction.atomic
def set_preferences(*, user: User, by: User, **values: Any) -> User:
    """Change what a person says about themselves (PROFILE) or how pages look to them (LOOK).

    Raises Invalid naming the field; nothing is changed then.
    """
    _refuse([problem for name, value in values.items() for problem in _preference_problems(name, value)])
    if "name" in values:
        values["name"] = values["name"].strip()
    User.objects.filter(pk=user.pk).update(**values)
    for name, value in values.items():
        setattr(user, name, value)
    if PROFILE.intersection(values):
        audit.record("profile_changed", by=by, target=user, fields=sorted(values))
    return user


@transaction.atomic
def set_key(*, user: User, action: str, key: str, swap: bool = False, by: User) -> User:
    """Give an action (of accounts.keys) another key; with `swap`, the action that has the key takes the old one.

    Raises KeyTaken when the key does something else where the action applies, Invalid for a key that cannot be one.
    """
    row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    return _save_keys(user, with_key(row.keys, action, key, swap=swap))


def reset_keys(*, user: User, by: User) -> User:
    """Give every action its key by default."""
    return _save_keys(user, {})


def _save_keys(user: User, keys: dict[str, str]) -> User:
    User.objects.filter(pk=user.pk).update(keys=keys)
    user.keys = keys
    user.__dict__.pop("own_keys", None)
    return user


@transaction.atomic
def change_password(*, user: User, password: str, by: User) -> User:
    """Set a new password. Every session made under the old one ends with its next request.

    Raises Invalid naming `password` when it is weak. The caller keeps its own session with
    `update_session_auth_hash`.
    """
    _refuse(_password_problems(password, email=user.email, name=user.name))
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record("password_changed", by=by, target=user)
    return user


def notify(*, user: User, kind: str, text: str, url: str = "") -> Notification:
    """Tell a person something short, with a page of ours to go to."""
    return notify_all(users=[user], kind=kind, text=text, url=url)[0]


def notify_all(*, users: Iterable[User], kind: str, text: str, url: str = "") -> list[Notification]:
    """Tell several people the same in one statement."""
    at = clock.now()
    return Notification.objects.bulk_create(
        Notification(user=user, kind=kind, text=text[:500], url=url, created_at=at) for user in users
    )


def mark_read(*, user: User, by: User, notification: Notification | None = None) -> int:
    """Mark one message of the person's as read, or all of them up to now. Returns how many were unread."""
    unread = Notification.objects.filter(user=user, read_at__isnull=True)
    if notification is not None:
        unread = unread.filter(pk=notification.pk)
    return unread.update(read_at=clock.now())


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise Invalid(problems)


def _email_problems(email: str) -> list[Problem]:
    try:
        validate_email(email)
    except ValidationError:
        return [Problem("email", "This is not an e-mail address.")]
    return []


def _name_problems(name: str) -> list[Problem]:
    if not name.strip():
        return [Problem("name", "A name is needed: it is shown to the people you work with.")]
    return [] if len(name) <= 120 else [Problem("name", "A name has at most 120 characters.")]


def _password_problems(password: str | None, *, email: str, name: str) -> list[Problem]:
    if password is None:
        return []
    try:
        validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        return [Problem("password", message) for message in error.messages]
    return []


def _preference_problems(name: str, value: Any) -> list[Problem]:
    """What is wrong with one value of a profile or a look."""
    if name not in PROFILE | LOOK:
        return [Problem(name, "This is not something a person can set.")]
    if name == "name":
        return _name_problems(str(value))
    if name == "time_zone":
        return _zone_problems(str(value))
    if name == "hours_per_week":
        fits = value is None or 0 <= value <= MAX_HOURS
        return [] if fits else [Problem(name, f"Hours per week go from 0 to {MAX_HOURS}.")]
    return _choice_problems(name, value)


def _zone_problems(value: str) -> list[Problem]:
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError):
        return [Problem("time_zone", "This time zone is not known.")]
    return []


def _choice_problems(name: str, value: Any) -> list[Problem]:
    choices = {"theme": User.Theme, "text_size": User.TextSize, "reading": User.Reading}
    if name in choices and value not in choices[name].values:
        return [Problem(name, "This is not one of the choices.")]
    return []
