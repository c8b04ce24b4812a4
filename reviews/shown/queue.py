"""The rows of a lead's queue: what is in dispute, how far apart, who has it open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects

from accounts.models import User
from evaltool.base import clock
from reviews.models import Disagreement
from reviews.shown.names import JUDGES, question_name, response_name
from rubrics.answers import Beside, beside
from rubrics.models import Criterion
from tasks.models import Answer, Submission

MOST_CHIPS = 4
SHORT = 20


@dataclass(frozen=True)
class QueueRow:
    """One disagreement in a line. `gap` shows the worst point; `chips` name points, `more` how many are left out."""

    disagreement: Disagreement
    gap: Beside
    gap_name: str
    chips: list[str]
    more: int
    judgements: int
    mine: bool
    taken_until: datetime | None


def queue_rows(rows: Sequence[Disagreement], user: User) -> list[QueueRow]:
    """The rows of a page (three queries however many). Rows come with task, batch and project."""
    seats = Submission.objects.select_related("assignment__seat").order_by("assignment__seat__ordinal", "pk")
    prefetch_related_objects(list(rows), Prefetch("submissions", seats))
    criteria, answers = _criteria(rows), _worst_answers(rows)
    return [_row(row, criteria, answers.get(row.pk, {}), user) for row in rows]


def _criteria(rows: Iterable[Disagreement]) -> dict[tuple[int, str], Criterion]:
    versions = {_version(row) for row in rows}
    return {(c.version_id, c.key): c for c in Criterion.objects.filter(version__in=versions)}


def _version(row: Disagreement) -> int:
    """The rubric version its judges saw; the batch may have gone on to another."""
    return next((s.rubric_version_id for s in row.submissions.all()), row.batch.rubric_version_id)


def _worst_answers(rows: Sequence[Disagreement]) -> dict[int, dict[int, Any]]:
    """By disagreement, the value each submission gave at its worst point."""
    by_submission = {s.pk: row for row in rows for s in row.submissions.all()}
    keys = {row.points[0]["criterion"] for row in rows}
    found: dict[int, dict[int, Any]] = {}
    given = Answer.objects.filter(submission__in=by_submission, criterion__key__in=keys)
    for submission, key, target, value in given.values_list("submission", "criterion__key", "target", "value"):
        row = by_submission[submission]
        if (key, target) == (row.points[0]["criterion"], row.points[0]["target"]):
            found.setdefault(row.pk, {})[submission] = value
    return found


def _row(row: Disagreement, criteria: dict[tuple[int, str], Criterion], values: dict[int, Any], user: User) -> QueueRow:
    points = [(criteria[_version(row), point["criterion"]], point) for point in row.points]
    judges = list(row.submissions.all())
    marks = [(letter, values[s.pk]) for letter, s in zip(JUDGES, judges, strict=False) if s.pk in values]
    holder = row.holder(clock.now())
    names = [_point_name(criterion, point, row) for criterion, point in points]
    return QueueRow(
        disagreement=row,
        gap=beside(points[0][0], marks, points[0][1]["target"]),
        gap_name=names[0],
        chips=[_chip(name, point) for name, (_, point) in zip(names, points, strict=True)][:MOST_CHIPS],
        more=max(len(points) - MOST_CHIPS, 0),
        judgements=len(judges),
        mine=holder == user,
        taken_until=row.held_until if holder not in (None, user) else None,
    )


def _chip(name: str, point: dict[str, Any]) -> str:
    """A point in few words: its reason only where that is short."""
    reason = point["reason"]
    return f"{name}: {reason}" if len(reason) <= SHORT else name


def _point_name(criterion: Criterion, point: dict[str, Any], row: Disagreement) -> str:
    content = row.task.content
    return question_name(criterion, content, response_name(content, point["target"]))
