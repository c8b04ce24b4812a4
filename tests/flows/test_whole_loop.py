"""The whole loop as its people go through it, over HTTP, with a real worker: from an empty database to an export.

With EVALTOOL_SAMPLE_DATA set the tasks are the 404 rows of demo_batches.jsonl. Their rubrics differ in the last
criterion (and tasks with must-have statements bring a list of their own), so all are mapped onto one rubric of six
criteria whose last one is "fit". Without the folder the tasks are those of the demo project.
"""

import csv
import io
import json
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from evaltool.demo import material
from evaltool.verify import breaches
from exports.models import Export
from projects.commands import create_api_key
from projects.models import Project
from quality.models import GoldResult
from reviews.models import Consensus, Disagreement
from tasks.models import Answer, GoldKey, ImportRun, Seat, Submission, Task
from tests.plain_browser import PlainBrowser
from tests.workers import running_worker, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PASSWORD = "a long enough password"
WHY = "The second paragraph contradicts the request, and no source is given for the figure it names."
KEYS = ("instruction-following", "accuracy", "completeness", "clarity", "tone", "fit")
GUIDELINE = "# How to judge\n\n## 1 Accuracy\n\nCheck every figure.\n\n## 2 Tone\n\nSuit the reader.\n"
LEVELS = [{"score": n, "title": f"Level {n}", "description": f"What level {n} means."} for n in range(1, 6)]
RUBRIC = json.dumps(
    {
        "name": "Six criteria",
        "criteria": [
            {
                "key": key,
                "title": key.replace("-", " ").capitalize(),
                "kind": "rating",
                "scope": "response",
                "critical": key == "accuracy",
                "tolerance": 0 if key == "accuracy" else 1,
                "rationale": "required" if key == "accuracy" else "optional",
                "config": {"levels": LEVELS},
            }
            for key in KEYS
        ],
    }
)


# -------------------------------------------------------------------- input


def rows() -> list[dict[str, Any]]:
    """The tasks to judge, every twentieth with a gold key."""
    folder = os.environ.get("EVALTOOL_SAMPLE_DATA")
    if folder:
        found = [json.loads(line) for line in (Path(folder) / "demo_batches.jsonl").read_text().splitlines()]
    else:
        found = [{k: v for k, v in task.row().items() if k != "gold"} for task in material.tasks().values()]
    for number, row in enumerate(found):
        if number % 20 == 7:
            row["gold"] = {"answers": gold_answers(row), "explanation": "Checked by an expert."}
    return found


def gold_answers(row: dict[str, Any]) -> dict[str, Any]:
    """The expert's key: what a careful evaluator of this test answers."""
    texts = {f"r{n}": one if isinstance(one, str) else one["text"] for n, one in enumerate(row["responses"], 1)}
    return {key: {one: {"value": level(row["id"], key, text)} for one, text in texts.items()} for key in KEYS}


def level(task: str, key: str, text: str) -> int:
    """The careful level, 1 to 5, fixed by the names and by what the response says: its id is drawn at import."""
    return zlib.crc32(f"{task} {key} {text}".encode()) % 5 + 1


def planted(task: str) -> bool:
    """Whether the second evaluator is made to differ on this task."""
    return zlib.crc32(task.encode()) % 11 == 0


def judge(task: str, responses: dict[str, str], *, second: bool) -> dict[str, Any]:
    """Raw answers of an evaluator; the second one differs by two levels in accuracy where it is planted."""
    raw: dict[str, Any] = {}
    for key in KEYS:
        for target, text in responses.items():
            value = level(task, key, text)
            if second and key == "accuracy" and target == "r1" and planted(task):
                value = value + 2 if value <= 3 else value - 2
            raw.setdefault(key, {})[target] = {"value": value, "rationale": WHY if key == "accuracy" else ""}
    return raw


# ------------------------------------------------------------------- people


def make_admin(monkeypatch: pytest.MonkeyPatch) -> PlainBrowser:
    """The first person, made on the command line, signs in through the form."""
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    call_command("create_admin", "ada@example.org", "--name", "Ada", "--password-stdin", stdout=io.StringIO())
    browser = PlainBrowser()
    page = browser.open("/sign-in/")
    page = page.send(page.form(having="password"), username="ada@example.org", password=PASSWORD)
    assert page.status == 200
    return browser


def make_project(ada: PlainBrowser) -> str:
    page = ada.open("/manage/")
    page = page.send(page.form(having="description"), name="Expert answers", description="Judged by two.")
    assert page.url == "/manage/expert-answers/"
    return "expert-answers"


def bring_in(ada: PlainBrowser, slug: str, name: str, role: str) -> User:
    """Invite somebody by link; they accept in a browser of their own."""
    page = ada.open(f"/manage/{slug}/people/invite/")
    page = page.send(page.form(having="email"), email=f"{name.lower()}@example.org", name=name, roles=[role])
    link = re.search(r"/invite/[\w-]+/", page.response.content.decode())
    assert link, page.text
    own = PlainBrowser().open(link.group())
    own = own.send(own.form(having="password"), name=name, password=PASSWORD, again=PASSWORD)
    assert own.status == 200
    return User.objects.get(email=f"{name.lower()}@example.org")


