"""The to-dos this app answers, gathered from its rooms; called once from `AppConfig.ready()`."""

from accounts.models import User
from evaltool.base import todos
from rubrics import following
from rubrics.models import RubricVersion
from tasks import conversing, importing
from tasks.distributing import distribute_batch
from tasks.freeing import DISTRIBUTE
from tasks.reversioning import MOVE, forecast, move_all, move_lists


def register_all() -> None:
    """Name every kind of to-do of this app and who does it."""
    importing.register_handlers()
    todos.register_long(DISTRIBUTE, _distribute)
    todos.register_long(conversing.ASK, conversing.answer)
    todos.on_stop(conversing.given_up)
    todos.register_long(MOVE, _move_lists)
    following.register(following.Work(forecast=forecast, move=_move_all))


def _distribute(batch_pk: int, alive: todos.Alive) -> None:
    distribute_batch(batch_pk, alive)


def _move_all(version: RubricVersion, by: User) -> None:
    move_all(version=version, by=by)


def _move_lists(version_pk: int, alive: todos.Alive) -> None:
    move_lists(version_pk, alive)
