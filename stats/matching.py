"""Which statements of several lists say the same: equal but for case and spacing, or alike in their letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import combinations

from stats.checks import require_open_fraction
from stats.sets import set_f1
from stats.text import shingles

SIZE = 3
ALIKE = 0.80

_FIGURES = re.compile(r"\d+(?:[.,]\d+)*")


def same_words(text: str) -> str:
    """The text as it is compared: case, spacing, forms of one character and a last stop aside."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip(".!?…。 ")


def statement_likeness(first: str, second: str) -> float:
    """How alike two statements are: `set_f1` of their runs of three characters.

    Range [0, 1], symmetric, 1 for the same words. Statements with other figures in them are not alike at all, however
    few letters they differ in: 0. Source: Dice 1945, doi:10.2307/1932409, on character trigrams.
    """
    one, other = same_words(first), same_words(second)
    if one == other:
        return 1.0
    if sorted(_FIGURES.findall(one)) != sorted(_FIGURES.findall(other)):
        return 0.0
    return set_f1(shingles(one, SIZE), shingles(other, SIZE))


def match_statements(lists: Sequence[Sequence[str]], *, threshold: float = ALIKE) -> list[dict[int, int]]:
    """Groups of statements that say the same, each as {list: place in it}; every statement is in one group.

    A group holds at most one statement of each list. Equal ones come first, then the most alike of at least
    ``threshold``. The groups stand in the order of the mean place of their statements, and do not depend on the
    order of the lists. Raises ValueError for a threshold outside (0, 1).
    """
    require_open_fraction("threshold", threshold)
    groups = _equal(lists)
    texts = list(groups)
    pairs = ((statement_likeness(one[0], other[0]), one, other) for one, other in combinations(sorted(texts), 2))
    for _, one, other in sorted((pair for pair in pairs if pair[0] >= threshold), key=lambda p: (-p[0], p[1:])):
        if groups[one].keys().isdisjoint(groups[other].keys()):
            merged = groups[one] | groups[other]
            for text in [text for text in texts if groups[text] in (groups[one], groups[other])]:
                groups[text] = merged
    found = {tuple(sorted(group.items())): text for text, group in sorted(groups.items(), reverse=True)}
    return [dict(members) for members in sorted(found, key=lambda m: (_mean_place(m), found[m]))]


def _equal(lists: Sequence[Sequence[str]]) -> dict[tuple[str, int], dict[int, int]]:
    """Statements by their words; a list that says one thing twice has it under 0 and 1."""
    groups: dict[tuple[str, int], dict[int, int]] = {}
    for number, statements in enumerate(lists):
        words = [same_words(text) for text in statements]
        for place, text in enumerate(words):
            groups.setdefault((text, words[:place].count(text)), {})[number] = place
    return groups


def _mean_place(members: Sequence[tuple[int, int]]) -> float:
    return sum(place for _, place in members) / len(members)