def publish_guideline(ada: PlainBrowser, slug: str) -> None:
    page = ada.open(f"/manage/{slug}/guideline/")
    page = page.send(page.form(having="source"), title="How to judge", source=GUIDELINE)
    page = page.send(page.form(to="publish/"), change_note="The first version.")
    assert page.status == 200


def publish_rubric(ada: PlainBrowser, slug: str) -> None:
    page = ada.open(f"/manage/{slug}/rubrics/new/")
    page = page.send(page.form(having="pasted"), name="", pasted=RUBRIC)
    assert page.url.endswith("/draft/"), page.text
    page = ada.open(page.url + "publish/")
    page = page.send(page.form(having="change"))
    assert page.status == 200, page.text


def let_work(ada: PlainBrowser, slug: str, people: list[User]) -> None:
    """Set evaluators active and clear them; each confirms the guideline."""
    for user in people:
        member = user.memberships.get()
        page = ada.open(f"/manage/{slug}/people/{member.public_id}/")
        page = page.send(page.form(to="standing/"), to="active", reason="Welcome, the first batch is waiting.")
        page = ada.open(f"/manage/{slug}/clearances/")
        page.send(page.form(to="grant/", saying=user.name))
        own = PlainBrowser.of(user)
        page = own.open(f"/p/{slug}/guideline/")
        page.send(page.form(to="acknowledge/"))


def fill_batch(ada: PlainBrowser, slug: str) -> None:
    """Create, upload, look at the report, leave out what is bad, import, release."""
    page = ada.open(f"/manage/{slug}/batches/new/")
    page = page.send(page.form(having="overlap"), name="All tasks")
    batch = page.url.removesuffix("import/")
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows())
    page = page.send(page.form(having="file"), file=SimpleUploadedFile("tasks.jsonl", text.encode()))
    run = ImportRun.objects.get()
    wait_until(lambda: ImportRun.objects.get(pk=run.pk).state == "checked", seconds=60, what="the check")
    page = ada.open(page.url)
    bad = expected_problems()
    assert list(run.problems.values_list("line", flat=True).distinct()) == bad
    form = page.form(to="commit/")
    page.send(form, **({"leave_out_bad": "on"} if bad else {}))
    wait_until(lambda: ImportRun.objects.get(pk=run.pk).state == "committed", seconds=60, what="the import")
    page = ada.open(batch)
    page.send(page.form(to="release/"))


def expected_problems() -> list[int]:
    """Row 370 of the sample has a response without visible text; the demo's rows are all good."""
    return [370] if os.environ.get("EVALTOOL_SAMPLE_DATA") else []


# --------------------------------------------------------------------- work


class Api:
    """A program with somebody's key."""

    def __init__(self, user: User, project: Project, scopes: list[str]) -> None:
        _, secret = create_api_key(project=project, owner=user, name="script", scopes=scopes, by=user)
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})

    def get(self, path: str) -> Any:
        """GET under /api/v1/; the body."""
        return self._checked(self.client.get(f"/api/v1/{path}"))

    def post(self, path: str, body: Any = None) -> Any:
        """POST JSON under /api/v1/; the body, None for 204."""
        return self._checked(self.client.post(f"/api/v1/{path}", body or {}, content_type="application/json"))

    def _checked(self, response: Any) -> Any:
        assert response.status_code < 300, (response.status_code, response.content)
        return response.json() if response.content else None


def work_of(api: Api, *, second: bool) -> Iterator[str]:
    """Judge by API until nothing is left; yields the ids of the submissions."""
    while True:
        found = api.post("work/next/")
        if not found:
            return
        task = Task.objects.get(assignments__public_id=found["id"]).external_id
        responses = {response["id"]: response["text"] for response in found["content"]["responses"]}
        answers = judge(task, responses, second=second)
        body = {"revision": 1, "answers": answers, "active_seconds": 30}
        first = api.post(f"work/{found['id']}/submit/", body)
        again = api.post(f"work/{found['id']}/submit/", body) if second and planted(task) else first
        assert again["id"] == first["id"], "the same receipt is the same submission"
        yield first["id"]


def adjudicate_by_page(lead: PlainBrowser, number: int) -> None:
    """Settle the worst ones through the pages: open, adopt A everywhere, say why."""
    for _ in range(number):
        page = lead.open("/qa/queue/")
        page = page.send(page.form(to="hold/"))
        form = page.form(having="note")
        undecided = [name for name in form.options if name.startswith("d.") and name not in form.values]
        adopt = {name: form.options[name][0] for name in undecided}
        values = {"note": "The figure is in the request itself.", "cause": "evaluator_error"}
        page = page.browser.send(page.url, form, {**form.values, **adopt, **values})
        assert page.status == 200, page.text


