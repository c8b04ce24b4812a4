"""Marked passages compared and brought together: what `spans` answers are made of, without their form.

A passage is `{"start", "end", "label", "severity", "note", "text"}`; within an answer no two share place and label.
"""

import heapq
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

from stats.spans import Span, match_spans, score_spans

Passage = Mapping[str, Any]
Passages = Sequence[Passage]

MOST = 100
"""Marks in one answer."""
MODES = ("partial", "type", "exact", "strict")
"""The modes of SemEval-2013 task 9: any overlap counting half, overlap and label, boundaries, boundaries and label."""
ALIKE = 0.5
"""From this share of common characters on, passages of several people count as the same one."""
WRONG_LABEL, WRONG_SEVERITY, OTHER_NOTE = 0.5, 0.9, 0.99


def order(passage: Passage) -> tuple[int, int, str]:
    """Passages stand in the order of the text."""
    return passage["start"], passage["end"], passage["label"]


def span(passage: Passage) -> Span:
    """Its place and label, for counting."""
    return Span(passage["start"], passage["end"], passage["label"])


def overlap(a: Passage, b: Passage) -> int:
    """Number of characters that both cover."""
    return max(0, min(a["end"], b["end"]) - max(a["start"], b["start"]))


def f1(a: Passages, b: Passages, mode: str) -> float:
    """F1 of one mode of SemEval-2013 (Segura-Bedmar et al. 2013), 0..1; both empty 1, one empty 0. Symmetric."""
    found: float = getattr(score_spans([span(p) for p in a], [span(p) for p in b]), mode).f1
    return found


def distance(a: Passages, b: Passages) -> float:
    """1 - 2·Σe / (number of both), 0..1, symmetric, 0 only for equal answers.

    e of a matched pair is 1 with the same boundaries and ½ with others (as in partial F1), halved when the labels
    differ, times 0.9 when only the severities do too, times 0.99 for another note. A convention of this project.
    """
    mine, theirs = ({span(p): p for p in answer} for answer in (a, b))
    pairs = match_spans(list(mine), list(theirs))
    size = len(a) + len(b)
    return max(0.0, 1 - 2 * fsum(_earned(mine[one], theirs[other]) for one, other in pairs) / size) if size else 0.0


def _earned(a: Passage, b: Passage) -> float:
    place = 1.0 if (a["start"], a["end"]) == (b["start"], b["end"]) else 0.5
    label = 1.0 if a["label"] == b["label"] else WRONG_LABEL
    severity = 1.0 if a["severity"] == b["severity"] else WRONG_SEVERITY
    return place * label * severity * (1.0 if a["note"] == b["note"] else OTHER_NOTE)


def pairs_of(a: Passages, b: Passages) -> list[tuple[Passage, Passage]]:
    """Which passage of one answer meets which of the other, each at most once."""
    mine, theirs = ({span(p): p for p in answer} for answer in (a, b))
    return [(mine[one], theirs[other]) for one, other in match_spans(list(mine), list(theirs))]


def one_sided(a: Passages, b: Passages, grave: Callable[[Passage], Iterable[str]]) -> list[Passage]:
    """Passages of either answer that are grave in a way (`grave` names the ways) no overlapping one of the other is."""
    return [
        passage
        for mine, theirs in ((a, b), (b, a))
        for passage in mine
        if set(grave(passage)) - {way for other in theirs if overlap(passage, other) for way in grave(other)}
    ]


# ---------------------------------------------------------------- consensus


@dataclass(frozen=True)
class Limits:
    """What a consensus has to keep: how many passages, whether they may overlap, and which order breaks ties."""

    low: int
    high: int
    overlap: bool
    labels: Sequence[str]
    severities: Sequence[str]


@dataclass(frozen=True)
class _Support:
    """Who has a passage like a candidate: their weight, how closely they have it, and which of theirs it is."""

    weight: float
    closeness: float
    meeting: tuple[tuple[int, Span], ...]


