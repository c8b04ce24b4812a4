"""What becomes of judgements: disagreement, adjudication, consensus, feedback."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from evaltool.base import clock
from evaltool.base.models import PublicModel
from projects.models import Membership, Project
from rubrics.models import Criterion
from tasks.models import Assignment, Batch, Submission, Task


class Cause(models.TextChoices):
    """Why two careful people differed."""

    EVALUATOR_ERROR = "evaluator_error", "Evaluator error"
    AMBIGUOUS_GUIDELINE = "ambiguous_guideline", "Ambiguous guideline"
    RUBRIC_GAP = "rubric_gap", "Gap in the rubric"
    MISSING_CONTEXT = "missing_context", "Missing context"
    HONEST_DIFFERENCE = "honest_difference", "Honest difference"


class HasWidePoint(models.Func):
    """Whether a point of a disagreement lies more than half a scale apart: the same rule as `Disagreement.level`."""

    template = "jsonb_path_exists(%(expressions)s, '$[*] ? (@.distance > 0.5)')"
    output_field: models.Field = models.BooleanField()


class DisagreementQuerySet(models.QuerySet["Disagreement"]):
    """Disagreements as adjectives."""

    def open(self) -> "DisagreementQuerySet":
        """Those that wait for a decision."""
        return self.filter(state=Disagreement.State.OPEN)

    def takeable_by(self, user: User) -> "DisagreementQuerySet":
        """Open ones that nobody else has reserved at this moment, by the database's clock."""
        return self.open().filter(Q(held_by=user) | Q(held_by=None) | Q(held_until__lt=clock.db_now()))

    def at_level(self, level: str) -> "DisagreementQuerySet":
        """Those of one level of severity; none for a level that does not exist."""
        if level == Disagreement.Level.CRITICAL:
            return self.filter(critical=True)
        if level in Disagreement.Level.values:
            wide = level == Disagreement.Level.HIGH
            return self.alias(wide=HasWidePoint("points")).filter(critical=False, wide=wide)
        return self.none()


class Disagreement(PublicModel):
    """Judgements of one task that differ by more than the criteria allow; waits for a QA lead.

    `points` lists {criterion, target, distance (0..1), reason, critical}; `severity` orders the queue.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        RESOLVED = "resolved", "Resolved"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Level(models.TextChoices):
        CRITICAL = "critical", "Critical"
        HIGH = "high", "High"
        NORMAL = "normal", "Normal"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="disagreements")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="disagreements")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="disagreements")
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    severity = models.FloatField()
    critical = models.BooleanField(default=False)
    points = models.JSONField(default=list)
    # The submissions compared, so that a later revision is noticed.
    submissions = models.ManyToManyField(Submission, related_name="disagreements")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    # A lead's hold on the row, so that two leads do not read the same one.
    held_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    held_until = models.DateTimeField(null=True, blank=True)

    objects = DisagreementQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task"], condition=Q(state="open"), name="one_open_disagreement_per_task"),
        ]
        indexes: ClassVar = [
            # Serves the queue, worst first: only rows still to be resolved.
            models.Index(
                fields=["project", "-critical", "-severity", "opened_at"],
                name="disagreement_queue",
                condition=Q(state="open"),
            ),
        ]

    def __str__(self) -> str:
        return f"disagreement on {self.task}"

    @property
    def level(self) -> str:
        """Critical, high (a point more than half a scale apart), else normal."""
        if self.critical:
            return self.Level.CRITICAL
        return self.Level.HIGH if any(point["distance"] > 0.5 for point in self.points) else self.Level.NORMAL

    def holder(self, now: datetime) -> User | None:
        """Who has it reserved at this moment."""
        held = self.state == self.State.OPEN and self.held_until is not None and self.held_until > now
        return self.held_by if held else None


DISAGREEMENT_MOVES: dict[str, frozenset[str]] = {
    Disagreement.State.OPEN: frozenset({Disagreement.State.RESOLVED, Disagreement.State.WITHDRAWN}),
    Disagreement.State.RESOLVED: frozenset(),
    Disagreement.State.WITHDRAWN: frozenset(),
}


class Adjudication(PublicModel):
    """A QA lead's decision on a disagreement. Never changed (trigger)."""

    disagreement = models.OneToOneField(Disagreement, on_delete=models.PROTECT, related_name="adjudication")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="adjudications")
    adjudicator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.TextField()
    cause = models.CharField(max_length=30, choices=Cause)
    section = models.CharField(max_length=120, blank=True)  # anchor of the guideline section cited
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"adjudication of {self.task}"


