"""The to-dos this app answers, gathered from its rooms; called once from `AppConfig.ready()`."""

from evaltool.base import todos
from tasks import importing
from tasks.distributing import distribute_batch
from tasks.freeing import DISTRIBUTE


def register_all() -> None:
    """Name every kind of to-do of this app and who does it."""
    importing.register_handlers()
    todos.register_long(DISTRIBUTE, _distribute)


def _distribute(batch_pk: int, alive: todos.Alive) -> None:
    distribute_batch(batch_pk, alive)
