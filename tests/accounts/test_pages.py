"""Pages of a person's own."""

import pytest
from django.test import Client

from accounts.commands import notify
from accounts.models import Notification

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"
PROFILE = {"name": "Eve Adams", "time_zone": "Africa/Lagos", "hours_per_week": "12"}


def test_a_profile_is_saved_and_shown_again(signed_in, eve):
    client = signed_in(eve)
    assert client.post("/account/profile/", PROFILE)["Location"] == "/account/profile/"
    page = client.get("/account/profile/").content.decode()
    assert 'value="Eve Adams"' in page
    assert "Your profile is saved." in page


def test_a_profile_that_does_not_fit_keeps_what_was_typed_and_changes_nothing(signed_in, eve):
    answer = signed_in(eve).post("/account/profile/", PROFILE | {"hours_per_week": "500", "degree": "Medicine"})
    assert answer.status_code == 422
    assert b'value="Medicine"' in answer.content
    assert b'value="500"' in answer.content
    assert b"Hours per week go from 0 to 80." in answer.content
    eve.refresh_from_db()
    assert (eve.name, eve.degree) == ("Eve", "")


def test_a_refused_name_is_not_shown_as_the_persons_name(signed_in, eve):
    page = signed_in(eve).post("/account/profile/", PROFILE | {"name": "Impostor", "hours_per_week": "500"}).content
    assert b'<span class="hide-sm">Eve</span>' in page


def test_the_look_is_saved_and_put_on_the_page(signed_in, eve):
    client = signed_in(eve)
    look = {"whole": "1", "theme": "dark", "text_size": "large", "reading": "sans"}
    assert client.post("/account/look/", look).status_code == 303
    page = client.get("/account/look/").content.decode()
    assert 'data-theme="dark"' in page
    assert 'data-text="large"' in page
    assert 'data-keys="off"' in page, "an unticked box turns single keys off"


def test_the_menu_changes_one_setting_and_leaves_the_others(signed_in, eve):
    client = signed_in(eve)
    answer = client.post("/account/look/", {"theme": "dark", "next": "/account/messages/"})
    assert answer["Location"] == "/account/messages/"
    eve.refresh_from_db()
    assert (eve.theme, eve.single_keys) == ("dark", True)
    by_script = client.post("/account/look/", {"theme": "light"}, headers={"accept": "application/json"})
    assert by_script.status_code == 204
    assert client.post("/account/look/", {"theme": "dark", "next": "//evil.example/"})["Location"] == "/"


def test_an_unknown_theme_is_refused(signed_in, eve):
    assert signed_in(eve).post("/account/look/", {"theme": "neon"}).status_code == 422


def test_a_new_password_ends_other_sessions_and_keeps_this_one(signed_in, eve):
    here, elsewhere = signed_in(eve), signed_in(eve)
    new = "another-fine-secret"
    assert here.post("/account/security/", {"old": PASSWORD, "password": new, "again": new}).status_code == 303
    assert here.get("/account/profile/").status_code == 200
    assert elsewhere.get("/account/profile/").status_code == 302
    assert Client().post("/sign-in/", {"username": eve.email, "password": PASSWORD}).status_code == 422
    assert Client().post("/sign-in/", {"username": eve.email, "password": new}).status_code == 303


@pytest.mark.parametrize(
    "change",
    [
        {"old": "not-the-old-one"},
        {"again": "something-else-entirely"},
        {"password": "short", "again": "short"},
        {"password": "eve@example.org", "again": "eve@example.org"},
    ],
)
def test_a_password_change_that_does_not_fit_is_refused(signed_in, eve, change):
    good = {"old": PASSWORD, "password": "another-fine-secret", "again": "another-fine-secret"}
    answer = signed_in(eve).post("/account/security/", good | change)
    assert answer.status_code == 422
    assert b"another-fine-secret" not in answer.content, "passwords are never printed back"
    eve.refresh_from_db()
    assert eve.check_password(PASSWORD)


def test_opening_a_message_marks_it_read_and_leads_to_its_page(signed_in, eve):
    message = notify(user=eve, kind="x", text="Look here", url="/account/look/")
    client = signed_in(eve)
    assert b"Look here" in client.get("/account/messages/").content
    message.refresh_from_db()
    assert message.read_at is None, "looking changes nothing"
    answer = client.post(f"/account/messages/{message.public_id}/read/", {"open": "1"})
    assert answer["Location"] == "/account/look/"
    message.refresh_from_db()
    assert message.read_at is not None


def test_a_message_never_leads_away(signed_in, eve):
    message = notify(user=eve, kind="x", text="Look here", url="https://evil.example/")
    answer = signed_in(eve).post(f"/account/messages/{message.public_id}/read/", {"open": "1"})
    assert answer["Location"] == "/account/messages/"


def test_a_message_to_somebody_else_does_not_exist(signed_in, eve, mallory):
    message = notify(user=eve, kind="x", text="private words")
    client = signed_in(mallory)
    assert client.post(f"/account/messages/{message.public_id}/read/").status_code == 404
    assert b"private words" not in client.get("/account/messages/").content
    message.refresh_from_db()
    assert message.read_at is None


def test_marking_all_as_read_hides_the_link_with_the_number(signed_in, eve):
    notify(user=eve, kind="x", text="one")
    notify(user=eve, kind="x", text="two")
    client = signed_in(eve)
    assert b'Messages <span class="badge">2</span>' in client.get("/account/profile/").content
    client.post("/account/messages/read/")
    assert b'Messages <span class="badge">' not in client.get("/account/profile/").content


def test_messages_cost_the_same_queries_for_one_as_for_many(signed_in, eve, django_assert_max_num_queries):
    client = signed_in(eve)

    def queries() -> int:
        with django_assert_max_num_queries(20) as seen:
            assert client.get("/account/messages/").status_code == 200
        return len(seen)

    notify(user=eve, kind="x", text="one")
    one = queries()
    Notification.objects.bulk_create(
        Notification(user=eve, kind="x", text=str(n), created_at="2026-01-01T00:00Z") for n in range(120)
    )
    assert queries() == one


@pytest.mark.parametrize("page", ["profile", "look", "security", "messages"])
def test_a_visitor_is_sent_to_sign_in(client, db, page):
    answer = client.get(f"/account/{page}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/sign-in/?next=/account/{page}/")
