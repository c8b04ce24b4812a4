"""What a coefficient means: three figures side by side, intervals, and a careful word."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from stats.agreement.coincidences import CoincidenceMatrix
from stats.agreement.weights import WeightKind
from stats.checks import IntArray, as_counts, require_at_least
from stats.intervals import Interval, percentile_interval

MINIMUM_UNITS = 30
GOOD_FROM = 0.80
TENTATIVE_FROM = 0.667
DOMINANT_SHARE = 0.80

Scale = Literal["nominal", "ordinal", "interval"]
_WEIGHTS: dict[Scale, WeightKind] = {
    "nominal": "identity",
    "ordinal": "ordinal",
    "interval": "quadratic",
}


class Reading(StrEnum):
    """How a coefficient may be read; the cuts are Krippendorff's customary ones, not tests."""

    GOOD = "good"
    TENTATIVE = "tentative"
    REVIEW = "review"
    NO_VARIATION = "no variation"
    NOT_ENOUGH_DATA = "not enough data"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A coefficient with its interval; both None where undefined."""

    value: float | None
    interval: Interval | None

    @property
    def low(self) -> float | None:
        """Lower end of the interval, by which a coefficient is read."""
        return self.interval.low if self.interval else None


@dataclass(frozen=True, slots=True)
class AgreementSummary:
    """Three coefficients of one criterion, to be shown together.

    ``units`` and ``ratings`` count what has at least two judgments; ``reading`` is alpha's.
    ``rare_category`` says that one level holds over 80% of the ratings and alpha reads worse than
    Gwet's coefficient: there are too few examples of the other levels to judge.
    """

    units: int
    ratings: int
    percent: Estimate
    alpha: Estimate
    gwet: Estimate
    reading: Reading
    rare_category: bool


def reading(value: float | None, low: float | None, units: int) -> Reading:
    """Read a coefficient by the lower end of its interval.

    Under 30 units with two ratings: not enough data. ``value`` None: no variation. Lower end from
    0.80: good; from 0.667: tentative; below, or without an interval: review.
    Source: cuts of Krippendorff 2019; 30 units is a project convention.
    Raises ValueError for negative units.
    """
    require_at_least("units", units, 0)
    if units < MINIMUM_UNITS:
        return Reading.NOT_ENOUGH_DATA
    if value is None:
        return Reading.NO_VARIATION
    if low is None or low < TENTATIVE_FROM:
        return Reading.REVIEW
    return Reading.GOOD if low >= GOOD_FROM else Reading.TENTATIVE


def summarize(
    counts: ArrayLike,
    *,
    scale: Scale = "ordinal",
    level: float = 0.95,
    replicates: int = 500,
    seed: int = 0,
) -> AgreementSummary:
    """Raw agreement, alpha and Gwet's coefficient of value counts, with bootstrap intervals.

    AC1 for nominal scales, AC2 with ordinal weights for ordinal, with quadratic for interval
    ones. Intervals resample units (see `bootstrap_interval`). Equal rows are drawn together by a
    multinomial, which is the same distribution at a cost that does not grow with the units.
    Raises ValueError for bad counts or an unknown scale.
    """
    if scale not in _WEIGHTS:
        raise ValueError(f"scale must be one of {', '.join(get_args(Scale))}, got {scale!r}")
    require_at_least("replicates", replicates, 1)
    table = as_counts(counts)
    paired = table[table.sum(axis=1) > 0]
    whole = CoincidenceMatrix.from_counts(paired, levels=table.shape[1])
    rows, frequency = np.unique(paired, axis=0, return_counts=True)
    drawn = [
        _figures(CoincidenceMatrix.from_counts(rows, levels=table.shape[1], times=times), scale)
        for times in _resampled(frequency, replicates, seed)
    ]
    percent, alpha, gwet = (
        _estimate(value, [sample[place] for sample in drawn], level)
        for place, value in enumerate(_figures(whole, scale))
    )
    return AgreementSummary(
        units=whole.units,
        ratings=whole.ratings,
        percent=percent,
        alpha=alpha,
        gwet=gwet,
        reading=reading(alpha.value, alpha.low, whole.units),
        rare_category=_rare_category(whole, alpha, gwet),
    )


def _resampled(frequency: IntArray, replicates: int, seed: int) -> IntArray:
    total = int(frequency.sum())
    if total == 0:
        return np.zeros((0, 0), dtype=np.int64)
    return np.random.default_rng(seed).multinomial(total, frequency / total, size=replicates)


def _figures(matrix: CoincidenceMatrix, scale: Scale) -> tuple[float | None, ...]:
    return matrix.percent_agreement(), matrix.alpha(scale), matrix.gwet(_WEIGHTS[scale])


def _estimate(value: float | None, drawn: list[float | None], level: float) -> Estimate:
    return Estimate(value, None if value is None else percentile_interval(drawn, level=level))


def _rare_category(matrix: CoincidenceMatrix, alpha: Estimate, gwet: Estimate) -> bool:
    shares, units = matrix.shares(), matrix.units
    if shares is None or units < MINIMUM_UNITS or shares.max() <= DOMINANT_SHARE:
        return False
    worse_last = list(Reading)
    readings = [reading(figure.value, figure.low, units) for figure in (alpha, gwet)]
    return worse_last.index(readings[0]) > worse_last.index(readings[1])