def settle(answers: Sequence[Passages], weights: Sequence[float], limits: Limits) -> list[dict[str, Any]]:
    """The passages that people with over half of the weight marked alike.

    Alike: the same label, and at least half of the characters of both together in common (Jaccard ½). The bounds are
    those most of the weight has, then those closest to all of them, then the earlier and longer. Too few for the
    minimum: the best supported ones below one half too; if these cannot be had, the answer with the most weight.
    """
    kept = _Settling(answers, weights, limits).run()
    found = kept if len(kept) >= limits.low else _heaviest_answer(answers, weights)
    return sorted((dict(one) for one in found), key=order)


class _Settling:
    """One pass over the candidates, best first; each passage of an answer supports one of them."""

    def __init__(self, answers: Sequence[Passages], weights: Sequence[float], limits: Limits) -> None:
        self.weights, self.limits = weights, limits
        self.half = fsum(weights) / 2 * (1 + 1e-9)  # exactly half is not over half, whatever the rounding
        self.free = [{span(p): p for p in answer} for answer in answers]
        self.known = {one: p for answer in self.free for one, p in answer.items()}
        self.kept: list[dict[str, Any]] = []

    def run(self) -> list[dict[str, Any]]:
        waiting = [self._entry(one, self._support(one)) for one in self.known]
        heapq.heapify(waiting)
        while waiting and len(self.kept) < self.limits.high:
            entry = heapq.heappop(waiting)
            one, support = entry[-1], self._support(entry[-1])
            if (fresh := self._entry(one, support)) != entry:
                heapq.heappush(waiting, fresh)  # others took its support: it waits for its new turn
            elif not support.weight or (support.weight <= self.half and len(self.kept) >= self.limits.low):
                break
            elif self.limits.overlap or not any(overlap(self.known[one], other) for other in self.kept):
                self._keep(one, support)
        return self.kept

    def _entry(self, one: Span, support: _Support) -> tuple[Any, ...]:
        place = (one.start, -one.end, self.limits.labels.index(one.label))
        return -support.weight, -support.closeness, *place, one

    def _support(self, one: Span) -> _Support:
        best = [
            (index, max(alike, key=lambda pair: (pair[0], -pair[1].start, -pair[1].end)))
            for index, answer in enumerate(self.free)
            if (alike := [(share, other) for other in answer if (share := _shared(one, other)) >= ALIKE])
        ]
        return _Support(
            fsum(self.weights[index] for index, _ in best),
            fsum(self.weights[index] * share for index, (share, _) in best),
            tuple((index, other) for index, (_, other) in best),
        )

    def _keep(self, one: Span, support: _Support) -> None:
        met = [(self.free[index].pop(other), self.weights[index]) for index, other in support.meeting]
        self.kept.append({
            **self.known[one],
            "severity": _heaviest([(p["severity"], w) for p, w in met], self.limits.severities),
            "note": _heaviest([(p["note"], w) for p, w in met if p["note"]], ()),
        })  # fmt: skip


def _shared(a: Span, b: Span) -> float:
    """Common characters over all characters of two spans (Jaccard 1901); 0 for different labels."""
    common = a.overlap(b) if a.label == b.label else 0
    return common / (max(a.end, b.end) - min(a.start, b.start)) if common else 0.0


def _heaviest(votes: Sequence[tuple[str, float]], ranked: Sequence[str]) -> str:
    """The text with the most weight; equal ones by `ranked`, then by the alphabet; "" without votes."""
    totals = {text: fsum(weight for other, weight in votes if other == text) for text, _ in votes}
    places = {text: place for place, text in enumerate(ranked)}
    return min(totals, key=lambda text: (-totals[text], places.get(text, len(places)), text), default="")


def _heaviest_answer(answers: Sequence[Passages], weights: Sequence[float]) -> Passages:
    by_text = {json.dumps(list(answer), sort_keys=True): answer for answer in answers}
    votes = [(json.dumps(list(answer), sort_keys=True), w) for answer, w in zip(answers, weights, strict=True)]
    return by_text[_heaviest(votes, ())]
