"""To-dos of this floor."""

from accounts.mailing import SEND, send_mail
from evaltool.base import todos


def register() -> None:
    """Say who sends mail."""
    todos.register_long(SEND, send_mail)
