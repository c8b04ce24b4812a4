"""Batches, tasks, seats and the work on them. Who may change what, and how, lives in the commands."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from evaltool.base.markdown import to_plain
from evaltool.base.models import PublicModel
from projects.models import GuidelineVersion, Membership, Project
from rubrics.models import Criterion, Rubric, RubricVersion


class Batch(PublicModel):
    """Tasks that are released together, judged under one rubric version."""

    class Purpose(models.TextChoices):
        WORK = "work", "Work"
        TRAINING = "training", "Training"
        QUALIFICATION = "qualification", "Qualification"
        GOLD = "gold", "Gold bank"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IMPORTING = "importing", "Importing"
        READY = "ready", "Ready"
        RELEASED = "released", "Released"
        PAUSED = "paused", "Paused"
        COMPLETED = "completed", "Completed"
        CANCELED = "canceled", "Canceled"
        ARCHIVED = "archived", "Archived"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="batches")
    name = models.CharField(max_length=120)
    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="batches")
    purpose = models.CharField(max_length=20, choices=Purpose, default=Purpose.WORK)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    overlap = models.PositiveSmallIntegerField()
    deadline = models.DateTimeField(null=True, blank=True)
    priority = models.SmallIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "name"], name="batch_name_unique_in_project"),
            models.CheckConstraint(condition=Q(overlap__gte=1) & Q(overlap__lte=20), name="batch_overlap_range"),
        ]

    def __str__(self) -> str:
        return self.name


B = Batch.State
BATCH_MOVES: dict[str, frozenset[str]] = {
    B.DRAFT: frozenset({B.IMPORTING, B.READY, B.CANCELED}),
    B.IMPORTING: frozenset({B.DRAFT, B.READY, B.CANCELED}),
    B.READY: frozenset({B.IMPORTING, B.RELEASED, B.CANCELED}),
    B.RELEASED: frozenset({B.PAUSED, B.COMPLETED, B.CANCELED}),
    B.PAUSED: frozenset({B.RELEASED, B.CANCELED}),
    B.COMPLETED: frozenset({B.RELEASED, B.ARCHIVED}),
    B.CANCELED: frozenset({B.ARCHIVED}),
    B.ARCHIVED: frozenset(),
}
del B


class ImportRun(PublicModel):
    """One uploaded file on its way into a batch: checked row by row, then committed whole or not at all."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Waiting for a worker"
        CHECKING = "checking", "Checking"
        CHECKED = "checked", "Checked"
        COMMITTING = "committing", "Importing"
        COMMITTED = "committed", "Imported"
        FAILED = "failed", "Failed"
        CANCELED = "canceled", "Canceled"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="imports")
    file = models.FileField(upload_to="imports/%Y/%m/")
    filename = models.CharField(max_length=200)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.UPLOADED)
    # The record of this one check, written by it: bytes for the progress bar, rows for the report.
    bytes_done = models.BigIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    rows_new = models.PositiveIntegerField(default=0)
    rows_unchanged = models.PositiveIntegerField(default=0)
    rows_bad = models.PositiveIntegerField(default=0)
    leave_out_bad = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["batch"],
                condition=Q(state__in=["uploaded", "checking", "checked", "committing"]),
                name="one_import_at_a_time_per_batch",
            )
        ]

    def __str__(self) -> str:
        return self.filename


I = ImportRun.State  # noqa: E741
IMPORT_MOVES: dict[str, frozenset[str]] = {
    I.UPLOADED: frozenset({I.CHECKING, I.CANCELED, I.FAILED}),
    I.CHECKING: frozenset({I.CHECKED, I.FAILED, I.CANCELED}),
    I.CHECKED: frozenset({I.COMMITTING, I.CANCELED}),
    I.COMMITTING: frozenset({I.COMMITTED, I.FAILED, I.CANCELED}),
    I.COMMITTED: frozenset(),
    I.FAILED: frozenset(),
    I.CANCELED: frozenset(),
}
del I


class StagedRow(models.Model):
    """A good row of an import, waiting for the commit."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="staged")
    line = models.PositiveIntegerField()
    external_id = models.CharField(max_length=200)
    task = models.JSONField()
    origins = models.JSONField(default=dict)
    gold = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "line"], name="staged_line_once"),
            models.UniqueConstraint(fields=["run", "external_id"], name="staged_external_id_once"),
        ]

    def __str__(self) -> str:
        return f"line {self.line}"


class RowProblem(models.Model):
    """Why a row of an import is bad."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField()
    external_id = models.CharField(max_length=200, blank=True)
    field = models.CharField(max_length=120, blank=True)
    reason = models.TextField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["run", "line"], name="problem_by_line")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class Task(PublicModel):
    """What is judged: a prompt or conversation with its responses. Where they came from is kept apart."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="tasks")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="tasks")
    import_run = models.ForeignKey(ImportRun, null=True, on_delete=models.PROTECT, related_name="tasks")
    external_id = models.CharField(max_length=200)
    content = models.JSONField()
    content_sha256 = models.CharField(max_length=64)
    domain = models.CharField(max_length=80, blank=True)
    needs_expert = models.BooleanField(default=False)
    repeat_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="repeats")
    created_at = models.DateTimeField()
    taken_out_at = models.DateTimeField(null=True, blank=True)
    taken_out_reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "external_id"], name="external_id_unique_in_project")
        ]
        indexes: ClassVar = [models.Index(fields=["batch", "id"], name="task_by_batch")]

    def __str__(self) -> str:
        return self.external_id

    @property
    def headline(self) -> str:
        """The prompt's beginning as one plain line of at most 140 characters, for lists."""
        turns = [turn["content"] for turn in self.content.get("messages", []) if turn.get("role") == "user"]
        text = " ".join(to_plain(self.content.get("prompt") or (turns[-1] if turns else "")).split())
        return text if len(text) <= 140 else f"{text[:139].rstrip()}…"


