"""Stacked bars: parts of a whole as geometry for an SVG, and the same in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.batches import BatchProgress
from tasks.models import ImportRun


@dataclass(frozen=True)
class Part:
    """One part of a bar: `css` gives its color, x and width are in units of the whole."""

    css: str
    label: str
    value: int
    x: float
    width: float


@dataclass(frozen=True)
class Bar:
    """A whole in parts."""

    total: int
    parts: list[Part]

    @property
    def words(self) -> str:
        """The bar for who does not see it: "318 submitted, 21 open"."""
        return ", ".join(f"{part.value:,} {part.label}" for part in self.parts)


def stack(parts: Sequence[tuple[str, str, int]]) -> Bar:
    """A bar of (css, label, value) parts, with a thin gap between them so that neighbors stay apart."""
    total = sum(value for _, _, value in parts)
    gap, x, found = total * 0.003, 0, []
    for css, label, value in parts:
        width = value if x + value == total else max(value - gap, value / 2)
        found.append(Part(css, label, value, x, round(width, 3)))
        x += value
    return Bar(total, found)


def progress_bar(progress: BatchProgress) -> Bar:
    """Wanted judgments by where they stand."""
    return stack(
        [
            ("b1", "submitted", progress.done),
            ("b2", "open", progress.open),
            ("b3", "on work lists", progress.queued),
            ("b4", "free", progress.free),
        ]
    )


def rows_bar(run: ImportRun) -> Bar:
    """The rows of a file: what can come in, what is there already, what is bad."""
    return stack([("b1", "new", run.rows_new), ("b3", "unchanged", run.rows_unchanged), ("b6", "bad", run.rows_bad)])
