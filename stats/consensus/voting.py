"""Votes weighted by what gold says of each voter, medians of levels, and when to stop asking."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from stats.checks import (
    require_at_least,
    require_finite,
    require_open_fraction,
    require_same_length,
)

Label = TypeVar("Label", bound=Hashable)

LOWEST_ACCURACY, HIGHEST_ACCURACY = 0.02, 0.98
# Sums of logarithms that are equal on paper may differ in the last digits.
_EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class Tally(Generic[Label]):
    """Result of a vote: ``label`` is None when leaders tie, nobody voted or nothing had weight.

    ``leaders`` in the order first voted; ``totals`` the weight of each label; ``share`` the
    leader's part of all weight, 0 without any.
    """

    label: Label | None
    leaders: tuple[Label, ...]
    totals: Mapping[Label, float]
    share: float


@dataclass(frozen=True, slots=True)
class Median:
    """Weighted median: the ``level``, and the levels ``low`` to ``high`` that are all medians."""

    level: float
    low: float
    high: float

    @property
    def tied(self) -> bool:
        """Whether half of the weight lies on either side, so that a rule had to choose."""
        return self.low != self.high


@dataclass(frozen=True, slots=True)
class Posterior(Generic[Label]):
    """How probable each label is: ``probabilities`` of those voted for, the rest shares ``rest``.

    ``label`` is the most probable one, None on a tie or without votes.
    """

    label: Label | None
    probability: float
    probabilities: Mapping[Label, float]
    rest: float


class Next(StrEnum):
    """What to do after the judgments so far."""

    MORE = "one more judgment"
    SETTLED = "settled"
    UNRESOLVED = "unresolved"


def gold_accuracy(correct: float, scored: float) -> float:
    """Estimated accuracy from gold: (correct + 4)/(scored + 5), kept within 0.02 to 0.98.

    Four right answers of five are added, so someone without gold counts as 0.80.
    Source: project convention, compared on public crowds. Raises ValueError unless
    0 ≤ correct ≤ scored.
    """
    if not 0 <= correct <= scored:
        raise ValueError(f"correct must be between 0 and scored={scored!r}, got {correct!r}")
    return min(HIGHEST_ACCURACY, max(LOWEST_ACCURACY, (correct + 4) / (scored + 5)))


def vote_weight(correct: float, scored: float, categories: int) -> float:
    """Weight of one vote: the log odds ln((k−1)a/(1−a)) of an accuracy a, never negative.

    k = ``categories``, a = `gold_accuracy`. It is the log-likelihood ratio of a voted against any
    other label when errors spread evenly. Zero at or below chance (a ≤ 1/k): a person who is
    often wrong is ignored, not turned around. Source: Nitzan & Paroush 1982, doi:10.2307/2526438
    (two categories). Raises ValueError as `gold_accuracy` and for under 2 categories.
    """
    require_at_least("categories", categories, 2)
    accuracy = gold_accuracy(correct, scored)
    return max(0.0, math.log((categories - 1) * accuracy / (1 - accuracy)))


def majority(labels: Sequence[Label]) -> Tally[Label]:
    """The label most people gave, all counting the same; None on a tie or without votes."""
    return weighted_vote(labels)


def weighted_vote(labels: Sequence[Label], weights: Sequence[float] | None = None) -> Tally[Label]:
    """The label with most weight (default 1 each).

    Undefined (label None): equal leaders, no votes, or no weight at all. A tie is reported, not
    broken: someone has to look. Raises ValueError for unequal lengths or a negative weight.
    """
    totals: dict[Label, float] = {}
    for label, weight in zip(labels, _weights(labels, weights), strict=True):
        totals[label] = totals.get(label, 0.0) + weight
    best, whole = max(totals.values(), default=0.0), math.fsum(totals.values())
    if best == 0:
        return Tally(None, (), totals, 0.0)
    leaders = tuple(label for label, total in totals.items() if _same(total, best))
    return Tally(leaders[0] if len(leaders) == 1 else None, leaders, totals, best / whole)


def weighted_median(levels: Sequence[float], weights: Sequence[float] | None = None) -> Median | None:
    """The middle level of an ordinal scale by weight (default 1 each).

    Rule: the lowest level with at least half of the weight at or below it. On a tie this is the
    lower one of two given levels: a level is reached only if more than half of the weight supports
    it or a higher one. Never a level between, since each level has its own words. Unlike the mean
    it needs order only, and one extreme vote cannot move it far.
    Undefined (None): no votes or no weight at all. Source: Edgeworth 1887, weighted median.
    Raises ValueError for unequal lengths, a negative weight, or a level that is not finite.
    """
    parts = sorted(zip(levels, _weights(levels, weights), strict=True))
    for level, _ in parts:
        require_finite("level", level)
    heavy = [(level, weight) for level, weight in parts if weight > 0]
    half, below = math.fsum(weight for _, weight in heavy) / 2, 0.0
    for place, (level, weight) in enumerate(heavy):
        below += weight
        if below >= half or _same(below, half):
            tied = _same(below, half) and place + 1 < len(heavy)
            return Median(level, level, heavy[place + 1][0] if tied else level)
    return None


def posterior(labels: Sequence[Label], weights: Sequence[float] | None, categories: int) -> Posterior[Label]:
    """Probability of each label if people err independently and evenly, labels equally likely.

    Formula: P(l) = e^{W_l} / (Σ_voted e^{W} + categories − voted), W_l = total `vote_weight` of
    l. Real errors are correlated by item, so it overstates certainty (0.955 stated, 0.789 true on
    one public crowd): use it to stop, never show it as a probability.
    Source: naive Bayes with one-coin voters, as in Dawid & Skene 1979.
    Raises ValueError as `weighted_vote`, and for more labels than categories.
    """
    require_at_least("categories", categories, 2)
    tally = weighted_vote(labels, weights)
    if len(tally.totals) > categories:
        raise ValueError(f"{len(tally.totals)} labels given, but categories is {categories!r}")
    top = max(tally.totals.values(), default=0.0)
    odds = {label: math.exp(total - top) for label, total in tally.totals.items()}
    unvoted = (categories - len(odds)) * math.exp(-top)
    whole = math.fsum(odds.values()) + unvoted
    return Posterior(
        label=tally.label,
        probability=1 / whole if odds else 1 / categories,
        probabilities={label: value / whole for label, value in odds.items()},
        rest=unvoted / whole,
    )


def next_judgment(
    labels: Sequence[Label],
    weights: Sequence[float] | None,
    categories: int,
    *,
    minimum: int = 2,
    maximum: int = 5,
    certainty: float = 0.95,
) -> Next:
    """Whether to ask one more person.

    Rule: more below ``minimum`` judgments; settled once the `posterior` of the leader exceeds
    ``certainty``; more until ``maximum``; then unresolved, which goes to a QA lead.
    Source: project convention; on public crowds as accurate as five votes for a third less.
    Raises ValueError as `posterior`, for minimum < 1, maximum < minimum, certainty outside (0, 1).
    """
    require_at_least("minimum", minimum, 1)
    require_at_least("maximum", maximum, minimum)
    require_open_fraction("certainty", certainty)
    leader = posterior(labels, weights, categories)
    if len(labels) < minimum:
        return Next.MORE
    if leader.label is not None and leader.probability > certainty:
        return Next.SETTLED
    return Next.MORE if len(labels) < maximum else Next.UNRESOLVED


def _weights(labels: Sequence[object], weights: Sequence[float] | None) -> Sequence[float]:
    if weights is None:
        return [1.0] * len(labels)
    require_same_length("votes and weights", labels, weights)
    for weight in weights:
        require_finite("weight", weight)
        require_at_least("weight", weight, 0)
    return weights


def _same(first: float, second: float) -> bool:
    return math.isclose(first, second, rel_tol=_EQUAL)
