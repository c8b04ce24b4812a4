"""Keys to the API: shown once, kept as a hash, bound to owner, project and scope."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import include, path
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from evaltool.base import clock
from evaltool.base.errors import Invalid, Problem, RuleBroken, StaleState
from projects import api_urls
from projects.api_auth import require_scope
from projects.commands import (
    change_standing,
    create_api_key,
    create_project,
    publish_guideline,
    revoke_api_key,
    save_guideline_draft,
    set_roles,
)
from projects.models import ApiKey, Role, Standing

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
KEYS = "/manage/clinical-answers/keys/"


class Failing(APIView):
    """Raises whatever the test put here."""

    permission_classes = (require_scope("read", write="manage"),)
    error: Exception = RuleBroken("x")

    def get(self, request):
        raise self.error

    def post(self, request):
        return Response({"ok": True})


def _pages():
    from evaltool.urls import urlpatterns as everything

    return everything


urlpatterns = [path("failing/", Failing.as_view()), path("api/v1/", include(api_urls.urlpatterns)), *_pages()]


@pytest.fixture
def key_of(project, alice):
    """Make a key; the key and the header that carries it."""

    def make(owner: User = alice, scopes=("read",), **values):
        key, secret = create_api_key(project=project, owner=owner, name="k", scopes=scopes, by=owner, **values)
        return key, {"authorization": f"Bearer {secret}"}

    return make


def test_only_the_fingerprint_of_a_key_is_kept(project, alice):
    key, secret = create_api_key(project=project, owner=alice, name=" k ", scopes=["work", "read"], by=alice)
    assert secret.startswith(f"evt_{key.prefix}_")
    assert len(secret) > 50
    stored = str(ApiKey.objects.values().get())
    assert secret not in stored
    assert secret.split("_", 2)[2] not in stored
    assert (key.name, key.scopes) == ("k", ["read", "work"])


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["read", "everything"]}, "scopes"),
        ({"expires_at": clock.now() - timedelta(days=1)}, "expires_at"),
    ],
)
def test_a_key_that_does_not_fit_is_refused(project, alice, values, field):
    with pytest.raises(Invalid) as error:
        create_api_key(**{"project": project, "owner": alice, "name": "k", "scopes": ["read"], "by": alice, **values})
    assert error.value.problems[0].field == field
    assert not ApiKey.objects.exists()


def test_a_key_belongs_to_a_member(project, alice, mallory):
    with pytest.raises(Invalid, match="owner"):
        create_api_key(project=project, owner=mallory, name="k", scopes=["read"], by=mallory)


def test_nobody_makes_a_key_that_acts_as_somebody_else(project, alice, eve):
    with pytest.raises(Invalid, match="somebody else"):
        create_api_key(project=project, owner=eve, name="k", scopes=["work"], by=alice)


def test_every_member_has_keys_of_their_own_and_sees_no_others(client, project, alice, eve, key_of):
    hers, _ = key_of(alice)
    client.force_login(eve)
    page = client.get(f"/p/{project.slug}/keys/")
    made = client.post(
        f"/p/{project.slug}/keys/",
        {"receipt": page.context["form"].initial["receipt"], "name": "mine", "scopes": ["work"], "lasts": "90"},
    )
    assert ApiKey.objects.get(owner=eve).scopes == ["work"]
    assert b"evt_" in made.content
    assert hers.prefix.encode() not in made.content
    assert client.post(f"/manage/{project.slug}/keys/{hers.public_id}/revoke/").status_code == 404


def test_a_key_opens_its_project_and_notes_its_use_now_and_then(client, key_of):
    key, header = key_of()
    answer = client.get("/api/v1/projects/clinical-answers/", headers=header)
    assert answer.status_code == 200
    assert set(answer.json()) == {"id", "slug", "name", "description", "domains", "created_at", "policy"}
    key.refresh_from_db()
    first = key.last_used_at
    assert first is not None
    client.get("/api/v1/projects/clinical-answers/", headers=header)
    key.refresh_from_db()
    assert key.last_used_at == first, "a busy key does not write on every call"


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"authorization": "Bearer evt_abcdefgh_nothing"},
        {"authorization": "Bearer "},
        {"authorization": "Bearer \xff\xfe"},
        {"authorization": "Basic YTpi"},
    ],
)
def test_without_a_key_that_opens_the_answer_is_401_in_the_one_shape(client, project, header):
    answer = client.get("/api/v1/projects/clinical-answers/", headers=header)
    assert answer.status_code == 401
    assert set(answer.json()["error"]) == {"code", "message", "problems"}
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_session_in_a_browser_opens_nothing_in_the_api(project, alice, signed_in):
    assert signed_in(alice).get("/api/v1/projects/clinical-answers/").status_code == 401


def test_a_revoked_an_expired_and_an_owners_dead_key_are_refused_alike(client, key_of, alice, eve):
    revoked, one = key_of()
    revoke_api_key(key=revoked, by=alice)
    with pytest.raises(StaleState):
        revoke_api_key(key=revoked, by=alice)
    _, two = key_of(expires_at=clock.now() + timedelta(days=1))
    _, three = key_of(owner=eve)
    User.objects.filter(pk=eve.pk).update(is_active=False)
    url = "/api/v1/projects/clinical-answers/"
    assert client.get(url, headers=two).status_code == 200
    with clock.held_at(clock.now() + timedelta(days=1, seconds=1)):
        answers = [client.get(url, headers=header) for header in (one, two, three)]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert len({answer.content for answer in answers}) == 1


def test_a_key_acts_with_its_owners_rights_as_they_are_now(client, key_of, alice, quinn, eve, member_of):
    _, header = key_of(owner=eve, scopes=["read", "manage"])
    base = "/api/v1/projects/clinical-answers/"
    assert "policy" not in client.get(base, headers=header).json(), "its numbers speak of gold"
    assert client.get(base + "members/", headers=header).status_code == 404
    set_roles(member=member_of(eve), roles=[Role.ADMIN], by=alice)
    assert client.get(base + "members/", headers=header).status_code == 200
    change_standing(member=member_of(eve), to=Standing.REMOVED, reason="Left.", by=alice)
    assert client.get(base, headers=header).status_code == 404


def test_a_key_opens_no_other_project_of_its_owner(client, key_of, alice):
    _, header = key_of(scopes=["read", "manage"])
    create_project(name="Other", by=alice)
    other = client.get("/api/v1/projects/other/", headers=header)
    none = client.get("/api/v1/projects/no-such/", headers=header)
    assert other.status_code == none.status_code == 404
    assert other.content == none.content
    assert client.get("/api/v1/projects/other/members/", headers=header).status_code == 404


def test_a_key_does_what_its_scopes_say_and_no_more(client, key_of):
    _, reads = key_of(scopes=["read"])
    _, manages = key_of(scopes=["manage"])
    refused = client.get("/api/v1/projects/clinical-answers/members/", headers=reads)
    assert refused.status_code == 403
    assert "scope manage" in refused.json()["error"]["message"]
    assert client.post("/failing/", headers=reads).status_code == 403
    assert client.post("/failing/", headers=manages).status_code == 200
    assert client.get("/failing/", headers=manages).status_code == 403


def test_members_are_listed_page_by_page_with_the_fields_that_are_named(client, key_of, project, eve):
    _, header = key_of(scopes=["manage"])
    body = client.get("/api/v1/projects/clinical-answers/members/", headers=header).json()
    assert len(body["results"]) == 4
    assert set(body["results"][0]) == {"id", "name", "email", "pseudonym", "roles", "standing", "created_at"}


def test_the_guideline_in_force_is_read_with_its_sections(client, key_of, project, alice):
    _, header = key_of()
    url = "/api/v1/projects/clinical-answers/guideline/"
    assert client.get(url, headers=header).status_code == 404
    draft = save_guideline_draft(project=project, title="Guide", source="## One\n\nA", by=alice)
    publish_guideline(version=draft, by=alice)
    body = client.get(url, headers=header).json()
    assert (body["number"], body["title"]) == (1, "Guide")
    assert body["sections"] == [{"number": "1", "anchor": "one", "title": "One", "level": 1, "body": "A"}]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StaleState(), 409, "stale"),
        (RuleBroken("Gone.", code="expired_seat_taken"), 409, "expired_seat_taken"),
        (RuleBroken("Done.", code="already_submitted"), 409, "already_submitted"),
        (RuleBroken("No."), 400, "refused"),
        (RuleBroken("No.", code="forbidden"), 403, "forbidden"),
        (Invalid([Problem("c1.r1", "Choose a level.", 3)]), 422, "invalid"),
    ],
)
def test_a_refused_command_has_one_shape(client, key_of, monkeypatch, error, status, code):
    _, header = key_of()
    monkeypatch.setattr(Failing, "error", error)
    answer = client.get("/failing/", headers=header)
    body = answer.json()["error"]
    assert (answer.status_code, body["code"]) == (status, code)
    assert set(body) == {"code", "message", "problems"}
    if status == 422:
        assert body["problems"] == [{"field": "c1.r1", "reason": "Choose a level.", "row": 3}]


def test_a_serializers_errors_name_the_path_of_each_field(client, key_of, monkeypatch):
    from rest_framework.exceptions import ValidationError

    _, header = key_of()
    monkeypatch.setattr(
        Failing, "error", ValidationError({"rows": {"name": ["Too long."]}, "non_field_errors": ["No."]})
    )
    answer = client.get("/failing/", headers=header)
    assert answer.status_code == 422
    assert [(p["field"], p["reason"]) for p in answer.json()["error"]["problems"]] == [
        ("rows.name", "Too long."),
        ("non_field_errors", "No."),
    ]


# ------------------------------------------------------------------ page


def test_the_page_shows_a_key_once_and_makes_it_once(client, project, alice, signed_in):
    browser = signed_in(alice)
    receipt = browser.get(KEYS).context["form"].initial["receipt"]
    form = {"receipt": receipt, "name": "Nightly", "scopes": ["read"], "lasts": "90"}
    made = browser.post(KEYS, form)
    secret = made.context["secret"]
    assert secret.encode() in made.content
    assert made["Cache-Control"] == "no-store"
    again = browser.post(KEYS, form)
    assert again.status_code == 422
    assert b"was shown then" in again.content
    page = browser.get(KEYS).content
    assert secret.encode() not in page
    assert b"Nightly" in page
    key = ApiKey.objects.get()
    assert timedelta(days=89) < key.expires_at - clock.now() <= timedelta(days=90)
    assert (
        Client().get("/api/v1/projects/clinical-answers/", headers={"authorization": f"Bearer {secret}"}).status_code
        == 200
    )


def test_revoking_on_the_page_needs_a_post_and_says_when_it_was_done_before(project, alice, signed_in, key_of):
    key, header = key_of()
    browser, url = signed_in(alice), f"{KEYS}{key.public_id}/revoke/"
    assert browser.get(url).status_code == 405
    assert browser.post(url).status_code == 303
    assert browser.post(url).status_code == 409
    assert Client().get("/api/v1/projects/clinical-answers/", headers=header).status_code == 401
    assert b"Revoked" in browser.get(KEYS).content


def test_a_key_without_scope_is_not_made(alice, project, signed_in):
    answer = signed_in(alice).post(KEYS, {"receipt": "", "name": "", "lasts": "7000"})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"receipt", "name", "scopes", "lasts"}
