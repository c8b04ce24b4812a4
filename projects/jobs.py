"""What a worker does for projects."""

from evaltool.base import todos
from projects.asking_model import run_trial
from projects.commands.documents import READ, read_guideline_file
from projects.commands.endpoint import TEST


def register() -> None:
    """Say who does what; called when the app is ready."""
    todos.register_long(READ, read_guideline_file)
    todos.register_long(TEST, run_trial)
