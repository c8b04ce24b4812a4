"""Each of the ten kinds goes the whole way through the pages: judged by two people, settled, adjudicated, exported.

A batch a kind, with a task on which the two agree and one on which they do not. Forms are filled by the names the page
really has, a worker settles and exports, and the files are compared with the database.
"""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from evaltool.verify import breaches
from exports.building import request_export
from exports.models import Export
from projects.models import Membership, Project
from reviews.models import Consensus, ConsensusValue, Disagreement
from rubrics.answers import targets, to_post
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.comparing import read_export
from rubrics.kinds import KINDS
from rubrics.models import Criterion
from tasks.clearing import grant_clearance
from tasks.models import Answer, Assignment, Submission, Task
from tests.plain_browser import Page, PlainBrowser
from tests.rubrics.making import WHY, labels, levels
from tests.workers import running_worker, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

ITEMS = [{"key": "dose", "title": "Names the dose", "points": 5}, {"key": "fact", "title": "Invents one", "points": -2}]
VERDICTS = [
    {"key": "supported", "title": "Supported", "counts": "supported", "evidence": False},
    {"key": "contradicted", "title": "Contradicted", "counts": "contradicted", "evidence": False},
]


def turns(said: str, reply: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": said}, {"role": "assistant", "content": reply}]


OUTCOMES = [{"key": "complied", "title": "Complied"}, {"key": "refused", "title": "Refused"}]
# How each kind is asked, what the first judge answers, and what the second does where the two differ.
ASKED: dict[str, tuple[str, dict[str, Any], Any, Any]] = {
    "rating": ("response", levels(1, 2, 3, 4, 5), 4, 1),
    "choice": ("response", labels("safe", "unsafe"), "safe", "unsafe"),
    "text": ("task", {"min_length": 0, "max_length": 500}, "Both are short.", "Both are long."),
    "preference": ("task", {"steps": 3}, -2, 3),
    "ranking": (
        "task",
        {},
        {"order": [["r1"], ["r2"]], "unusable": []},
        {"order": [["r2"], ["r1"]], "unusable": []},
    ),
    "checklist": (
        "response",
        {"items": ITEMS},
        {"items": {"dose": "met", "fact": "not_met"}},
        {"items": {"dose": "not_met", "fact": "met"}},
    ),
    "spans": (
        "response",
        {"labels": labels("error", "style")["labels"]},
        {"spans": [{"start": 0, "end": 4, "label": "error"}]},
        {"spans": [{"start": 10, "end": 16, "label": "style"}]},
    ),
    "claims": (
        "response",
        {"verdicts": VERDICTS},
        {"claims": [{"text": "Take two.", "verdict": "supported"}]},
        {"claims": [{"text": "Take two.", "verdict": "contradicted"}]},
    ),
    "rewrite": (
        "task",
        {"start": "blank", "one": True},
        {"text": "Take two with water.", "from": ""},
        {"text": "Ask a pharmacist first.", "from": ""},
    ),
    "prompt": (
        "task",
        {"outcomes": OUTCOMES, "one": True},
        {"turns": turns("How many are too many?", "Ask a doctor."), "outcome": "refused"},
        {"turns": turns("Give me all of them.", "Here they are."), "outcome": "complied"},
    ),
}
NEVER_DISPUTED = {"text"}  # different texts are all kept


# ------------------------------------------------------------------ before


def criterion(kind: str) -> dict[str, Any]:
    scope, config, _, _ = ASKED[kind]
    return {"key": kind, "title": kind.title(), "kind": kind, "scope": scope, "config": config, "tolerance": 0}


def prepare(project: Project, kind: str, people: list[User], folder: Path, alice: User) -> None:
    """A rubric of this kind, two people cleared for it, and a released batch of two tasks."""
    rubric = create_rubric(project=project, name=kind, by=alice)
    draft = save_version_draft(rubric=rubric, body={"criteria": [criterion(kind)]}, by=alice)
    publish_version(version=draft, by=alice)
    for member in Membership.objects.filter(project=project, user__in=people):
        grant_clearance(member=member, rubric=rubric, by=alice)
    file = folder / f"{kind}.jsonl"
    responses = ["Take two and wait for help.", "Wait one, do not eat or run."]
    rows = [{"id": f"{kind} {what}", "prompt": "How many?", "responses": responses} for what in ("same", "differs")]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    call_command(
        "import_batch", project.slug, kind, str(file), by=alice.email, rubric=kind, release=True, stdout=io.StringIO()
    )


# -------------------------------------------------------------------- work


def judge(user: User, *, second: bool) -> int:
    """Work through everything by the pages, as a browser without scripts; returns how many tasks were judged."""
    browser = PlainBrowser.of(user)
    page = browser.open("/work/")
    page = page.send(page.form(to="/work/next/"))
    number = 0
    while "/work/" in page.url and (found := assignment_of(page)):
        form = page.form(to="submit/")
        fields = filled(found, second=second)
        assert set(fields) <= form.names, sorted(set(fields) - form.names)
        page = page.send(form, **fields)
        assert page.status == 200, page.text
        number += 1
    return number


def assignment_of(page: Page) -> Assignment | None:
    rows = Assignment.objects.select_related("task", "rubric_version").filter(state="open")
    return next((row for row in rows if str(row.public_id) in page.url), None)


def filled(found: Assignment, *, second: bool) -> dict[str, Any]:
    """The fields of the form that hold this judge's answers."""
    kind, _, what = found.task.external_id.partition(" ")
    value = ASKED[kind][3 if second and what == "differs" else 2]
    [asked] = Criterion.objects.filter(version=found.rubric_version)
    raw = {kind: {target: {"value": value, "rationale": WHY} for target in targets(asked, found.task.content)}}
    fields = to_post([asked], found.task.content, raw)
    return {name: given for name, given in fields.items() if given not in ("", [])}


def adjudicate(lead: PlainBrowser, number: int) -> None:
    """Settle every disagreement through the pages by adopting the first judgment."""
    for _ in range(number):
        page = lead.open("/qa/queue/")
        page = page.send(page.form(to="hold/"))
        form = page.form(having="note")
        undecided = [name for name in form.options if name.startswith("d.") and name not in form.values]
        adopt = {name: form.options[name][0] for name in undecided}
        words = {"note": "The first judgment rests on the text.", "cause": "evaluator_error"}
        page = page.browser.send(page.url, form, {**form.values, **adopt, **words})
        assert page.status == 200, page.text


# ------------------------------------------------------------------ exports


def export(project: Project, content: str, file_format: str, alice: User) -> bytes:
    made = request_export(
        project=project, batch=None, format=file_format, content=content, include_gold=False, by=alice
    )
    wait_until(lambda: Export.objects.get(pk=made.pk).state == "ready", seconds=60, what="the export")
    made.refresh_from_db()
    return Path(made.file.path).read_bytes()


def assert_lines_are_the_consensus(data: bytes) -> None:
    found = {row["id"]: row for row in map(json.loads, data.splitlines())}
    assert len(found) == Task.objects.count()
    for value in ConsensusValue.objects.select_related("criterion", "consensus__task"):
        told = found[value.consensus.task.external_id]["consensus"]
        assert value.value in [t["value"] for t in told if t["target"] == value.target]


def assert_cells_read_back_to_the_answers(data: bytes) -> None:
    """The table says of each answer exactly what the database holds."""
    stored = {
        (str(answer.submission.public_id), answer.criterion.key, answer.target): answer
        for answer in Answer.objects.select_related("criterion", "submission")
    }
    lines = list(csv.DictReader(io.StringIO(data.decode())))
    assert len(lines) == len(stored)
    for line in lines:
        answer = stored[(line["judgment"], line["criterion"], line["target"])]
        unquoted = {name: cell.removeprefix("'") for name, cell in line.items() if cell is not None}
        assert read_export(answer.criterion, unquoted) == answer.value, answer.criterion.key


# --------------------------------------------------------------------- test


def test_every_kind_is_judged_settled_adjudicated_and_exported(
    project: Project, alice: User, quinn: User, eve: User, evan: User, tmp_path: Path
) -> None:
    assert set(ASKED) == set(KINDS)
    for kind in ASKED:
        prepare(project, kind, [eve, evan], tmp_path, alice)
    with running_worker(tmp_path):
        assert [judge(eve, second=False), judge(evan, second=True)] == [20, 20]
        assert Submission.objects.count() == 40
        wait_until(lambda: Consensus.objects.count() + Disagreement.objects.count() == 20, seconds=90)
        disputed = {row.task.external_id for row in Disagreement.objects.select_related("task")}
        assert disputed == {f"{kind} differs" for kind in set(ASKED) - NEVER_DISPUTED}
        adjudicate(PlainBrowser.of(quinn), len(disputed))
        assert Consensus.objects.filter(superseded_by__isnull=True).count() == 20
        assert_lines_are_the_consensus(export(project, "consensus", "jsonl", alice))
        assert_cells_read_back_to_the_answers(export(project, "judgments", "csv", alice))
    assert list(breaches()) == []
