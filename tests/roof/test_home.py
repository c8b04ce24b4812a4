"""The first page of each role says what to do next, with a constant number of queries."""

import pytest
from django.test import Client

from accounts.models import User
from evaltool import overview
from projects.commands import add_member, change_standing, create_project
from projects.models import Project, Role, Standing
from tests.conftest import person
from tests.tasks import work_samples

pytestmark = pytest.mark.django_db


def test_an_empty_project_says_how_to_fill_it(alice: User, client: Client) -> None:
    project = create_project(name="New", by=alice)
    client.force_login(alice)
    page = client.get(f"/manage/{project.slug}/").content.decode()
    assert [step.done for step in overview.setup_steps(project)] == [False] * 4
    assert "4 steps left" in page
    assert "two evaluators who are active and cleared for a rubric (so far 0) and a QA lead" in page


def test_each_step_is_done_when_it_is(project: Project, alice: User, eve: User, evan: User) -> None:
    version = work_samples.make_version(project, alice)
    work_samples.make_guideline(project, alice)
    for member in project.memberships.evaluators().select_related("user", "project"):
        work_samples.clear(member, version, alice)
    work_samples.make_batch(version, alice)
    assert [step.done for step in overview.setup_steps(project)] == [True] * 4


def test_a_person_who_has_joined_and_cannot_work_yet_is_a_need(project: Project, alice: User) -> None:
    assert overview.admin_needs(project) == []
    add_member(project=project, user=person("Nina"), roles=[Role.EVALUATOR], by=alice)
    assert [need.title for need in overview.admin_needs(project)] == ["1 evaluator cannot work yet"]


@pytest.mark.parametrize(
    ("who", "address"),
    [("eve", "/work/"), ("quinn", "/qa/"), ("alice", "/manage/")],
    ids=["evaluator", "lead", "admin"],
)
def test_the_front_door_leads_everybody_to_their_page(
    project: Project, client: Client, request: pytest.FixtureRequest, who: str, address: str
) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get("/")["Location"] == address


def test_a_lead_is_not_told_of_an_alert_about_themselves(project: Project, quinn: User, alice: User) -> None:
    member = project.memberships.get(user=quinn)
    change_standing(member=member, to=Standing.ACTIVE, by=alice)
    from quality.bank import gold_used_up

    gold_used_up(member.pk)
    assert overview.lead_day(quinn).alerts == []
