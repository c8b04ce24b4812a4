"""Seats, who is involved in which task, and the hold of one person on one seat."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from evaltool.base.models import PublicModel
from projects.models import GuidelineVersion, Membership
from rubrics.models import RubricVersion
from tasks.models.batches import Batch
from tasks.models.tasks import Task


class SeatQuerySet(models.QuerySet["Seat"]):
    """Seats as adjectives."""

    def wanted(self) -> "SeatQuerySet":
        """Seats outside gold: those that count for overlap, progress and settling."""
        return self.exclude(cause=Seat.Cause.GOLD)

    def free(self) -> "SeatQuerySet":
        """Seats nobody holds."""
        return self.filter(state=Seat.State.FREE)


class Seat(models.Model):
    """One wanted judgement of one task. Its uniqueness makes over-assignment impossible.

    `place` is the task's random place in the batch's order, the same for all its seats.
    """

    class Cause(models.TextChoices):
        OVERLAP = "overlap", "Overlap"
        EXTRA = "extra", "One more judgement"
        GOLD = "gold", "Gold"
        PUT_BACK = "put_back", "Put back"

    class State(models.TextChoices):
        FREE = "free", "Free"
        HELD = "held", "Held"
        DONE = "done", "Done"
        CLOSED = "closed", "Closed"

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="seats")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="seats")
    ordinal = models.PositiveIntegerField()
    cause = models.CharField(max_length=20, choices=Cause, default=Cause.OVERLAP)
    state = models.CharField(max_length=20, choices=State, default=State.FREE)
    place = models.BigIntegerField()

    objects = SeatQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["task", "ordinal"], name="seat_ordinal_unique")]
        indexes: ClassVar = [
            # Serves "next": only seats still to be taken, in the batch's order.
            models.Index(fields=["batch", "place", "ordinal"], name="seat_free", condition=Q(state="free")),
        ]

    def __str__(self) -> str:
        return f"{self.task} seat {self.ordinal}"


SEAT_MOVES: dict[str, frozenset[str]] = {
    Seat.State.FREE: frozenset({Seat.State.HELD, Seat.State.CLOSED}),
    Seat.State.HELD: frozenset({Seat.State.FREE, Seat.State.DONE, Seat.State.CLOSED}),
    Seat.State.DONE: frozenset(),
    Seat.State.CLOSED: frozenset({Seat.State.FREE}),
}


class Involvement(models.Model):
    """A person has to do with a task: as its judge or as its adjudicator, and never as both."""

    class How(models.TextChoices):
        JUDGE = "judge", "Judges it"
        ADJUDICATOR = "adjudicator", "Adjudicates it"

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="involvements")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="involvements")
    how = models.CharField(max_length=20, choices=How)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task", "user"], name="nobody_judges_twice_or_judges_and_adjudicates")
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.how} {self.task}"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Assignments as adjectives."""

    def live(self) -> "AssignmentQuerySet":
        """Those that hold a seat and are not submitted."""
        return self.filter(state__in=[Assignment.State.QUEUED, Assignment.State.OPEN])

    def of(self, user: User) -> "AssignmentQuerySet":
        """Those of one person."""
        return self.filter(member__user=user)


class Assignment(PublicModel):
    """One evaluator's hold on one seat: queued (on their list), open (leased), then ended one way or another."""

    class State(models.TextChoices):
        QUEUED = "queued", "On your list"
        OPEN = "open", "Open"
        SUBMITTED = "submitted", "Submitted"
        RELEASED = "released", "Given back"
        EXPIRED = "expired", "Expired"
        SKIPPED = "skipped", "Skipped"

    class Skip(models.TextChoices):
        """Why a task was skipped, as far as it matters to somebody else."""

        OTHER = "", "Another reason"
        EXPERTISE = "expertise", "Outside my expertise"
        UNRATABLE = "unratable", "It cannot be rated"

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="assignments")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="assignments")
    # The batch that hosts the work: for gold the one it is mixed into, in name, deadline and pay.
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="assignments")
    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(max_length=20, choices=State)
    turn = models.PositiveIntegerField()  # 1, 2, 3 … in the member's work; the order of their list
    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="+")
    guideline_version = models.ForeignKey(GuidelineVersion, null=True, on_delete=models.PROTECT, related_name="+")
    response_order = models.JSONField(default=list)
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    active_seconds = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.TextField(blank=True)
    skip = models.CharField(max_length=20, choices=Skip, default=Skip.OTHER, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["seat"], condition=Q(state__in=["queued", "open", "submitted"]), name="one_holder_per_seat"
            ),
            # An expired or returned assignment is taken up again as the same row.
            models.UniqueConstraint(fields=["task", "member"], name="task_once_per_member"),
            models.UniqueConstraint(fields=["member", "turn"], name="turn_unique_per_member"),
            models.CheckConstraint(
                condition=~Q(state="open") | Q(lease_until__isnull=False), name="open_assignment_has_a_lease"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "released", "expired", "skipped"]) | Q(ended_at__isnull=False),
                name="ended_assignment_says_when",
            ),
        ]
        indexes: ClassVar = [
            # Serves the sweep of leases.
            models.Index(fields=["lease_until"], name="assignment_lease", condition=Q(state="open")),
            # Serves "my list" and "continue".
            models.Index(fields=["member", "turn"], name="assignment_live", condition=Q(state__in=["queued", "open"])),
            # Serves "take up again": what ended without the person saying so is rare, however long their record.
            models.Index(
                fields=["member", "turn"], name="assignment_resumable", condition=Q(state__in=["expired", "released"])
            ),
            models.Index(fields=["member", "-ended_at"], name="assignment_record"),
        ]

    def __str__(self) -> str:
        return f"{self.task} for {self.member}"


A = Assignment.State
ASSIGNMENT_MOVES: dict[str, frozenset[str]] = {
    A.QUEUED: frozenset({A.OPEN, A.RELEASED, A.EXPIRED}),
    A.OPEN: frozenset({A.SUBMITTED, A.RELEASED, A.EXPIRED, A.SKIPPED}),
    A.EXPIRED: frozenset({A.OPEN}),
    A.RELEASED: frozenset({A.OPEN}),
    A.SKIPPED: frozenset(),
    A.SUBMITTED: frozenset(),
}
del A


class Draft(models.Model):
    """What an evaluator has typed so far; written only against the revision it was read at."""

    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="draft")
    revision = models.PositiveIntegerField(default=0)
    data = models.JSONField(default=dict)
    saved_at = models.DateTimeField()
    late = models.BooleanField(default=False)  # submitted after the seat had gone to somebody else

    def __str__(self) -> str:
        return f"draft of {self.assignment}"
