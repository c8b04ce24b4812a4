"""What does not fit is refused with field and reason, on the page and over the API alike, and nothing is stored."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from projects.commands import change_policy
from rubrics.answers import to_post
from tasks.models import Submission
from tasks.submitting import criteria_of
from tests.tasks.asking_samples import MARK, TEXT, labels, opened, said
from tests.tasks.conftest import Desk
from tests.tasks.test_submit_by_api import Api
from tests.tasks.work_samples import LEVELS

RUBRIC: list[dict[str, Any]] = [
    {"key": "score", "title": "Score", "kind": "rating", "config": {"levels": LEVELS}},
    {"key": "flaws", "title": "Flaws", "kind": "spans", "required": False, "rationale": "never",
     "config": {"labels": [{"key": "wrong", "title": "Wrong"}, {"key": "rude", "title": "Rude"}]}},
    {"key": "notes", "title": "Notes", "kind": "text", "scope": "task", "required": False, "rationale": "never",
     "config": {"max_length": 20}},
    {"key": "tags", "title": "Tags", "kind": "choice", "required": False,
     "config": {"labels": labels("one", "two"), "max": 1}},
]  # fmt: skip


def changed(**entries: dict[str, Any]) -> dict[str, Any]:
    """Complete answers with these in their place."""
    return {**said(score=3), **entries}


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "a value outside the scale": (
        changed(score={"r1": {"value": 9}}), "score.r1", "Choose one of the levels 1, 2, 3, 4 or 5.",
    ),
    "a label that there is not": (changed(tags={"r1": {"value": "three"}}), "tags.r1", ""),
    "a criterion of another version": (
        changed(style={"r1": {"value": "1"}}), "style", "This rubric version has no such criterion.",
    ),
    "a response that there is not": (
        changed(score={"r1": {"value": 3}, "r7": {"value": "3"}}),
        "score.r7", "“Score” has no such target in this task.",
    ),
    "a missing answer": ({}, "score.r1", "This is not answered yet."),
    "a text that is too long": (
        changed(notes={"": {"value": "x" * 21}}), "notes", "This has 21 characters; at most 20 fit.",
    ),
    "a reason that is too long": (
        changed(score={"r1": {"value": 3, "rationale": "x" * 20_001}}), "score.r1", "at most 20,000 fit",
    ),
    "a span outside the text": (
        changed(flaws={"r1": {"value": {"spans": [{**MARK, "end": len(TEXT) + 1, "text": ""}]}}}), "flaws.r1", "Mark 1",
    ),
    "evidence outside the text": (
        changed(score={"r1": {"value": 3, "evidence": [{"target": "r1", "start": 0, "end": 99}]}}),
        "score.r1", "Passage 1: It has to lie within the 26 characters of its text.",
    ),
    "a best effort without an effort": (
        changed(tags={"r1": {"value": None, "deferred": True}}), "tags.r1", "Give your best effort as well",
    ),
}  # fmt: skip


@pytest.fixture
def over_the_api(desk: Desk) -> Callable[..., tuple[int, str]]:
    def send(found: Any, raw: dict[str, Any], field: str) -> tuple[int, str]:
        answer = Api(desk.project, desk.eve.user)("post", f"{found.public_id}/submit/", {"answers": raw})
        problems = {one["field"]: one["reason"] for one in answer.json()["error"]["problems"]}
        assert field in problems, problems
        return answer.status_code, problems[field]

    return send


@pytest.fixture
def on_the_page(desk: Desk) -> Callable[..., tuple[int, str]]:
    client = Client()
    client.force_login(desk.eve.user)

    def send(found: Any, raw: dict[str, Any], field: str) -> tuple[int, str]:
        fields = to_post(criteria_of(found.rubric_version), found.task.content, raw)
        fields |= {f"a.style.{t}.value": e["value"] for t, e in raw.get("style", {}).items()}
        fields |= {f"a.score.{t}.value": e["value"] for t, e in raw.get("score", {}).items() if t == "r7"}
        answer = client.post(f"/work/{found.public_id}/submit/", fields)
        return answer.status_code, answer.content.decode()

    return send


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("way", ["over_the_api", "on_the_page"])
def test_bad_input_is_refused_with_field_and_reason(desk: Desk, request: Any, what: str, way: str) -> None:
    raw, field, reason = BAD[what]
    found = opened(desk, RUBRIC)
    status, said_back = request.getfixturevalue(way)(found, raw, field)
    assert status == 422
    assert reason in said_back
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    "entry",
    [
        {"value": 3, "colour": "red"}, {"value": 3, "na": "yes"}, {"value": 3, "deferred": "yes"}, "3", [3],
        {"value": 3, "evidence": "x"}, {"value": 3, "rationale": 5}, {"value": {"deep": []}}, {"value": True},
    ],
)  # fmt: skip
def test_an_entry_of_another_shape_is_refused_over_the_api(desk: Desk, over_the_api: Any, entry: Any) -> None:
    status, reason = over_the_api(opened(desk, RUBRIC), changed(score={"r1": entry}), "score.r1")
    assert status == 422
    assert reason
    assert not Submission.objects.exists()


def test_evidence_and_best_efforts_come_back_from_the_api(desk: Desk) -> None:
    change_policy(project=desk.project, by=desk.admin, prelabels="after")
    found = opened(desk, prelabels={"score": {"r1": 2}, "ratable": {"r1": "no"}})
    api, one = Api(desk.project, desk.eve.user), f"{found.public_id}/"
    before = api("get", one).json()
    assert before["targets"] == {"ratable": ["r1"], "why": ["r1"], "score": ["r1"], "flaws": ["r1"], "weight": []}
    assert before["labels"] == {}
    assert before["criteria"][1]["condition"] == {"criterion": "ratable", "values": ["no"]}
    assert before["criteria"][4]["of"] == "flaws"
    raw = said(ratable="yes", flaws={"spans": [MARK]})
    raw["score"] = {"r1": {"value": 3, "evidence": [{"quote": "90"}], "deferred": True}}
    api("put", f"{one}draft/", {"revision": 0, "answers": raw})
    after = api("get", one).json()
    assert after["draft"]["answers"] == raw
    assert after["targets"]["weight"] == ["r1@15-17-wrong"]
    labels_seen = {key: by_target["r1"]["value"] for key, by_target in after["labels"].items()}
    assert labels_seen == {"ratable": "no", "score": 2}
    raw["weight"] = {"r1@15-17-wrong": {"value": "minor"}}
    assert api("post", f"{one}submit/", {"answers": raw}).status_code == 200
    stored = Submission.objects.get().answers.get(criterion__key="score")
    assert stored.evidence == [{"target": "r1", "start": 15, "end": 17, "text": "90"}]
    assert (stored.deferred, stored.prelabel) == (True, "changed")
