"""How many rows an import checks and commits per second and core, and whether memory stays flat.

    .venv/bin/python -m evaltool.services run -- .venv/bin/python bench/import_rows.py 10000 100000

Rows are 3 kB with two responses; every twentieth has a gold key. CPU is that of this process and of its
PostgreSQL connection together, so that rows per CPU second are rows per second and core.
"""

# ruff: noqa: E402  Django is set up before its models are imported

import json
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evaltool.settings")
django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from accounts.commands import create_person
from accounts.models import User
from evaltool.base import todos
from evaltool.base.models import ToDo
from projects.commands import create_project
from projects.models import Project
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.models import RubricVersion
from tasks.batches import create_batch
from tasks.importing import commit_import, start_import
from tasks.models import ImportRun, Task

WORDS = [
    "benefit",
    "because",
    "section",
    "interest",
    "patient",
    "market",
    "claim",
    "within",
    "result",
    "figure",
    "limit",
]
TICKS = os.sysconf("SC_CLK_TCK")


def main(sizes: list[int]) -> None:
    """Import files of these sizes, each into a project of its own, and print a table."""
    call_command("migrate", verbosity=0)
    settings.IMPORT_MAX_BYTES = 10**11
    print("rows      check rows/s  check rows/CPU-s  commit rows/s  commit rows/CPU-s  both rows/CPU-s  peak MB")
    for size in sizes:
        print(measure(size), flush=True)


def measure(size: int) -> str:
    """One file, checked and committed."""
    project, version, by = set_up()
    batch = create_batch(project=project, name="Batch", rubric_version=version, by=by)
    with tempfile.TemporaryFile() as file:
        write_rows(file, size)
        file.seek(0)
        run = start_import(batch=batch, file=file, filename="rows.jsonl", by=by)
    checked = timed("check_import", run)
    commit_import(run=run, leave_out_bad=False, by=by)
    committed = timed("commit_import", run)
    assert Task.objects.filter(project=project).count() == size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    both = size / (checked[1] + committed[1])
    figures = [size / checked[0], size / checked[1], size / committed[0], size / committed[1], both, peak]
    return f"{size:<9,} " + "  ".join(f"{figure:>14,.0f}" for figure in figures)


def timed(kind: str, run: ImportRun) -> tuple[float, float]:
    """Wall seconds and CPU seconds of the to-do of a run."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    assert todos.run(ToDo.objects.get(kind=kind, object_id=run.pk).pk)
    run.refresh_from_db()
    return time.perf_counter() - wall, cpu_seconds() - cpu


def cpu_seconds() -> float:
    """CPU time of this process and of the server process behind its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    stat = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return time.process_time() + (int(stat[11]) + int(stat[12])) / TICKS


def set_up() -> tuple[Project, RubricVersion, User]:
    """A project with a published rubric."""
    name = f"bench{time.time_ns()}"
    by = create_person(email=f"{name}@example.org", name="Bench", may_create_projects=True)
    project = create_project(name=name, by=by)
    levels = [{"score": n, "title": f"Level {n}", "description": ""} for n in range(1, 6)]
    body = {"criteria": [{"key": "accuracy", "title": "Accuracy", "kind": "rating", "config": {"levels": levels}}]}
    rubric = create_rubric(project=project, name="Bench", by=by)
    return project, publish_version(version=save_version_draft(rubric=rubric, body=body, by=by), by=by), by


def write_rows(file: object, size: int) -> None:
    """Rows of about 3 kB under a fixed seed."""
    dice = random.Random(7)
    for number in range(size):
        row = {
            "id": f"row-{number}",
            "prompt": text(dice, 400),
            "responses": [{"text": text(dice, 1250), "model": "a"}, {"text": text(dice, 1250), "model": "b"}],
            "domain": dice.choice(["finance", "legal", "healthcare"]),
        }
        if number % 20 == 0:
            row["gold"] = {"answers": {"accuracy": {"r1": 4, "r2": {"value": 2, "accepted": [1, 2]}}}}
        file.write(json.dumps(row).encode() + b"\n")  # type: ignore[attr-defined]


def text(dice: random.Random, length: int) -> str:
    """Words of about this many characters."""
    return " ".join(dice.choices(WORDS, k=length // 8))


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [10_000])
