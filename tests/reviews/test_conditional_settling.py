"""Places that only some judges were asked about, because of a condition: agreement, disputes, decisions."""

from typing import Any

import pytest

from accounts.models import User
from evaltool.base.errors import Invalid
from projects.models import Project
from reviews.adjudicating import Decision, adjudicate, hold
from reviews.models import Cause, Consensus, Disagreement
from reviews.shown.case import case_of
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.kinds import KINDS
from tasks.models import Task
from tests.reviews.review_samples import LEVELS, REASON, Panel, judged, settle, values_of
from tests.rubrics.passages import Passages, marked
from tests.tasks import work_samples

YES_NO = [{"key": "yes", "title": "Yes", "help": ""}, {"key": "no", "title": "No", "help": ""}]
GRADE = {"key": "grade", "title": "Grade", "kind": "rating", "config": {"levels": LEVELS}}
SCORE = {"key": "score", "title": "Score", "kind": "rating", "config": {"levels": LEVELS}}
RATABLE = {"key": "ratable", "title": "Ratable", "kind": "choice", "config": {"labels": YES_NO}}
ONLY_RATABLE = {**SCORE, "condition": {"criterion": "ratable", "values": ["yes"]}}
ONLY_LOW = {**SCORE, "condition": {"criterion": "grade", "values": ["2"]}}
FLAWS = {"key": "flaws", "title": "Flaws", "kind": "passages", "rationale": "never", "config": {}}
HOW_BAD = {**SCORE, "scope": "span", "of": "flaws"}


@pytest.fixture(autouse=True)
def _passages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "passages", Passages())


def under(panel: Panel, *criteria: dict[str, Any]) -> Panel:
    """The panel with a rubric of these criteria."""
    rubric = create_rubric(project=panel.project, name="Other", by=panel.admin)
    draft = save_version_draft(rubric=rubric, body={"criteria": list(criteria)}, by=panel.admin)
    version = publish_version(version=draft, by=panel.admin)
    for member in panel.judges:
        work_samples.clear(member, version, panel.admin)
    return panel._replace(version=version)


def said(**values: Any) -> dict[str, Any]:
    return {key: {"r1": {"value": value}} for key, value in values.items()}


def agreed(task: Task) -> dict[tuple[str, str], Any]:
    return values_of(Consensus.objects.get(task=task))


def disputes(task: Task) -> list[str]:
    return [point["criterion"] for point in Disagreement.objects.get(task=task).points]


def test_judges_who_agree_that_nothing_is_asked_settle_without_it(panel: Panel) -> None:
    task = judged(under(panel, RATABLE, ONLY_RATABLE), said(ratable="no"), said(ratable="no"))
    settle()
    assert agreed(task) == {("ratable", "r1"): "no"}


def test_only_the_condition_is_disputed_where_one_was_asked_and_the_other_not(panel: Panel) -> None:
    task = judged(under(panel, RATABLE, ONLY_RATABLE), said(ratable="no"), said(ratable="yes", score=4))
    settle()
    assert disputes(task) == ["ratable"]


def test_value_that_the_agreed_answers_do_not_ask_for_is_no_part_of_the_consensus(panel: Panel) -> None:
    task = judged(under(panel, GRADE, ONLY_LOW), said(grade=2, score=5), said(grade=1))
    settle()
    assert agreed(task) == {("grade", "r1"): 1}  # the lower of two; the score was for 2
    task = judged(panel._replace(version=task.batch.rubric_version), said(grade=2, score=5), said(grade=3))
    settle()
    assert agreed(task) == {("grade", "r1"): 2, ("score", "r1"): 5}


def test_decision_that_something_cannot_be_rated_ends_the_dispute_about_its_rating(panel: Panel) -> None:
    used = under(panel, RATABLE, ONLY_RATABLE)
    third = work_samples.evaluator(panel.project, "Lara", panel.admin, used.version)
    answers = (said(ratable="no"), said(ratable="yes", score=1), said(ratable="yes", score=5))
    task = judged(used, *answers, judges=(panel.eve, panel.evan, third))
    settle()
    assert disputes(task) == ["score", "ratable"] or disputes(task) == ["ratable", "score"]
    found = Disagreement.objects.get(task=task)
    words = {"note": REASON, "cause": Cause.values[0], "by": panel.lead}
    with pytest.raises(Invalid) as error:
        adjudicate(disagreement=found, decisions=[Decision("ratable", "r1", value={"value": "yes"})], **words)
    assert [problem.field for problem in error.value.problems] == ["score.r1"]
    adjudicate(disagreement=found, decisions=[Decision("ratable", "r1", value={"value": "no"})], **words)
    assert agreed(task) == {("ratable", "r1"): "no"}


def test_rating_of_a_span_stands_where_the_span_does(panel: Panel) -> None:
    used = under(panel, FLAWS, HOW_BAD)
    one, two = marked((0, 4, "a")), marked((0, 4, "a"))
    first = said(flaws=one) | {"score": {"r1@0-4-a": {"value": 2}}}
    second = said(flaws=two) | {"score": {"r1@0-4-a": {"value": 5}}}
    task = judged(used, first, second)
    settle()
    found = Disagreement.objects.get(task=task)
    assert [(point["criterion"], point["target"]) for point in found.points] == [("score", "r1@0-4-a")]
    [question] = case_of(found).disputed
    assert question.label == "Score, “Take” in the response"
    assert question.own.prefix == "a.score.r1@0-4-a"
    decision = Decision("score", "r1@0-4-a", value={"value": 4})
    adjudicate(disagreement=found, decisions=[decision], note=REASON, cause=Cause.values[0], by=panel.lead)
    assert agreed(task)["score", "r1@0-4-a"] == 4


def test_page_of_a_disagreement_about_a_span_decides_it(panel: Panel, client, quinn: User, project: Project) -> None:
    used = under(panel, FLAWS, HOW_BAD)
    raws = [said(flaws=marked((0, 4, "a"))) | {"score": {"r1@0-4-a": {"value": value}}} for value in (1, 5)]
    task = judged(used, *raws)
    settle()
    client.force_login(quinn)
    found = Disagreement.objects.get(task=task)
    hold(disagreement=found, by=panel.lead)
    page = client.get(f"/qa/tasks/{found.public_id}/")
    assert "“Take” in the response" in page.content.decode()
    assert 'name="a.score.r1@0-4-a.value"' in page.content.decode()
