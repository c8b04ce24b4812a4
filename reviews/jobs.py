"""To-dos of this floor."""

from evaltool.base import todos
from reviews.settling import SETTLE, settle_task


def register() -> None:
    """Say who settles a task when a submission asks for it."""
    todos.register(SETTLE, settle_task)
