"""Reads over batches and imports, and the getters through which pages and API reach them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import User
from projects.access import Permission, get_project_for, require
from projects.models import Membership, Project, Role
from rubrics.models import RubricVersion
from tasks.batches import BatchProgress, progress_of
from tasks.content import shown
from tasks.eligibility import ready, valid_clearances
from tasks.importing import UNDER_WAY
from tasks.models import Assignment, Batch, ImportRun, RowProblem, StagedRow, Task

PREVIEWED = 3
MOST_PEOPLE = 50
S = Batch.State
TABS: dict[str, tuple[str, frozenset[str]]] = {
    "": ("In progress", frozenset({S.DRAFT, S.IMPORTING, S.READY, S.RELEASED, S.PAUSED})),
    "completed": ("Completed", frozenset({S.COMPLETED})),
    "archived": ("Canceled and archived", frozenset({S.CANCELED, S.ARCHIVED})),
    "all": ("All", frozenset(S.values)),
}
SORTS = {"name": "name", "state": "state", "deadline": "deadline", "created": "created_at"}


def get_batch_for(user: User, slug: str, public_id: UUID, permission: Permission = Permission.MANAGE_BATCHES) -> Batch:
    """The batch with project and rubric if the user holds the permission in the project of this slug, or Http404."""
    project = get_project_for(user, slug, permission)
    return get_object_or_404(_whole_batches(), project=project, public_id=public_id)


def get_own_batch_for(user: User, public_id: UUID, permission: Permission = Permission.MANAGE_BATCHES) -> Batch:
    """The batch if the user holds the permission in its project, or Http404: for addresses without a project."""
    batch = get_object_or_404(_whole_batches(), public_id=public_id)
    require(user, permission, batch.project)
    return batch


def get_import_for(user: User, slug: str, public_id: UUID) -> ImportRun:
    """The import with its batch and project if the user manages batches in the project of this slug, or Http404."""
    project = get_project_for(user, slug, Permission.MANAGE_BATCHES)
    return get_object_or_404(_whole_imports(), batch__project=project, public_id=public_id)


def get_own_import_for(user: User, public_id: UUID) -> ImportRun:
    """The import if the user manages batches in its project, or Http404: for addresses without a project."""
    run = get_object_or_404(_whole_imports(), public_id=public_id)
    require(user, Permission.MANAGE_BATCHES, run.batch.project)
    return run


def _whole_batches() -> QuerySet[Batch]:
    return Batch.objects.select_related("project", "rubric_version__rubric", "created_by")


def _whole_imports() -> QuerySet[ImportRun]:
    return ImportRun.objects.select_related("batch__project", "batch__rubric_version__rubric", "created_by")


# ----------------------------------------------------------------- lists


@dataclass(frozen=True)
class Filters:
    """What a list of batches is narrowed to; empty values do not narrow. `sort` is a key of SORTS, "-" reverses."""

    tab: str = ""
    q: str = ""
    state: str = ""
    sort: str = "-created"

    @property
    def used(self) -> bool:
        """Whether the person asked for less than the whole tab."""
        return bool(self.q or self.state)


def read_filters(data: Any) -> Filters:
    """The filters of an address; what is not known counts as not said."""
    tab, state, sort = data.get("tab", ""), data.get("state", ""), data.get("sort", "")
    return Filters(
        tab=tab if tab in TABS else "",
        q=data.get("q", "").replace("\0", "").strip()[:200],
        state=state if state in S.values else "",
        sort=sort if sort.removeprefix("-") in SORTS else "-created",
    )


def batches_of(project: Project, filters: Filters = Filters(tab="all")) -> QuerySet[Batch]:
    """The project's batches; `q` finds names, file names and whole ids of tasks."""
    rows = Batch.objects.filter(project=project, state__in=TABS[filters.tab][1])
    rows = rows.select_related("rubric_version__rubric")
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.q:
        file = ImportRun.objects.filter(batch=OuterRef("pk"), filename__icontains=filters.q)
        task = Task.objects.filter(batch=OuterRef("pk"), external_id=filters.q)
        rows = rows.filter(Q(name__icontains=filters.q) | Exists(file) | Exists(task))
    column = F(SORTS[filters.sort.removeprefix("-")])
    down = filters.sort.startswith("-")
    return rows.order_by(column.desc(nulls_last=True) if down else column.asc(nulls_last=True), "pk")


def tabs_of(project: Project) -> list[dict[str, Any]]:
    """The tabs of the list with how many batches each holds (one query)."""
    counts = dict(Batch.objects.filter(project=project).values_list("state").annotate(Count("pk")))
    return [
        {"key": key, "label": label, "count": sum(counts.get(state, 0) for state in states)}
        for key, (label, states) in TABS.items()
    ]


