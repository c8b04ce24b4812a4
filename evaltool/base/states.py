"""One way to move a state: a conditional update that repeats the state it expects."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Model

from evaltool.base.errors import StaleState

Moves = Mapping[str, Collection[str]]


def move(
    obj: Model, *, to: str, moves: Moves, field: str = "state", as_seen: Collection[str] = (), **changes: Any
) -> None:
    """Move `obj.field` to `to` if the table of legal `moves` allows it from the value held in memory.

    `changes` are written in the same statement. Raises StaleState when the move is not in the table
    or when somebody else moved the row first, or changed one of the fields `as_seen`; nothing is written then.
    """
    old = getattr(obj, field)
    if to not in moves.get(old, ()):
        raise StaleState(f"This is {old} and cannot become {to}.")
    manager = type(obj)._default_manager  # noqa: SLF001  documented for reuse
    seen = {field: old, **{name: getattr(obj, name) for name in as_seen}}
    if manager.filter(pk=obj.pk, **seen).update(**{field: to}, **changes) != 1:
        raise StaleState
    for name, value in {field: to, **changes}.items():
        setattr(obj, name, value)
