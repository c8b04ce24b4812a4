"""Short checks of written reasons: length, near copies, quotations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from stats.checks import require_at_least, require_open_fraction
from stats.sets import jaccard

SHINGLE = 5
NEAR = 0.80

# Scripts written without spaces. Ideographs and kana count one word each, as word processors do.
_ONE_EACH = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# Thai, Lao, Myanmar, Khmer: about five letters make a word.
_RUNNING = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_RUNNING_LETTERS = 5
_JOINERS = frozenset("'’-‐‑")


@dataclass(frozen=True, slots=True)
class NearCopy:
    """The earlier text that is most alike: its place in what was given, and the likeness."""

    place: int
    likeness: float


def character_count(text: str) -> int:
    """Characters a reader would count: runs of white space as one, none at the ends.

    Accents and other marks without width belong to their letter; invisible format characters
    count nothing. An emoji joined from several still counts its parts.
    """
    return sum(not _invisible(char) for char in _tidy(text))


def word_count(text: str) -> int:
    """Words: runs of letters, marks and digits, joined by an apostrophe or a hyphen inside.

    Ideographs and kana count one word each, Thai, Lao, Myanmar and Khmer one per five letters
    begun; so a minimum asks about the same effort in any language.
    """
    return sum(-(-len(word) // _RUNNING_LETTERS) if _RUNNING.match(word) else 1 for word in words(text))


def words(text: str) -> list[str]:
    """The words of a text in order, as `word_count` counts them, folded for comparison."""
    folded = _folded(text)
    found: list[str] = []
    for kind, run in groupby(range(len(folded)), key=lambda place: _kind(folded, place)):
        part = "".join(folded[place] for place in run)
        if kind == "each":
            found.extend(part)
        elif kind:
            found.append(part)
    return found


def shingles(text: str, size: int = SHINGLE) -> frozenset[str]:
    """All runs of ``size`` characters of the folded text; a shorter text is one run, empty none.

    Source: Broder 1997, doi:10.1109/SEQUEN.1997.666900. Raises ValueError for a size below 1.
    """
    require_at_least("size", size, 1)
    folded = _folded(text)
    if len(folded) <= size:
        return frozenset([folded] if folded else [])
    return frozenset(folded[start : start + size] for start in range(len(folded) - size + 1))


def likeness(first: str, second: str, size: int = SHINGLE) -> float:
    """How alike two texts are: `jaccard` of their character runs, case and spacing aside.

    Range [0, 1], symmetric, 1 for the same text. Both empty: 1. Source: Broder 1997.
    """
    return jaccard(shingles(first, size), shingles(second, size))


def near_copy(text: str, earlier: Iterable[str], *, threshold: float = NEAR) -> NearCopy | None:
    """The earlier text most like this one, if at least ``threshold`` alike; first one on a tie.

    Compare a reason with the same person's last 50 and with the text of the task. Short texts
    vary little, so ask for a minimum length first. An empty text is a copy of nothing.
    Raises ValueError for a threshold outside (0, 1).
    """
    require_open_fraction("threshold", threshold)
    runs = shingles(text)
    if not runs:
        return None
    alike = [NearCopy(place, jaccard(runs, shingles(other))) for place, other in enumerate(earlier)]
    best = max(alike, key=lambda copy: copy.likeness, default=None)
    return best if best and best.likeness >= threshold else None


def quotes(text: str, source: str, *, length: int = 3) -> bool:
    """Whether the text repeats at least ``length`` consecutive words of the source.

    Case, spacing and punctuation aside. Raises ValueError for a length below 1.
    """
    require_at_least("length", length, 1)
    return not _word_runs(text, length).isdisjoint(_word_runs(source, length))


def _word_runs(text: str, length: int) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[start : start + length]) for start in range(len(found) - length + 1)}


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _folded(text: str) -> str:
    shown = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return _tidy(unicodedata.normalize("NFKC", shown).casefold())


def _invisible(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Me", "Cf", "Cc")


def _kind(text: str, place: int) -> str:
    char = text[place]
    if _ONE_EACH.match(char):
        return "each"
    if _RUNNING.match(char):
        return "running"
    if _in_word(char):
        return "word"
    joins = char in _JOINERS and 0 < place < len(text) - 1
    return "word" if joins and _in_word(text[place - 1]) and _in_word(text[place + 1]) else ""


def _in_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"
