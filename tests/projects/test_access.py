"""Who may do what, and that a stranger cannot tell a project from none."""

import re
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.http import Http404

from projects.access import (
    BLINDED,
    Permission,
    get_api_key_for,
    get_guideline_for,
    get_invitation_for,
    get_member_for,
    get_membership_for,
    get_project_for,
    may,
    memberships_with,
    require,
)
from projects.commands import change_standing, create_api_key, create_project, invite, set_roles
from projects.models import OUTSIDE, Membership, Role, Standing

P = Permission
ALLOWED = {
    Role.ADMIN: {
        P.SEE_PROJECT, P.SET_UP, P.MANAGE_PEOPLE, P.MANAGE_BATCHES, P.MANAGE_GOLD, P.EXPORT, P.MANAGE_KEYS,
        P.SEE_AUDIT, P.SEE_QUALITY,
    },
    Role.QA_LEAD: {P.SEE_PROJECT, P.MANAGE_GOLD, P.ADJUDICATE, P.SEE_QUALITY, P.DECIDE_QUALITY},
    Role.EVALUATOR: {P.SEE_PROJECT, P.WORK},
}  # fmt: skip
SLUG = "clinical-answers"


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("permission", list(Permission))
def test_a_role_may_what_the_table_says(role, permission):
    member = Membership(roles=[role], standing=Standing.ACTIVE)
    assert may(member, permission) == (permission in ALLOWED[role])


@pytest.mark.parametrize("permission", list(Permission))
def test_who_evaluates_is_kept_from_gold_whatever_else_they_are(permission):
    everything = Membership(roles=list(Role.values), standing=Standing.ACTIVE)
    assert may(everything, permission) == (permission is not P.MANAGE_GOLD)
    assert {P.MANAGE_GOLD} == set(BLINDED)


@pytest.mark.parametrize("permission", list(Permission))
def test_somebody_removed_may_nothing(permission):
    assert not may(Membership(roles=list(Role.values), standing=Standing.REMOVED), permission)


@pytest.mark.parametrize("standing", [s for s in Standing.values if s not in OUTSIDE])
def test_every_other_standing_lets_people_read_the_guideline(standing):
    assert may(Membership(roles=[Role.EVALUATOR], standing=standing), P.SEE_PROJECT)


def test_getters_know_a_project_only_for_its_members(project, alice, eve, mallory):
    assert get_project_for(alice, SLUG, P.SET_UP) == project
    assert get_membership_for(eve, SLUG, P.WORK).user == eve
    for user, slug, permission in (
        (mallory, SLUG, P.SEE_PROJECT),
        (eve, SLUG, P.SET_UP),
        (alice, "no-such-project", P.SEE_PROJECT),
    ):
        with pytest.raises(Http404):
            get_project_for(user, slug, permission)
    with pytest.raises(Http404):
        require(mallory, P.SEE_PROJECT, project)
    assert [m.project for m in memberships_with(eve, P.WORK)] == [project]
    assert memberships_with(eve, P.SET_UP) == []


def test_a_removed_member_is_a_stranger(project, eve, alice, member_of):
    change_standing(member=member_of(eve), to=Standing.REMOVED, reason="Left.", by=alice)
    with pytest.raises(Http404):
        get_membership_for(eve, SLUG, P.SEE_PROJECT)
    assert memberships_with(eve, P.SEE_PROJECT) == []


def test_objects_of_another_project_are_not_found_under_this_address(project, alice, eve, member_of, publish):
    other = create_project(name="Other", by=alice)
    invitation, _ = invite(project=project, email="n@example.org", roles=[Role.EVALUATOR], by=alice)
    key, _ = create_api_key(project=project, owner=alice, name="k", scopes=["read"], by=alice)
    publish()
    assert get_member_for(alice, SLUG, member_of(eve).public_id, P.MANAGE_PEOPLE) == member_of(eve)
    assert get_invitation_for(alice, SLUG, invitation.public_id) == invitation
    assert get_api_key_for(alice, SLUG, key.public_id) == key
    assert get_guideline_for(eve, SLUG, 1)[1].number == 1
    for wrong in (
        lambda: get_member_for(alice, other.slug, member_of(eve).public_id, P.MANAGE_PEOPLE),
        lambda: get_invitation_for(alice, other.slug, invitation.public_id),
        lambda: get_api_key_for(alice, other.slug, key.public_id),
        lambda: get_guideline_for(alice, other.slug, 1),
        lambda: get_api_key_for(eve, SLUG, key.public_id),
        lambda: get_guideline_for(eve, SLUG, 2),
    ):
        with pytest.raises(Http404):
            wrong()


