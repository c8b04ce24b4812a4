"""Building an export: asked for by a person, built by a worker from one snapshot of the database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count

from accounts import audit
from accounts.commands import notify
from accounts.models import User
from evaltool.base import clock, states, todos
from evaltool.base.errors import Invalid, Problem
from evaltool.base.models import ToDo
from exports.models import EXPORT_MOVES, Export
from exports.rows import judged, settled
from exports.writing import Written, lines
from projects.models import Project
from tasks.models import Batch

BUILD = "build_export"
SCHEMA = "evaltool/export/1"


@transaction.atomic
def request_export(
    *,
    project: Project,
    batch: Batch | None = None,
    format: str,  # noqa: A002  the word people use
    content: str,
    include_gold: bool = False,
    by: User,
) -> Export:
    """Ask for an export; a worker builds it. Asking for gold is noted in the record of decisions.

    Raises Invalid for an unknown format or content, or gold with a consensus (gold has none).
    """
    problems = []
    if format not in Export.Format.values:
        problems.append(Problem("format", "Choose JSON Lines or CSV."))
    if content not in Export.Content.values:
        problems.append(Problem("content", "Choose what the file holds."))
    if include_gold and content == Export.Content.CONSENSUS:
        problems.append(Problem("include_gold", "Gold has no consensus. Export judgments to include it."))
    if problems:
        raise Invalid(problems)
    export = Export.objects.create(
        project=project,
        batch=batch,
        format=format,
        content=content,
        include_gold=include_gold,
        requested_by=by,
        requested_at=clock.now(),
    )
    audit.record("request_export", by=by, target=export, scope=project.public_id, gold=include_gold, content=content)
    todos.add(BUILD, export.pk)
    return export


def build_export(export_pk: int, alive: todos.Alive) -> None:
    """Write the file, then mark the export ready with manifest and checksum; harmless to start again.

    The file gets its name only when it is whole, so nobody can download half of one.
    """
    export = Export.objects.select_related("project", "batch", "requested_by").get(pk=export_pk)
    if export.state in (Export.State.READY, Export.State.FAILED):
        return
    states.move(export, to=Export.State.BUILDING, moves=EXPORT_MOVES, rows_done=0)
    alive()
    name = f"exports/{export.public_id}.{export.format}"
    target = Path(settings.MEDIA_ROOT) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(f".{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            with todos.kept(alive):
                manifest = _write(export, Written(file))
            file.flush()
            os.fsync(file.fileno())
        alive()
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    _ready(export, name, manifest)


def _write(export: Export, written: Written) -> dict[str, Any]:
    """Write every line from one snapshot, and describe what was written."""
    with _snapshot():
        for line in lines(export):
            written.add(line)
        return _manifest(export, written)


@contextmanager
def _snapshot() -> Iterator[None]:
    """One unchanging view of the database for the whole block; in a transaction already, that one is used."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        if not nested:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _manifest(export: Export, written: Written) -> dict[str, Any]:
    headers = 1 if export.format == Export.Format.CSV else 0
    consensus = export.content == Export.Content.CONSENSUS
    counts = _settled_counts(export) if consensus else _judged_counts(export)
    return {
        "schema": SCHEMA,
        "project": export.project.slug,
        "batch": export.batch.name if export.batch else None,
        "content": export.content,
        "format": export.format,
        "include_gold": export.include_gold,
        "snapshot_at": clock.now().isoformat(),
        "rows": written.lines - headers,
        "bytes": written.bytes,
        "sha256": written.sha256,
        "counts": counts,
    }


def _settled_counts(export: Export) -> dict[str, Any]:
    by_method = settled(export).order_by().values_list("method").annotate(number=Count("pk"))
    return {"tasks": settled(export).count(), "by_method": dict(by_method.order_by("method"))}


def _judged_counts(export: Export) -> dict[str, Any]:
    found = judged(export).order_by()
    versions = found.values_list("rubric_version__rubric__name", "rubric_version__number", "rubric_version__sha256")
    return {
        "judgments": found.count(),
        "tasks": found.values("task").distinct().count(),
        "evaluators": found.values("member").distinct().count(),
        "gold": found.filter(assignment__seat__cause="gold").count(),
        "rubric_versions": [
            {"rubric": name, "version": number, "sha256": digest}
            for name, number, digest in versions.distinct().order_by(
                "rubric_version__rubric__name", "rubric_version__number"
            )
        ],
    }


@transaction.atomic
def _ready(export: Export, name: str, manifest: dict[str, Any]) -> None:
    states.move(
        export,
        to=Export.State.READY,
        moves=EXPORT_MOVES,
        file=name,
        manifest=manifest,
        sha256=manifest["sha256"],
        rows=manifest["rows"],
        rows_done=manifest["rows"],
        snapshot_at=manifest["snapshot_at"],
        finished_at=clock.now(),
    )
    audit.record(
        "export_built", by=None, target=export, scope=export.project.public_id, rows=export.rows, sha256=export.sha256
    )
    notify(user=export.requested_by, kind="export", text=f"Your export of {export.project.name} is ready.")


def give_up(todo: ToDo) -> None:
    """The last attempt has failed: say so on the export and to whoever waits for it. Other to-dos are not ours."""
    export = Export.objects.filter(pk=todo.object_id).first() if todo.kind == BUILD else None
    if export is None or export.state in (Export.State.READY, Export.State.FAILED):
        return
    states.move(export, to=Export.State.FAILED, moves=EXPORT_MOVES, error=todo.last_error, finished_at=clock.now())
    notify(user=export.requested_by, kind="export", text=f"Your export of {export.project.name} failed. Ask again.")
