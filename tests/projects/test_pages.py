"""Pages of setting up: forms that do not fit, filters in the address, a constant number of queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.commands import create_person
from projects.commands import (
    add_member,
    change_policy,
    change_standing,
    create_api_key,
    create_project,
    grant_expertise,
    invite,
)
from projects.models import Membership, Project, Role, Standing

pytestmark = pytest.mark.django_db
BASE = "/manage/clinical-answers/"


def test_making_a_project_leads_to_its_overview(alice, signed_in):
    answer = signed_in(alice).post("/manage/", {"name": "Claims letters", "description": "About claims."})
    assert (answer.status_code, answer["Location"]) == (303, "/manage/claims-letters/")
    assert Project.objects.get().memberships.get().user == alice


def test_a_project_without_a_name_is_not_made(alice, signed_in):
    answer = signed_in(alice).post("/manage/", {"name": " ", "description": "Kept words."})
    assert answer.status_code == 422
    assert b"Kept words." in answer.content
    assert not Project.objects.exists()


def test_who_may_not_make_projects_sees_no_form_and_is_refused(project, eve, signed_in):
    client = signed_in(eve)
    page = client.get("/manage/")
    assert b"New project" not in page.content
    assert b"Clinical answers" in page.content
    assert b'href="/manage/clinical-answers/"' not in page.content
    assert client.post("/manage/", {"name": "Mine"}).status_code == 404


def test_name_description_and_domains_are_saved(project, alice, signed_in):
    client = signed_in(alice)
    assert client.post(f"{BASE}settings/", {"name": "New name", "description": ""}).status_code == 303
    assert client.post(f"{BASE}settings/domains/", {"domains": "Law\r\n\r\ncardiology"}).status_code == 303
    project.refresh_from_db()
    assert (project.name, project.domains) == ("New name", ["law", "cardiology"])
    assert client.post(f"{BASE}settings/domains/", {"domains": "x" * 81}).status_code == 422
    assert client.post(f"{BASE}settings/", {"name": ""}).status_code == 422


# ------------------------------------------------------------------ policy


def policy_form(client) -> dict[str, object]:
    """What a browser would send back unchanged."""
    form = client.get(f"{BASE}settings/policy/").context["form"]
    return {name: value for name, value in form.initial.items() if value is not False}


def test_the_policy_is_shown_in_percent_with_words_and_saved_as_a_new_version(project, alice, signed_in):
    client = signed_in(alice)
    form = policy_form(client)
    assert (form["competent"], form["gold_share"], form["lease_minutes"]) == ("85", "10", 90)
    page = client.get(f"{BASE}settings/policy/").content
    assert b"The share of gold items a competent person gets right." in page
    assert b"Default: 85%." in page
    answer = client.post(f"{BASE}settings/policy/", form | {"gold_share": "12.5", "dynamic_overlap": "on"})
    assert answer.status_code == 303
    assert (project.policy.number, project.policy.gold_share, project.policy.dynamic_overlap) == (2, 0.125, True)
    history = client.get(f"{BASE}settings/policy/history/").content
    assert b"<del>10%</del> <ins>12.5%</ins>" in history


def test_sending_the_policy_back_unchanged_makes_no_version(project, alice, signed_in):
    client = signed_in(alice)
    assert client.post(f"{BASE}settings/policy/", policy_form(client)).status_code == 303
    assert project.policies.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("competent", "120", "Between 50% and 99%."),
        ("competent", "abc", "Enter a number."),
        ("competent", "nan", "Enter a number."),
        ("overlap", "2.5", "Enter a whole number."),
        ("overlap", "9", "cannot lie below the usual one"),
        ("on_alarm", "shout", "Select a valid choice"),
        ("gold_floor", "50", "cannot lie above the gold share"),
    ],
)
def test_a_number_that_does_not_fit_is_named_and_kept(project, alice, signed_in, field, value, said):
    client = signed_in(alice)
    answer = client.post(f"{BASE}settings/policy/", policy_form(client) | {field: value})
    assert answer.status_code == 422
    assert said in " ".join(answer.context["form"].errors[field])
    assert answer.context["form"][field].value() == value
    assert project.policies.count() == 1


def test_two_admins_saving_at_once_see_both_values_and_lose_none(project, alice, quinn, signed_in):
    client = signed_in(alice)
    seen = policy_form(client)
    change_policy(project=project, by=quinn, overlap=3, lease_minutes=60)
    answer = client.post(f"{BASE}settings/policy/", seen | {"overlap": "4", "gold_share": "20"})
    assert answer.status_code == 409
    assert project.policy.number == 2
    rows = {row["label"]: (row["was"], row["now"], row["yours"]) for row in answer.context["overtaken"]}
    assert rows == {
        "Judgments per task": ("2 people", "3 people", "4 people"),
        "Reservation": ("90 minutes", "60 minutes", "not changed by you"),
    }
    assert b"Quinn changed the policy while you were writing." in answer.content
    merged = {name: value for name, value in answer.context["form"].initial.items() if value is not False}
    assert client.post(f"{BASE}settings/policy/", merged).status_code == 303
    policy = project.policy
    assert (policy.number, policy.overlap, policy.gold_share, policy.lease_minutes) == (3, 4, 0.2, 60)


# ------------------------------------------------------------------ people


def names(answer) -> list[str]:
    return [member.user.name for member in answer.context["page"]]


def test_people_are_found_by_name_role_and_standing_in_the_address(project, alice, eve, signed_in, member_of):
    change_standing(member=member_of(eve), to=Standing.PAUSED, reason="Rest.", by=alice)
    client = signed_in(alice)
    assert names(client.get(f"{BASE}people/")) == ["Alice", "Evan", "Eve", "Quinn"]
    assert names(client.get(f"{BASE}people/?q=EV")) == ["Evan", "Eve"]
    assert names(client.get(f"{BASE}people/?q=quinn@example")) == ["Quinn"]
    assert names(client.get(f"{BASE}people/?role=evaluator&standing=paused")) == ["Eve"]
    assert names(client.get(f"{BASE}people/?standing=nonsense&role=x")) == []
    page = client.get(f"{BASE}people/?q=ev&standing=active").content.decode()
    assert 'value="ev"' in page
    assert '<option value="active" selected>' in page
    part = client.get(f"{BASE}people/?q=ev", headers={"hx-request": "true"}).content
    assert part.strip().startswith(b'<section class="card card--flush" id="member-rows"')


def test_removed_people_are_listed_only_when_asked_for(project, alice, eve, signed_in, member_of):
    change_standing(member=member_of(eve), to=Standing.REMOVED, reason="Left.", by=alice)
    client = signed_in(alice)
    assert "Eve" not in names(client.get(f"{BASE}people/"))
    assert names(client.get(f"{BASE}people/?standing=removed")) == ["Eve"]


def person_url(member: Membership) -> str:
    return f"{BASE}people/{member.public_id}/"


def test_standing_is_changed_with_a_reason_from_what_the_page_showed(project, alice, eve, signed_in, member_of):
    client, url = signed_in(alice), person_url(member_of(eve))
    refused = client.post(url + "standing/", {"seen": "active", "to": "paused", "reason": ""})
    assert refused.status_code == 422
    assert b"the person reads it" in refused.content
    assert client.post(url + "standing/", {"seen": "active", "to": "paused", "reason": "Rest."}).status_code == 303
    late = client.post(url + "standing/", {"seen": "active", "to": "removed", "reason": "Late."})
    assert late.status_code == 409
    assert member_of(eve).standing == Standing.PAUSED
    assert b"Rest." in client.get(url).content


@pytest.mark.parametrize("to", ["watched", "training", "qualifying", "applied", "king", ""])
def test_the_page_offers_no_standing_that_has_no_room_here(project, alice, eve, signed_in, member_of, to):
    answer = signed_in(alice).post(
        person_url(member_of(eve)) + "standing/", {"seen": "active", "to": to, "reason": "x"}
    )
    assert answer.status_code == 422
    assert member_of(eve).standing == Standing.ACTIVE


def test_a_new_evaluator_is_set_active_by_hand_and_the_page_says_so(project, alice, mallory, signed_in):
    member = add_member(project=project, user=mallory, roles=[Role.EVALUATOR], by=alice)
    client, url = signed_in(alice), person_url(member)
    assert b"Training and qualification are not built yet" in client.get(url).content
    assert client.post(url + "standing/", {"seen": "reading", "to": "active"}).status_code == 303
    member.refresh_from_db()
    assert member.standing == Standing.ACTIVE


def test_roles_are_saved_and_the_last_admin_is_kept(project, alice, eve, signed_in, member_of):
    client = signed_in(alice)
    assert client.post(person_url(member_of(eve)) + "roles/", {"roles": ["qa_lead", "evaluator"]}).status_code == 303
    assert member_of(eve).roles == ["qa_lead", "evaluator"]
    assert client.post(person_url(member_of(eve)) + "roles/", {}).status_code == 422
    last = client.post(person_url(member_of(alice)) + "roles/", {"roles": ["evaluator"]})
    assert last.status_code == 422
    assert b"last admin" in last.content


def test_an_admin_who_gives_up_the_role_lands_on_their_own_page(project, alice, quinn, signed_in, member_of):
    client = signed_in(alice)
    client.post(person_url(member_of(quinn)) + "roles/", {"roles": ["qa_lead", "admin"]})
    assert client.post(person_url(member_of(alice)) + "roles/", {"roles": ["qa_lead"]})["Location"] == "/"


def test_expertise_is_granted_and_withdrawn_on_the_page(project, alice, eve, signed_in, member_of):
    client, url = signed_in(alice), person_url(member_of(eve)) + "expertise/"
    assert client.post(url, {"domain": "Law", "level": "3", "evidence": "Bar exam"}).status_code == 303
    assert b"Bar exam" in client.get(person_url(member_of(eve))).content
    assert client.post(url, {"domain": "", "level": "9"}).status_code == 422
    assert client.post(url, {"withdraw": "law\0"}).status_code == 303
    assert not member_of(eve).expertise.exists()


# -------------------------------------------------- what holds for all of them


def count(client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


LISTS = [
    "/manage/", "/p/", f"{BASE}people/", f"{BASE}people/invitations/", f"{BASE}keys/", f"{BASE}audit/",
    f"{BASE}settings/policy/history/",
]  # fmt: skip


def fill(project: Project, alice, numbers: range) -> None:
    """Give every list of the project a row for each number."""
    for n in numbers:
        user = create_person(email=f"p{n}@example.org", name=f"Person {n:03}", password=None)
        member = add_member(project=project, user=user, roles=[Role.EVALUATOR], by=alice)
        grant_expertise(member=member, domain="law", level=2, by=alice)
        invite(project=project, email=f"i{n}@example.org", roles=[Role.EVALUATOR], by=alice)
        create_api_key(project=project, owner=user, name=f"k{n}", scopes=["read"], by=user)
        change_policy(project=project, by=alice, lease_minutes=30 + n)
        create_project(name=f"Other {n}", by=alice)


def test_lists_cost_the_same_queries_for_few_rows_as_for_many(project, alice, publish, signed_in):
    publish()
    client = signed_in(alice)
    fill(project, alice, range(1))
    few = {path: count(client, path) for path in LISTS}
    fill(project, alice, range(1, 56))
    assert {path: count(client, path) for path in LISTS} == few
    assert max(few.values()) <= 12, few
    assert client.get(f"{BASE}people/").context["page"].paginator.num_pages == 2
    assert client.get(f"{BASE}people/?page=2").status_code == 200
    assert client.get(f"{BASE}people/?page=999&q=Person").context["page"].number == 2


def test_looking_at_pages_changes_nothing(project, alice, eve, publish, signed_in, member_of):
    publish()
    fill(project, alice, range(2))
    own = [*LISTS, f"{BASE}settings/", f"{BASE}settings/policy/", f"{BASE}guideline/", f"{BASE}people/invite/"]
    own += [
        person_url(member_of(eve)),
        "/account/profile/",
        "/account/look/",
        "/account/security/",
        "/account/messages/",
    ]
    own += ["/p/clinical-answers/guideline/", "/p/clinical-answers/guideline/drawer/?q=a"]
    client = signed_in(alice)
    for path in own:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200, path
        writes = [q["sql"] for q in seen if not q["sql"].lstrip().upper().startswith("SELECT")]
        assert writes == [], path
