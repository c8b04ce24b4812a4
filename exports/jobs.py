"""To-dos of this floor."""

from evaltool.base import todos
from exports.building import BUILD, build_export, give_up


def register() -> None:
    """Say who builds an export somebody asked for, and what happens when it cannot be built."""
    todos.register_long(BUILD, build_export)
    todos.on_stop(give_up)
