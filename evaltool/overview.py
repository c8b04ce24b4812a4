"""What the home pages show: where a project stands, and what waits for whom. Reads only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import User
from exports.models import Export
from projects.access import Permission, memberships_with
from projects.models import Membership, Project, Role, Standing
from projects.selectors import current_guideline
from quality.models import Alert
from reviews.asking_reads import questions_for
from reviews.flagging_reads import flags_for
from reviews.models import Clarification, Consensus, Disagreement, DisagreementQuerySet, Flag
from reviews.selectors import SORTS, WORST_FIRST, open_for
from rubrics.models import RubricVersion
from tasks.models import Batch, Clearance, ImportRun, Seat, Task


@dataclass(frozen=True)
class Step:
    """One step of setting a project up."""

    title: str
    text: str
    action: str
    url: str
    done: bool


@dataclass(frozen=True)
class Need:
    """Something that waits for the person who looks: the kind in one word, what, why, and where to act."""

    kind: str
    badge: str
    title: str
    text: str
    action: str
    url: str


@dataclass(frozen=True)
class BatchLine:
    """A batch in one line: seats judged of seats wanted."""

    batch: Batch
    done: int
    wanted: int

    @property
    def share(self) -> float:
        """Judged seats over wanted seats, 0 to 1."""
        return self.done / self.wanted if self.wanted else 0.0


def setup_steps(project: Project) -> list[Step]:
    """The steps until the first task can be judged, in the order that helps most."""
    slug = project.slug
    missing = _people_missing(project)
    return [
        Step(
            "Write the guideline",
            "Paste or upload Markdown. Its sections are what evaluators read and cite.",
            "Write guideline",
            reverse("projects:guideline_edit", args=[slug]),
            current_guideline(project) is not None,
        ),
        Step(
            "Build or import a rubric",
            "Criteria, weights and a text for every level. Publish it to freeze it.",
            "Create rubric",
            reverse("rubrics:rubrics", args=[slug]),
            _has_rubric(project),
        ),
        Step(
            "Add people",
            missing or "At least two evaluators who may work, and a QA lead.",
            "Add people",
            reverse("projects:people", args=[slug]),
            not missing,
        ),
        Step(
            "Upload a batch and release it",
            "Tasks as JSON Lines, gold keys in the same file if you have them.",
            "Upload a batch",
            reverse("tasks:batches", args=[slug]),
            Batch.objects.filter(project=project, released_at__isnull=False).exists(),
        ),
    ]


def _people_missing(project: Project) -> str:
    """Who is still missing before tasks can be judged and settled, in words; "" when nobody is."""
    people = Membership.objects.filter(project=project)
    able = Clearance.objects.filter(member__in=people.working()).values("member").distinct().count()
    wanted = []
    if able < 2:
        wanted.append(f"two evaluators who are active and cleared for a rubric (so far {able})")
    if not people.present().filter(roles__contains=[Role.QA_LEAD]).exists():
        wanted.append("a QA lead, who settles disagreements")
    return f"Still missing: {' and '.join(wanted)}." if wanted else ""


def _has_rubric(project: Project) -> bool:
    return RubricVersion.objects.filter(rubric__project=project, state=RubricVersion.State.PUBLISHED).exists()


def batch_lines(project: Project) -> list[BatchLine]:
    """Released and paused batches with their progress outside gold, the earliest deadline first."""
    wanted = ~Q(seats__cause=Seat.Cause.GOLD) & ~Q(seats__state=Seat.State.CLOSED)
    batches = (
        Batch.objects.filter(project=project, state__in=[Batch.State.RELEASED, Batch.State.PAUSED])
        .annotate(
            wanted_count=Count("seats", filter=wanted),
            done_count=Count("seats", filter=wanted & Q(seats__state=Seat.State.DONE)),
        )
        .order_by("deadline", "id")[:20]
    )
    return [BatchLine(batch, batch.done_count, batch.wanted_count) for batch in batches]


def admin_needs(project: Project) -> list[Need]:
    """What waits for an admin of this project."""
    return [*_import_needs(project), *_people_needs(project), *_batch_needs(project)]


def _import_needs(project: Project) -> list[Need]:
    runs = ImportRun.objects.filter(batch__project=project, state=ImportRun.State.CHECKED).select_related("batch")
    return [
        Need(
            "Import",
            "warn" if run.rows_bad else "info",
            f"{run.filename} is checked and waits for you",
            f"{run.rows_new:,} new rows, {run.rows_bad:,} bad rows. Nothing is imported until you say so.",
            "Look and import",
            reverse("tasks:import_run", args=[project.slug, run.public_id]),
        )
        for run in runs.order_by("created_at")[:5]
    ]


def _people_needs(project: Project) -> list[Need]:
    waiting = Membership.objects.filter(project=project).evaluators().filter(standing=Standing.READING).count()
    if not waiting:
        return []
    return [
        Need(
            "People",
            "warn",
            f"{waiting} evaluator{'s' if waiting > 1 else ''} cannot work yet",
            "They have joined. Set them active and clear them for the rubric.",
            "See people",
            reverse("projects:people", args=[project.slug]),
        )
    ]


def _batch_needs(project: Project) -> list[Need]:
    ready = Batch.objects.filter(project=project, state=Batch.State.READY).order_by("created_at")[:5]
    return [
        Need(
            "Batch",
            "info",
            f"{batch.name} is ready to release",
            "Evaluators get its tasks as soon as you release it.",
            "Release",
            reverse("tasks:batch", args=[project.slug, batch.public_id]),
        )
        for batch in ready
    ]


@dataclass(frozen=True)
class Figures:
    """A project in numbers, counted when the page is asked for."""

    tasks: int
    settled: int
    disagreements: int
    alerts: int
    exports: int


def figures(project: Project) -> Figures:
    """Tasks outside gold, how many are settled, and what is open."""
    return Figures(
        tasks=Task.objects.filter(Exists(Seat.objects.wanted().filter(task=OuterRef("pk"))), project=project).count(),
        settled=Consensus.objects.standing().filter(project=project).count(),
        disagreements=open_disagreements([project]).count(),
        alerts=Alert.objects.filter(project=project, state=Alert.State.OPEN).count(),
        exports=Export.objects.filter(project=project, state=Export.State.READY).count(),
    )


def open_disagreements(projects: list[Project], lead: User | None = None) -> DisagreementQuerySet:
    """Open disagreements of these projects, worst first; without those on tasks `lead` has judged."""
    rows = open_for(lead, projects) if lead else Disagreement.objects.open().filter(project__in=projects)
    return rows.order_by(*SORTS[WORST_FIRST])


@dataclass(frozen=True)
class ProjectLine:
    """What is open in one project, for a QA lead."""

    project: Project
    disagreements: int
    oldest: datetime | None
    alerts: int
    flags: int
    questions: int


@dataclass(frozen=True)
class Waiting:
    """How many wait, and since when the longest."""

    number: int
    oldest: datetime | None


@dataclass(frozen=True)
class LeadDay:
    """A QA lead's morning: the worst disagreement nobody else has open, what else waits, each project in one line."""

    worst: Disagreement | None
    open_count: int
    critical_count: int
    alerts: list[Alert]
    flags: Waiting
    questions: Waiting
    lines: list[ProjectLine]

    @property
    def waits(self) -> bool:
        """Whether anything waits for a decision or an answer."""
        return bool(self.open_count or self.alerts or self.flags.number or self.questions.number)


