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
from tasks.models import Batch, Submission, Task


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
