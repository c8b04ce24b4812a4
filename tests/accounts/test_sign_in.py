"""Signing in: who gets in, where they land, and what stops guessing."""

import pytest
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"


def attempt(client: Client, email: str, password: str = PASSWORD, **extra: str):
    return client.post("/sign-in/", {"username": email, "password": password, **extra})


def test_signing_in_leads_home_and_gives_a_new_session(client, eve):
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = session.session_key
    planted = session.session_key
    answer = attempt(client, "eve@example.org")
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert client.session.session_key != planted
    assert client.session["_auth_user_id"] == str(eve.pk)


def test_the_address_may_be_spelled_in_capitals(client, eve):
    assert attempt(client, " EVE@Example.org ").status_code == 303


def test_a_wrong_password_and_an_unknown_address_read_the_same(client, eve):
    wrong = attempt(client, "eve@example.org", "not-her-password")
    unknown = attempt(Client(), "nobody@example.org", "not-her-password")
    assert wrong.status_code == unknown.status_code == 422
    assert b"E-mail or password is not right" in wrong.content
    said = [answer.context["form"].non_field_errors() for answer in (wrong, unknown)]
    assert said[0] == said[1]


def test_somebody_who_was_switched_off_cannot_sign_in_and_their_session_ends(client, eve):
    client.force_login(eve)
    User.objects.filter(pk=eve.pk).update(is_active=False)
    assert client.get("/account/profile/").status_code == 302
    assert attempt(Client(), "eve@example.org").status_code == 422


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "\\\\evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "http:evil.example",
        "evil",
        " //evil.example/",
    ],
)
def test_next_never_leads_away(client, eve, target):
    assert attempt(client, "eve@example.org", next=target)["Location"] == "/"
    assert client.get("/sign-in/", {"next": target})["Location"] == "/"


def test_next_leads_to_the_page_that_was_asked_for(client, eve):
    asked = client.get("/account/profile/?a=1")
    assert asked.status_code == 302
    page = client.get(asked["Location"])
    assert b'name="next" value="/account/profile/?a=1"' in page.content
    assert attempt(client, "eve@example.org", next="/account/profile/?a=1")["Location"] == "/account/profile/?a=1"


def test_too_many_wrong_passwords_lock_the_address_and_say_until_when(client, eve):
    for _ in range(6):
        answer = attempt(client, "eve@example.org", "wrong")
    assert answer.status_code == 429
    assert b"opens again by itself at" in answer.content
    assert b"15 min" in answer.content
    assert attempt(client, "eve@example.org").status_code == 429, "the right password waits too"
    assert attempt(client, "EVE@example.org").status_code == 429, "another spelling is the same address"


def test_another_spelling_does_not_give_more_guesses(client, eve):
    spellings = [
        "eve@example.org",
        "Eve@example.org",
        "EVE@example.org",
        "eVe@example.org",
        "eve@EXAMPLE.org",
        " eve@example.org",
    ]
    assert [attempt(client, spelling, "wrong").status_code for spelling in spellings][-1] == 429


def test_a_lockout_stops_neither_others_nor_the_same_person_elsewhere(client, eve, evan):
    for _ in range(6):
        attempt(client, "eve@example.org", "wrong")
    assert attempt(client, "evan@example.org").status_code == 303
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert attempt(elsewhere, "eve@example.org").status_code == 303


def test_signing_out_needs_a_post_and_ends_the_session(client, eve):
    client.force_login(eve)
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/account/profile/").status_code == 200
    answer = client.post("/sign-out/")
    assert (answer.status_code, answer["Location"]) == (303, "/sign-in/")
    assert client.get("/account/profile/").status_code == 302


def test_sign_in_refuses_a_post_without_our_token(eve):
    assert attempt(Client(enforce_csrf_checks=True), "eve@example.org").status_code == 403


def test_a_signed_in_person_is_sent_on(client, eve):
    client.force_login(eve)
    assert client.get("/sign-in/", {"next": "/account/look/"})["Location"] == "/account/look/"


def test_nobody_can_sign_themselves_up(client, db):
    for path in ("/sign-up/", "/register/", "/accounts/signup/"):
        assert client.get(path).status_code == 404
    assert b"one-time link" in client.get("/sign-in/").content
