"""The commit of an import: one transaction writes every task with its origins, gold key and seats, or none."""

from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import User
from evaltool.base import clock, todos
from evaltool.base.errors import RuleBroken, StaleState
from evaltool.base.states import move
from evaltool.base.todos import Alive
from tasks import gold_keys
from tasks.freeing import DISTRIBUTE
from tasks.importing.ending import fail, free_batch
from tasks.importing.uploading import OPEN_FOR_TASKS
from tasks.importing.writing import Portion
from tasks.models import IMPORT_MOVES, Batch, ImportRun, StagedRow

COMMIT = "commit_import"
PORTION = 2_000  # lines written by one statement


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
        self.lines = StagedRow.objects.filter(run=run).aggregate(last=Max("line"))["last"] or 0
        self.done = 0
        self.new = 0

    def report(self) -> None:
        """Show progress outside the transaction: called by the thread that keeps the reservation."""
        mine = ImportRun.objects.filter(pk=self.run.pk, state=ImportRun.State.COMMITTING)
        mine.update(bytes_done=self.run.size * self.done // max(self.lines, 1))

    def write(self) -> None:
        """Write all portions, then the end of the run; every exception undoes all of it."""
        for first in range(1, self.lines + 1, PORTION):
            self._write_portion(first, min(first + PORTION - 1, self.lines))
        StagedRow.objects.filter(run=self.run).delete()
        self._end()

    def _write_portion(self, first: int, last: int) -> None:
        portion = Portion(self.run, self.batch, first, last, self.now)
        self.new += portion.write_tasks()
        portion.write_origins()
        if self.batch.purpose == Batch.Purpose.WORK:  # a test or training draws its tasks itself
            portion.write_seats()
        for task, key in portion.gold():
            gold_keys.add_clean_key(task=task, gold=key, by=self.run.created_by)
        self.done = last

    def _end(self) -> None:
        free_batch(self.batch)
        if self.batch.state not in OPEN_FOR_TASKS:
            raise RuleBroken(f"The batch was {self.batch.get_state_display().lower()} in the meantime.")
        unchanged = self.run.rows_new + self.run.rows_unchanged - self.new
        counts: dict[str, Any] = {"rows_new": self.new, "rows_unchanged": unchanged, "bytes_done": self.run.size}
        move(self.run, to=ImportRun.State.COMMITTED, moves=IMPORT_MOVES, finished_at=clock.now(), **counts)
        if self.batch.state == Batch.State.RELEASED and self.new:
            todos.add(DISTRIBUTE, self.batch.pk)
        audit.record("import_committed", by=None, target=self.run, scope=self.batch.project.public_id, new=self.new)
