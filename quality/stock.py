"""The gold bank as those see it who look after it: every item with its key, and how people fare on it."""

from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    Count,
    ExpressionWrapper,
    F,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, NullIf
from django.http import Http404

from accounts.models import User
from projects.access import Permission, get_project_for
from projects.models import Project
from quality.evidence import key_lines
from quality.models import Alert, GoldResult
from reviews.selectors import in_task
from rubrics.models import Criterion
from tasks import gold_keys
from tasks.gold_keys import set_status
from tasks.models import GoldKey

__all__ = ["describe", "figures", "get_item_for", "items_in", "results_on", "set_status"]

# From so many results on, an item most people miss is worth a look: the key may be wrong.
ENOUGH_RESULTS = 5
OFTEN_MISSED = 0.5


def items_in(project: Project, *, q: str = "", status: str = "") -> QuerySet[GoldKey]:
    """The project's gold items, suspected ones first, then those missed most; empty filters do not filter.

    Each has `judged` (people who handed it in), `scored`, `right` and `share` (right of scored, None without any).
    """
    rows = gold_keys.keys_in(project)
    if status:
        rows = rows.filter(status=status)
    if q:
        rows = rows.filter(in_task(q) | Q(task__external_id__icontains=q))
    by_status = Case(
        When(status=GoldKey.Status.SUSPECT, then=0),
        When(status=GoldKey.Status.ACTIVE, then=1),
        default=2,
        output_field=IntegerField(),
    )
    return _counted(rows).order_by(by_status, F("share").asc(nulls_last=True), "-created_at", "pk")


def get_item_for(user: User, slug: str, public_id: UUID) -> GoldKey:
    """A gold item, by its task's id, with the counts of `items_in`, or Http404 where the user may not see gold."""
    project = get_project_for(user, slug, Permission.MANAGE_GOLD)
    found = _counted(gold_keys.keys_in(project)).filter(task__public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def _counted(rows: QuerySet[GoldKey]) -> QuerySet[GoldKey]:
    share = ExpressionWrapper(F("right") * 1.0 / NullIf(F("scored"), 0), output_field=FloatField())
    return rows.annotate(
        judged=_number(Q()), scored=_number(Q(correct__isnull=False)), right=_number(Q(correct=True))
    ).annotate(share=share)


def _number(which: Q) -> Coalesce:
    rows = GoldResult.objects.filter(which, submission__task=OuterRef("task")).order_by()
    counted = rows.values("submission__task").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


def describe(items: list[GoldKey]) -> None:
    """Give each item `lines` (its key in words) and `doubtful`; one query for all."""
    versions = {item.task.batch.rubric_version_id for item in items}
    criteria: dict[int, list[Criterion]] = {}
    for criterion in Criterion.objects.filter(version__in=versions):
        criteria.setdefault(criterion.version_id, []).append(criterion)
    for item in items:
        found = criteria.get(item.task.batch.rubric_version_id, [])
        item.lines = key_lines(found, item.task.content, item.answers)  # type: ignore[attr-defined]
        item.doubtful = _is_doubtful(item)  # type: ignore[attr-defined]


def _is_doubtful(item: Any) -> bool:
    in_use = item.status == GoldKey.Status.ACTIVE
    return in_use and item.scored >= ENOUGH_RESULTS and item.share < OFTEN_MISSED


def figures(project: Project) -> dict[str, int]:
    """How many items are in use, suspected and retired, and how many people have seen all of them."""
    keys = gold_keys.keys_in(project).order_by()
    counted = dict(keys.values_list("status").annotate(number=Count("pk")))
    used_up = Alert.objects.filter(project=project, kind=Alert.Kind.GOLD_USED_UP, state=Alert.State.OPEN)
    return {**{status: counted.get(status, 0) for status in GoldKey.Status.values}, "used_up": used_up.count()}


def results_on(item: GoldKey) -> QuerySet[GoldResult]:
    """What people gave on an item, the newest first."""
    rows = GoldResult.objects.filter(submission__task=item.task_id)
    return rows.select_related("submission__task", "member__user", "rubric_version").order_by("-at", "-pk")