def lead_day(user: User) -> LeadDay:
    """What waits for this QA lead over all their projects, with a constant number of queries."""
    projects = [m.project for m in memberships_with(user, Permission.ADJUDICATE)]
    rows = open_disagreements(projects, user)
    # Nobody reads or decides an alert about themselves.
    alerts = Alert.objects.filter(project__in=projects, state=Alert.State.OPEN).exclude(member__user=user)
    flags, questions = flags_for(user, projects), questions_for(user, projects)
    return LeadDay(
        worst=rows.takeable_by(user).select_related("task", "batch", "project").first(),
        open_count=rows.count(),
        critical_count=rows.filter(critical=True).count(),
        alerts=list(alerts.select_related("member__user", "project").order_by("kind", "opened_at")[:20]),
        flags=Waiting(**flags.order_by().aggregate(number=Count("pk"), oldest=Min("at"))),
        questions=Waiting(**questions.order_by().aggregate(number=Count("pk"), oldest=Min("moved_at"))),
        lines=_project_lines(projects, rows, alerts, flags, questions),
    )


def _project_lines(
    projects: list[Project],
    rows: QuerySet[Disagreement],
    alerts: QuerySet[Alert],
    flags: QuerySet[Flag],
    questions: QuerySet[Clarification],
) -> list[ProjectLine]:
    grouped = rows.order_by().values_list("project").annotate(number=Count("pk"), oldest=Min("opened_at"))
    found = {project: (number, oldest) for project, number, oldest in grouped}
    others = [_by_project(one) for one in (alerts, flags, questions)]
    return [
        ProjectLine(project, *found.get(project.pk, (0, None)), *(one.get(project.pk, 0) for one in others))
        for project in projects
    ]


def _by_project(rows: QuerySet[Any]) -> dict[int, int]:
    return dict(rows.order_by().values_list("project").annotate(number=Count("pk")))
