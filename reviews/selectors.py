"""Reads over disagreements, and the getters through which pages and API reach them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.http import Http404

from accounts.models import User
from projects.access import Permission, memberships_with, require
from projects.models import Project
from reviews.models import Disagreement, DisagreementQuerySet
from tasks.models import Involvement

WORST_FIRST = "-severity"
SORTS: dict[str, tuple[str, ...]] = {
    "-severity": ("-critical", "-severity", "opened_at", "pk"),
    "severity": ("critical", "severity", "opened_at", "pk"),
    "-waiting": ("opened_at", "pk"),
    "waiting": ("-opened_at", "-pk"),
}


def open_for(user: User, projects: Iterable[Project] | None = None) -> DisagreementQuerySet:
    """Open disagreements this person may settle, in the projects they lead (or these), without tasks they judged."""
    led = [m.project for m in memberships_with(user, Permission.ADJUDICATE)] if projects is None else list(projects)
    return Disagreement.objects.open().filter(~Exists(judged_by(user)), project__in=led)


def judged_by(user: User) -> QuerySet[Involvement]:
    """Whether the person judges the task of the row outside."""
    return Involvement.objects.filter(task=OuterRef("task"), user=user, how=Involvement.How.JUDGE)


def queue_for(
    user: User,
    projects: Iterable[Project] | None = None,
    *,
    project: str = "",
    criterion: str = "",
    severity: str = "",
    q: str = "",
    sort: str = WORST_FIRST,
) -> DisagreementQuerySet:
    """A lead's queue: by project (slug), criterion (key), level of severity, and words of the prompt or the task's id.

    `projects` as in `open_for`; `sort` is a key of SORTS, anything else means worst first.
    """
    rows = open_for(user, projects)
    if project:
        rows = rows.filter(project__slug=project)
    if criterion:
        rows = rows.filter(points__contains=[{"criterion": criterion}])
    if severity:
        rows = rows.at_level(severity)
    if q:
        rows = rows.filter(in_task(q) | Q(task__external_id__icontains=q))
    return rows.order_by(*SORTS.get(sort, SORTS[WORST_FIRST]))


def in_task(q: str) -> Q:
    """Rows whose task has these words in its prompt or conversation."""
    return Q(task__content__prompt__icontains=q) | Q(task__content__messages__icontains=q)


@dataclass(frozen=True)
class QueueFigures:
    """A lead's queue in numbers, whatever is filtered."""

    open: int
    critical: int
    oldest: datetime | None


def queue_figures(user: User, projects: Iterable[Project] | None = None) -> QueueFigures:
    """How much waits for this lead, and since when."""
    rows, critical = open_for(user, projects), Count("pk", filter=Q(critical=True))
    return QueueFigures(**rows.aggregate(open=Count("pk"), critical=critical, oldest=Min("opened_at")))


def criteria_in_dispute(user: User, projects: Iterable[Project] | None = None) -> list[tuple[str, str, int]]:
    """(key, title, number of open disagreements) of every criterion in this lead's queue, the most frequent first."""
    ids, params = open_for(user, projects).order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT p.point ->> 'criterion', min(c.title), count(DISTINCT d.id)
                FROM reviews_disagreement d
                CROSS JOIN LATERAL jsonb_array_elements(d.points) AS p(point)
                CROSS JOIN LATERAL (
                  SELECT s.rubric_version_id AS pk FROM reviews_disagreement_submissions x
                  JOIN tasks_submission s ON s.id = x.submission_id WHERE x.disagreement_id = d.id LIMIT 1) v
                JOIN rubrics_criterion c ON c.version_id = v.pk AND c.key = p.point ->> 'criterion'
                WHERE d.id IN ({ids}) GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT 20""",  # noqa: S608  the inner query is Django's
            params,
        )
        return [(str(key), str(title), int(number)) for key, title, number in cursor.fetchall()]


def get_disagreement_for(user: User, public_id: UUID) -> Disagreement:
    """A disagreement, open or closed, if the user may settle those of its project and did not judge the task.

    Raises Http404 to judges of the task, to strangers and to people without the permission alike.
    """
    rows = Disagreement.objects.select_related("task", "batch__rubric_version__rubric", "project", "held_by")
    found = rows.filter(~Exists(judged_by(user)), public_id=public_id).first()
    if found is None:
        raise Http404
    require(user, Permission.ADJUDICATE, found.project)
    return found


def next_for(user: User, **filters: str) -> QuerySet[Disagreement]:
    """The first few of a lead's queue that nobody else has reserved."""
    return queue_for(user, None, **filters).takeable_by(user).select_related("task", "project")[:5]


@dataclass(frozen=True)
class Neighbors:
    """Where a disagreement stands in a lead's queue: its number of `total`, and the ids before and after it."""

    number: int
    total: int
    before: UUID | None
    after: UUID | None


def neighbors(user: User, disagreement: Disagreement, **filters: str) -> Neighbors | None:
    """The place of an open disagreement in the first thousand of a lead's queue, None outside it."""
    ids = list(queue_for(user, None, **filters).values_list("public_id", flat=True)[:1000])
    if disagreement.public_id not in ids:
        return None
    index = ids.index(disagreement.public_id)
    return Neighbors(
        number=index + 1,
        total=len(ids),
        before=ids[index - 1] if index else None,
        after=ids[index + 1] if index + 1 < len(ids) else None,
    )
