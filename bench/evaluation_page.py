"""What the evaluation screen costs: queries and CPU for growing rubrics, a long conversation, submit and the next task.

    EVALTOOL_DATA_DIR=$(mktemp -d) .venv/bin/python -m evaltool.services run -- \\
        .venv/bin/python bench/evaluation_page.py [--profile]

CPU is that of the web process alone, the median of several pages in one run: only the ratios mean something.
"""

# ruff: noqa: E402  Django is set up before its models are imported

import cProfile
import json
import os
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evaltool.settings")
django.setup()

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.commands import create_person
from accounts.models import User
from evaltool.base import todos
from evaltool.base.models import ToDo
from projects.commands import (
    acknowledge_guideline,
    add_member,
    change_policy,
    change_standing,
    create_project,
    publish_guideline,
    save_guideline_draft,
)
from projects.models import Membership, Role, Standing
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.models import RubricVersion
from tasks.assigning import claim_next
from tasks.batches import create_batch, release_batch
from tasks.clearing import grant_clearance
from tasks.importing import commit_import, start_import
from tasks.models import Assignment, Batch

SIZES = (5, 10, 20, 40)
PAGES = 31
LEVELS = [{"score": n, "title": f"Level {n}", "description": "One difference one can see. " * 3} for n in range(1, 6)]
PARAGRAPH = "The *dose* is `5 mg` a day, and **not** more: see [the leaflet](https://leaflet.example/) for $x_1$. " * 5
GUIDE = "# Guideline\n\n" + "\n\n".join(f"## {n} Section\n\n{PARAGRAPH}" for n in range(1, 13))
HTMX = {"HX-Request": "true"}


def main(profile: bool) -> None:
    """Print a table of the page by rubric size, then the conversation, then submit and next."""
    call_command("migrate", verbosity=0)
    admin = create_person(email=f"bench-{uuid4().hex[:8]}@example.org", name="Bench", may_create_projects=True, by=None)
    pages = {size: Desk(admin, size) for size in SIZES}
    print("criteria   queries   CPU ms   to 5 criteria   kB")
    least = 0.0
    for size, desk in pages.items():
        queries, cpu = desk.queries(), desk.cpu()
        least = least or cpu
        print(f"{size:>8}   {queries:>7}   {cpu:>6.1f}   {cpu / least:>13.2f}   {len(desk.page().content) / 1024:.0f}")
    talk(admin)
    onward(pages[5])
    if profile:
        profiled(pages[40].page)


class Desk:
    """A project with a rubric of so many ratings, and an evaluator with an open task in it."""

    def __init__(self, admin: User, criteria: int, rows: list[dict[str, Any]] | None = None) -> None:
        self.version = _version(admin, criteria)
        self.member = _evaluator(admin, self.version)
        _batch(admin, self.version, rows or [_row(n) for n in range(40)])
        self.client = Client()
        self.client.force_login(self.member.user)
        self.next()

    def next(self) -> Assignment:
        """The next task, open."""
        found = claim_next(member=self.member, by=self.member.user)
        assert found is not None
        self.assignment = found
        self.url = reverse("tasks:assignment", args=[found.public_id])
        return found

    def page(self) -> Any:
        """The evaluation screen as answered."""
        answer = self.client.get(self.url)
        assert answer.status_code == 200, answer.status_code
        return answer

    def queries(self) -> int:
        """How many queries one page takes once everything that is kept in memory is there."""
        self.page()
        with CaptureQueriesContext(connection) as seen:
            self.page()
        return len(seen)

    def cpu(self) -> float:
        """CPU milliseconds of a page, the median."""
        return median_cpu(self.page, PAGES)


