"""What the builder's buttons do to a draft, and what was removed lately, so that it can be put back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict

from rubrics import building
from rubrics.models import RubricVersion

KEPT = "removed_criteria"
MOST_KEPT = 10
SIMPLE: dict[str, Callable[[Mapping[str, Any], int], building.Body]] = {
    "up": lambda body, index: building.move(body, index, -1),
    "down": lambda body, index: building.move(body, index, +1),
    "duplicate": building.duplicate,
    "remove": building.remove,
}
OPENS = {"up": -1, "down": +1, "duplicate": +1, "remove": 0}
MOVES = frozenset({"up", "down", "move"})

Gone = tuple[int, dict[str, Any]]
"""A criterion that was removed, and where it stood."""


@dataclass(frozen=True)
class Button:
    """A button: what it does, and to what ("open:2", "move:0:3", "add:rating")."""

    do: str
    argument: str = ""


def button_of(data: QueryDict) -> Button:
    """The button that was pressed; Enter in a field means save."""
    do, _, argument = data.get("do", "save").partition(":")
    return Button(do, argument or (data.get("add_kind", "") if do == "add" else ""))


def press(button: Button, body: building.Body, index: int, last: Gone | None) -> tuple[building.Body, int]:
    """The body after a button, and the place of the criterion to show next. A button that cannot act only saves."""
    size = len(body["criteria"])
    if button.do in SIMPLE and size:
        return SIMPLE[button.do](body, index), max(0, index + OPENS[button.do])
    if button.do == "add":
        return building.add(body, button.argument), size
    if button.do == "restore" and last:
        place = min(last[0], size)
        return building.insert(body, place, last[1]), place
    if button.do == "move" and (fromto := _two_places(button.argument, size)):
        return building.move(body, fromto[0], fromto[1] - fromto[0]), fromto[1]
    return body, place_of(button.argument, size) if button.do == "open" else index


def place_of(text: str | None, size: int) -> int:
    """A place from an address or a button: anything else means the nearest one there is."""
    return min(int(text), max(size - 1, 0)) if text and text.isdecimal() and len(text) < 6 else 0


def _two_places(argument: str, size: int) -> tuple[int, int] | None:
    parts = argument.split(":")
    if len(parts) != 2 or not all(part.isdecimal() and len(part) < 6 and int(part) < size for part in parts):
        return None
    return int(parts[0]), int(parts[1])


class Removed:
    """What the person removed from a draft in this session, the last one first to come back."""

    def __init__(self, request: HttpRequest, draft: RubricVersion) -> None:
        self.session, self.draft = request.session, str(draft.public_id)

    @property
    def _all(self) -> list[list[Any]]:
        found = self.session.get(KEPT, {})
        return list(found["rows"]) if found.get("draft") == self.draft else []

    @property
    def last(self) -> Gone | None:
        """The criterion removed last, None when there is none to put back."""
        rows = self._all
        return (rows[-1][0], rows[-1][1]) if rows else None

    def note(self, button: Button, body: Mapping[str, Any], index: int) -> None:
        """Keep what a button removed, or forget what it put back."""
        if button.do == "remove" and body["criteria"]:
            rows = [*self._all, [index, body["criteria"][index]]][-MOST_KEPT:]
        elif button.do == "restore":
            rows = self._all[:-1]
        else:
            return
        self.session[KEPT] = {"draft": self.draft, "rows": rows}
