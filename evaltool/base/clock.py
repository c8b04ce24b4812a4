"""What time it is. Leases are compared by the database's clock, so that web nodes may disagree.

A demo or a test may hold the clock still with `held_at`; nothing else may.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.db.models import DateTimeField, Value
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Now
from django.utils import timezone

_held: ContextVar[datetime | None] = ContextVar("evaltool_held_clock", default=None)


def now() -> datetime:
    """The current time in UTC, or the held time."""
    return _held.get() or timezone.now()


def db_now() -> BaseExpression:
    """The database's own time as an expression (the held time where the clock is held)."""
    held = _held.get()
    return Now() if held is None else Value(held, output_field=DateTimeField())


@contextmanager
def held_at(moment: datetime) -> Iterator[None]:
    """Hold the clock at `moment` within the block (this thread of execution only)."""
    token = _held.set(moment)
    try:
        yield
    finally:
        _held.reset(token)
