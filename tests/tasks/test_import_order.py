"""Ids of responses say nothing about their order in the file, and everything that names a response follows them."""

import json

import pytest
from django.test import override_settings

from accounts.models import User
from evaltool.base import clock
from exports.rows import _task_row
from projects.models import Project
from rubrics.commands import create_rubric, publish_version, save_version_draft
from tasks.assigning import take_seat
from tasks.batches import create_batch
from tasks.content import clean_content, content_sha256, file_order, shown
from tasks.models import Batch, GoldKey, ResponseOrigin, Task
from tests.tasks.conftest import Desk
from tests.tasks.import_samples import LEVELS, checked, jsonl, row
from tests.tasks.work_samples import filled, make_batch

NAMES = [f"q{n:02}" for n in range(12)]
CRITERIA = [
    {"key": "accuracy", "title": "Accuracy", "kind": "rating", "config": {"levels": LEVELS}},
    {"key": "better", "title": "Better", "kind": "preference", "scope": "task", "config": {"steps": 3}},
    {"key": "order", "title": "Order", "kind": "ranking", "scope": "task", "config": {}},
]
FIRST, SECOND = "From the first model.", "From the second model."


def asked(name: str, **values):
    """A row that always names one model first, with everything that can name a response."""
    gold = {
        "answers": {
            "accuracy": {"r1": {"value": 5}, "2": {"value": 1}},
            "better": {"value": -3, "accepted": [{"strength": -2}]},
            "order": {"value": ["r1", "r2"], "partial": [["r1", "r2"]]},
        }
    }
    responses = [{"text": FIRST, "model": "one", "license": "x"}, {"text": SECOND, "model": "two"}]
    labels = {"accuracy": {"r1": 4}, "better": {"": -1}, "order": {"": ["r1", "r2"]}, "beauty": {"r1-m1": "r1"}}
    return row(name, **{"responses": responses, "gold": gold, "prelabels": labels, **values})


@pytest.fixture
def batch(project: Project, alice: User) -> Batch:
    """An empty batch under a rubric whose answers name responses."""
    rubric = create_rubric(project=project, name="Sides", by=alice)
    draft = save_version_draft(rubric=rubric, body={"criteria": CRITERIA}, by=alice)
    return create_batch(
        project=project, name="Sides", rubric_version=publish_version(version=draft, by=alice), by=alice
    )


def of_model(task: Task, model: str) -> str:
    return ResponseOrigin.objects.get(task=task, origin=model).response


def test_no_id_belongs_to_one_place_in_the_file(batch: Batch, alice: User) -> None:
    filled(batch, alice, [asked(name) for name in NAMES])
    ids = {of_model(task, "one") for task in Task.objects.all()}
    assert ids == {"r1", "r2"}
    for task in Task.objects.all():
        texts = {response["id"]: response["text"] for response in task.content["responses"]}
        assert list(texts) == ["r1", "r2"]
        assert (texts[of_model(task, "one")], texts[of_model(task, "two")]) == (FIRST, SECOND)
        assert file_order(task.content) == [of_model(task, "one"), of_model(task, "two")]
        assert list(task.content["metadata"]["responses"]) == [of_model(task, "one")]


def test_gold_names_responses_by_the_file_and_is_kept_by_id(batch: Batch, alice: User) -> None:
    filled(batch, alice, [asked(name) for name in NAMES])
    for key in GoldKey.objects.select_related("task"):
        one, two = of_model(key.task, "one"), of_model(key.task, "two")
        sign = -1 if one == "r1" else 1
        assert (key.answers["accuracy"][one]["value"], key.answers["accuracy"][two]["value"]) == (5, 1)
        assert key.answers["better"][""]["value"] == {"strength": 3 * sign}
        assert key.answers["better"][""]["accepted"] == [{"strength": 3 * sign}, {"strength": 2 * sign}]
        assert key.answers["order"][""]["value"]["order"] == [[one], [two]]
        assert key.answers["order"][""]["partial"] == [[one, two]]