def adjudicate_by_api(api: Api) -> int:
    """Settle the rest through the API, adopting the first judgment; returns how many."""
    number = 0
    while found := api.get("disagreements/")["results"]:
        for row in found:
            case = api.get(f"disagreements/{row['id']}/")
            first = case["judgments"][0]["id"]
            decisions = [
                {"criterion": point["criterion"], "target": point["target"], "adopt": first} for point in case["points"]
            ]
            body = {"decisions": decisions, "note": "The figure is in the request itself.", "cause": "evaluator_error"}
            api.post(f"disagreements/{row['id']}/adjudicate/", body)
            number += 1
    return number


# ------------------------------------------------------------------ exports


def build(ada: PlainBrowser, slug: str, content: str, file_format: str) -> tuple[Export, bytes]:
    """Ask for an export on the page, wait for the worker, download it."""
    page = ada.open(f"/manage/{slug}/exports/")
    page = page.send(page.form(having="content"), content=content, format=file_format)
    export = Export.objects.latest("pk")
    wait_until(lambda: Export.objects.get(pk=export.pk).state == "ready", seconds=60, what="the export")
    export.refresh_from_db()
    response = ada.client.get(f"{page.url}file/")
    return export, b"".join(response.streaming_content)


def assert_consensus_is_the_database(data: bytes) -> None:
    found = {row["id"]: row for row in map(json.loads, data.splitlines())}
    stored = Consensus.objects.filter(superseded_by__isnull=True).select_related("task")
    assert set(found) == {consensus.task.external_id for consensus in stored}
    for consensus in stored:
        row = found[consensus.task.external_id]
        values = {(v["criterion"], v["target"]): v["value"] for v in row["consensus"]}
        assert values == {(v.criterion.key, v.target): v.value for v in consensus.values.select_related("criterion")}
        assert row["method"] == consensus.method
        assert row["gold"] is False


def assert_judgments_are_the_database(data: bytes) -> None:
    found = {row["judgment"]: row for row in map(json.loads, data.splitlines())}
    stored = Submission.objects.current().exclude(assignment__seat__cause=Seat.Cause.GOLD)
    assert set(found) == {str(key) for key in stored.values_list("public_id", flat=True)}
    for answer in Answer.objects.filter(submission__in=stored).select_related("criterion", "submission__member"):
        row = found[str(answer.submission.public_id)]
        told = [a for a in row["answers"] if (a["criterion"], a["target"]) == (answer.criterion.key, answer.target)]
        assert [(a["value"], a["rationale"]) for a in told] == [(answer.value, answer.rationale)]
        assert row["evaluator"] == answer.submission.member.pseudonym


def assert_csv_has_every_answer(data: bytes) -> None:
    lines = list(csv.DictReader(io.StringIO(data.decode())))
    stored = Submission.objects.current().exclude(assignment__seat__cause=Seat.Cause.GOLD)
    assert len(lines) == Answer.objects.filter(submission__in=stored).count()
    assert {line["judgment"] for line in lines} == {str(key) for key in stored.values_list("public_id", flat=True)}


# --------------------------------------------------------------------- test


def test_from_an_empty_database_to_an_export_that_is_the_database(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ada = make_admin(monkeypatch)
    slug = make_project(ada)
    publish_guideline(ada, slug)
    publish_rubric(ada, slug)
    eve, evan = (bring_in(ada, slug, name, "evaluator") for name in ("Eve", "Evan"))
    quinn = bring_in(ada, slug, "Quinn", "qa_lead")
    let_work(ada, slug, [eve, evan])
    project = Project.objects.get()
    with running_worker(tmp_path):
        fill_batch(ada, slug)
        tasks, gold = Task.objects.count(), GoldKey.objects.count()
        apis = [Api(user, project, ["work"]) for user in (eve, evan)]
        submitted = [list(work_of(api, second=bool(number))) for number, api in enumerate(apis)]
        assert all(len(ids) == len(set(ids)) for ids in submitted)
        ordinary = Submission.objects.exclude(assignment__seat__cause=Seat.Cause.GOLD)
        assert ordinary.count() == 2 * (tasks - gold)
        disputed = sum(planted(task.external_id) for task in Task.objects.filter(gold_key__isnull=True))
        wait_until(lambda: Consensus.objects.count() + Disagreement.objects.count() == tasks - gold, seconds=120)
        assert Disagreement.objects.count() == disputed
        gold_given = Submission.objects.filter(assignment__seat__cause=Seat.Cause.GOLD).count()
        wait_until(lambda: GoldResult.objects.count() == gold_given, seconds=60, what="gold scoring")
        assert not GoldResult.objects.filter(member__user=eve, correct=False).exists()
        adjudicate_by_page(PlainBrowser.of(quinn), min(2, disputed))
        adjudicate_by_api(Api(quinn, project, ["adjudicate", "read"]))
        assert Consensus.objects.filter(superseded_by__isnull=True).count() == tasks - gold
        export, data = build(ada, slug, "consensus", "jsonl")
        assert export.manifest["rows"] == tasks - gold == len(data.splitlines())
        assert_consensus_is_the_database(data)
        assert_judgments_are_the_database(build(ada, slug, "judgments", "jsonl")[1])
        assert_csv_has_every_answer(build(ada, slug, "judgments", "csv")[1])
    assert list(breaches()) == []
