"""Agreement of marked passages: SemEval-2013 counts after one-to-one matching."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters ``start`` (included) to ``end`` (not included) of one text, with a label.

    Raises ValueError unless 0 ≤ start < end.
    """

    start: int
    end: int
    label: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"span must have 0 <= start < end, got {self.start!r}..{self.end!r}")

    def overlap(self, other: Span) -> int:
        """Number of characters that both spans cover."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    def same_place(self, other: Span) -> bool:
        """Whether both have the same boundaries."""
        return (self.start, self.end) == (other.start, other.end)


@dataclass(frozen=True, slots=True)
class ModeCounts:
    """Counts of one SemEval mode.

    COR ``correct``, INC ``incorrect``, PAR ``partial``, MIS ``missed`` (gold without a partner),
    SPU ``spurious`` (given without a partner).
    """

    correct: int = 0
    incorrect: int = 0
    partial: int = 0
    missed: int = 0
    spurious: int = 0

    @property
    def precision(self) -> float:
        """(COR + ½PAR) / (COR + INC + PAR + SPU); 1 if nothing was given or expected."""
        return self._share(self.spurious, self.missed)

    @property
    def recall(self) -> float:
        """(COR + ½PAR) / (COR + INC + PAR + MIS); 1 if nothing was given or expected."""
        return self._share(self.missed, self.spurious)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall: 2(COR + ½PAR) / (given + gold); both empty 1."""
        size = 2 * self._paired + self.missed + self.spurious
        return 2 * self._earned / size if size else 1.0

    @property
    def _paired(self) -> int:
        return self.correct + self.incorrect + self.partial

    @property
    def _earned(self) -> float:
        return self.correct + self.partial / 2

    def _share(self, alone: int, others: int) -> float:
        size = self._paired + alone
        return self._earned / size if size else float(others == 0)


@dataclass(frozen=True, slots=True)
class SpanScore:
    """The four modes: ``strict`` boundary and label, ``exact`` boundary, ``partial`` overlap
    counts half, ``type`` any overlap with the same label."""

    strict: ModeCounts
    exact: ModeCounts
    partial: ModeCounts
    type: ModeCounts


def match_spans(given: Sequence[Span], gold: Sequence[Span]) -> list[tuple[Span, Span]]:
    """Pair given with gold spans of one text, each at most once.

    Order: same place and label, same place, then larger overlap, the same label breaking ties.
    The result does not depend on the order of the lists, and swapping them swaps the pairs.
    """
    free_given, free_gold = set(range(len(given))), set(range(len(gold)))
    meeting = [pair for pair in product(free_given, free_gold) if given[pair[0]].overlap(gold[pair[1]])]
    pairs = []
    for mine, theirs in sorted(meeting, key=lambda pair: _merit(given[pair[0]], gold[pair[1]])):
        if mine in free_given and theirs in free_gold:
            free_given.remove(mine)
            free_gold.remove(theirs)
            pairs.append((given[mine], gold[theirs]))
    return pairs


def score_spans(given: Sequence[Span], gold: Sequence[Span]) -> SpanScore:
    """Count how spans match gold in the four modes of SemEval-2013.

    Every pair of `match_spans` is correct in a mode if it meets it, else incorrect, but in mode
    *partial* different boundaries count half; spans without a partner are missed or spurious.
    Range of precision, recall, F1: [0, 1]; F1 is symmetric. Both empty: 1; one empty: 0.
    Source: Segura-Bedmar, Martínez & Herrero-Zazo 2013, SemEval-2013 task 9 (S13-2056). The task
    leaves matching open; one-to-one keeps one long span from earning credit several times.
    """
    pairs = match_spans(given, gold)
    place = [mine.same_place(theirs) for mine, theirs in pairs]
    label = [mine.label == theirs.label for mine, theirs in pairs]
    missed, spurious = len(gold) - len(pairs), len(given) - len(pairs)

    def counts(met: Iterator[bool]) -> ModeCounts:
        correct = sum(met)
        return ModeCounts(correct, len(pairs) - correct, 0, missed, spurious)

    return SpanScore(
        strict=counts(both for both in map(bool.__and__, place, label)),
        exact=counts(iter(place)),
        partial=ModeCounts(sum(place), 0, len(pairs) - sum(place), missed, spurious),
        type=counts(iter(label)),
    )


def _merit(mine: Span, theirs: Span) -> tuple[object, ...]:
    same_place, same_label = mine.same_place(theirs), mine.label == theirs.label
    # The last parts settle ties by the texts themselves, the same way round for both lists.
    return (
        not same_place,
        -mine.overlap(theirs),
        not same_label,
        min(mine, theirs),
        max(mine, theirs),
    )
