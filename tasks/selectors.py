"""Reads for the pages of work: one person's own tasks, and why there is something to do or nothing."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, When
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from evaltool.base import clock
from evaltool.base.markdown import to_plain
from projects.access import Permission, may, memberships_with
from projects.models import MAY_WORK, Acknowledgement, GuidelineVersion, Membership, Standing, StandingChange
from projects.selectors import unread_guideline
from tasks.assigning import finds_something
from tasks.eligibility import open_batches, valid_clearances
from tasks.models import Assignment, Batch, Submission, Task, WorkSpan
from tasks.reading import in_full

S = Assignment.State
TITLE = 120


def get_assignment_for(user: User, public_id: UUID) -> Assignment:
    """One's own assignment, read in full, while one may work in its project at all; Http404 otherwise."""
    found = in_full().filter(public_id=public_id, member__user=user).first()
    if found is None or not may(found.member, Permission.WORK):
        raise Http404
    return found


def work_memberships(user: User, slug: str = "") -> list[Membership]:
    """Where the person works, or only the project of this slug; Http404 when they do not work there."""
    found = [member for member in memberships_with(user, Permission.WORK) if slug in {"", member.project.slug}]
    if slug and not found:
        raise Http404
    return found


def title_of(task: Task) -> str:
    """The first words of what is asked, for lists and headings; plain text."""
    content = task.content
    turns = [turn["content"] for turn in content.get("messages", ()) if turn["role"] == "user"]
    asked = content.get("prompt") or (turns[-1] if turns else "")
    line = " ".join(to_plain(asked[: 4 * TITLE]).split())
    return line if len(line) <= TITLE else line[:TITLE].rsplit(" ", 1)[0] + " …"


def last_submission(assignment: Assignment) -> Submission | None:
    """What counts now of an assignment."""
    return Submission.objects.filter(assignment=assignment).order_by("-revision").first()


# ---------------------------------------------------------------------- home


@dataclass
class BatchLine:
    """A batch as its evaluator sees it: their own done and listed tasks in it, gold among them."""

    batch: Batch
    listed: int = 0
    done: int = 0


@dataclass
class Place:
    """One project on an evaluator's home page, with the one reason that decides what it offers."""

    member: Membership
    opened: list[Assignment] = field(default_factory=list)
    listed: list[Assignment] = field(default_factory=list)
    lines: dict[int, BatchLine] = field(default_factory=dict)
    done: int = 0
    unread: GuidelineVersion | None = None
    read: Acknowledgement | None = None
    cleared: list[str] = field(default_factory=list)
    stopped: StandingChange | None = None
    more: bool = False

    @property
    def situation(self) -> str:
        """paused, waiting (not active yet), unread, uncleared, ready, or nothing."""
        if self.member.standing == Standing.PAUSED:
            return "paused"
        if self.member.standing not in MAY_WORK:
            return "waiting"
        if self.unread is not None:
            return "unread"
        if not self.cleared:
            return "uncleared"
        return "ready" if self.listed or self.opened or self.more else "nothing"

    @property
    def may_take(self) -> bool:
        """Whether "take next task" would give one."""
        return self.situation == "ready"

    @property
    def batches(self) -> list[BatchLine]:
        """Batches that are given out, the most urgent first."""
        return list(self.lines.values())


def places_of(user: User) -> list[Place]:
    """Every project the person works in; a constant number of queries for each."""
    places = {member.pk: Place(member) for member in work_memberships(user)}
    for assignment in _live(places):
        place = places[assignment.member_id]
        (place.opened if assignment.state == S.OPEN else place.listed).append(assignment)
    for place in places.values():
        _fill(place)
    return list(places.values())


def _live(members: dict[int, Place]) -> QuerySet[Assignment]:
    open_first = Case(When(state=S.OPEN, then=0), default=1, output_field=IntegerField())
    rows = Assignment.objects.live().filter(member__in=list(members))
    return rows.select_related("task", "batch__project", "draft").order_by(open_first, "turn")


def _fill(place: Place) -> None:
    member = place.member
    done = dict(
        Assignment.objects.filter(member=member, state=S.SUBMITTED)
        .values_list("batch")
        .annotate(Count("pk"))
        .order_by("batch")
    )
    place.done = sum(done.values())
    place.unread = unread_guideline(member)
    place.read = member.acknowledgements.select_related("version").order_by("-version__number").first()
    clearances = valid_clearances().filter(member=member).order_by("rubric__name")
    place.cleared = sorted(set(clearances.values_list("rubric__name", flat=True)))
    if member.standing not in MAY_WORK:
        place.stopped = member.standing_changes.filter(after=member.standing).order_by("-at", "-pk").first()
        return
    batches = list(open_batches(member)[:10])
    place.lines = {batch.pk: BatchLine(batch, done=done.get(batch.pk, 0)) for batch in batches}
    place.listed = [one for one in place.listed if one.batch_id in place.lines]
    for one in place.listed:
        place.lines[one.batch_id].listed += 1
    if not place.unread and not place.listed and not place.opened:
        place.more = finds_something(member)


@dataclass(frozen=True)
class Today:
    """A person's day so far, in their own time zone: active seconds and tasks handed in."""

    seconds: int
    submitted: int


def today_of(user: User) -> Today:
    """The day so far (two queries, over today's work only)."""
    midnight: datetime = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    mine = Assignment.objects.of(user).filter(Q(state=S.OPEN) | Q(ended_at__gte=midnight))
    spans = WorkSpan.objects.filter(assignment__in=mine, ended_at__gte=midnight)
    active: timedelta | None = spans.aggregate(total=Sum(F("ended_at") - F("started_at")))["total"]
    return Today(int(active.total_seconds()) if active else 0, mine.filter(state=S.SUBMITTED).count())
