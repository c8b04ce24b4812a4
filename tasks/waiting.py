"""Why judgments of a batch do not come in, in words an admin can act on."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse

from projects.models import MAY_WORK, Expertise
from tasks.batches import BatchProgress
from tasks.eligibility import EXPERT_LEVEL
from tasks.models import Assignment, Batch, Seat
from tasks.selectors_batches import able_on, team_of


@dataclass(frozen=True)
class Wait:
    """What waits (`seats` judgments, 0 when it is no matter of number), why, and where to do something about it."""

    seats: int
    title: str
    text: str
    action: str = ""
    url: str = ""


@dataclass(frozen=True)
class Team:
    """How many evaluators a batch has: in the project, let work by their standing, cleared, and able to take tasks."""

    evaluators: int
    working: int
    cleared: int
    able: int

    @property
    def unread(self) -> int:
        """People who could work if they confirmed the guideline."""
        return self.cleared - self.able


def team(batch: Batch) -> Team:
    """The people of a batch in numbers (one query)."""
    working = Q(standing__in=MAY_WORK)
    counts = team_of(batch).aggregate(
        evaluators=Count("pk"),
        working=Count("pk", filter=working),
        cleared=Count("pk", filter=working & Q(is_cleared=True)),
        able=Count("pk", filter=Q(is_ready=True, is_cleared=True)),
    )
    return Team(**counts)


def waits(batch: Batch, progress: BatchProgress) -> list[Wait]:
    """What a released batch, or one about to be released, waits for; the gravest first. At most three queries."""
    if batch.state not in {Batch.State.READY, Batch.State.RELEASED} or not progress.missing:
        return []
    people = team(batch)
    found = [*_people(batch, progress, people), *_guideline(batch, people)]
    return found if people.able == 0 else [*found, *_experts(batch)]


def _people(batch: Batch, progress: BatchProgress, people: Team) -> Iterator[Wait]:
    slug = batch.project.slug
    to_people = ("See people", reverse("projects:people", args=[slug]))
    if not people.evaluators:
        yield Wait(progress.missing, "Nobody is here to judge", "This project has no evaluator yet.", *to_people)
    elif not people.working:
        text = f"{_count(people.evaluators, 'evaluator')} joined, none is set active. Set them active under People."
        yield Wait(progress.missing, "Nobody may work yet", text, *to_people)
    elif not people.cleared:
        text = f"{_count(people.working, 'person', 'people')} may work, none is cleared for {_rubric(batch)}."
        clearances = ("Clear people", reverse("clearances:clearances", args=[slug]))
        yield Wait(progress.missing, "Nobody is cleared for this rubric", text, *clearances)
    elif people.able < batch.overlap:
        able = "1 person" if people.able == 1 else f"{people.able} people"
        text = f"Every task wants {batch.overlap} different people. {able.capitalize()} can take tasks now."
        yield Wait(progress.free, "More people are needed", text, *to_people)


def _guideline(batch: Batch, people: Team) -> Iterator[Wait]:
    if people.unread:
        have = "has" if people.unread == 1 else "have"
        title = f"{_count(people.unread, 'person', 'people')} {have} not confirmed the guideline"
        text = "They get new tasks as soon as they have read and confirmed it. They see this on their first page."
        yield Wait(0, title, text, "See the guideline", reverse("projects:guideline", args=[batch.project.slug]))


def _experts(batch: Batch) -> Iterator[Wait]:
    """Judgments that wait for an expert in a domain in which nobody able to work is one."""
    expert = Expertise.objects.filter(level__gte=EXPERT_LEVEL, member__in=able_on(batch).values("pk"))
    somebody = Q(Exists(expert.filter(domain=OuterRef("task__domain")))) | Q(Exists(expert), task__domain="")
    # Before the release every such task counts, afterwards those of which only the last judgment is free.
    another = Seat.objects.free().wanted().filter(task=OuterRef("task")).exclude(pk=OuterRef("pk"))
    last = Q() if batch.state == Batch.State.READY else ~Q(Exists(another))
    expert_in = Assignment.objects.filter(
        task=OuterRef("task"),
        state__in=[Assignment.State.QUEUED, Assignment.State.OPEN, Assignment.State.SUBMITTED],
        member__expertise__level__gte=EXPERT_LEVEL,
        member__expertise__domain=OuterRef("task__domain"),
    )
    waiting = (
        Seat.objects.free()
        .wanted()
        .filter(~somebody, ~Exists(expert_in), last, batch=batch, task__needs_expert=True)
        .values_list("task__domain")
        .annotate(number=Count("task", distinct=True))
        .order_by("-number", "task__domain")[:5]
    )
    for domain, number in waiting:
        what = f"An expert in {domain} is needed" if domain else "An expert is needed"
        text = "The last free judgment of each of these tasks is kept for an expert, and nobody who can work is one."
        yield Wait(number, what, text, "See people", reverse("projects:people", args=[batch.project.slug]))


def _rubric(batch: Batch) -> str:
    return f"{batch.rubric_version.rubric.name}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
