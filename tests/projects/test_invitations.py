"""People come in by a one-time link."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from evaltool.base import clock
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from projects.commands import accept_invitation, change_standing, invite, revoke_invitation
from projects.models import Invitation, Role, Standing

pytestmark = pytest.mark.django_db
SECRET = "a-long-good-secret"
NEW = {"name": "Nora", "password": SECRET, "again": SECRET}


@pytest.fixture
def link(project, alice):
    """An open link for somebody new: the invitation and its path."""
    invitation, token = invite(project=project, email="Nora@Example.org", roles=[Role.EVALUATOR], by=alice)
    return invitation, token, f"/invite/{token}/"


def test_a_new_person_joins_once_and_reads_first(link, project):
    invitation, token, _ = link
    member = accept_invitation(token=token, name="Nora", password=SECRET)
    assert (member.user.email, member.roles, member.standing) == ("nora@example.org", ["evaluator"], Standing.READING)
    invitation.refresh_from_db()
    assert invitation.accepted_by == member.user
    with pytest.raises(RuleBroken, match="used already") as error:
        accept_invitation(token=token, name="Nora", password=SECRET)
    assert error.value.code == "used_link"
    assert User.objects.filter(email="nora@example.org").count() == 1


def test_only_a_hash_of_the_link_is_kept(link):
    invitation, token, _ = link
    stored = str(Invitation.objects.filter(pk=invitation.pk).values().get())
    assert token not in stored
    assert len(token) >= 43


def test_a_link_ends_after_fourteen_days(link):
    _, token, path = link
    with clock.held_at(clock.now() + timedelta(days=14, seconds=1)):
        with pytest.raises(RuleBroken, match="too old"):
            accept_invitation(token=token, name="Nora", password=SECRET)
        answer = Client().get(path)
    assert answer.status_code == 410
    assert b"too old" in answer.content
    with clock.held_at(clock.now() + timedelta(days=13)):
        assert accept_invitation(token=token, name="Nora", password=SECRET).pk


def test_a_withdrawn_link_and_one_replaced_by_a_newer_do_not_open(link, project, alice):
    _, first, _ = link
    newer, second = invite(project=project, email="nora@example.org", roles=[Role.QA_LEAD], by=alice)
    with pytest.raises(RuleBroken, match="withdrawn"):
        accept_invitation(token=first, name="Nora", password=SECRET)
    revoke_invitation(invitation=newer, by=alice)
    with pytest.raises(RuleBroken, match="withdrawn"):
        accept_invitation(token=second, name="Nora", password=SECRET)
    with pytest.raises(StaleState):
        revoke_invitation(invitation=newer, by=alice)
    assert not User.objects.filter(email="nora@example.org").exists()


def test_a_refused_name_or_password_uses_nothing_up(link):
    _, token, _ = link
    for name, password in (("", SECRET), ("Nora", "short"), ("Nora", None), ("Nora", "nora@example.org")):
        with pytest.raises(Invalid):
            accept_invitation(token=token, name=name, password=password)
    assert accept_invitation(token=token, name="Nora", password=SECRET).pk


def test_a_link_is_for_its_address_only(project, alice, mallory):
    _, token = invite(project=project, email="nora@example.org", roles=[Role.ADMIN], by=alice)
    with pytest.raises(RuleBroken, match="another address") as error:
        accept_invitation(token=token, user=mallory)
    assert error.value.code == "other_address"
    assert not project.memberships.filter(user=mallory).exists()


def test_somebody_with_an_account_signs_in_first(project, alice, mallory):
    _, token = invite(project=project, email=mallory.email.upper(), roles=[Role.QA_LEAD], by=alice)
    with pytest.raises(RuleBroken) as error:
        accept_invitation(token=token, name="Fake", password=SECRET)
    assert error.value.code == "sign_in_first"
    assert accept_invitation(token=token, user=mallory).roles == [Role.QA_LEAD]


@pytest.mark.parametrize(
    ("email", "roles", "field"),
    [
        ("no-address", ["evaluator"], "email"),
        ("nora@example.org", [], "roles"),
        ("eve@example.org", ["admin"], "email"),
    ],
)
def test_an_invitation_that_does_not_fit_is_refused(project, alice, email, roles, field):
    with pytest.raises(Invalid) as error:
        invite(project=project, email=email, roles=roles, by=alice)
    assert error.value.problems[0].field == field


def test_somebody_removed_can_be_invited_back(project, alice, eve, member_of):
    change_standing(member=member_of(eve), to=Standing.REMOVED, reason="Left.", by=alice)
    _, token = invite(project=project, email=eve.email, roles=[Role.EVALUATOR], by=alice)
    assert accept_invitation(token=token, user=eve).standing == Standing.READING


@pytest.mark.django_db(transaction=True)
def test_two_people_with_one_link_at_the_same_moment_make_one_member(project, alice):
    _, token = invite(project=project, email="nora@example.org", roles=[Role.EVALUATOR], by=alice)
    start, outcomes = Barrier(4), []

    def join() -> None:
        start.wait()
        try:
            outcomes.append(accept_invitation(token=token, name="Nora", password=SECRET).pk)
        except RuleBroken as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=join) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes))[1:] == ["used_link"] * 3
    assert project.memberships.filter(user__email="nora@example.org").count() == 1


# ------------------------------------------------------------------ pages


def test_the_page_makes_the_person_and_signs_them_in(link, client):
    _, _, path = link
    assert b"Join Clinical answers" in client.get(path).content
    answer = client.post(path, NEW)
    assert (answer.status_code, answer["Location"]) == (303, "/p/clinical-answers/guideline/")
    assert b"Welcome, Nora." in client.get(answer["Location"]).content
    assert Client().get(path).status_code == 410


def test_looking_at_the_page_uses_nothing_up(link, client):
    invitation, _, path = link
    client.get(path), client.get(path)
    invitation.refresh_from_db()
    assert invitation.accepted_at is None


@pytest.mark.parametrize("wrong", [{"again": "else"}, {"password": "short", "again": "short"}, {"name": ""}])
def test_the_page_says_what_does_not_fit_and_keeps_the_name(link, client, wrong):
    answer = client.post(link[2], NEW | wrong)
    assert answer.status_code == 422
    assert SECRET.encode() not in answer.content
    assert not User.objects.filter(email="nora@example.org").exists()


def test_an_unknown_link_says_so(client, db):
    answer = client.get("/invite/nothing-of-the-kind/")
    assert answer.status_code == 410
    assert b"not known" in answer.content


def test_a_signed_in_person_of_the_address_just_joins(project, alice, mallory, signed_in):
    _, token = invite(project=project, email=mallory.email, roles=[Role.EVALUATOR], by=alice)
    visitor = Client().get(f"/invite/{token}/").content
    assert f"/sign-in/?next=%2Finvite%2F{token}%2F".encode() in visitor
    client = signed_in(mallory)
    assert client.post(f"/invite/{token}/").status_code == 303
    assert project.memberships.filter(user=mallory).exists()


def test_a_signed_in_person_of_another_address_does_not_join(project, alice, eve, mallory, signed_in, member_of):
    change_standing(member=member_of(eve), to=Standing.REMOVED, reason="Left.", by=alice)
    _, token = invite(project=project, email=eve.email, roles=[Role.EVALUATOR], by=alice)
    client = signed_in(mallory)
    assert b"This link is for another address" in client.get(f"/invite/{token}/").content
    assert client.post(f"/invite/{token}/", NEW).status_code == 409
    assert not mallory.memberships.exists()


def test_the_link_is_shown_once_and_a_second_send_makes_no_second(project, alice, signed_in):
    client = signed_in(alice)
    page = client.get("/manage/clinical-answers/people/invite/")
    form = {
        "receipt": str(page.context["form"].initial["receipt"]),
        "email": "nora@example.org",
        "roles": ["evaluator"],
    }
    answer = client.post("/manage/clinical-answers/people/invite/", form)
    assert b"http://testserver/invite/" in answer.content
    again = client.post("/manage/clinical-answers/people/invite/", form)
    assert again.status_code == 422
    assert b"was shown then" in again.content
    assert Invitation.objects.count() == 1
    assert b"/invite/" not in client.get("/manage/clinical-answers/people/invitations/").content.replace(
        b"/people/invite/", b""
    )


def test_withdrawing_from_the_list_closes_the_link(link, alice, signed_in):
    invitation, _, path = link
    client = signed_in(alice)
    assert b"nora@example.org" in client.get("/manage/clinical-answers/people/invitations/").content
    url = f"/manage/clinical-answers/people/invitations/{invitation.public_id}/withdraw/"
    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 303
    assert Client().get(path).status_code == 410
