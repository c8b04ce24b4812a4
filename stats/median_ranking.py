"""The ranking that several weighted rankings come nearest to, ties and unusable items included."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import combinations
from typing import NamedTuple

from stats.checks import require_same_length

MOST_ITEMS = 10
_UNIT = 2**40  # weights become whole numbers, so that no order of adding them up matters


Found = tuple[int, int, int, tuple[tuple[int, ...], ...]]
"""What is placed from some point on: cost, items out, number of groups, the groups."""


class Ranking(NamedTuple):
    """Items numbered from 0: groups of equals, best first, and the items that are out of it."""

    groups: tuple[tuple[int, ...], ...]
    out: tuple[int, ...]


def median_ranking(
    rankings: Sequence[Sequence[float]], weights: Sequence[float], *, ties: bool = True, top: int = 0, out: bool = True
) -> Ranking:
    """The weighted Kemeny ranking: least total distance to all rankings, found exactly.

    A ranking gives each item its rank; equal ranks tie and infinity is out. The distance of two rankings
    counts 1 for each pair of items in opposite order and 1/2 for each pair tied in one of them only; the
    line before the items that are out counts as one more item. With `ties` false no items are tied, with
    `out` false none is out; with `top` k only the first k places are told apart and all others tie after
    them. Of equally near rankings the one with fewer items out, then with fewer groups, then with the
    lower numbers first.

    Range: up to MOST_ITEMS items, 3ⁿ steps. Of equal rankings it is that ranking, and it does not depend on
    their order. Raises ValueError without rankings, for unequal lengths, weights that are not positive, or
    too many items. Source: Kemeny 1959; half a point for ties as in Fagin et al. 2006,
    doi:10.1137/05063088X; by dynamic programming over sets of items (Betzler et al. 2009).
    """
    items = _check(rankings, weights)
    before, tied = _costs(rankings, weights, items)
    line, everything = items, (1 << items) - 1
    members = [tuple(one for one in range(items) if mask >> one & 1) for mask in range(everything + 1)]
    equals = [sum(tied[one][other] for one, other in combinations(found, 2)) for found in members]
    ahead = [[sum(before[one][other] for other in found) for found in members] for one in range(items)]
    worse = [sum(before[line][one] for one in found) for found in members]

    @cache
    def best(rest: int, closed: bool = False) -> Found:
        """The best way to go on with the items of `rest`; closed: they are out."""
        choices: list[Found] = [(worse[rest] + equals[rest], rest.bit_count(), 0, ())] if out or not rest else []
        last = bool(top) and items - rest.bit_count() >= top  # the next group is the last one
        group = 0 if closed else rest
        while group:
            after = rest & ~group
            allowed = out or not after if last else ties or group.bit_count() == 1
            if allowed:
                cost = equals[group] + sum(ahead[one][after] + before[one][line] for one in members[group])
                choices.append(_joined(members[group], cost, best(after, last)))
            group = (group - 1) & rest
        return min(choices)

    _, _, _, groups = best(everything)
    placed = {one for group in groups for one in group}
    return Ranking(groups, tuple(one for one in range(items) if one not in placed))


def _joined(group: tuple[int, ...], cost: int, rest: Found) -> Found:
    return cost + rest[0], rest[1], 1 + rest[2], (group, *rest[3])


def _check(rankings: Sequence[Sequence[float]], weights: Sequence[float]) -> int:
    require_same_length("rankings and weights", rankings, weights)
    if not rankings:
        raise ValueError("rankings must not be empty")
    for ranking in rankings:
        require_same_length("rankings", rankings[0], ranking)
    if any(not (math.isfinite(weight) and weight > 0) for weight in weights):
        raise ValueError(f"weights must be positive numbers, got {list(weights)!r}")
    if len(rankings[0]) > MOST_ITEMS:
        raise ValueError(f"rankings must have at most {MOST_ITEMS} items, got {len(rankings[0])}")
    return len(rankings[0])


def _costs(
    rankings: Sequence[Sequence[float]], weights: Sequence[float], items: int
) -> tuple[list[list[int]], list[list[int]]]:
    """Twice the cost of placing one item before another, and of tying them; the line is the last item."""
    lined = [[*ranking, math.nextafter(math.inf, 0)] for ranking in rankings]
    total, size = math.fsum(weights), items + 1
    first = [[0] * size for _ in range(size)]
    tied = [[0] * size for _ in range(size)]
    for one, other in combinations(range(size), 2):
        pairs = [(ranking[one], ranking[other], weight) for ranking, weight in zip(lined, weights, strict=True)]
        ahead, behind, equal = (
            round(math.fsum(weight for a, b, weight in pairs if (a > b) - (a < b) == sign) / total * _UNIT)
            for sign in (-1, 1, 0)
        )
        first[one][other], first[other][one] = 2 * behind + equal, 2 * ahead + equal
        tied[one][other] = tied[other][one] = ahead + behind
    return first, tied