def median_cpu(act: Callable[[], Any], times: int) -> float:
    """CPU milliseconds of this process for one call, the median of several."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        act()
        taken.append((time.process_time() - start) * 1000)
    return statistics.median(taken)


def talk(admin: User) -> None:
    """A conversation of 200 kB: rendered when first shown, from the cache afterwards."""
    text = f"{PARAGRAPH}\n\n" * 10
    turns = [{"role": ("user", "assistant")[n % 2], "content": f"Turn {n}.\n\n{text}"} for n in range(39)]
    turns.append({"role": "user", "content": "So?"})
    row = {"id": "talk", "messages": turns, "responses": ["It depends."]}
    desk = Desk(admin, 5, [row])
    size = sum(len(turn["content"]) for turn in turns) // 1000

    def first() -> None:
        cache.clear()
        desk.page()

    made, kept = median_cpu(first, 5), median_cpu(desk.page, PAGES)
    print(
        f"\n{size} kB of conversation: {made:.0f} CPU ms when first shown, {kept:.1f} afterwards, 1/{made / kept:.0f}"
    )


def onward(desk: Desk) -> None:
    """Submitting one task and showing the next, in one round trip."""
    taken, queries = [], 0
    for _ in range(20):
        fields = {f"a.c{n}.r1.value": "3" for n in range(5)} | {"receipt": "1"}
        url = reverse("tasks:submit", args=[desk.assignment.public_id])
        start = time.process_time()
        with CaptureQueriesContext(connection) as seen:
            answer = desk.client.post(url, fields, headers=HTMX)
        taken.append((time.process_time() - start) * 1000)
        assert b'id="task"' in answer.content, answer.status_code
        queries = len(seen)
        desk.next()
    print(f"submit and the next task: one request, {queries} queries, {statistics.median(taken):.1f} CPU ms")


def profiled(act: Callable[[], Any]) -> None:
    """Where the time of the largest page goes."""
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(20):
        act()
    profiler.disable()
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(70)


# ------------------------------------------------------------------- set-up


def _version(admin: User, criteria: int) -> RubricVersion:
    project = create_project(name=f"Bench {criteria} {uuid4().hex[:6]}", by=admin)
    change_policy(project=project, by=admin, gold_first_count=0, gold_share=0.0, gold_floor=0.0)
    draft = save_guideline_draft(project=project, title="Guideline", source=GUIDE, by=admin)
    publish_guideline(version=draft, by=admin)
    body = {
        "criteria": [
            {
                "key": f"c{n}", "title": f"Criterion {n}", "help": "What it is about.", "kind": "rating",
                "scope": "response", "allow_na": True, "rationale": "optional", "config": {"levels": LEVELS},
            }
            for n in range(criteria)
        ]
    }  # fmt: skip
    rubric = create_rubric(project=project, name="Rubric", by=admin)
    return publish_version(version=save_version_draft(rubric=rubric, body=body, by=admin), by=admin)


def _evaluator(admin: User, version: RubricVersion) -> Membership:
    project = version.rubric.project
    person = create_person(email=f"eve-{uuid4().hex[:8]}@example.org", name="Eve", by=None)
    member = add_member(project=project, user=person, roles=[Role.EVALUATOR], by=admin)
    change_standing(member=member, to=Standing.ACTIVE, by=admin)
    guideline = project.guideline.versions.get()
    acknowledge_guideline(member=member, version=guideline, by=person)
    grant_clearance(member=member, rubric=version.rubric, by=admin)
    return member


def _row(number: int) -> dict[str, Any]:
    return {"id": f"t{number}", "prompt": f"Question {number}? {PARAGRAPH}", "responses": [f"{PARAGRAPH}\n\n" * 4]}


def _batch(admin: User, version: RubricVersion, rows: list[dict[str, Any]]) -> Batch:
    batch = create_batch(project=version.rubric.project, name="Batch", rubric_version=version, by=admin)
    with tempfile.TemporaryFile() as file:
        file.write(b"\n".join(json.dumps(row).encode() for row in rows))
        file.seek(0)
        run = start_import(batch=batch, file=file, filename="rows.jsonl", by=admin)
    _work()
    run.refresh_from_db()
    assert not run.rows_bad
    commit_import(run=run, leave_out_bad=False, by=admin)
    _work()
    batch.refresh_from_db()
    release_batch(batch=batch, by=admin)
    return batch


def _work() -> None:
    for pk in ToDo.objects.filter(kind__in=["check_import", "commit_import"]).values_list("pk", flat=True):
        todos.run(pk)


if __name__ == "__main__":
    main("--profile" in sys.argv)
