"""Two people who judged the same units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from stats.agreement.weights import WeightKind, as_weights
from stats.checks import IntArray, as_confusion, require_at_least, require_same_length


def confusion_table(first: Sequence[int], second: Sequence[int], levels: int) -> IntArray:
    """Count how often level i of the first person met level j of the second, numbered from 0.

    Raises ValueError for unequal lengths or a level outside 0..levels−1.
    """
    require_at_least("levels", levels, 2)
    require_same_length("ratings of the two people", first, second)
    table = np.zeros((levels, levels), dtype=np.int64)
    for one, other in zip(first, second, strict=True):
        for rating in (one, other):
            if rating not in range(levels):
                raise ValueError(f"level must be in 0..{levels - 1}, got {rating!r}")
        table[one, other] += 1
    return table


def cohen_kappa(table: ArrayLike, weights: WeightKind | ArrayLike = "identity") -> float | None:
    """Agreement of two people beyond chance; weighted for ordinal scales.

    Formula: (p_o − p_e)/(1 − p_e), p_o = Σ w_ij p_ij, p_e = Σ w_ij p_i· p_·j. ``table`` is the
    confusion table, ``weights`` a kind or a symmetric matrix of agreement weights: identity for
    labels, quadratic for levels; disagreement weights v become 1 − v/max(v). Range: 1 perfect,
    0 as by chance, at least −1 unweighted. Undefined (None): no common units, or chance
    agreement is certain because both used one level only.
    Source: Cohen 1960, doi:10.1177/001316446002000104; weighted: Cohen 1968, doi:10.1037/h0026256.
    """
    square = as_confusion(table)
    matrix = as_weights(weights, len(square))
    total = int(square.sum())
    if total == 0:
        return None
    rows, columns = square.sum(axis=1), square.sum(axis=0)
    # Written with 1 − w: when chance agreement is certain, the denominator is an exact zero.
    expected = float(rows @ (1 - matrix) @ columns)
    if expected == 0:
        return None
    return 1 - total * float((square * (1 - matrix)).sum()) / expected


def mean_signed_difference(table: ArrayLike) -> float | None:
    """Mean of first minus second level over common units: positive, the first rates higher.

    Range ±(k − 1) levels. Undefined (None): no common units.
    """
    square = as_confusion(table)
    total = int(square.sum())
    if total == 0:
        return None
    index = np.arange(len(square))
    return float((square * (index[:, None] - index[None, :])).sum()) / total
