"""Importing: a file becomes tasks, whole or not at all.

upload (`start_import`) → check by a worker (`check_import`) → a person looks and decides (`commit_import` or
`cancel_import`) → commit by a worker (`write_import`).
"""

from evaltool.base import todos
from tasks.importing.checking import check_import
from tasks.importing.committing import COMMIT, commit_import, write_import
from tasks.importing.ending import cancel_import, give_up
from tasks.importing.uploading import CHECK, UNDER_WAY, start_import, too_large

__all__ = [
    "CHECK",
    "COMMIT",
    "UNDER_WAY",
    "cancel_import",
    "check_import",
    "commit_import",
    "register_handlers",
    "start_import",
    "too_large",
    "write_import",
]


def register_handlers() -> None:
    """Name the to-dos of this room; called from `AppConfig.ready()`."""
    todos.register_long(CHECK, check_import)
    todos.register_long(COMMIT, write_import)
    todos.on_stop(give_up)
