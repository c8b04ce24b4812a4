"""Refusals of bad input, each naming the argument and the value it had."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def require_finite(name: str, value: float) -> None:
    """Refuse NaN and infinities, which would otherwise spread silently through a sum."""
    if not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number, got {value!r}")


def require_fraction(name: str, value: float) -> None:
    """Refuse anything outside the closed interval 0 to 1."""
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must be between 0 and 1, got {value!r}")


def require_open_fraction(name: str, value: float) -> None:
    """Refuse anything outside the open interval 0 to 1."""
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name} must be strictly between 0 and 1, got {value!r}")


def require_positive(name: str, value: float) -> None:
    """Refuse zero, negative numbers, NaN and infinities."""
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be a positive number, got {value!r}")


def require_at_least(name: str, value: float, least: float) -> None:
    """Refuse a number below ``least``, and NaN."""
    if not value >= least:
        raise ValueError(f"{name} must be at least {least}, got {value!r}")


def require_standard(competent: float, unacceptable: float) -> None:
    """Refuse a pair of accuracies that is not 0 < unacceptable < competent < 1."""
    require_open_fraction("competent", competent)
    require_open_fraction("unacceptable", unacceptable)
    if unacceptable >= competent:
        raise ValueError(f"unacceptable must be below competent, got {unacceptable!r} and {competent!r}")


def require_same_length(name: str, first: Sequence[object], second: Sequence[object]) -> None:
    """Refuse two sequences that should run in parallel and do not."""
    if len(first) != len(second):
        raise ValueError(f"{name} must have equal length, got {len(first)} and {len(second)}")


def as_counts(counts: ArrayLike, *, levels: int | None = None) -> IntArray:
    """Return value counts as a units × levels integer array, refusing anything else.

    Row u, column c holds how many people gave unit u the level c (numbered from 0).
    Raises ValueError for negative or fractional counts, ragged rows, fewer than two levels,
    or a number of columns other than ``levels``.
    """
    table = _as_table("counts", counts)
    if table.size == 0:
        return np.zeros((0, levels or (table.shape[1] or 2)), dtype=np.int64)
    if table.shape[1] < 2:
        raise ValueError(f"counts must have at least 2 levels, got {table.shape[1]}")
    if levels is not None and table.shape[1] != levels:
        raise ValueError(f"counts must have {levels} levels, got {table.shape[1]}")
    return table


def as_confusion(table: ArrayLike) -> IntArray:
    """Return a square table of counts (rows: first rater, columns: second), or ValueError."""
    square = _as_table("confusion table", table)
    if square.shape[0] != square.shape[1] or square.shape[0] < 2:
        raise ValueError(f"confusion table must be square, at least 2 × 2, got {square.shape}")
    return square


def _as_table(name: str, values: ArrayLike) -> IntArray:
    try:
        raw = np.asarray(values, dtype=np.float64)
    except ValueError as error:
        raise ValueError(f"{name} must be rows of equal length holding numbers: {error}") from error
    if raw.size == 0:
        return np.zeros(raw.shape if raw.ndim == 2 else (0, 0), dtype=np.int64)
    if raw.ndim != 2:
        raise ValueError(f"{name} must have two dimensions, got {raw.ndim}")
    bad = ~np.isfinite(raw) | (raw < 0) | (raw != np.floor(raw))
    if bad.any():
        value = float(raw[bad][0])
        raise ValueError(f"{name} must hold whole numbers of at least 0, got {value!r}")
    return raw.astype(np.int64)
