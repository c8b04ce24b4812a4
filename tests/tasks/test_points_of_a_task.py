"""A task with points of its own: asked in the form, checked on import, submitted, settled and exported whole."""

import json

import pytest

from accounts.models import User
from exports.models import Export
from exports.rows import flat_rows, rows
from projects.models import Project
from reviews.models import Consensus
from rubrics.models import RubricVersion
from tasks.models import Batch
from tests.tasks.conftest import Desk
from tests.tasks.fact_samples import OWN, TEXT, fact_answers, make_fact_version
from tests.tasks.import_samples import checked, jsonl, row
from tests.tasks.work_samples import claim, hand_in, make_batch, run_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(project: Project, alice: User) -> RubricVersion:
    """A rubric of two checklists and a list of claims."""
    return make_fact_version(project, alice)


def fact_batch(desk: Desk, **values: object) -> Batch:
    """One task first on everybody's list."""
    return make_batch(desk.version, desk.admin, rows=[row("a", responses=[TEXT], **values)], name="Facts", priority=9)


def shown(client, member) -> str:
    """The member's task as a page, and as it is posted."""
    client.force_login(member.user)
    return client.get(client.post("/work/next/")["Location"]).content.decode()


def test_points_of_the_task_stand_where_they_are_decided_and_only_there(desk: Desk, client) -> None:
    fact_batch(desk, criteria=OWN)
    page = shown(client, desk.eve)
    assert page.count("Promises a cure") == 1
    assert 'name="a.own.r1.item.i2"' in page


def test_task_without_points_is_not_asked_for_them(desk: Desk, client) -> None:
    fact_batch(desk)
    page = shown(client, desk.eve)
    assert 'id="a-points-r1"' in page
    assert "a-own-r1" not in page
    raw = fact_answers()
    del raw["own"]
    assignment = claim(desk.eve)
    assert {a.criterion.key for a in hand_in(assignment, raw).answers.select_related("criterion")} == {
        "points",
        "facts",
    }


@pytest.mark.parametrize("points", [[0, 1], [-1, -2]])
def test_row_whose_points_make_no_score_is_refused_on_import(desk: Desk, points: list[int]) -> None:
    criteria = [{"title": f"Point {worth}", "points": worth} for worth in points]
    run = checked(
        make_batch(desk.version, desk.admin, rows=[], release=False, name="New"),
        jsonl(row("bad", criteria=criteria)),
        desk.admin,
    )
    assert run.rows_bad == 1
    problem = run.problems.get()
    assert problem.field == "criteria"
    assert problem.reason.startswith("do not fit “Points of this task”: ")


def test_two_judgments_settle_item_by_item_and_leave_as_they_were(desk: Desk) -> None:
    fact_batch(desk, criteria=OWN)
    for member in (desk.eve, desk.evan):
        hand_in(claim(member), fact_answers())
    run_due("settle_task")
    values = {value.criterion.key: value.value for value in Consensus.objects.get().values.select_related("criterion")}
    assert values["own"]["items"] == {"i1": "met", "i2": "not_met"}
    assert [one["title"] for one in values["own"]["asked"]] == [one["title"] for one in OWN]
    assert values["facts"]["claims"][0]["verdict"] == "supported"
    export = Export(project=desk.project, content=Export.Content.CONSENSUS)
    assert [one["title"] for one in next(iter(rows(export)))["criteria"]] == [one["title"] for one in OWN]
    cells = {row["criterion"]: row for row in flat_rows(export)}
    assert cells["own"]["own.score"] == 1
    assert cells["facts"]["facts.verdict"] == "supported"
    assert json.loads(cells["own"]["own.items"]) == values["own"]
