"""What the tests of importing start from: a small rubric, rows, files, and a worker that runs what is due."""

import io
import json
from typing import Any

from accounts.models import User
from evaltool.base import todos
from evaltool.base.models import ToDo
from projects.models import Project
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.models import RubricVersion
from tasks.batches import create_batch
from tasks.importing import start_import
from tasks.models import Batch, ImportRun

LEVELS = [{"score": score, "title": f"Level {score}", "description": ""} for score in range(1, 6)]
CRITERIA = [
    {"key": "accuracy", "title": "Accuracy", "kind": "rating", "allow_na": True, "config": {"levels": LEVELS}},
    {"key": "advice", "title": "Advice", "kind": "text", "scope": "task", "required": False, "config": {}},
]


def make_rubric(project: Project, by: User, name: str = "Answers") -> RubricVersion:
    """A published rubric: accuracy of each response on five levels, and free advice on the task."""
    rubric = create_rubric(project=project, name=name, by=by)
    criteria = [dict(criterion) for criterion in CRITERIA]
    criteria[1]["config"] = {"min_length": 0, "max_length": 500}
    return publish_version(version=save_version_draft(rubric=rubric, body={"criteria": criteria}, by=by), by=by)


def make_batch(project: Project, by: User, name: str = "Batch 1", **values: Any) -> Batch:
    """A batch under the project's rubric, made when there is none yet."""
    version = RubricVersion.objects.filter(rubric__project=project).first() or make_rubric(project, by)
    return create_batch(project=project, name=name, rubric_version=version, by=by, **values)


def row(name: str = "t1", **values: Any) -> dict[str, Any]:
    """A good row, changed as told; None takes a key away."""
    whole = {"id": name, "prompt": f"Question {name}?", "responses": ["One answer.", "Another answer."], **values}
    return {key: value for key, value in whole.items() if value is not None}


def gold(level: int = 4) -> dict[str, Any]:
    """A gold key that fits the rubric."""
    return {"answers": {"accuracy": {"r1": {"value": level}, "r2": {"value": 2, "accepted": [1, 2]}}}}


def jsonl(*rows: Any) -> bytes:
    """Rows as a file; texts and bytes are written as they are."""
    return b"\n".join(_line(row) for row in rows) + b"\n"


def _line(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else json.dumps(value, ensure_ascii=False).encode()


def upload(batch: Batch, content: bytes, by: User, filename: str = "rows.jsonl") -> ImportRun:
    """Upload a file; nobody has checked it yet."""
    batch.refresh_from_db()
    return start_import(batch=batch, file=io.BytesIO(content), filename=filename, by=by)


def work(*kinds: str) -> None:
    """Be the worker: run every to-do of these kinds (of importing, unless told otherwise) once."""
    for pk in ToDo.objects.filter(kind__in=kinds or ("check_import", "commit_import")).values_list("pk", flat=True):
        todos.run(pk)


def checked(batch: Batch, content: bytes, by: User, filename: str = "rows.jsonl") -> ImportRun:
    """Upload a file and have it checked."""
    run = upload(batch, content, by, filename)
    work()
    run.refresh_from_db()
    return run
