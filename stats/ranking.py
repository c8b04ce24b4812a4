"""Agreement of two rankings. A ranking gives each item its rank; 1 is best, equal ranks tie."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from stats.checks import require_finite, require_same_length


@dataclass(frozen=True, slots=True)
class PairCounts:
    """Pairs of items by how two rankings order them; they add up to n(n−1)/2.

    ``tied_first`` pairs are tied in the first ranking only, ``tied_second`` in the second only.
    """

    concordant: int
    discordant: int
    tied_first: int
    tied_second: int
    tied_both: int


def count_pairs(first: Sequence[float], second: Sequence[float]) -> PairCounts:
    """Compare two rankings pair by pair. Raises ValueError for unequal lengths or NaN."""
    _check(first, second)
    concordant = discordant = tied_first = tied_second = tied_both = 0
    for one, other in combinations(range(len(first)), 2):
        left, right = first[one] - first[other], second[one] - second[other]
        concordant += left * right > 0
        discordant += left * right < 0
        tied_both += left == 0 == right
        tied_first += left == 0 != right
        tied_second += left != 0 == right
    return PairCounts(concordant, discordant, tied_first, tied_second, tied_both)


def kendall_tau_b(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Rank correlation with ties: how much more often two rankings agree on a pair than not.

    Formula: τ_b = (C − D) / √((n₀ − n₁)(n₀ − n₂)), C and D concordant and discordant pairs,
    n₀ = n(n−1)/2, n₁ and n₂ pairs tied in either ranking. Range [−1, 1], symmetric; 1 for the same
    order with the same ties. Undefined (None): a ranking without any order (all tied, n < 2).
    Source: Kendall 1945, doi:10.1093/biomet/33.3.239.
    """
    pairs = count_pairs(first, second)
    untied = pairs.concordant + pairs.discordant
    ordered_first, ordered_second = untied + pairs.tied_second, untied + pairs.tied_first
    if ordered_first == 0 or ordered_second == 0:
        return None
    return (pairs.concordant - pairs.discordant) / math.sqrt(ordered_first * ordered_second)


def ranking_credit(given: Sequence[float], gold: Sequence[float]) -> float | None:
    """Credit of a ranking against gold: (τ_b + 1)/2.

    Range [0, 1], 0.5 as by chance. All items tied on both sides: 1; on one side only: 0.5.
    Undefined (None): fewer than two items. Source: project convention on Kendall 1945.
    """
    tau = kendall_tau_b(given, gold)
    if len(given) < 2:
        return None
    if tau is None:
        return 1.0 if len(set(given)) == len(set(gold)) else 0.5
    return (tau + 1) / 2


def partial_order_tau(given: Sequence[float], before: Collection[tuple[int, int]]) -> float | None:
    """Agreement with gold that orders only some pairs.

    Formula: (C − D)/P over the P pairs in ``before``: (i, j) says that item i is better than j,
    numbered from 0. A pair that the ranking ties counts in P only. Range [−1, 1].
    Undefined (None): no ordered pairs. Raises ValueError for an unknown item or a pair that
    contradicts another or itself.
    """
    _check(given, given)
    _check_pairs(len(given), before)
    pairs = set(before)
    if not pairs:
        return None
    agreeing = sum(given[better] < given[worse] for better, worse in pairs)
    opposed = sum(given[better] > given[worse] for better, worse in pairs)
    return (agreeing - opposed) / len(pairs)


def partial_order_credit(given: Sequence[float], before: Collection[tuple[int, int]]) -> float | None:
    """Credit against gold that orders only some pairs: (`partial_order_tau` + 1)/2, or None."""
    tau = partial_order_tau(given, before)
    return None if tau is None else (tau + 1) / 2


def leaders(ranks: Sequence[float]) -> set[int]:
    """The best-ranked items, several when tied, numbered from 0; none without items."""
    best = min(ranks, default=0.0)
    return {item for item, rank in enumerate(ranks) if rank == best}


def unbeaten(items: int, before: Collection[tuple[int, int]]) -> set[int]:
    """Leaders of gold that orders only some pairs: the items no pair puts behind another."""
    _check_pairs(items, before)
    return set(range(items)) - {worse for _, worse in before}


def top_overlap(given: Collection[int], gold: Collection[int]) -> float | None:
    """Share of the leaders given that lead in gold too: |T_s ∩ T_g| / |T_s|.

    Range [0, 1]. Naming everything as a leader earns little; leaving out one of several gold
    leaders costs nothing. Undefined (None): no leaders given.
    """
    named = set(given)
    return len(named & set(gold)) / len(named) if named else None


def _check(first: Sequence[float], second: Sequence[float]) -> None:
    require_same_length("rankings", first, second)
    for rank in (*first, *second):
        require_finite("rank", rank)


def _check_pairs(items: int, before: Collection[tuple[int, int]]) -> None:
    pairs = set(before)
    for better, worse in pairs:
        if better not in range(items) or worse not in range(items):
            raise ValueError(f"pair must name items 0..{items - 1}, got {(better, worse)!r}")
        if (worse, better) in pairs:
            raise ValueError(f"pair {(better, worse)!r} contradicts its reverse")
