"""The two ways a run ends early."""


class ServiceError(Exception):
    """Something the person must put right; its text is what they read."""


class ToldToStop(KeyboardInterrupt):
    """A signal asked the whole to end; carries the signal number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