def test_labels_of_a_model_follow_their_response(batch: Batch, alice: User) -> None:
    filled(batch, alice, [asked(name) for name in NAMES])
    for task in Task.objects.all():
        one, two = of_model(task, "one"), of_model(task, "two")
        labels = task.content["prelabels"]
        assert labels["accuracy"] == {one: 4}
        assert labels["better"][""] in ({"strength": 1 if one == "r2" else -1}, -1)
        assert labels["order"][""] == [one, two]
        assert labels["beauty"] == {f"{one}-m1": "r1"}  # of no criterion here: the value is kept as it came


def test_importing_again_changes_nothing_also_under_another_secret(batch: Batch, alice: User) -> None:
    rows = jsonl(*(asked(name) for name in NAMES))
    filled(batch, alice, map(json.loads, rows.splitlines()))
    for key in ("test-only-key-" * 5, "another-key-" * 5):
        with override_settings(SECRET_KEY=key):
            run = checked(batch, rows, alice)
        assert (run.rows_new, run.rows_unchanged, run.rows_bad) == (0, 12, 0)
        run.delete()


def test_another_secret_draws_other_ids(batch: Batch, alice: User) -> None:
    filled(batch, alice, [asked(name) for name in NAMES])
    with override_settings(SECRET_KEY="another-key-" * 5):
        filled(batch, alice, [asked(f"{name} again", id=name + " again") for name in NAMES])
    drawn = [[of_model(task, "one") for task in Task.objects.filter(external_id__endswith=end)] for end in ("again",)]
    assert set(drawn[0]) == {"r1", "r2"}


def test_swapped_responses_are_other_content(batch: Batch, alice: User) -> None:
    filled(batch, alice, [asked("q01")])
    run = checked(batch, jsonl(asked("q01", responses=[SECOND, FIRST], gold=None, prelabels=None)), alice)
    assert (run.rows_unchanged, run.rows_bad) == (0, 1)


def test_task_older_than_drawing_is_still_unchanged(batch: Batch, alice: User) -> None:
    responses = [{"id": "r1", "text": FIRST}, {"id": "r2", "text": SECOND}]
    content = clean_content(row("old", responses=[FIRST, SECOND])).content
    assert content["responses"] == responses
    Task.objects.create(
        project=batch.project,
        batch=batch,
        external_id="old",
        content=content,
        content_sha256=content_sha256(content),
        created_at=clock.now(),
    )
    assert checked(batch, jsonl(row("old", responses=[FIRST, SECOND])), alice).rows_unchanged == 1


def test_evaluators_see_nothing_of_the_order_of_the_file(batch: Batch, alice: User) -> None:
    filled(batch, alice, [asked("q01")])
    assert "file_order" not in shown(Task.objects.get().content)


def test_export_tells_origin_and_place_in_the_file(batch: Batch, alice: User) -> None:
    filled(batch, alice, [asked(name) for name in NAMES])
    for task in Task.objects.all():
        found = {one["text"]: (one["origin"], one["position"]) for one in _task_row(task)["responses"]}
        assert found == {FIRST: ("one", 1), SECOND: ("two", 2)}


@pytest.mark.parametrize("count", [1, 3])
def test_row_that_a_criterion_cannot_be_asked_about_is_bad(batch: Batch, alice: User, count: int) -> None:
    run = checked(batch, jsonl(row("odd", responses=["A."] * count)), alice)
    problems = [(problem.field, problem.reason) for problem in run.problems.all()]
    assert run.rows_bad == 1
    assert problems[0][0] == "responses"
    assert f"this task has {count}" in problems[0][1]


def test_sides_are_shuffled_for_each_assignment_and_recorded(desk: Desk) -> None:
    batch = make_batch(desk.version, desk.admin, tasks=12, name="Sides", priority=9)
    orders = [
        tuple(found.response_order)
        for member in (desk.eve, desk.evan)
        for _ in range(12)
        if (found := take_seat(member=member, batch=batch, state="queued"))
    ]
    assert len(orders) == 24
    assert set(orders) == {("r1", "r2"), ("r2", "r1")}
