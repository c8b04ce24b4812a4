"""To-dos of this floor."""

from evaltool.base import todos
from reviews.putting_back import PUT_BACK, put_back_stale
from reviews.settling import SETTLE, settle_task


def register() -> None:
    """Say who settles a task when a submission asks for it."""
    todos.register(SETTLE, settle_task)
    todos.register_long(PUT_BACK, _put_back)


def _put_back(version_pk: int, alive: todos.Alive) -> None:
    put_back_stale(version_pk, alive)
