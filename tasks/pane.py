"""The reading pane as data: what is asked, what it rests on, and the responses in the order shown to this person."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from evaltool.base.markdown import render_texts
from evaltool.base.positions import source_maps
from rubrics.answers.showing import shown_order
from rubrics.kinds import kind_of
from tasks.models import Assignment
from tasks.submitting import criteria_of

LETTERS = "ABCDEFGHI"
SPEAKERS = {"user": "User", "assistant": "Assistant", "system": "System"}
FOLD_BEFORE = 600
"""Words from which a text that only leads up to the responses is folded."""
FOLD_JUDGED = 1500
"""Words from which a text under judgment is folded."""
MANY_TURNS = 6
"""Turns from which a conversation offers to close them all."""


@dataclass
class Turn:
    """One text under judgment or before it.

    `source` names the text for marks and quotes: "prompt", "m2", "c1", "r1", "r1-m2". `html`, `words` and `positions`
    (where each visible character stands in the source) are filled in for all turns of a task at once.
    """

    name: str
    text: str
    source: str = ""
    is_user: bool = False
    anchor: str = ""
    judged: bool = False
    html: SafeString | str = ""
    words: int = 0
    positions: str = ""

    @property
    def folded(self) -> bool:
        """Whether the page folds it, leaving its beginning in sight."""
        return self.words > (FOLD_JUDGED if self.judged else FOLD_BEFORE)


@dataclass(frozen=True)
class Response:
    """One response: its name and turns; a plain text is one turn."""

    id: str
    name: str
    anchor: str
    turns: list[Turn]
    is_text: bool

    @property
    def words(self) -> int:
        """Words of all its turns."""
        return sum(turn.words for turn in self.turns)


@dataclass(frozen=True)
class Reading:
    """The question, documents it rests on, points of this task alone, the responses, and how they are laid out."""

    question: list[Turn]
    documents: list[Turn]
    points: list[dict[str, Any]]
    responses: list[Response]
    layout: str = "read"

    @property
    def turns(self) -> Iterable[Turn]:
        """Every text in the pane, in reading order."""
        yield from self.question
        yield from self.documents
        for response in self.responses:
            yield from response.turns

    @property
    def is_long(self) -> bool:
        """Whether it has so many turns that closing them helps."""
        return sum(1 for _ in self.turns) >= MANY_TURNS


def reading_of(assignment: Assignment) -> Reading:
    """What an evaluator may see of the task, every text rendered; long ones come from the cache."""
    content = assignment.task.content
    by_id = {response["id"]: response for response in content.get("responses", ())}
    order = shown_order(content, assignment.response_order)
    reading = Reading(
        _question(content),
        _documents(content),
        content.get("criteria", []),
        [_response(by_id[one], place, len(order)) for place, one in enumerate(order)],
        _layout(assignment),
    )
    turns = list(reading.turns)
    texts = [turn.text for turn in turns]
    for turn, rendered, positions in zip(turns, render_texts(texts), source_maps(texts), strict=True):
        turn.html, turn.words, turn.positions = rendered.html, rendered.words, positions
    return reading


def _layout(assignment: Assignment) -> str:
    """What the kinds of the rubric ask for: side by side as soon as one of them compares."""
    layouts = {kind_of(criterion).layout for criterion in criteria_of(assignment.rubric_version)}
    return "compare" if "compare" in layouts else "read"


def _question(content: dict[str, Any]) -> list[Turn]:
    if "prompt" in content:
        return [Turn("Prompt", content["prompt"], "prompt", is_user=True)]
    return [_turn(turn, f"m{number}") for number, turn in enumerate(content.get("messages", ()), 1)]


def _documents(content: dict[str, Any]) -> list[Turn]:
    return [
        Turn(one.get("title") or f"Document {number}", one["text"], f"c{number}", anchor=one.get("id", ""))
        for number, one in enumerate(content.get("context", ()), 1)
    ]


def _turn(turn: dict[str, Any], source: str, *, judged: bool = False) -> Turn:
    name = SPEAKERS.get(turn["role"], turn["role"])
    return Turn(name, turn["content"], source, is_user=turn["role"] == "user", judged=judged)


def _response(response: dict[str, Any], place: int, total: int) -> Response:
    name = f"Response {LETTERS[place]}" if total > 1 else "Response"
    anchor, one = f"response-{LETTERS[place].lower()}", response["id"]
    if "messages" not in response:
        return Response(one, name, anchor, [Turn(name, response.get("text", ""), one, judged=True)], is_text=True)
    turns = [_turn(turn, f"{one}-m{n}", judged=True) for n, turn in enumerate(response["messages"], 1)]
    return Response(one, name, anchor, turns, is_text=False)
