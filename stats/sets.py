"""Agreement of two sets of labels."""

from __future__ import annotations

from collections.abc import Collection, Hashable


def jaccard(
    first: Collection[Hashable],
    second: Collection[Hashable],
    *,
    optional: Collection[Hashable] = (),
) -> float:
    """Share of labels that both sets have, of all that either has: |A∩B| / |A∪B|.

    ``optional`` labels are taken out of both first. Range [0, 1], symmetric; 1 for equal sets.
    Both empty: 1 (both say "none"); one empty: 0. Source: Jaccard 1901.
    """
    one, other = _required(first, second, optional)
    union = one | other
    return len(one & other) / len(union) if union else 1.0


def set_f1(
    first: Collection[Hashable],
    second: Collection[Hashable],
    *,
    optional: Collection[Hashable] = (),
) -> float:
    """Harmonic mean of precision and recall of one set against the other: 2|A∩B| / (|A|+|B|).

    ``optional`` labels are taken out of both first. Range [0, 1], symmetric, never below
    `jaccard`. Both empty: 1; one empty: 0. Source: Dice 1945, doi:10.2307/1932409.
    """
    one, other = _required(first, second, optional)
    size = len(one) + len(other)
    return 2 * len(one & other) / size if size else 1.0


def _required(
    first: Collection[Hashable], second: Collection[Hashable], optional: Collection[Hashable]
) -> tuple[set[Hashable], set[Hashable]]:
    return set(first) - set(optional), set(second) - set(optional)
