"""Several people's answers to one criterion beside each other, read only, with how far they lie apart."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from rubrics.comparing import describe, worst
from rubrics.kinds import kind_of
from rubrics.kinds.base import Difference, Marks, is_na
from rubrics.models import Criterion


@dataclass(frozen=True)
class Mark:
    """One person's answer: the letter that stands for them, the value (None: not answered) and it in words.

    `deferred` is a best effort that its author left to an expert.
    """

    letter: str
    value: Any
    words: str
    na: bool
    deferred: bool = False


@dataclass(frozen=True)
class Beside:
    """What `templates/rubrics/beside.html` renders: `marks` in words, and the kind's own figure of them."""

    criterion: Criterion
    target: str
    marks: list[Mark]
    difference: Difference
    template: str
    read: dict[str, Any]

    @property
    def without_value(self) -> list[Mark]:
        """Answers the kind's figure cannot show: N/A and not answered."""
        return [mark for mark in self.marks if mark.na or mark.value is None]

    @property
    def left_to_expert(self) -> str:
        """The letters of those who left their answer to an expert."""
        return ", ".join(mark.letter for mark in self.marks if mark.deferred)


def beside(criterion: Criterion, given: Marks, target: str = "", deferred: Collection[str] = ()) -> Beside:
    """Answers as (letter, value): A, B, C … for evaluators, D for a decision, Y for the reader's own.

    `deferred` are the letters of those who left theirs to an expert.
    """
    marks = [
        Mark(letter, value, describe(criterion, value), is_na(value), letter in deferred) for letter, value in given
    ]
    shown = [(mark.letter, mark.value) for mark in marks if not mark.na and mark.value is not None]
    kind = kind_of(criterion)
    difference = worst(criterion, _judgments(marks))
    return Beside(criterion, target, marks, difference, kind.read_template, kind.read_context(criterion, shown))


def _judgments(marks: Sequence[Mark]) -> list[Any]:
    """A decision is shown with the judgments, and differs from none of them."""
    return [mark.value for mark in marks if mark.letter != "D"]
