"""A preference and a ranking before a lead: responses by number, what each judge called them, one decision by id."""

from typing import Any

import pytest

from accounts.models import User
from projects.commands import change_policy
from projects.models import Membership, Project
from reviews.models import Consensus, Feedback
from rubrics.commands import create_rubric, publish_version, save_version_draft
from tests.plain_browser import PlainBrowser
from tests.reviews.review_samples import WHY, Panel, disputed, submission_of, values_of
from tests.tasks import work_samples

CRITERIA: list[dict[str, Any]] = [
    {"key": "better", "title": "Better answer", "kind": "preference", "scope": "task", "config": {"steps": 3}},
    {"key": "rank", "title": "Order", "kind": "ranking", "scope": "task", "config": {}},
]
TWO = {"responses": ["Take two.", "Take three."]}
WORDS = {"note": "By section 2.", "cause": "evaluator_error"}


@pytest.fixture
def panel(project: Project, alice: User, quinn: User, eve: User, evan: User) -> Panel:
    """The panel of the other tests, under a rubric of a preference and a ranking."""
    rubric = create_rubric(project=project, name="Sides", by=alice)
    version = publish_version(
        version=save_version_draft(rubric=rubric, body={"criteria": CRITERIA}, by=alice), by=alice
    )
    work_samples.make_guideline(project, alice)
    change_policy(project=project, by=alice, gold_first_count=0, gold_share=0.0, gold_floor=0.0)
    members = [Membership.objects.select_related("user", "project").get(project=project, user=u) for u in (eve, evan)]
    for member in members:
        work_samples.clear(member, version, alice)
    return Panel(project, version, alice, quinn, *members)


def raw(strength: int, order: list[str]) -> dict[str, Any]:
    return {
        "better": {"": {"value": {"strength": strength}, "rationale": WHY}},
        "rank": {"": {"value": order, "rationale": WHY}},
    }


@pytest.fixture
def flipped(panel: Panel):
    """Two judges on opposite sides, in both criteria."""
    return disputed(panel, raw(-3, ["r1", "r2"]), raw(2, ["r2", "r1"]), task=TWO)


def test_a_flip_goes_to_a_lead_with_both_sides_by_number(panel: Panel, flipped) -> None:
    assert [(point["criterion"], point["reason"]) for point in flipped.points] == [
        ("better", "Opposite sides"),
        ("rank", "Another one first"),
    ]
    page = PlainBrowser.of(panel.lead).open(f"/qa/tasks/{flipped.public_id}/")
    for words in ("Response 1 much better", "Response 2 better", "Responses 1 > 2", "Responses 2 > 1"):
        assert words in page.text


def test_lead_reads_which_letter_was_which_response_for_each_judge(panel: Panel, flipped) -> None:
    page = PlainBrowser.of(panel.lead).open(f"/qa/tasks/{flipped.public_id}/")
    for judge in panel.judges:
        first, second = submission_of(flipped, judge).assignment.response_order
        assert f"In this reason A is Response {first[1]}, B is Response {second[1]}." in page.text


def test_lead_decides_anew_on_the_same_scale_by_number(panel: Panel, flipped) -> None:
    page = PlainBrowser.of(panel.lead).open(f"/qa/tasks/{flipped.public_id}/")
    page = page.send(page.form(saying="Reserve it for me"))
    own = {
        "d.better.": "own",
        "a.better..value": "-1",
        "d.rank.": "own",
        "a.rank..rank.r1": "1",
        "a.rank..rank.r2": "unusable",
    }
    page = page.send(page.form(having="note"), **WORDS, **own)
    settled = values_of(Consensus.objects.get(task=flipped.task))
    assert settled["better", ""] == {"strength": -1}
    assert settled["rank", ""] == {"order": [["r1"]], "unusable": ["r2"]}


def test_feedback_speaks_of_the_sides_as_its_reader_saw_them(panel: Panel, flipped) -> None:
    page = PlainBrowser.of(panel.lead).open(f"/qa/tasks/{flipped.public_id}/")
    page = page.send(page.form(saying="Reserve it for me"))
    eve = submission_of(flipped, panel.eve)
    adopted = str(submission_of(flipped, panel.evan).public_id)
    own = {"d.better.": adopted, "d.rank.": adopted, f"feedback.{eve.public_id}": "Look again."}
    page.send(page.form(having="note"), **WORDS, **own)
    letter = dict(zip(eve.assignment.response_order, "AB", strict=True))
    found = PlainBrowser.of(panel.eve.user)
    page = found.open(f"/work/feedback/{Feedback.objects.get(submission=eve).public_id}/")
    assert f"Response {letter['r1']} much better" in page.text
    assert f"Response {letter['r2']} better" in page.text