@dataclass(frozen=True)
class BatchLine:
    """A batch in a list: its progress, its tasks, and its latest file."""

    batch: Batch
    progress: BatchProgress
    tasks: int
    latest: ImportRun | None


def lines_of(batches: Iterable[Batch]) -> list[BatchLine]:
    """Batches as lines of a list; four queries however many."""
    batches = list(batches)
    pks = [batch.pk for batch in batches]
    progress = progress_of(batches)
    tasks = dict(Task.objects.filter(batch__in=pks).values_list("batch").annotate(Count("pk")))
    runs = ImportRun.objects.filter(batch__in=pks).order_by("batch", "-pk").distinct("batch")
    latest = {run.batch_id: run for run in runs}
    return [
        BatchLine(batch, progress.get(batch.pk, BatchProgress()), tasks.get(batch.pk, 0), latest.get(batch.pk))
        for batch in batches
    ]


def count_tasks(batch: Batch) -> int:
    """All tasks of a batch."""
    return Task.objects.filter(batch=batch).count()


def import_under_way(batch: Batch) -> ImportRun | None:
    """The import of a batch that has not ended, if any."""
    return batch.imports.filter(state__in=UNDER_WAY).first()


def published_rubrics(project: Project) -> QuerySet[RubricVersion]:
    """Rubric versions a new batch may use, newest first."""
    rows = RubricVersion.objects.filter(rubric__project=project, state=RubricVersion.State.PUBLISHED)
    return rows.select_related("rubric").order_by("rubric__name", "-number")


# ---------------------------------------------------------------- people


def team_of(batch: Batch) -> QuerySet[Membership]:
    """Evaluators of the batch's project with `has_read` (standing and guideline let them work) and `is_cleared`."""
    cleared = valid_clearances().filter(member=OuterRef("pk"), rubric=batch.rubric_version.rubric_id)
    members = Membership.objects.present().evaluators().filter(project=batch.project_id)
    able = Membership.objects.filter(ready(), pk=OuterRef("pk"))
    return members.annotate(is_ready=Exists(able), is_cleared=Exists(cleared))


def able_on(batch: Batch) -> QuerySet[Membership]:
    """Evaluators who may take tasks of the batch once it is released."""
    return team_of(batch).filter(Q(is_ready=True) & Q(is_cleared=True))


@dataclass(frozen=True)
class Worker:
    """A person on a batch: what they did and hold there, gold among it as on their own pages."""

    member: Membership
    submitted: int
    open: int
    queued: int


def workers_on(batch: Batch) -> tuple[list[Worker], int]:
    """The busiest people of a batch, at most MOST_PEOPLE, and how many there are (two queries)."""
    mine = Q(assignments__batch=batch)
    state = Assignment.State
    rows = (
        team_of(batch)
        .select_related("user")
        .annotate(
            submitted=Count("assignments", filter=mine & Q(assignments__state=state.SUBMITTED)),
            open=Count("assignments", filter=mine & Q(assignments__state=state.OPEN)),
            queued=Count("assignments", filter=mine & Q(assignments__state=state.QUEUED)),
        )
        .filter(Q(is_ready=True, is_cleared=True) | Q(submitted__gt=0) | Q(open__gt=0) | Q(queued__gt=0))
        .order_by("-submitted", "-open", "user__name", "pk")
    )
    people = [Worker(row, row.submitted, row.open, row.queued) for row in rows[:MOST_PEOPLE]]
    return people, (rows.count() if len(people) == MOST_PEOPLE else len(people))


def sees_gold(user: User, project: Project) -> bool:
    """Whether numbers that tell gold from work may be shown: never to somebody who also judges in the project."""
    member = Membership.objects.filter(user=user, project=project).first()
    return member is not None and Role.EVALUATOR not in member.roles


# --------------------------------------------------------------- imports


def imports_of(batch: Batch) -> QuerySet[ImportRun]:
    """The batch's imports, newest first."""
    return batch.imports.select_related("created_by").order_by("-pk")


def problems_of(run: ImportRun) -> QuerySet[RowProblem]:
    """Everything that is wrong with a file, in its order."""
    return RowProblem.objects.filter(run=run).order_by("line", "pk")


@dataclass(frozen=True)
class Previewed:
    """A row as an evaluator would see it."""

    line: int
    external_id: str
    domain: str
    content: dict[str, Any]


def preview_of(run: ImportRun) -> list[Previewed]:
    """The first new rows of a checked file; nothing in them tells gold, origin or metadata."""
    rows = StagedRow.objects.filter(run=run).exclude(task={}).order_by("line")[:PREVIEWED]
    return [Previewed(row.line, row.external_id, row.task["domain"], shown(row.task["content"])) for row in rows]
