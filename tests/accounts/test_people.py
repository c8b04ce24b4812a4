"""People are made, change what they say about themselves, and are told things."""

import pytest
from django.db import DatabaseError, transaction

from accounts import audit
from accounts.commands import change_password, create_person, mark_read, notify, set_preferences
from accounts.models import AuditEvent, Notification, User
from evaltool.base.errors import Invalid

pytestmark = pytest.mark.django_db
GOOD = "a-long-good-secret"


def fields(error: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return {problem.field for problem in error.value.problems}


def test_a_person_is_kept_under_one_spelling_of_their_address():
    user = create_person(email=" Ada@Example.ORG ", name=" Ada ", password=GOOD)
    assert (user.email, user.name) == ("ada@example.org", "Ada")
    with pytest.raises(Invalid) as error:
        create_person(email="ADA@example.org", name="Another", password=GOOD)
    assert fields(error) == {"email"}
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "no-address"}, "email"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"password": "short"}, "password"),
        ({"password": "password1234"}, "password"),
        ({"password": "ada.lovelace@example"}, "password"),
    ],
)
def test_a_person_that_does_not_fit_is_refused_with_the_field(values, field):
    given = {"email": "ada.lovelace@example.org", "name": "Ada Lovelace", "password": GOOD} | values
    with pytest.raises(Invalid) as error:
        create_person(**given)
    assert fields(error) == {field}
    assert not User.objects.exists()


def test_without_a_password_nobody_can_sign_in_as_the_person(client):
    user = create_person(email="ada@example.org", name="Ada")
    assert not user.has_usable_password()
    assert client.post("/sign-in/", {"username": "ada@example.org", "password": "!"}).status_code == 422


def test_making_a_person_leaves_an_audit_row_without_texts(alice):
    event = AuditEvent.objects.get(action="person_created")
    assert event.target == alice.public_id
    assert "Alice" not in str(event.data)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../etc/passwd"),
        ("theme", "neon"),
        ("text_size", "tiny"),
        ("reading", "comic"),
        ("hours_per_week", 81),
        ("hours_per_week", -1),
        ("name", ""),
        ("may_create_projects", True),
        ("email", "other@example.org"),
        ("is_active", False),
    ],
)
def test_a_preference_that_does_not_fit_changes_nothing(eve, name, value):
    with pytest.raises(Invalid) as error:
        set_preferences(user=eve, by=eve, **{"single_keys": False, name: value})
    assert fields(error) == {name}
    eve.refresh_from_db()
    assert eve.single_keys
    assert not eve.may_create_projects


def test_preferences_are_saved_and_only_the_profile_is_audited(eve):
    set_preferences(user=eve, by=eve, theme="dark", single_keys=False)
    assert not AuditEvent.objects.filter(action="profile_changed").exists()
    set_preferences(user=eve, by=eve, name=" Eve Adams ", time_zone="Africa/Lagos", hours_per_week=None)
    eve.refresh_from_db()
    assert (eve.theme, eve.single_keys, eve.name, eve.time_zone) == ("dark", False, "Eve Adams", "Africa/Lagos")
    assert AuditEvent.objects.filter(action="profile_changed", target=eve.public_id).count() == 1


def test_a_weak_new_password_is_refused_and_the_old_one_stays(eve):
    with pytest.raises(Invalid) as error:
        change_password(user=eve, password="eleven-char", by=eve)
    assert fields(error) == {"password"}
    eve.refresh_from_db()
    assert eve.check_password("correct-horse-battery")


def test_marking_as_read_touches_only_ones_own_messages(eve, evan):
    mine, other = notify(user=eve, kind="x", text="to Eve"), notify(user=evan, kind="x", text="to Evan")
    assert mark_read(user=eve, by=eve) == 1
    assert mark_read(user=eve, by=eve) == 0
    mine.refresh_from_db(), other.refresh_from_db()
    assert mine.read_at is not None
    assert other.read_at is None


def test_a_long_message_is_cut_rather_than_lost(eve):
    notify(user=eve, kind="x", text="y" * 900)
    assert len(Notification.objects.get().text) == 500


def test_the_record_of_decisions_cannot_be_changed_or_deleted(alice):
    audit.record("something", by=alice)
    for change in (
        lambda: AuditEvent.objects.update(action="else"),
        lambda: AuditEvent.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            change()
    assert AuditEvent.objects.filter(action="something").count() == 1
