"""To-dos of this floor."""

from evaltool.base import todos
from exports.building import BUILD, build_export


def register() -> None:
    """Say who builds an export somebody asked for."""
    todos.register_long(BUILD, build_export)
