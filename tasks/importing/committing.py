"""The commit of an import: one transaction writes every task with its origins, gold key and seats, or none."""

import secrets
from collections.abc import Iterator
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from evaltool.base import clock, todos
from evaltool.base.errors import RuleBroken, StaleState
from evaltool.base.states import move
from evaltool.base.todos import Alive
from tasks import gold_keys
from tasks.importing.ending import fail, free_batch
from tasks.importing.uploading import OPEN_FOR_TASKS
from tasks.models import IMPORT_MOVES, Batch, ImportRun, ResponseOrigin, Seat, StagedRow, Task

COMMIT = "commit_import"
DISTRIBUTE = "distribute_batch"
CHUNK = 500


@transaction.atomic
def commit_import(*, run: ImportRun, leave_out_bad: bool = False, by: User) -> ImportRun:
    """Have a worker import the good rows of a checked file, all of them or none.

    Raises RuleBroken when bad rows are neither fixed nor expressly left out, or nothing is there to import;
    StaleState when the import is not waiting for this.
    """
    if run.state == ImportRun.State.CHECKED:
        _ask_decided(run, leave_out_bad)
    move(
        run,
        to=ImportRun.State.COMMITTING,
        moves=IMPORT_MOVES,
        leave_out_bad=leave_out_bad,
        bytes_done=0,
        finished_at=None,
    )
    audit.record(
        "import_accepted", by=by, target=run, scope=run.batch.project.public_id, new=run.rows_new, left_out=run.rows_bad
    )
    todos.add(COMMIT, run.pk)
    return run


def _ask_decided(run: ImportRun, leave_out_bad: bool) -> None:
    if run.rows_bad and not leave_out_bad:
        rows = "1 row is bad" if run.rows_bad == 1 else f"{run.rows_bad:,} rows are bad"
        raise RuleBroken(f"{rows}. Fix the file and upload it again, or say that bad rows are left out.", "bad_rows")
    if not run.rows_new + run.rows_unchanged:
        raise RuleBroken("No row of this file can be imported. Fix the file and upload it again.", "nothing_to_import")


def write_import(run_pk: int, alive: Alive) -> None:
    """Write an accepted import; do nothing in any other state. A conflict that appeared since the check fails it."""
    run = ImportRun.objects.select_related("batch__project", "created_by").get(pk=run_pk)
    if run.state != ImportRun.State.COMMITTING:
        return
    writer = _Writer(run)

    def beat() -> None:
        alive()
        writer.report()

    try:
        with todos.kept(beat), transaction.atomic():
            writer.write()
    except StaleState:  # canceled in the meantime: everything is undone
        return
    except RuleBroken as refused:
        fail(run, refused.message)


class _Writer:
    """The transaction of one commit."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self.batch = run.batch
        self.now = clock.now()
        self.done = 0
        self.new = 0

    def report(self) -> None:
        """Show progress outside the transaction: called by the thread that keeps the reservation."""
        share = self.done / max(self.run.rows_new + self.run.rows_unchanged, 1)
        mine = ImportRun.objects.filter(pk=self.run.pk, state=ImportRun.State.COMMITTING)
        mine.update(bytes_done=int(self.run.size * min(share, 1)))

    def write(self) -> None:
        """Write all chunks, then the end of the run; every exception undoes all of it."""
        for rows in self._portions():
            self._write_portion(rows)
            self.done += len(rows)
        StagedRow.objects.filter(run=self.run).delete()
        self._end()

    def _portions(self) -> Iterator[list[StagedRow]]:
        last = 0
        while rows := list(StagedRow.objects.filter(run=self.run, line__gt=last).order_by("line")[:CHUNK]):
            yield rows
            last = rows[-1].line

    def _write_portion(self, rows: list[StagedRow]) -> None:
        rows = self._still_new([row for row in rows if row.task])
        tasks = Task.objects.bulk_create([self._task(row) for row in rows])
        ResponseOrigin.objects.bulk_create(
            ResponseOrigin(task=task, response=response, origin=origin)
            for task, row in zip(tasks, rows, strict=True)
            for response, origin in row.origins.items()
        )
        for task, row in zip(tasks, rows, strict=True):
            if row.gold:
                gold_keys.add_clean_key(task=task, gold=row.gold, by=self.run.created_by)
        Seat.objects.bulk_create(seats_for(self.batch, [t for t, row in zip(tasks, rows, strict=True) if not row.gold]))
        self.new += len(tasks)

    def _still_new(self, rows: list[StagedRow]) -> list[StagedRow]:
        """Rows that nobody imported since the check. Raises RuleBroken when somebody took an id for other content."""
        names = [row.external_id for row in rows]
        known = dict(
            Task.objects.filter(project=self.batch.project_id, external_id__in=names).values_list(
                "external_id", "content_sha256"
            )
        )
        for row in rows:
            if known.get(row.external_id, row.task["content_sha256"]) != row.task["content_sha256"]:
                raise RuleBroken(
                    f"Since the check another import brought a task {row.external_id} with other content "
                    f"(line {row.line} here). Nothing was imported. Upload the file again to see what differs."
                )
        return [row for row in rows if row.external_id not in known]

    def _task(self, row: StagedRow) -> Task:
        values: dict[str, Any] = row.task
        return Task(
            project=self.batch.project,
            batch=self.batch,
            import_run=self.run,
            external_id=row.external_id,
            created_at=self.now,
            **values,
        )

    def _end(self) -> None:
        free_batch(self.batch)
        if self.batch.state not in OPEN_FOR_TASKS:
            raise RuleBroken(f"The batch was {self.batch.get_state_display().lower()} in the meantime.")
        unchanged = self.run.rows_new + self.run.rows_unchanged - self.new
        counts = {"rows_new": self.new, "rows_unchanged": unchanged, "bytes_done": self.run.size}
        move(self.run, to=ImportRun.State.COMMITTED, moves=IMPORT_MOVES, finished_at=clock.now(), **counts)
        if self.batch.state == Batch.State.RELEASED and self.new:
            todos.add(DISTRIBUTE, self.batch.pk)
        audit.record("import_committed", by=None, target=self.run, scope=self.batch.project.public_id, new=self.new)


def seats_for(batch: Batch, tasks: list[Task]) -> Iterator[Seat]:
    """The seats of new tasks of a batch of work: as many as its overlap, all at the task's one random place.

    Other purposes have none here: a test or training draws its tasks itself.
    """
    if batch.purpose != Batch.Purpose.WORK:
        return
    for task in tasks:
        place = secrets.randbits(62)  # unpredictable, so that the order of work says nothing about the file
        for ordinal in range(1, batch.overlap + 1):
            yield Seat(task=task, batch=batch, ordinal=ordinal, place=place)
