"""Coefficients for any number of people, from value counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from stats.agreement.coincidences import CoincidenceMatrix, Metric
from stats.agreement.weights import WeightKind
from stats.checks import IntArray, as_counts, require_at_least


def value_counts(units: Iterable[Sequence[int | None]], levels: int) -> IntArray:
    """Count levels per unit: one row per unit, one column per level numbered from 0.

    None marks a missing rating. Raises ValueError for a level outside 0..levels−1.
    """
    require_at_least("levels", levels, 2)
    rows = [[rating for rating in unit if rating is not None] for unit in units]
    table = np.zeros((len(rows), levels), dtype=np.int64)
    for row, ratings in enumerate(rows):
        for rating in ratings:
            if rating not in range(levels):
                raise ValueError(f"level must be in 0..{levels - 1}, got {rating!r}")
            table[row, rating] += 1
    return table


def percent_agreement(counts: ArrayLike, weights: WeightKind | ArrayLike = "identity") -> float | None:
    """Raw agreement: of two people drawn from one unit, how often both give the same level.

    Formula: mean over units of Σ_k n_k (n*_k − 1) / (m(m−1)), with n_k ratings of level k, m
    ratings of the unit, n*_k = Σ_l w_kl n_l; identity weights count only equal levels.
    Range [0, 1]; every unit with two or more ratings counts once. Not corrected for chance: it is
    high whenever one level dominates. Undefined (None): no unit with two ratings.
    Source: the p_a of Gwet 2008, doi:10.1348/000711006X126600; Fleiss 1971 for equal m.
    """
    return CoincidenceMatrix.from_counts(counts).percent_agreement(weights)


def fleiss_kappa(counts: ArrayLike) -> float | None:
    """Agreement of a fixed-size panel beyond chance, levels without order.

    Formula: (P̄ − P̄_e)/(1 − P̄_e), P̄ = mean over units of the share of agreeing pairs,
    P̄_e = Σ_k p_k², p_k = share of level k in all ratings. Range [−1/(m−1), 1]; 1 perfect, 0 as by
    chance. Every unit needs the same number m ≥ 2 of ratings: otherwise ValueError, and alpha is
    the measure to use. Undefined (None): no units, or one level only.
    Source: Fleiss 1971, doi:10.1037/h0031619.
    """
    table = as_counts(counts)
    if len(table) == 0:
        return None
    totals = np.unique(table.sum(axis=1))
    if len(totals) > 1 or totals[0] < 2:
        raise ValueError(f"every unit needs the same number of ratings, at least 2, got {totals.tolist()}")
    observed = CoincidenceMatrix.from_counts(table).percent_agreement()
    margins = table.sum(axis=0)
    if observed is None or np.count_nonzero(margins) < 2:
        return None
    chance = float(((margins / margins.sum()) ** 2).sum())
    return (observed - chance) / (1 - chance)


def krippendorff_alpha(counts: ArrayLike, metric: Metric = "ordinal", values: ArrayLike | None = None) -> float | None:
    """Agreement beyond chance for any number of people, gaps allowed, any kind of scale.

    Formula: α = 1 − D_o/D_e, with coincidences o_ck = Σ_u n_uc(n_uk − 1[c=k])/(m_u − 1),
    D_o = Σ o_ck δ²_ck / n, D_e = Σ n_c n_k δ²_ck / (n(n−1)), n_c = Σ_k o_ck, n = Σ n_c.
    δ² is given in `squared_distance`; ``values`` are the levels' scores for interval and ratio.
    Range: 1 perfect, 0 as by chance, below 0 systematic disagreement (no general lower limit).
    Undefined (None): fewer than two pairable ratings, or no variation (D_e = 0), which is not
    perfect agreement: nothing shows that people could have told the levels apart.
    Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability";
    Content Analysis, 4th edition, 2019.
    """
    return CoincidenceMatrix.from_counts(counts).alpha(metric, values)


def gwet_ac1(counts: ArrayLike) -> float | None:
    """Agreement beyond chance, levels without order, steady when one level dominates.

    Formula: (p_a − p_e)/(1 − p_e), p_e = Σ_k π_k(1 − π_k)/(q − 1), p_a as `percent_agreement`,
    π_k = mean over rated units of the share of level k, q = number of levels of the scale.
    Range: 1 perfect; p_e is at most 1/q, so the value stays near raw agreement when one level
    dominates. Without variation it is 1, where kappa and alpha are undefined.
    Undefined (None): no unit with two ratings.
    Source: Gwet 2008, doi:10.1348/000711006X126600.
    """
    return gwet_ac2(counts, "identity")


def gwet_ac2(counts: ArrayLike, weights: WeightKind | ArrayLike = "ordinal") -> float | None:
    """AC1 with partial credit for near levels.

    Formula: as AC1 with weighted p_a and p_e = T_w Σ_k π_k(1 − π_k)/(q(q − 1)), T_w = Σ_kl w_kl.
    Range and undefined case as AC1; also None if the weights make chance agreement certain.
    Source: Gwet 2014, Handbook of Inter-Rater Reliability, 4th edition.
    """
    return CoincidenceMatrix.from_counts(counts).gwet(weights)
