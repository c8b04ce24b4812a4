"""How far an edited text is from where it started, and which words changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

import numpy as np

Change = Literal["same", "added", "removed"]

# What stands between spaces is a word; ideographs and kana, which set none, are a word each.
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\s\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)
_PIECE = re.compile(_WORD.pattern.replace("|", r"\s*|") + r"\s*")
MOST_PAIRS = 30_000_000
"""Pairs of words up to which two texts are compared word by word."""


class Run(NamedTuple):
    """A stretch of text that both texts have, or only the new one (added) or the old one (removed)."""

    change: Change
    text: str


def edited_words(text: str) -> list[str]:
    """The words of a text as an editor counts them: as written, with their punctuation."""
    return _WORD.findall(text)


def edit_distance(old: Sequence[str], new: Sequence[str]) -> int:
    """The fewest words to put in, take out or replace to make `new` of `old`.

    Range [0, max(len)], symmetric, 0 only for equal sequences. Where the two are too long to compare
    (`MOST_PAIRS` after equal ends are cut off), the larger number of words in between, which is the
    upper bound. Source: Levenshtein 1966; one row of the table at a time as in Wagner & Fischer 1974.
    """
    old, new = _between(old, new)
    if not old or not new or len(old) * len(new) > MOST_PAIRS:
        return max(len(old), len(new))
    numbers: dict[str, int] = {}
    first, second = (np.array([numbers.setdefault(word, len(numbers)) for word in words]) for words in (old, new))
    steps = np.arange(len(second) + 1)
    row = steps.copy()
    for place, word in enumerate(first, start=1):
        best = np.minimum(row[1:] + 1, row[:-1] + (second != word))
        # Putting words in costs one each: the running least of (cost − place) carries it along the row.
        row = np.minimum.accumulate(np.concatenate(([place], best)) - steps) + steps
    return int(row[-1])


def runs(old: str, new: str) -> list[Run]:
    """Both texts as one, in runs of words that stayed, came and went; together they hold both texts in full."""
    a, b = _PIECE.findall(old), _PIECE.findall(new)
    words = [[piece.rstrip() for piece in pieces] for pieces in (a, b)]
    if len(a) * len(b) > MOST_PAIRS:
        return [Run("removed", old), Run("added", new)]
    found: list[Run] = []
    for op, i1, i2, j1, j2 in SequenceMatcher(None, words[0], words[1]).get_opcodes():
        if op == "equal":
            found.append(Run("same", "".join(b[j1:j2])))
            continue
        found += [Run("removed", "".join(a[i1:i2]))] if i2 > i1 else []
        found += [Run("added", "".join(b[j1:j2]))] if j2 > j1 else []
    return found


def _between(old: Sequence[str], new: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The two without what they begin and end with alike."""
    start, most = 0, min(len(old), len(new))
    while start < most and old[start] == new[start]:
        start += 1
    end = 0
    while end < most - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return old[start : len(old) - end], new[start : len(new) - end]
