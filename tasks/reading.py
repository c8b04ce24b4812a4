"""Assignments read with everything a command or a page needs, in one query."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, cast

from django.db.models import Count, DateTimeField, Expression, ExpressionWrapper, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, Now

from evaltool.base import clock
from tasks.models import Assignment
from tasks.terms import numbers_of

# Longer than any idle cut-off: work that ended earlier cannot overlap a beat any more.
RECENT = timedelta(hours=2)


def ago(span: timedelta) -> CombinedExpression:
    """The moment that long ago, by the database's clock."""
    return cast("Expression", clock.db_now()) - span


def built_once(build: Callable[[], QuerySet[Assignment]]) -> Callable[[], QuerySet[Assignment]]:
    """Resolve a query that takes no value once per process: most of its cost is in Python, at every request.

    Filtering makes a copy. Under a held clock the time is a value in the query, so it is built afresh.
    """
    kept: list[QuerySet[Assignment]] = []

    @wraps(build)
    def get() -> QuerySet[Assignment]:
        if not isinstance(clock.db_now(), Now):
            return build()
        if not kept:
            kept.append(build())
        return kept[0].all()

    return get


def stamped() -> QuerySet[Assignment]:
    """Assignments with `db_now` (the database's time), `policy_numbers` and `counted_until`.

    `counted_until` is the last moment up to which active time was counted on any work of the same person.
    """
    recent = Q(state=Assignment.State.OPEN) | Q(ended_at__gte=ago(RECENT))
    others = Assignment.objects.filter(recent, member__user=OuterRef("member__user")).order_by()
    return Assignment.objects.annotate(
        db_now=ExpressionWrapper(clock.db_now(), output_field=DateTimeField()),
        policy_numbers=numbers_of("batch__project"),
        counted_until=Subquery(others.values("member__user").annotate(last=Max("heartbeat_at")).values("last")),
    )


@built_once
def in_full() -> QuerySet[Assignment]:
    """Stamped assignments with their task, batch, project, rubric, guideline and draft, and the person's place.

    `done_here` and `live_here` count the person's own work in the same batch: what others do shows nowhere.
    """
    return stamped().select_related(
        "task", "batch__project", "member__user", "rubric_version__rubric", "guideline_version", "draft"
    ).annotate(
        done_here=_own_here(state=Assignment.State.SUBMITTED),
        live_here=_own_here(state__in=[Assignment.State.QUEUED, Assignment.State.OPEN]),
    )  # fmt: skip


def _own_here(**which: Any) -> Coalesce:
    own = Assignment.objects.filter(member=OuterRef("member"), batch=OuterRef("batch"), **which).order_by()
    return Coalesce(Subquery(own.values("member").annotate(number=Count("pk")).values("number")), 0)


@built_once
def _lockable() -> QuerySet[Assignment]:
    rows = stamped().select_related("batch__project", "member", "seat")
    return rows.select_for_update(no_key=True, of=("self",))


def locked(assignment: Assignment) -> Assignment:
    """The assignment as it is now, stamped, its row locked until the end of the transaction."""
    return _lockable().get(pk=assignment.pk)
