"""Charts as numbers: where each line, dot and word of an SVG lies. The template draws, the style sheet colors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime

from quality.models import GoldResult

# Left edge of the plot; the room for numbers is beside it.
LEFT = 28.0


@dataclass(frozen=True)
class Point:
    """One gold item on the course of the sum."""

    x: float
    y: float
    number: int
    total: float
    right: bool
    at: datetime


@dataclass(frozen=True)
class Mark:
    """A horizontal line with its label, at `label_x`, `label_y`."""

    y: float
    value: float
    label_x: float
    label_y: float

    @property
    def number_y(self) -> float:
        """The line of a number beside the axis."""
        return self.y + 4


@dataclass(frozen=True)
class Frame:
    """The size of a chart: `right` is where the plot ends, `floor` where its zero lies."""

    width: int
    height: int
    right: float
    top: float
    floor: float
    beside: bool  # whether the limits are labeled beside the plot, else inside it
    most: int  # points shown, the newest

    @property
    def left(self) -> float:
        """Where the plot begins."""
        return LEFT

    @property
    def below(self) -> float:
        """The line of the words under the plot."""
        return self.floor + 22


WIDE = Frame(width=920, height=250, right=836, top=24, floor=212, beside=True, most=80)
NARROW = Frame(width=330, height=210, right=322, top=20, floor=172, beside=False, most=21)


@dataclass(frozen=True)
class Course:
    """The running sum drawn in one frame: its points, both limits, and where the drift likely began."""

    frame: Frame
    points: list[Point]
    line: str
    grid: list[Mark]
    alarm: Mark
    warning: Mark
    shade: dict[str, float] | None


@dataclass(frozen=True)
class CourseChart:
    """The running sum for wide and narrow screens, with its numbers."""

    wide: Course
    narrow: Course
    results: list[GoldResult]
    alarm: float
    warning: float
    onset: GoldResult | None

    @property
    def last(self) -> GoldResult:
        """The newest result."""
        return self.results[-1]

    @property
    def columns(self) -> list[str]:
        """Heads of the table beside the chart."""
        return ["Gold item", "Date", "Result", "Sum"]

    @property
    def rows(self) -> list[list[Any]]:
        """The numbers for the table beside the chart, the newest first."""
        return [
            [
                one.number,
                date_format(localtime(one.at), "j M Y"),
                "right" if one.correct else "wrong",
                f"{one.sum_after:.2f}",
            ]
            for one in reversed(self.results)
        ]


def course_of(
    results: Sequence[GoldResult], *, alarm: float, warning: float, onset: int | None = None
) -> CourseChart | None:
    """The course of the sum over these results, oldest first; None when none was scored. `onset` is a gold number."""
    scored = [result for result in results if result.sum_after is not None]
    if not scored:
        return None
    begun = next((result for result in scored if result.number == onset), None)
    return CourseChart(
        wide=_course(scored, WIDE, alarm=alarm, warning=warning, onset=onset),
        narrow=_course(scored, NARROW, alarm=alarm, warning=warning, onset=onset),
        results=scored,
        alarm=alarm,
        warning=warning,
        onset=begun,
    )


def _course(scored: Sequence[GoldResult], frame: Frame, *, alarm: float, warning: float, onset: int | None) -> Course:
    shown = scored[-frame.most :]
    ceiling = ceil(max(alarm, *(float(one.sum_after or 0) for one in shown)) + 0.3)
    step = (frame.right - frame.left - 6) / max(len(shown) - 1, 1)
    points = [
        Point(
            x=round(frame.left + place * step, 1),
            y=_height(frame, ceiling, float(one.sum_after or 0)),
            number=one.number,
            total=float(one.sum_after or 0),
            right=bool(one.correct),
            at=one.at,
        )
        for place, one in enumerate(shown)
    ]
    every = 1 if ceiling <= 6 else ceil(ceiling / 5)
    return Course(
        frame=frame,
        points=points,
        line=" ".join(f"{point.x},{point.y}" for point in points),
        grid=[_mark(frame, ceiling, float(value)) for value in range(0, ceiling + 1, every)],
        alarm=_mark(frame, ceiling, alarm),
        warning=_mark(frame, ceiling, warning),
        shade=_shade(frame, points, onset),
    )


def _height(frame: Frame, ceiling: float, value: float) -> float:
    return round(frame.floor - (frame.floor - frame.top) * value / ceiling, 1)


def _mark(frame: Frame, ceiling: float, value: float) -> Mark:
    y = _height(frame, ceiling, value)
    beside = frame.right + 6, y + 4
    inside = frame.left + 4, y - 5
    label_x, label_y = beside if frame.beside else inside
    return Mark(y, value, round(label_x, 1), round(label_y, 1))


def _shade(frame: Frame, points: Sequence[Point], onset: int | None) -> dict[str, float] | None:
    """From the likely start to the end; the words stand left of it where there is no room inside."""
    first = next((point for point in points if onset is not None and point.number >= onset), None)
    if first is None:
        return None
    x, end = first.x, points[-1].x
    cramped = frame.right - x < 130
    return {
        "x": x,
        "width": round(max(end - x, 2), 1),
        "y": frame.top - 18,
        "height": frame.floor - frame.top + 18,
        "label_x": round(x - 6 if cramped else x + 6, 1),
        "label_y": frame.top - 5,
        "cramped": cramped,
    }


# ------------------------------------------------------------------- forest

FOREST = 200


def forest(value: float | None, low: float | None, high: float | None) -> dict[str, float] | None:
    """A coefficient with its interval on a strip from 0 to 1, 200 wide; below 0 lies at the edge."""
    if value is None or low is None or high is None:
        return None
    return {name: round(FOREST * min(max(share, 0), 1), 1) for name, share in
            (("at", value), ("low", low), ("high", high))}  # fmt: skip


# --------------------------------------------------------------------- bias

BIAS_MIDDLE, BIAS_REACH, BIAS_LEVELS = 75, 65, 2.0


def bias_x(error: float) -> float:
    """Where a mean difference in levels lies on a strip 150 wide with no difference in the middle."""
    share = min(max(error / BIAS_LEVELS, -1), 1)
    return round(BIAS_MIDDLE + BIAS_REACH * share, 1)