class ResponseOrigin(models.Model):
    """Which model wrote a response: kept apart from the task and never shown to an evaluator."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="origins")
    response = models.CharField(max_length=20)
    origin = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["task", "response"], name="origin_once_per_response")]

    def __str__(self) -> str:
        return self.origin


class GoldKey(PublicModel):
    """The expert's answer to a task. A task with an active key gets gold seats only.

    `answers` maps criterion key → target ("" or a response id) → {value, accepted, explanation}.
    Only importing, placing, gold scoring and gold management read this table, through `gold_keys.py`.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "In use"
        SUSPECT = "suspect", "Suspected"
        RETIRED = "retired", "Retired"

    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="gold_key")
    answers = models.JSONField()
    explanation = models.TextField(blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.ACTIVE)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"gold key of {self.task}"


KEY_MOVES: dict[str, frozenset[str]] = {
    GoldKey.Status.ACTIVE: frozenset({GoldKey.Status.SUSPECT, GoldKey.Status.RETIRED}),
    GoldKey.Status.SUSPECT: frozenset({GoldKey.Status.ACTIVE, GoldKey.Status.RETIRED}),
    GoldKey.Status.RETIRED: frozenset({GoldKey.Status.ACTIVE}),
}


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


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Submissions as adjectives."""

    def current(self) -> "SubmissionQuerySet":
        """Those no later revision has superseded."""
        return self.filter(superseded_by__isnull=True)


class Submission(PublicModel):
    """What an evaluator handed in. Never changed (trigger); a revision is a new row that supersedes."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="submissions")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="submissions")
    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="submissions")
    revision = models.PositiveIntegerField(default=1)
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="submissions")
    guideline_version = models.ForeignKey(GuidelineVersion, null=True, on_delete=models.PROTECT, related_name="+")
    content_sha256 = models.CharField(max_length=64)
    active_seconds = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assignment", "revision"], name="one_submission_per_revision"),
            models.CheckConstraint(
                condition=Q(revision=1, supersedes__isnull=True) | Q(revision__gt=1, supersedes__isnull=False),
                name="revision_supersedes",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["member", "-at"], name="submission_by_member"),
            models.Index(fields=["task"], name="submission_by_task"),
        ]

    def __str__(self) -> str:
        return f"{self.task} revision {self.revision}"


class Answer(models.Model):
    """One criterion's value in a submission, for one target: "" for the task, else a response id."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="answers")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="answers")
    target = models.CharField(max_length=20, blank=True)
    value = models.JSONField(null=True)
    rationale = models.TextField(blank=True)
    evidence = models.JSONField(default=list)
    deferred = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "criterion", "target"], name="answered_once_per_target")
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.value}"


class Clearance(models.Model):
    """What a member is qualified for; read by distribution, written by admins until quality does."""

    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="clearances")
    rubric = models.ForeignKey(Rubric, on_delete=models.CASCADE, related_name="clearances")
    domain = models.CharField(max_length=80, blank=True)  # "" means every domain
    until = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["member", "rubric", "domain"], name="clearance_once")]

    def __str__(self) -> str:
        return f"{self.member}: {self.rubric}"


class Trust(models.Model):
    """What quality tells distribution about a member: weight in a vote, and the share of gold they get."""

    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="trust")
    rubric = models.ForeignKey(Rubric, on_delete=models.CASCADE, related_name="trust")
    weight = models.FloatField(default=1)
    risk = models.FloatField(default=0)
    gold_share = models.FloatField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "rubric"], name="trust_once"),
            models.CheckConstraint(condition=Q(gold_share__gte=0) & Q(gold_share__lte=1), name="gold_share_range"),
            models.CheckConstraint(condition=Q(weight__gte=0), name="trust_weight_not_negative"),
        ]

    def __str__(self) -> str:
        return f"trust in {self.member}"


class WorkSpan(models.Model):
    """A stretch of active time on an assignment, bounded by the server's own clock."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="spans")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ended_at__gte=F("started_at")), name="span_runs_forward")
        ]

    def __str__(self) -> str:
        return f"{self.started_at} to {self.ended_at}"
