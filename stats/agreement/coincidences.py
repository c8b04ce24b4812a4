"""The live state of agreement: k × k integers that follow every rating in O(k²)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import ArrayLike

from stats.agreement.weights import WeightKind, as_weights
from stats.checks import FloatArray, IntArray, as_counts, require_at_least

Metric = Literal["nominal", "ordinal", "interval", "ratio"]


@dataclass(slots=True)
class _Stratum:
    """Sums over the units that have the same number of ratings; all integers, hence exact."""

    units: int
    values: IntArray
    pairs: IntArray


class CoincidenceMatrix:
    """Agreement of one criterion, kept up to date one unit at a time.

    Per number of ratings m it keeps three integer sums over the units u rated m times, with n_u
    the unit's count vector: how many units, Σ n_u, and Σ (n_u n_uᵀ − diag n_u), the ordered pairs
    of ratings. A new, edited or withdrawn rating changes one unit, so it costs one O(k²) update;
    reading any coefficient costs O(k²) per distinct m, however many ratings there are. Because
    the sums are integers, the live state equals a rebuild from all units exactly, in any order.
    """

    def __init__(self, levels: int) -> None:
        require_at_least("levels", levels, 2)
        self.levels = levels
        self._strata: dict[int, _Stratum] = {}

    @classmethod
    def from_counts(cls, counts: ArrayLike, *, levels: int | None = None, times: ArrayLike | None = None) -> Self:
        """Build from value counts at once; ``times`` repeats each row (default once)."""
        table = as_counts(counts, levels=levels)
        repeats = np.ones(len(table), np.int64) if times is None else np.asarray(times, np.int64)
        if repeats.shape != (len(table),) or (repeats < 0).any():
            raise ValueError(f"times must be one whole number per unit, got {times!r}")
        matrix = cls(table.shape[1])
        totals = table.sum(axis=1)
        for total in np.unique(totals[repeats > 0]):
            if total > 0:
                chosen = totals == total
                matrix._strata[int(total)] = _sums(table[chosen], repeats[chosen])
        return matrix

    def add(self, counts: Sequence[int]) -> None:
        """Count a unit that was not counted before. Raises ValueError for bad counts."""
        self._change(self._checked(counts), +1)

    def withdraw(self, counts: Sequence[int]) -> None:
        """Take a unit out again. Raises ValueError if no such unit can have been added."""
        self._change(self._checked(counts), -1)

    def replace(self, old: Sequence[int], new: Sequence[int]) -> None:
        """Change a unit's counts from ``old`` to ``new``: a rating came, changed or went."""
        before, after = self._checked(old), self._checked(new)
        self._change(before, -1)
        self._change(after, +1)

    @property
    def units(self) -> int:
        """Units that two or more people rated."""
        return sum(part.units for total, part in self._strata.items() if total > 1)

    @property
    def ratings(self) -> int:
        """Ratings that have at least one partner on the same unit."""
        return sum(total * part.units for total, part in self._strata.items() if total > 1)

    def coincidences(self) -> FloatArray:
        """Krippendorff's coincidence matrix: Σ_u (n_u n_uᵀ − diag n_u) / (m_u − 1)."""
        return self._sum(lambda total, part: part.pairs / (total - 1))

    def shares(self) -> FloatArray | None:
        """Share of each level, every rated unit counting once; None without ratings."""
        rated = sum(part.units for part in self._strata.values())
        if rated == 0:
            return None
        total = np.zeros(self.levels)
        for ratings, part in sorted(self._strata.items()):
            total += part.values / ratings
        return np.asarray(total / rated)

    def percent_agreement(self, weights: WeightKind | ArrayLike = "identity") -> float | None:
        """Mean over units of the (weighted) share of agreeing pairs; see the batch function."""
        if self.units == 0:
            return None
        pairs = self._sum(lambda total, part: part.pairs / (total * (total - 1)))
        return float((as_weights(weights, self.levels) * pairs).sum()) / self.units

    def alpha(self, metric: Metric = "ordinal", values: ArrayLike | None = None) -> float | None:
        """Krippendorff's alpha, see `krippendorff_alpha`; None without variation or pairs."""
        observed = self.coincidences()
        margins = observed.sum(axis=1)
        total = margins.sum()
        distance = squared_distance(metric, margins, values)
        expected = float(margins @ distance @ margins)
        if total <= 1 or expected <= 0:
            return None
        return 1 - float((total - 1) * (observed * distance).sum() / expected)

    def gwet(self, weights: WeightKind | ArrayLike = "ordinal") -> float | None:
        """Gwet's AC2 (AC1 with identity weights), see `gwet_ac2`; None without pairs."""
        matrix = as_weights(weights, self.levels)
        agreeing, shares = self.percent_agreement(matrix), self.shares()
        if agreeing is None or shares is None:
            return None
        spread = float((shares * (1 - shares)).sum())
        chance = float(matrix.sum()) * spread / (self.levels * (self.levels - 1))
        return None if math.isclose(chance, 1.0) else (agreeing - chance) / (1 - chance)

    def to_state(self) -> dict[str, Any]:
        """Plain numbers and lists for a JSON column; `from_state` restores them exactly."""
        strata = {
            str(total): {
                "units": part.units,
                "values": part.values.tolist(),
                "pairs": part.pairs.tolist(),
            }
            for total, part in sorted(self._strata.items())
        }
        return {"levels": self.levels, "strata": strata}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Restore what `to_state` gave. Raises ValueError if the shape does not fit."""
        matrix = cls(int(state["levels"]))
        for total, part in state["strata"].items():
            values = np.asarray(part["values"], np.int64)
            pairs = np.asarray(part["pairs"], np.int64)
            if values.shape != (matrix.levels,) or pairs.shape != (matrix.levels,) * 2:
                raise ValueError(f"state must have {matrix.levels} levels, got {values.shape}")
            matrix._strata[int(total)] = _Stratum(int(part["units"]), values, pairs)
        return matrix

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CoincidenceMatrix) and self.to_state() == other.to_state()

    __hash__ = None  # type: ignore[assignment]  # it changes, so it must not be a key

    def _checked(self, counts: Sequence[int]) -> IntArray:
        checked: IntArray = as_counts([counts], levels=self.levels)[0]
        return checked

    def _change(self, counts: IntArray, sign: int) -> None:
        total = int(counts.sum())
        if total == 0:
            return
        empty = _Stratum(0, np.zeros(self.levels, np.int64), np.zeros((self.levels,) * 2, np.int64))
        part = self._strata.get(total, empty)
        pairs = np.outer(counts, counts) - np.diag(counts)
        changed = _Stratum(part.units + sign, part.values + sign * counts, part.pairs + sign * pairs)
        if (changed.values < 0).any() or (changed.pairs < 0).any():
            raise ValueError(f"unit {counts.tolist()} was never added, so it cannot be withdrawn")
        if changed.units:
            self._strata[total] = changed
        else:
            self._strata.pop(total, None)

    def _sum(self, term: Callable[[int, _Stratum], FloatArray]) -> FloatArray:
        # Sorted, because floating sums depend on order and live must equal batch to the bit.
        total = np.zeros((self.levels, self.levels))
        for ratings, part in sorted(self._strata.items()):
            if ratings > 1:
                total += term(ratings, part)
        return total


def squared_distance(metric: Metric, margins: FloatArray, values: ArrayLike | None = None) -> FloatArray:
    """Krippendorff's δ²(c, k) between levels; ``margins`` are the pairable ratings per level.

    nominal 1[c ≠ k]; ordinal (Σ_{g=c..k} n_g − (n_c + n_k)/2)²; interval (v_c − v_k)²;
    ratio ((v_c − v_k)/(v_c + v_k))². ``values`` are the levels' scores, default 1..k.
    """
    levels = len(margins)
    scores = np.arange(1, levels + 1) if values is None else np.asarray(values)
    if scores.shape != (levels,) or not np.isfinite(scores.astype(np.float64)).all():
        raise ValueError(f"values must be {levels} finite numbers, got {values!r}")
    if metric == "nominal":
        return 1 - np.eye(levels)
    if metric == "ordinal":
        # Midpoints of the cumulated margins differ by exactly the ordinal sum.
        middle = np.cumsum(margins) - margins / 2
        return np.asarray((middle[:, None] - middle[None, :]) ** 2)
    gap = (scores[:, None] - scores[None, :]).astype(np.float64)
    if metric == "interval":
        return gap**2
    if metric == "ratio":
        if (scores <= 0).any():
            raise ValueError(f"values must be positive for the ratio metric, got {values!r}")
        return np.asarray((gap / (scores[:, None] + scores[None, :])) ** 2)
    raise ValueError(f"metric must be one of {', '.join(get_args(Metric))}, got {metric!r}")


def _sums(rows: IntArray, repeats: IntArray) -> _Stratum:
    weighted = rows * repeats[:, None]
    values = weighted.sum(axis=0)
    return _Stratum(int(repeats.sum()), values, weighted.T @ rows - np.diag(values))
