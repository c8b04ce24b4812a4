"""What commands raise when a rule stands in the way. Views and API turn these into answers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input: where (field or criterion, optionally a row) and why."""

    field: str
    reason: str
    row: int | None = None


class RuleBroken(Exception):
    """A command was refused by a rule of the domain; the message is for the person who asked."""

    def __init__(self, message: str, code: str = "refused") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class StaleState(RuleBroken):
    """The object has moved on since it was read; nothing was changed."""

    def __init__(self, message: str = "Somebody changed this in the meantime. Reload to see it as it is now.") -> None:
        super().__init__(message, code="stale")


class Invalid(RuleBroken):
    """The input does not fit; `problems` name each field and reason."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.field}: {p.reason}" for p in problems), code="invalid")
        self.problems = problems
