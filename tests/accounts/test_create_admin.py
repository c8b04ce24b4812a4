"""The first person is made at the terminal."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User

pytestmark = pytest.mark.django_db


def run(monkeypatch, *args: str, password: str = "") -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    out = io.StringIO()
    call_command("create_admin", *args, stdout=out, stderr=out)
    return out.getvalue()


def test_the_first_admin_may_create_projects_and_is_told_what_comes_next(monkeypatch, client):
    said = run(monkeypatch, "Root@example.org", "--name", "Rita", "--password-stdin", password="a-long-good-secret")
    user = User.objects.get()
    assert (user.email, user.name, user.may_create_projects) == ("root@example.org", "Rita", True)
    assert "/sign-in/" in said
    assert "/manage/" in said
    assert "a-long-good-secret" not in said
    assert client.post("/sign-in/", {"username": user.email, "password": "a-long-good-secret"}).status_code == 303


@pytest.mark.parametrize("password", ["", "short", "password1234", "rita.roe@example"])
def test_a_weak_password_makes_nobody(monkeypatch, password):
    with pytest.raises(CommandError, match="password:"):
        run(monkeypatch, "rita.roe@example.org", "--password-stdin", password=password)
    assert not User.objects.exists()


def test_an_address_that_is_taken_is_said_so(monkeypatch, eve):
    with pytest.raises(CommandError, match="email: Somebody with this address"):
        run(monkeypatch, "EVE@example.org", "--password-stdin", password="a-long-good-secret")


def test_the_password_is_asked_for_twice_and_a_slip_can_be_mended(monkeypatch):
    typed = iter(["one-long-secret", "another-secret", "weak", "weak", "a-long-good-secret", "a-long-good-secret"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    said = run(monkeypatch, "rita@example.org")
    assert "not the same" in said
    assert User.objects.get().check_password("a-long-good-secret")
    assert User.objects.get().name == "Rita"


def test_after_three_slips_nobody_is_made(monkeypatch):
    typed = iter(["a", "b"] * 3)
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    with pytest.raises(CommandError, match="Nobody was made"):
        run(monkeypatch, "rita@example.org")
    assert not User.objects.exists()