# Every address of a project, and which of these people it lets in by GET.
PAGES = {
    "/manage/{slug}/settings/": "alice",
    "/manage/{slug}/settings/policy/": "alice",
    "/manage/{slug}/settings/policy/history/": "alice",
    "/manage/{slug}/audit/": "alice",
    "/manage/{slug}/keys/": "alice",
    "/manage/{slug}/people/": "alice",
    "/manage/{slug}/people/invite/": "alice",
    "/manage/{slug}/people/invitations/": "alice",
    "/manage/{slug}/people/{member}/": "alice",
    "/manage/{slug}/guideline/": "alice",
    "/p/{slug}/guideline/": "alice quinn eve",
    "/p/{slug}/guideline/1/": "alice quinn eve",
    "/p/{slug}/guideline/drawer/": "alice quinn eve",
}
POSTS = {
    "/manage/{slug}/settings/": "alice",
    "/manage/{slug}/settings/domains/": "alice",
    "/manage/{slug}/settings/policy/": "alice",
    "/manage/{slug}/keys/": "alice",
    "/manage/{slug}/keys/{key}/revoke/": "alice",
    "/manage/{slug}/people/invite/": "alice",
    "/manage/{slug}/people/{member}/roles/": "alice",
    "/manage/{slug}/people/{member}/standing/": "alice",
    "/manage/{slug}/people/{member}/expertise/": "alice",
    "/manage/{slug}/people/invitations/{invitation}/withdraw/": "alice",
    "/manage/{slug}/guideline/": "alice",
    "/manage/{slug}/guideline/publish/": "alice",
    "/p/{slug}/guideline/1/acknowledge/": "alice quinn eve",
}


def plain(answer, path: str) -> str:
    """A page without its own address and its one-time tokens."""
    text = answer.content.decode().replace(path, "").replace(quote(path, safe=""), "")
    return re.sub(r"[A-Za-z0-9]{64}", "", text)


@pytest.fixture
def ids(project, alice, eve, member_of, publish):
    """What the addresses are filled with."""
    publish()
    invitation, _ = invite(project=project, email="n@example.org", roles=[Role.EVALUATOR], by=alice)
    key, _ = create_api_key(project=project, owner=alice, name="k", scopes=["read"], by=alice)
    return {
        "slug": project.slug,
        "member": member_of(eve).public_id,
        "invitation": invitation.public_id,
        "key": key.public_id,
    }


@pytest.mark.parametrize("address", PAGES)
def test_a_page_opens_for_its_people_and_does_not_exist_for_others(ids, signed_in, address, alice, quinn, eve, mallory):
    path = address.format(**ids)
    missing = address.format(**{"slug": "no-such-project", **{k: uuid4() for k in ("member", "invitation", "key")}})
    for user in (alice, quinn, eve, mallory):
        answer = signed_in(user).get(path)
        if user.name.lower() in PAGES[address]:
            assert answer.status_code == 200, (path, user)
        else:
            none = signed_in(user).get(missing)
            assert answer.status_code == none.status_code == 404, (path, user)
            assert plain(answer, path) == plain(none, missing), "the two answers can be told apart"


@pytest.mark.parametrize("address", POSTS)
def test_a_command_is_open_to_its_people_only(ids, signed_in, address, alice, quinn, eve, mallory):
    path = address.format(**ids)
    for user in (quinn, eve, mallory):
        if user.name.lower() not in POSTS[address]:
            assert signed_in(user).post(path, {}).status_code == 404, (path, user)
    assert signed_in(alice).post(path, {}).status_code != 404


@pytest.mark.parametrize("address", [*PAGES, *POSTS])
def test_a_visitor_is_sent_to_sign_in(ids, client, address):
    path = address.format(**ids)
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code in {302, 405}
        if answer.status_code == 302:
            assert answer["Location"].startswith("/sign-in/?next=/")


def test_an_admin_who_also_evaluates_is_not_told_that_they_are_watched(project, alice, eve, signed_in, member_of):
    set_roles(member=member_of(eve), roles=[Role.ADMIN, Role.EVALUATOR], by=alice)
    change_standing(member=member_of(eve), to=Standing.WATCHED, by=None)
    own, hers = signed_in(eve), f"/manage/{SLUG}/people/{member_of(eve).public_id}/"
    listed = own.get(f"/manage/{SLUG}/people/?q=eve").context["page"]
    assert [str(member.seen) for member in listed] == ["active"]
    for path in (hers, f"/manage/{SLUG}/audit/"):
        assert b"watched" not in own.get(path).content.lower(), path
    assert own.get(f"/manage/{SLUG}/people/?standing=watched").context["page"].paginator.count == 0
    assert own.get(f"/manage/{SLUG}/people/?standing=active").context["page"].paginator.count == 2
    theirs = signed_in(alice)
    assert theirs.get(f"/manage/{SLUG}/people/?standing=watched").context["page"].paginator.count == 1
    assert b"Watched" in theirs.get(hers).content
