"""What a worker does for projects."""

from evaltool.base import todos
from projects.commands.documents import READ, read_guideline_file


def register() -> None:
    """Say who does what; called when the app is ready."""
    todos.register_long(READ, read_guideline_file)
