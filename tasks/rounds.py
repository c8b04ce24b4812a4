"""Rounds of judging, and which rubric version a task's judges see.

A task that is put back is judged anew, by other people, while everything of before stays on record. The seats of its
next round carry the ordinals of the next thousand, so that seats and judgments say by themselves which round they are
of. Within a round everybody sees one rubric version: the one its first judge saw.
"""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tasks.models import Assignment, Batch, Seat

ROUND = 1000
S = Assignment.State
HOLDING = [S.QUEUED, S.OPEN, S.SUBMITTED]


def round_of(ordinal: int) -> int:
    """The round of a seat: 0 for the first judges, 1 for those after it was put back, and so on."""
    return ordinal // ROUND


def last_round(task: int) -> int:
    """The round that counts, by the task's seats outside gold."""
    last = Seat.objects.wanted().filter(task=task).order_by("-ordinal").values_list("ordinal", flat=True).first()
    return round_of(last or 0)


def within(number: int, path: str = "ordinal") -> Q:
    """Seats of this round; `path` leads to the ordinal, as in "seat__ordinal"."""
    return Q(**{f"{path}__gte": number * ROUND, f"{path}__lt": (number + 1) * ROUND})


def same_round(outer: str, path: str = "ordinal") -> Q:
    """Seats of the same round as the outer query's seat, whose ordinal is at `outer`."""
    return Q(**{f"{path}__gte": OuterRef(outer) / ROUND * ROUND, f"{path}__lt": (OuterRef(outer) / ROUND + 1) * ROUND})


def awaited(task: str) -> QuerySet[Seat]:
    """Seats whose judgments are still to come for the outer query's task (at `task`)."""
    return Seat.objects.wanted().filter(task=OuterRef(task), state__in=[Seat.State.FREE, Seat.State.HELD])


def in_later_rounds(task: str, ordinal: str) -> QuerySet[Seat]:
    """Seats of rounds after the one of the outer query's seat: there are some once its task was put back."""
    return Seat.objects.wanted().filter(task=OuterRef(task), ordinal__gte=(OuterRef(ordinal) / ROUND + 1) * ROUND)


def begun() -> Q:
    """Assignments whose person has seen the form and may hand it in, or has: they finish under the version shown."""
    may_come_back = Q(state__in=[S.EXPIRED, S.RELEASED], opened_at__isnull=False)
    return Q(state__in=[S.OPEN, S.SUBMITTED]) | may_come_back


def begun_tasks(task: str = "pk") -> Exists:
    """Whether somebody has begun the last round of the outer query's task."""
    seats = Seat.objects.wanted().filter(task=OuterRef("task")).order_by("-ordinal").values(start=F("ordinal") / ROUND)
    rows = Assignment.objects.filter(begun(), task=OuterRef(task)).exclude(seat__cause=Seat.Cause.GOLD)
    return Exists(rows.filter(seat__ordinal__gte=Subquery(seats[:1]) * ROUND))


def version_for(*, task: int, seat: Seat, batch: int) -> Coalesce:
    """The rubric version of a new assignment, worked out in the statement that writes it.

    That of whoever holds or has begun this round of the task, else the batch's at this moment. Gold is judged by each
    person alone: its version is the batch's.
    """
    alone = seat.cause == Seat.Cause.GOLD
    held = Q(state__in=HOLDING) | begun()
    rows = Assignment.objects.filter(held, within(round_of(seat.ordinal), "seat__ordinal"), task=0 if alone else task)
    theirs = rows.exclude(seat__cause=Seat.Cause.GOLD).order_by("pk").values("rubric_version")[:1]
    return Coalesce(Subquery(theirs), Subquery(Batch.objects.filter(pk=batch).values("rubric_version")[:1]))


def version_now(assignment: Assignment, seat: Seat) -> int:
    """The rubric version under which an assignment that was never opened goes on, now that `seat` is its own."""
    others: QuerySet[Any] = Batch.objects.filter(pk=assignment.batch_id)
    expression = version_for(task=assignment.task_id, seat=seat, batch=assignment.batch_id)
    return int(others.values_list(expression, flat=True)[0])
