"""The to-do list: what must follow a commit, never lost and harmless when run twice.

A command calls `add` inside its transaction; upper apps `register` a handler per kind in
`AppConfig.ready()`. A quick handler runs inside the transaction that deletes the row, so its effect
and the end of the duty are one. A long handler keeps its own transactions, calls `alive()` between
chunks to keep its reservation, and must be harmless when it starts again from the beginning.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import OperationalError

from evaltool.base.models import ToDo

log = logging.getLogger(__name__)

RESERVED = timedelta(seconds=15)
ATTEMPTS = 8

Alive = Callable[[], None]


@dataclass(frozen=True)
class Handler:
    """What to do for one kind: `quick(object_id)` or `long(object_id, alive)`."""

    quick: Callable[[int], None] | None = None
    long: Callable[[int, Alive], None] | None = None


_handlers: dict[str, Handler] = {}
_on_stop: list[Callable[[ToDo], None]] = []


def register(kind: str, quick: Callable[[int], None]) -> None:
    """Run `quick(object_id)` for to-dos of `kind`, in the transaction that deletes the row."""
    _handlers[kind] = Handler(quick=quick)


def register_long(kind: str, long: Callable[[int, Alive], None]) -> None:
    """Run `long(object_id, alive)` for to-dos of `kind`, outside a transaction; see the module's words."""
    _handlers[kind] = Handler(long=long)


def on_stop(callback: Callable[[ToDo], None]) -> None:
    """Call back when a to-do is given up after its last attempt."""
    _on_stop.append(callback)


def add(kind: str, object_id: int, *, due_at: datetime | None = None) -> None:
    """Note that `kind` must happen for the object; call inside the transaction that makes it so.

    Adding it again while it waits moves it no later; while it runs, it is run once more.
    """
    add_all([(kind, object_id)], due_at=due_at)


def add_all(wanted: Iterable[tuple[str, int]], *, due_at: datetime | None = None) -> None:
    """`add` for several (kind, object id) in one statement."""
    when = due_at or timezone.now()
    rows = [ToDo(kind=kind, object_id=object_id, due_at=when) for kind, object_id in sorted(set(wanted))]
    # Insert or update in one: a row that is found, but whose runner commits its deletion meanwhile, must come again.
    ToDo.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["kind", "object_id"],
        update_fields=["attempts", "stopped_at", "due_at"],
    )
    if due_at is None:
        for todo in rows:
            transaction.on_commit(partial(_send, todo.pk))


def _send(pk: int) -> None:
    from evaltool.base.jobs import run_todo  # the job imports this module

    try:
        run_todo.apply_async((pk,), retry=False)
    except OperationalError:
        log.warning("broker unreachable; the sweep will run to-do %s", pk)


def due(limit: int = 500) -> list[int]:
    """Ids of to-dos whose time has come, oldest first."""
    rows = ToDo.objects.filter(stopped_at__isnull=True, due_at__lte=timezone.now()).order_by("due_at")
    return list(rows.values_list("pk", flat=True)[:limit])


def run(pk: int) -> bool:
    """Run one to-do now. True when it was done here; False when there was nothing to do or it failed."""
    todo = _reserve(pk)
    if todo is None:
        return False
    handler = _handlers.get(todo.kind)
    try:
        if handler is None:
            raise LookupError(f"no handler for to-do kind {todo.kind!r}")
        return _run_long(todo, handler) if handler.long else _run_quick(todo, handler)
    except Exception as error:  # whatever a handler raises is noted on the row and tried again
        log.exception("to-do %s failed", todo)
        _note_failure(todo, error)
        return False


def _reserve(pk: int) -> ToDo | None:
    """Count the attempt before it starts, so that a job that kills its worker is given up too."""
    now = timezone.now()
    taken = ToDo.objects.filter(pk=pk, stopped_at__isnull=True, due_at__lte=now)
    if not taken.update(attempts=F("attempts") + 1, due_at=now + RESERVED):
        return None
    todo = ToDo.objects.filter(pk=pk).first()
    if todo and todo.attempts > ATTEMPTS:
        _stop(todo)
        return None
    return todo


def _run_quick(todo: ToDo, handler: Handler) -> bool:
    assert handler.quick is not None
    with transaction.atomic():
        # A second runner finds the row locked or gone and leaves it.
        row = ToDo.objects.select_for_update(skip_locked=True).filter(pk=todo.pk).first()
        if row is None:
            return False
        handler.quick(todo.object_id)
        ToDo.objects.filter(pk=todo.pk).delete()
    return True


def _run_long(todo: ToDo, handler: Handler) -> bool:
    assert handler.long is not None
    held = [todo.due_at]

    def alive() -> None:
        until = timezone.now() + RESERVED
        if not ToDo.objects.filter(pk=todo.pk, due_at=held[0]).update(due_at=until):
            raise Interrupted(str(todo))
        held[0] = until

    handler.long(todo.object_id, alive)
    ToDo.objects.filter(pk=todo.pk, due_at=held[0]).delete()
    return True


@contextmanager
def kept(alive: Alive, every: float = 5.0) -> Iterator[None]:
    """Call `alive` from a thread with its own connection while the block runs.

    For work inside one long transaction, where a sign of life must not wait for its end.
    """
    over = threading.Event()

    def beat() -> None:
        try:
            while not over.wait(every):
                alive()
        except Interrupted:
            log.warning("lost the reservation of a long to-do; another run will finish it")
        finally:
            connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class Interrupted(Exception):
    """A long to-do lost its reservation, or was asked for again: this run ends, another goes on."""


def _note_failure(todo: ToDo, error: Exception) -> None:
    if isinstance(error, Interrupted):
        return
    wait = timedelta(seconds=min(2**todo.attempts, 300))
    ToDo.objects.filter(pk=todo.pk).update(last_error=repr(error)[:2000], due_at=timezone.now() + wait)
    if todo.attempts >= ATTEMPTS:
        _stop(todo)


def _stop(todo: ToDo) -> None:
    if ToDo.objects.filter(pk=todo.pk, stopped_at__isnull=True).update(stopped_at=timezone.now()):
        todo.refresh_from_db()
        for callback in _on_stop:
            callback(todo)
