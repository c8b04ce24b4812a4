"""Two versions of one draft beside each other, in words, whatever kinds of answer they hold."""

import json
from dataclasses import dataclass
from typing import Any

from rubrics.answers import Row
from rubrics.answers.showing import response_label, shown_order
from rubrics.comparing import describe
from rubrics.kinds import kind_of
from rubrics.kinds.base import Names, Place, Refused
from tasks.models import Assignment
from tasks.showing import form_of

EMPTY = "(empty)"


@dataclass(frozen=True)
class Line:
    """What both versions say at one place, where they differ."""

    label: str
    mine: str
    other: str


def differences(assignment: Assignment, mine: Any, other: Any) -> list[Line]:
    """The answers and reasons in which two raw drafts differ, in the order of the form."""
    content, order = assignment.task.content, assignment.response_order
    names = {one: response_label(content, one, order) for one in shown_order(content, order)}
    ours, theirs = ({_place(row): row for row in form_of(assignment, raw).rows} for raw in (mine, other))
    places = [*ours, *(place for place in theirs if place not in ours)]
    lines = []
    for place in places:
        a, b = ours.get(place), theirs.get(place)
        label = (a or b).label  # type: ignore[union-attr]
        lines.append(
            Line(label, *(_answer(row, Place(content, row.target if row else "", order), names) for row in (a, b)))
        )
        lines.append(Line(f"{label}: reason", *(row.rationale if row else "" for row in (a, b))))
    return [Line(one.label, one.mine or EMPTY, one.other or EMPTY) for one in lines if one.mine != one.other]


def _place(row: Row) -> tuple[str, str]:
    return row.criterion.key, row.target


def _answer(row: Row | None, place: Place, names: Names) -> str:
    """A raw answer in words: as its kind says it, or as it was typed when it is not a whole answer yet."""
    if row is None or not row.answered:
        return ""
    if row.na:
        return "N/A"
    try:
        return describe(row.criterion, kind_of(row.criterion).clean(row.criterion, row.value, place), names)
    except Refused:
        return row.value if isinstance(row.value, str) else json.dumps(row.value, ensure_ascii=False)
