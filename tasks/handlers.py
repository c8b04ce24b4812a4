"""The to-dos this app answers, gathered from its rooms; called once from `AppConfig.ready()`."""

from evaltool.base import todos
from tasks import importing
from tasks.distributing import distribute_batch
from tasks.freeing import DISTRIBUTE
from tasks.reversioning import MOVE, move_lists


def register_all() -> None:
    """Name every kind of to-do of this app and who does it."""
    importing.register_handlers()
    todos.register_long(DISTRIBUTE, _distribute)
    todos.register_long(MOVE, _move_lists)


def _distribute(batch_pk: int, alive: todos.Alive) -> None:
    distribute_batch(batch_pk, alive)


def _move_lists(version_pk: int, alive: todos.Alive) -> None:
    move_lists(version_pk, alive)
