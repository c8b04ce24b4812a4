"""How an import ends without tasks: canceled by a person, or failed with a sentence that says why."""

from django.db import transaction

from accounts import audit
from accounts.models import User
from evaltool.base import clock
from evaltool.base.errors import StaleState
from evaltool.base.models import ToDo
from evaltool.base.states import move
from evaltool.base.todos import Alive
from tasks.models import BATCH_MOVES, IMPORT_MOVES, Batch, ImportRun, RowProblem, StagedRow, Task

PORTION = 5_000
WAITING_FOR_WORKER = frozenset({ImportRun.State.UPLOADED, ImportRun.State.CHECKING, ImportRun.State.COMMITTING})


@transaction.atomic
def cancel_import(*, run: ImportRun, by: User) -> ImportRun:
    """Stop an import at any time before it is done; the batch stays as it was and the file goes.

    Raises StaleState when it has ended already.
    """
    fresh = ImportRun.objects.select_for_update(no_key=True).select_related("batch__project").get(pk=run.pk)
    if ImportRun.State.CANCELED not in IMPORT_MOVES[fresh.state]:
        raise StaleState(f"This import has ended: {fresh.get_state_display().lower()}. Nothing is left to cancel.")
    move(fresh, to=ImportRun.State.CANCELED, moves=IMPORT_MOVES, finished_at=clock.now())
    audit.record("import_canceled", by=by, target=fresh, scope=fresh.batch.project.public_id)
    _leave(fresh)
    return fresh


@transaction.atomic
def fail(run: ImportRun, reason: str) -> None:
    """End an import that cannot go on; nothing of it is imported. Raises StaleState when it has ended already."""
    move(run, to=ImportRun.State.FAILED, moves=IMPORT_MOVES, error=reason, finished_at=clock.now())
    audit.record("import_failed", by=None, target=run, scope=run.batch.project.public_id)
    _leave(run)


def _leave(run: ImportRun) -> None:
    """Free the batch, drop what was staged, and delete the file once that is certain."""
    free_batch(run.batch)
    StagedRow.objects.filter(run=run).delete()
    transaction.on_commit(lambda: run.file.delete(save=False))


def free_batch(batch: Batch) -> None:
    """Let a batch that waited for an import go on: ready when it has tasks, else a draft. Others stay as they are."""
    current = Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if current.state == Batch.State.IMPORTING:
        filled = Task.objects.filter(batch=current).exists()
        move(current, to=Batch.State.READY if filled else Batch.State.DRAFT, moves=BATCH_MOVES)
    batch.state = current.state


def forget_staged(run: ImportRun, alive: Alive, *, with_problems: bool) -> None:
    """Delete the staged rows of a run, and its problems, in portions."""
    for model in (StagedRow, RowProblem) if with_problems else (StagedRow,):
        rows = model.objects.filter(run=run)
        while found := list(rows.order_by("line").values_list("pk", flat=True)[:PORTION]):
            alive()
            model.objects.filter(pk__in=found).delete()


def give_up(todo: ToDo) -> None:
    """The last attempt at an import's job has failed: say so on the import, so that nobody waits for it."""
    if todo.kind not in {"check_import", "commit_import"}:
        return
    run = ImportRun.objects.select_related("batch__project").filter(pk=todo.object_id).first()
    if run is not None and run.state in WAITING_FOR_WORKER:
        fail(run, "The worker stopped several times while it read this file. Nothing was imported. Upload it again.")
