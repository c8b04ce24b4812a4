"""The to-dos this app answers, gathered from its rooms; called once from `AppConfig.ready()`."""

from tasks import importing


def register_all() -> None:
    """Name every kind of to-do of this app and who does it."""
    importing.register_handlers()