class Ruling(models.Model):
    """The decided value of one criterion and target: adopted from a submission, or written anew."""

    adjudication = models.ForeignKey(Adjudication, on_delete=models.PROTECT, related_name="rulings")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    target = models.CharField(max_length=120, blank=True)
    value = models.JSONField(null=True)
    adopted = models.ForeignKey(Submission, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["adjudication", "criterion", "target"], name="ruled_once_per_target")
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.value}"


class ConsensusQuerySet(models.QuerySet["Consensus"]):
    """Consensuses as adjectives."""

    def current(self) -> "ConsensusQuerySet":
        """Those none supersedes."""
        return self.filter(superseded_by__isnull=True)

    def standing(self) -> "ConsensusQuerySet":
        """Those that count: current, and not in dispute again since a judge changed their mind."""
        disputed = Disagreement.objects.filter(task=OuterRef("task"), state=Disagreement.State.OPEN)
        return self.current().filter(~Exists(disputed))


class Consensus(PublicModel):
    """The settled judgement of a task. Insert-only (trigger); a new one supersedes the old."""

    class Method(models.TextChoices):
        AGREEMENT = "agreement", "Agreement"
        ADJUDICATION = "adjudication", "Adjudication"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="consensuses")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="consensuses")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="consensuses")
    number = models.PositiveIntegerField()
    supersedes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")
    method = models.CharField(max_length=20, choices=Method)
    adjudication = models.ForeignKey(Adjudication, null=True, on_delete=models.PROTECT, related_name="+")
    submissions = models.ManyToManyField(Submission, related_name="consensuses")
    at = models.DateTimeField()

    objects = ConsensusQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task", "number"], name="consensus_number_unique"),
            models.CheckConstraint(
                condition=Q(number=1, supersedes__isnull=True) | Q(number__gt=1, supersedes__isnull=False),
                name="consensus_supersedes",
            ),
            models.CheckConstraint(
                condition=Q(method="agreement", adjudication__isnull=True)
                | Q(method="adjudication", adjudication__isnull=False),
                name="consensus_names_its_adjudication",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["project", "id"], name="consensus_by_project")]

    def __str__(self) -> str:
        return f"consensus of {self.task}"


class ConsensusValue(models.Model):
    """The settled value of one criterion and target."""

    consensus = models.ForeignKey(Consensus, on_delete=models.PROTECT, related_name="values")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    target = models.CharField(max_length=120, blank=True)
    value = models.JSONField(null=True)
    votes = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["consensus", "criterion", "target"], name="settled_once_per_target")
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.value}"


