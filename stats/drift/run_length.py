"""Exact run lengths of a CUSUM by its Markov chain, and the threshold for a stated one.

The two weights of a Bernoulli CUSUM are incommensurable, so their sums form no lattice. We
replace the ratio wrong/|correct| by the simplest fraction up/down that changes the drift of
competent work by less than 0.1%, and solve the chain on that lattice exactly. What this leaves
is `Lattice.slip`, the error of one wrong item. A run length grows like exp(threshold), so it errs
by about threshold × 0.1%; thresholds fall on steps of at most 0.03, which is 3% of a run length.
At the standard 0.85/0.70 the fraction is 25/7, a step 0.0277 and slip 0.0003.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from stats.checks import FloatArray, require_fraction, require_positive
from stats.drift.cusum import Weights

LONGEST = 100_000.0
# Bounds that keep the chain quick: steps per weight, states, and how unequal weights may be.
FINEST = 64
WIDEST = 512
MOST_STATES = 4_000
MOST_UNEQUAL = 1_000.0
# What a lattice should reach within these bounds.
COARSEST_UNIT = 0.03
DRIFT_ERROR = 0.001


@dataclass(frozen=True, slots=True)
class Lattice:
    """Weights as whole steps of size ``unit``: a right item goes ``down``, a wrong one ``up``.

    ``slip`` is the absolute error of one wrong item; a right item has none.
    """

    down: int
    up: int
    unit: float
    slip: float

    def units(self, threshold: float) -> int:
        """Lowest lattice point at or above a threshold."""
        return max(1, math.ceil(threshold / self.unit))

    def threshold(self, units: int) -> float:
        """Threshold half a step below a lattice point, so that rounding cannot decide."""
        return (units - 0.5) * self.unit

    def steps(self, accuracy: float) -> dict[int, float]:
        """Distribution of one step for someone with this accuracy."""
        return {-self.down: accuracy, self.up: 1 - accuracy}


@lru_cache(maxsize=256)
def lattice_of(weights: Weights) -> Lattice:
    """The simplest lattice near enough to ``weights``, see the module, or else the nearest.

    Shares so close together that no lattice within the bounds is near enough get the nearest.
    Raises ValueError if one weight is over 1,000 times the other: shares that near to 0 or 1
    cannot be watched item by item.
    """
    ratio = weights.wrong / -weights.correct
    if not 1 / MOST_UNEQUAL <= ratio <= MOST_UNEQUAL:
        raise ValueError(f"weights are too unequal, shares lie too near to 0 or 1: {weights!r}")
    finest = max(1, int(min(FINEST, WIDEST / ratio)))
    lattices = [
        _lattice(weights, down) for down in range(1, finest + 1) if math.gcd(down, max(1, round(ratio * down))) == 1
    ]
    largest_slip = _slip_allowed(weights)
    near = (each for each in lattices if each.unit <= COARSEST_UNIT and each.slip <= largest_slip)
    return next(near, None) or min(lattices, key=lambda each: each.slip)


def _lattice(weights: Weights, down: int) -> Lattice:
    unit = -weights.correct / down
    up = max(1, round(weights.wrong / unit))
    return Lattice(down=down, up=up, unit=unit, slip=abs(up * unit - weights.wrong))


def _slip_allowed(weights: Weights) -> float:
    # Log-likelihood ratios satisfy p·e^correct + (1−p)·e^wrong = 1 at the competent share p.
    right, wrong = math.exp(weights.correct), math.exp(weights.wrong)
    competent = (wrong - 1) / (wrong - right)
    drift = competent * weights.correct + (1 - competent) * weights.wrong
    return DRIFT_ERROR * -drift / (1 - competent)


def lattice_run_length(
    steps: Mapping[int, float],
    limit: int,
    *,
    cost: Callable[[int], float] = lambda state: 1.0,
) -> float:
    """Expected cost until a lattice CUSUM that starts at 0 reaches ``limit``.

    Model: S ← max(0, S + x) with P(x) = ``steps[x]``, stopped at S ≥ limit; solves (I − Q)L = c
    over the states 0..limit − 1 and returns L₀. ``cost`` gives c per state visited; at the
    default 1 the result is the average run length in items. Starting at 0 is also the worst case
    of a delay, since every other state is nearer to the limit.
    Infinite when no step leads up. Source: Brook & Evans 1972, doi:10.1093/biomet/59.3.539.
    Raises ValueError for a limit outside 1..4,000 or probabilities that do not sum to 1.
    """
    if not 1 <= limit <= MOST_STATES:
        raise ValueError(f"limit must be in 1..{MOST_STATES} lattice steps, got {limit!r}")
    for chance in steps.values():
        require_fraction("probability of a step", chance)
    if not math.isclose(sum(steps.values()), 1.0, abs_tol=1e-9):
        raise ValueError(f"probabilities of steps must sum to 1, got {dict(steps)!r}")
    if not any(step > 0 and chance > 0 for step, chance in steps.items()):
        return math.inf
    costs = np.array([cost(state) for state in range(limit)])
    return float(_solve(steps, limit, costs)[0])


def _solve(steps: Mapping[int, float], limit: int, costs: FloatArray) -> FloatArray:
    lower = min(limit - 1, max(0, -min(steps)))
    upper = min(limit - 1, max(0, *steps))
    band = np.zeros((lower + upper + 1, limit))
    band[upper] = 1.0
    states = np.arange(limit)
    for size, chance in steps.items():
        target = np.maximum(0, states + size)
        inside = target < limit
        # solve_banded keeps the entry (row, column) at [upper + row − column, column].
        row, column = states[inside], target[inside]
        np.subtract.at(band, (upper + row - column, column), chance)
    from scipy.linalg import solve_banded  # slow to import, and few processes need it

    return np.asarray(solve_banded((lower, upper), band, costs))


def average_run_length(accuracy: float, alarm: float, weights: Weights) -> float:
    """Mean number of gold items until the sum, started at 0, reaches ``alarm``.

    ``accuracy`` is the person's true share of items right: at the standard this is the
    false-alarm length, below it the worst-case mean delay. Infinite at accuracy 1.
    Exact on the lattice (see the module); items count 0 or 1: fractional scores make false
    alarms rarer than stated. Source: Brook & Evans 1972.
    Raises ValueError for an accuracy outside 0..1 or an alarm that is not positive.
    """
    require_fraction("accuracy", accuracy)
    require_positive("alarm", alarm)
    lattice = lattice_of(weights)
    return lattice_run_length(lattice.steps(accuracy), lattice.units(alarm))


def alarm_units(accuracy: float, length: float, lattice: Lattice) -> int:
    """Lowest lattice limit whose run length at ``accuracy`` is at least ``length`` items.

    Run lengths grow with the limit, so it doubles until long enough, then halves the bracket.
    Raises ValueError for a length outside 1..100,000 items, or if the standard's two shares lie
    so close together that so long a run needs too many states.
    """
    if not 1 <= length <= LONGEST:
        raise ValueError(f"false-alarm length must be in 1..{LONGEST:.0f} items, got {length!r}")
    steps = lattice.steps(accuracy)
    low, high = 0, 1
    while lattice_run_length(steps, high) < length:
        if high == MOST_STATES:
            raise ValueError(
                f"competent and unacceptable lie too close together for a false-alarm length of {length!r} items"
            )
        low, high = high, min(2 * high, MOST_STATES)
    while high - low > 1:
        middle = (low + high) // 2
        if lattice_run_length(steps, middle) < length:
            low = middle
        else:
            high = middle
    return high
