"""Two responses of a task beside each other, with the words that only one of them has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rubrics.answers.showing import shown_order
from stats.editing import Run, runs
from tasks.models import Assignment
from tasks.pane import LETTERS, SPEAKERS


@dataclass(frozen=True)
class Side:
    """One response: its letter as shown, and its text in pieces, each with whether only this side has it."""

    letter: str
    pieces: list[tuple[str, bool]]


@dataclass(frozen=True)
class Differences:
    """Two sides, and the letters of all responses to choose from."""

    left: Side
    right: Side
    letters: list[str]

    @property
    def sides(self) -> list[Side]:
        """Left, right."""
        return [self.left, self.right]

    @property
    def same(self) -> bool:
        """Whether both have the same words."""
        return not any(only for side in self.sides for _, only in side.pieces)


def differences(assignment: Assignment, left: str = "", right: str = "") -> Differences | None:
    """The differences of two responses by their letters as shown, the first two unless told; None below two."""
    content = assignment.task.content
    order = shown_order(content, assignment.response_order)
    if len(order) < 2:
        return None
    letters = list(LETTERS[: len(order)])
    first = left if left in letters else letters[0]
    second = right if right in letters and right != first else next(one for one in letters if one != first)
    by_id = {response["id"]: response for response in content["responses"]}
    found = runs(*(_text(by_id[order[letters.index(letter)]]) for letter in (first, second)))
    sides = [
        Side(letter, [piece for run in found if run.change in {"same", only} for piece in _pieces(run, only)])
        for letter, only in ((first, "removed"), (second, "added"))
    ]
    return Differences(sides[0], sides[1], letters)


def _pieces(run: Run, only: str) -> list[tuple[str, bool]]:
    """The run, marked if only this side has it; the space after it is not."""
    if run.change != only:
        return [(run.text, False)]
    words = run.text.rstrip()
    return [(words, True), (run.text[len(words) :], False)]


def _text(response: Mapping[str, Any]) -> str:
    """The response as written; turns of a conversation one after the other."""
    if "messages" not in response:
        return str(response.get("text", ""))
    turns = ((SPEAKERS.get(turn["role"], turn["role"]), turn["content"]) for turn in response["messages"])
    return "\n\n".join(f"{speaker}:\n{content}" for speaker, content in turns)
