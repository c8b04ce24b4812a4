"""Several people's marks over the same words: stretches of text that somebody marked, cut where a mark begins or ends.

Only the marks themselves are known here, not the text: overlapping marks give their stretch back by their words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Given = Sequence[tuple[str, Sequence[Mapping[str, Any]]]]


@dataclass(frozen=True)
class Piece:
    """Words between two borders, and the marks of one person on them."""

    text: str
    marks: list[Mapping[str, Any]]


@dataclass(frozen=True)
class Side:
    """One person's marks on a stretch."""

    letter: str
    pieces: list[Piece]
    marks: list[Mapping[str, Any]]


@dataclass(frozen=True)
class Cluster:
    """A stretch of text that marks cover without a gap, and what differs on it, in words; "" for nothing."""

    start: int
    end: int
    text: str
    sides: list[Side]
    differs: str


def clusters(given: Given) -> list[Cluster]:
    """The stretches that anybody marked, in the order of the text, with everybody's marks on each."""
    every = sorted((one for _, own in given for one in own), key=lambda one: (one["start"], one["end"]))
    groups: list[list[Mapping[str, Any]]] = []
    end = -1
    for one in every:
        if one["start"] >= end:
            groups.append([])
        groups[-1].append(one)
        end = max(end, one["end"]) if len(groups[-1]) > 1 else one["end"]
    return [_cluster(group, given) for group in groups]


def _cluster(group: Sequence[Mapping[str, Any]], given: Given) -> Cluster:
    start, end = group[0]["start"], max(one["end"] for one in group)
    letters = [""] * (end - start)
    for one in group:
        letters[one["start"] - start : one["end"] - start] = list(one["text"])
    text = "".join(letters)
    sides = [
        _side(letter, [one for one in own if start <= one["start"] and one["end"] <= end], start, text)
        for letter, own in given
    ]
    return Cluster(start, end, text, sides, _differs(sides))


def _side(letter: str, own: Sequence[Mapping[str, Any]], start: int, text: str) -> Side:
    borders = sorted({0, len(text), *(one[part] - start for one in own for part in ("start", "end"))})
    pieces = [
        Piece(text[a:b], [one for one in own if one["start"] - start <= a and b <= one["end"] - start])
        for a, b in pairwise(borders)
    ]
    return Side(letter, pieces, list(own))


ASPECTS = (
    ("other bounds", ("start", "end")),
    ("another label", ("label",)),
    ("another severity", ("severity",)),
    ("other notes", ("note",)),
)


def _differs(sides: Sequence[Side]) -> str:
    """What the sides do not share; a decision (D) is held against nobody."""
    people = [side for side in sides if side.letter != "D"]
    marking = [side.letter for side in people if side.marks]
    if len(people) < 2:
        return ""
    if len(marking) < len(people):
        return f"only {' and '.join(marking)}" if marking else ""
    return ", ".join(words for words, parts in ASPECTS if len({_key(side, parts) for side in people}) > 1)


def _key(side: Side, parts: Sequence[str]) -> tuple[Any, ...]:
    return tuple(sorted(tuple(one[part] for part in parts) for one in side.marks))
