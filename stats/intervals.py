"""Intervals: how far a share or a coefficient may lie from what was seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stats.checks import (
    require_at_least,
    require_fraction,
    require_open_fraction,
    require_positive,
)


@dataclass(frozen=True, slots=True)
class Interval:
    """Two ends of an interval, low ≤ high."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Trust:
    """How accurate a person can be trusted to be, from gold items.

    ``low`` is the score decisions use, ``mean`` and ``high`` complete the range that is shown;
    ``weight`` is the number of recent items the evidence amounts to after forgetting.
    """

    low: float
    mean: float
    high: float
    weight: float


def wilson_interval(successes: float, trials: float, *, level: float = 0.95, z: float | None = None) -> Interval:
    """Score interval for a share: the shares p that a two-sided score test does not reject.

    Formula: (p̂ + z²/2n ± z·√(p̂(1−p̂)/n + z²/4n²)) / (1 + z²/n), without continuity
    correction. Symbols: p̂ = successes/trials, n = trials, z = normal quantile of ``level``
    (``z`` overrides ``level``). Range: inside [0, 1]. ``successes`` may be fractional, since a
    gold item can earn part of its credit; coverage is then conservative.
    No trials: [0, 1], the limit of the formula, which says that nothing is known.
    Source: Wilson 1927, doi:10.1080/01621459.1927.10502953; method 3 of Newcombe 1998,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E.
    Raises ValueError for successes outside 0..trials, level outside (0, 1), z not positive.
    """
    require_at_least("trials", trials, 0)
    if not 0 <= successes <= trials:
        raise ValueError(f"successes must be between 0 and trials={trials!r}, got {successes!r}")
    quantile = _normal_quantile(level) if z is None else z
    require_positive("z", quantile)
    if trials == 0:
        return Interval(0.0, 1.0)
    share, square = successes / trials, quantile * quantile / trials
    half = float(np.sqrt(share * (1 - share) * square + square * square / 4))
    low, high = ((share + square / 2 + side) / (1 + square) for side in (-half, half))
    # At 0 or n successes one end is exactly 0 or 1; rounding must not miss it.
    return Interval(
        0.0 if successes == 0 else max(0.0, low),
        1.0 if successes == trials else min(1.0, high),
    )


def beta_lower_bound(
    correct: float,
    wrong: float,
    *,
    prior_mean: float,
    prior_strength: float = 10.0,
    tail: float = 0.10,
) -> float:
    """Accuracy that a person exceeds with probability 1 − ``tail``, given gold answers.

    Formula: the ``tail`` quantile of Beta(s·m + correct, s·(1−m) + wrong), exact (inverse of the
    regularised incomplete beta function). Symbols: m = ``prior_mean``, the project's accuracy on
    gold; s = ``prior_strength``, in items. Range (0, 1). Without items it is the prior's own
    quantile, so a new person starts below the project mean and rises with evidence.
    Source: conjugate Beta-Binomial updating, a textbook result.
    Raises ValueError for negative counts, prior_mean or tail outside (0, 1), strength ≤ 0.
    """
    require_at_least("correct", correct, 0)
    require_at_least("wrong", wrong, 0)
    require_open_fraction("prior_mean", prior_mean)
    require_positive("prior_strength", prior_strength)
    require_open_fraction("tail", tail)
    first = prior_strength * prior_mean + correct
    second = prior_strength * (1 - prior_mean) + wrong
    from scipy.special import betaincinv  # slow to import, and few processes need it

    return float(betaincinv(first, second, tail))


def trust(
    scores: Sequence[float],
    *,
    prior_mean: float,
    prior_strength: float = 10.0,
    memory: float = 60.0,
    tail: float = 0.10,
) -> Trust:
    """Range of a person's accuracy on gold, recent items counting most.

    Formula: item of age a (0 for the last) weighs γᵃ with γ = 1 − 1/memory, so that endless
    history weighs ``memory`` items; C = Σ γᵃ·score, W = Σ γᵃ·(1 − score); ends are the ``tail``
    and 1 − ``tail`` quantiles of the Beta posterior of `beta_lower_bound`, mean
    (s·m + C)/(s + C + W). ``scores`` run from oldest to newest, each 0..1. Range (0, 1).
    No scores: the prior. Source: exponential forgetting is a project convention, not simulated.
    Raises ValueError as `beta_lower_bound`, for memory < 1 and for a score outside 0..1.
    """
    require_at_least("memory", memory, 1)
    keep = 1 - 1 / memory
    correct = wrong = 0.0
    for score in scores:
        require_fraction("score", score)
        correct, wrong = keep * correct + score, keep * wrong + (1 - score)
    bounds = [
        beta_lower_bound(correct, wrong, prior_mean=prior_mean, prior_strength=prior_strength, tail=end)
        for end in (tail, 1 - tail)
    ]
    mean = (prior_strength * prior_mean + correct) / (prior_strength + correct + wrong)
    return Trust(low=bounds[0], mean=mean, high=bounds[1], weight=correct + wrong)


def bootstrap_interval(
    units: Sequence[Any],
    statistic: Callable[[Sequence[Any]], float | None],
    *,
    level: float = 0.95,
    replicates: int = 500,
    seed: int = 0,
) -> Interval | None:
    """Percentile bootstrap: the middle ``level`` of a statistic over resampled units.

    Method: draw as many units as there are, with replacement, compute ``statistic``, repeat;
    the ends are the (1∓level)/2 percentiles. Units are tasks, never single ratings, because
    ratings of one task depend on each other. The same ``seed`` gives the same interval.
    Replicates where the statistic is undefined (None) are left out.
    Undefined (None): no units, or every replicate undefined.
    Source: Efron 1979, doi:10.1214/aos/1176344552. Coverage suffers when few people rated.
    Raises ValueError for level outside (0, 1) or fewer than 1 replicate.
    """
    require_at_least("replicates", replicates, 1)
    total = len(units)
    if total == 0:
        require_open_fraction("level", level)
        return None
    generator = np.random.default_rng(seed)
    values: list[float | None] = []
    for _ in range(replicates):
        drawn = generator.integers(0, total, total)
        sample = units[drawn] if isinstance(units, np.ndarray) else [units[i] for i in drawn]
        values.append(statistic(sample))
    return percentile_interval(values, level=level)


def percentile_interval(values: Sequence[float | None], *, level: float = 0.95) -> Interval | None:
    """Middle ``level`` of the values that are defined, linearly interpolated; None without any."""
    require_open_fraction("level", level)
    defined = [value for value in values if value is not None]
    if not defined:
        return None
    tail = (1 - level) / 2
    low, high = np.quantile(np.asarray(defined), [tail, 1 - tail])
    return Interval(float(low), float(high))


def _normal_quantile(level: float) -> float:
    require_open_fraction("level", level)
    from scipy.special import ndtri  # slow to import, and few processes need it

    return float(ndtri(1 - (1 - level) / 2))
