"""What an export tells beside the value: what it is about, the evidence, best efforts, and what became of a label."""

import csv
import io
import json

import pytest

from projects.commands import change_policy
from tests.exports.test_exports import built
from tests.tasks.asking_samples import MARK, opened, said
from tests.tasks.conftest import Desk, desk, version  # noqa: F401
from tests.tasks.work_samples import hand_in

pytestmark = pytest.mark.django_db
QUOTE = {"target": "r1", "start": 0, "end": 5, "text": "Water"}
LABELS = {"ratable": {"r1": "yes"}, "score": {"r1": 4}}


@pytest.fixture
def judged(desk: Desk) -> Desk:  # noqa: F811
    change_policy(project=desk.project, by=desk.admin, prelabels="shown")
    raw = said(ratable="yes", score=2, flaws={"spans": [MARK]}) | {"weight": {"r1@15-17-wrong": {"value": "major"}}}
    raw["score"]["r1"] |= {"rationale": "It boils later.", "evidence": [QUOTE, {"quote": "degrees"}], "deferred": True}
    hand_in(opened(desk, prelabels=LABELS), raw)
    return desk


def test_lines_of_json_hold_evidence_best_efforts_and_labels(judged: Desk) -> None:
    _, content = built(judged.project, judged.admin)
    answers = {one["criterion"]: one for one in json.loads(content.splitlines()[0])["answers"]}
    score = answers["score"]
    assert score["evidence"] == [QUOTE, {"target": "r1", "start": 18, "end": 25, "text": "degrees"}]
    assert (score["deferred"], score["prelabel"], score["model_label"]) == (True, "changed", 4)
    assert (answers["ratable"]["prelabel"], answers["ratable"]["model_label"]) == ("confirmed", "yes")
    assert (answers["weight"]["prelabel"], answers["weight"]["model_label"]) == (None, None)
    assert answers["weight"]["about"] == "“90” in the response"


def test_spreadsheet_has_a_column_for_each(judged: Desk) -> None:
    _, content = built(judged.project, judged.admin, format="csv")
    lines = {line["criterion"]: line for line in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))}
    assert lines["score"]["evidence"] == "Water | degrees"
    assert (lines["score"]["prelabel"], lines["score"]["model_label"]) == ("changed", "4")
    assert (lines["ratable"]["prelabel"], lines["ratable"]["model_label"]) == ("confirmed", '"yes"')
    assert (lines["flaws"]["prelabel"], lines["flaws"]["model_label"]) == ("", "")
    assert lines["score"]["about"] == "Response"
