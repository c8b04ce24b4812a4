"""Agreement weights: how much credit two different levels of one scale deserve."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from stats.checks import FloatArray, require_at_least

WeightKind = Literal["identity", "linear", "quadratic", "ordinal"]


def agreement_weights(levels: int, kind: WeightKind | str = "ordinal") -> FloatArray:
    """Matrix of partial credit for every pair of levels, 1 on the diagonal, 0 at the far ends.

    Formulas, with d = |i − j| and k = ``levels``:
    identity 1[d = 0]; linear 1 − d/(k−1); quadratic 1 − (d/(k−1))²;
    ordinal 1 − d(d+1) / (k(k−1)), which counts the pairs of levels spanned.
    Range [0, 1], symmetric. Sources: Cohen 1968, doi:10.1037/h0026256 (linear, quadratic);
    Gwet 2014, Handbook of Inter-Rater Reliability, 4th edition (ordinal).
    Raises ValueError for fewer than 2 levels or an unknown kind.
    """
    require_at_least("levels", levels, 2)
    index = np.arange(levels)
    gap = np.abs(index[:, None] - index[None, :]).astype(np.float64)
    top = levels - 1
    lost = {
        "identity": np.sign(gap),
        "linear": gap / top,
        "quadratic": (gap / top) ** 2,
        "ordinal": gap * (gap + 1) / (levels * top),
    }
    if kind not in lost:
        raise ValueError(f"weights must be one of {', '.join(lost)}, got {kind!r}")
    return np.asarray(1 - lost[kind])


def as_weights(weights: WeightKind | ArrayLike, levels: int) -> FloatArray:
    """Turn a kind or a matrix into agreement weights for ``levels``, or raise ValueError."""
    if isinstance(weights, str):
        return agreement_weights(levels, weights)
    matrix = np.asarray(weights, dtype=np.float64)
    if matrix.shape != (levels, levels):
        raise ValueError(f"weights must be {levels} × {levels}, got {matrix.shape}")
    inside = bool(((matrix >= 0) & (matrix <= 1)).all())
    if not (inside and (np.diag(matrix) == 1).all() and np.array_equal(matrix, matrix.T)):
        raise ValueError(f"weights must be symmetric, 0 to 1, 1 on the diagonal, got {weights!r}")
    return matrix