class Feedback(PublicModel):
    """What a lead tells one evaluator about one submission; each person sees only their own."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="feedback")
    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="feedback")
    adjudication = models.ForeignKey(Adjudication, null=True, on_delete=models.PROTECT, related_name="feedback")
    text = models.TextField(blank=True)
    # Per criterion and target: {criterion, target, yours, decided, note}.
    changes = models.JSONField(default=list)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "adjudication"], name="feedback_once_per_adjudication")
        ]
        indexes: ClassVar = [models.Index(fields=["member", "-at"], name="feedback_by_member")]

    def __str__(self) -> str:
        return f"feedback on {self.submission}"


# ------------------------------------------------------- flags and questions


class Flag(PublicModel):
    """A judge says that something is wrong with a task; a QA lead handles or dismisses it, with an answer."""

    class Kind(models.TextChoices):
        UNRATABLE = "unratable", "It cannot be rated"
        UNSAFE = "unsafe", "Unsafe content"
        PERSONAL = "personal", "Personal data"
        BROKEN = "broken", "The task is broken"
        GUIDELINE = "guideline", "The guideline is unclear"
        OTHER = "other", "Something else"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        HANDLED = "handled", "Handled"
        DISMISSED = "dismissed", "Dismissed"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="flags")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="flags")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="flags")
    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="flags")
    kind = models.CharField(max_length=20, choices=Kind)
    text = models.TextField(blank=True)
    at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    answer = models.TextField(blank=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member", "task", "kind"], condition=Q(state="open"), name="one_open_flag_per_kind"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True, closed_by__isnull=True)
                | (~Q(state="open") & Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(answer="")),
                name="closed_flag_has_an_answer",
            ),
        ]
        indexes: ClassVar = [
            # Serves the list of a lead: only what waits.
            models.Index(fields=["project", "at"], name="flag_open", condition=Q(state="open")),
            models.Index(fields=["member", "-at"], name="flag_by_member"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.task}"


FLAG_MOVES: dict[str, frozenset[str]] = {
    Flag.State.OPEN: frozenset({Flag.State.HANDLED, Flag.State.DISMISSED}),
    Flag.State.HANDLED: frozenset(),
    Flag.State.DISMISSED: frozenset(),
}


class Clarification(PublicModel):
    """A question of a judge, about a task, a criterion or a section of the guideline, with what is said to it.

    Open while it waits for a lead, answered while it waits for nobody, closed when nothing more is to be said.
    """

    class State(models.TextChoices):
        OPEN = "open", "Waits for an answer"
        ANSWERED = "answered", "Answered"
        CLOSED = "closed", "Closed"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="clarifications")
    asked_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="clarifications")
    # The work it was asked from, if any.
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.PROTECT, related_name="clarifications")
    task = models.ForeignKey(Task, null=True, on_delete=models.PROTECT, related_name="clarifications")
    criterion = models.ForeignKey(Criterion, null=True, on_delete=models.PROTECT, related_name="+")
    section = models.CharField(max_length=120, blank=True)  # anchor of a guideline section
    question = models.TextField()
    at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    # Since when it waits for a lead, or when it was last answered or closed.
    moved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(assignment__isnull=True, task__isnull=True)
                | Q(assignment__isnull=False, task__isnull=False),
                name="question_on_a_task_names_the_work",
            ),
        ]
        indexes: ClassVar = [
            # Serves the list of a lead: only what waits.
            models.Index(fields=["project", "moved_at"], name="clarification_open", condition=Q(state="open")),
            models.Index(fields=["asked_by", "-moved_at"], name="clarification_by_member"),
        ]

    def __str__(self) -> str:
        return self.question[:80]

    @property
    def headline(self) -> str:
        """The question's beginning as one line, for lists."""
        line = " ".join(self.question.split())
        return line if len(line) <= 140 else f"{line[:139].rstrip()}…"


CLARIFICATION_MOVES: dict[str, frozenset[str]] = {
    Clarification.State.OPEN: frozenset({Clarification.State.ANSWERED, Clarification.State.CLOSED}),
    Clarification.State.ANSWERED: frozenset({Clarification.State.OPEN, Clarification.State.CLOSED}),
    Clarification.State.CLOSED: frozenset(),
}


class ClarificationPost(PublicModel):
    """One answer or reply. Never changed (trigger)."""

    clarification = models.ForeignKey(Clarification, on_delete=models.PROTECT, related_name="posts")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by_lead = models.BooleanField()
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["clarification", "id"], name="post_by_clarification")]

    def __str__(self) -> str:
        return self.text[:80]
