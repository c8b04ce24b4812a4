"""The running sum itself: evidence that someone's work fell below the standard."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from stats.checks import (
    require_finite,
    require_fraction,
    require_positive,
    require_standard,
)

COMPETENT = 0.85
UNACCEPTABLE = 0.70


@dataclass(frozen=True, slots=True)
class Weights:
    """What one right and one wrong item add to the sum; ``correct`` < 0 < ``wrong``."""

    correct: float
    wrong: float

    def __post_init__(self) -> None:
        require_finite("correct", self.correct)
        require_finite("wrong", self.wrong)
        if not self.correct < 0 < self.wrong:
            raise ValueError(f"weights must be correct < 0 < wrong, got {self!r}")

    def of(self, score: float) -> float:
        """Increment of one item: 1 right, 0 wrong, between by interpolation; else ValueError."""
        require_fraction("score", score)
        return score * self.correct + (1 - score) * self.wrong


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a running sum warns and where it alarms, 0 < ``warning`` ≤ ``alarm``."""

    warning: float
    alarm: float

    def __post_init__(self) -> None:
        require_positive("warning", self.warning)
        require_positive("alarm", self.alarm)
        if self.warning > self.alarm:
            raise ValueError(f"warning must not exceed alarm, got {self!r}")


@dataclass(frozen=True, slots=True)
class Replay:
    """The course of a sum. Places count items from 0 and are None where nothing was reached.

    ``sums`` after each item; ``first_warning`` and ``first_alarm``, the first places at or above
    the limits; ``onset``, the item after the last sum of 0 before the alarm: the likely start.
    """

    sums: tuple[float, ...]
    first_warning: int | None
    first_alarm: int | None
    onset: int | None


def bernoulli_weights(competent: float = COMPETENT, unacceptable: float = UNACCEPTABLE) -> Weights:
    """Log-likelihood ratios of unacceptable against competent work for one gold item.

    Formula: right ln(p₁/p₀), wrong ln((1−p₁)/(1−p₀)), p₀ = ``competent`` and p₁ =
    ``unacceptable`` share of gold items right. Source: Page 1954, doi:10.1093/biomet/41.1-2.100;
    Reynolds & Stoumbos 1999, doi:10.1080/00224065.1999.11979900 (Bernoulli CUSUM).
    Raises ValueError unless 0 < unacceptable < competent < 1.
    """
    require_standard(competent, unacceptable)
    right = math.log(unacceptable / competent)
    wrong = math.log((1 - unacceptable) / (1 - competent))
    return Weights(correct=right, wrong=wrong)


STANDARD_WEIGHTS = bernoulli_weights()


def step(total: float, score: float, weights: Weights = STANDARD_WEIGHTS) -> float:
    """The accuracy sum after one more gold item.

    Formula: S ← max(0, S + w), w = right weight × score + wrong weight × (1 − score), score in
    [0, 1]. S ≥ 0; larger means more evidence of work below the standard. Source: Page 1954.
    Raises ValueError for a negative or non-finite sum or a score outside 0..1.
    """
    return advance(total, weights.of(score))


def advance(total: float, increment: float) -> float:
    """One step of any one-sided CUSUM: max(0, S + increment); ValueError for S < 0 or NaN."""
    require_finite("increment", increment)
    if not 0 <= total < math.inf:
        raise ValueError(f"sum must be a finite number of at least 0, got {total!r}")
    return max(0.0, total + increment)


def trace(increments: Iterable[float], limits: Limits, *, start: float = 0.0) -> Replay:
    """Run a one-sided CUSUM over increments from ``start``; sums equal stepping one at a time.

    It does not stop or reset at the alarm. A warning or alarm means a sum at or above its limit.
    Without a sum of 0 before the alarm the onset is item 0.
    """
    sums: list[float] = []
    total = start
    for increment in increments:
        total = advance(total, increment)
        sums.append(total)
    alarm = _first_reaching(sums, limits.alarm)
    onset = None if alarm is None else likely_onset(sums, alarm)
    return Replay(tuple(sums), _first_reaching(sums, limits.warning), alarm, onset)


def likely_onset(sums: list[float] | tuple[float, ...], place: int) -> int:
    """Place of the first item after the last sum of 0 before ``place``; 0 if there is none.

    It estimates when the change began (Page 1954); the true start is often a few items to either
    side. Raises ValueError for a place outside the sums.
    """
    if not 0 <= place < len(sums):
        raise ValueError(f"place must be in 0..{len(sums) - 1}, got {place!r}")
    return max((index + 1 for index in range(place) if sums[index] == 0), default=0)


def _first_reaching(sums: list[float], limit: float) -> int | None:
    return next((place for place, total in enumerate(sums) if total >= limit), None)
