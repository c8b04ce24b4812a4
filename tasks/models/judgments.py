"""What was handed in: submissions and their answers, never changed."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from evaltool.base.models import PublicModel
from projects.models import GuidelineVersion, Membership
from rubrics.models import Criterion, RubricVersion
from tasks.models.tasks import Task
from tasks.models.work import Assignment


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
    """One criterion's value in a submission, for one target (`rubrics.answers.targets` says which there are)."""

    class Prelabel(models.TextChoices):
        NONE = "", "No model label shown"
        CONFIRMED = "confirmed", "Model label confirmed"
        CHANGED = "changed", "Model label changed"

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="answers")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="answers")
    target = models.CharField(max_length=120, blank=True)
    value = models.JSONField(null=True)
    rationale = models.TextField(blank=True)
    evidence = models.JSONField(default=list)
    deferred = models.BooleanField(default=False)
    prelabel = models.CharField(max_length=10, choices=Prelabel, default=Prelabel.NONE, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "criterion", "target"], name="answered_once_per_target")
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.value}"


class Exchange(PublicModel):
    """One turn of a person's conversation with the project's model: what they wrote, and what came back.

    The transcript of an answer is these rows in order; the browser's copy of it is never believed.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Waiting for the model"
        ANSWERED = "answered", "Answered"
        FAILED = "failed", "No answer"

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="exchanges")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    target = models.CharField(max_length=120, blank=True)
    number = models.PositiveSmallIntegerField()
    said = models.TextField()
    reply = models.TextField(blank=True)
    model = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    error = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assignment", "criterion", "target", "number"], name="exchange_numbered"),
            models.UniqueConstraint(
                fields=["assignment", "criterion", "target"], condition=Q(state="asked"), name="one_exchange_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state="asked") | Q(ended_at__isnull=False), name="ended_exchange_says_when"
            ),
        ]

    def __str__(self) -> str:
        return f"exchange {self.number} of {self.assignment}"


EXCHANGE_MOVES: dict[str, frozenset[str]] = {
    Exchange.State.ASKED: frozenset({Exchange.State.ANSWERED, Exchange.State.FAILED}),
    Exchange.State.ANSWERED: frozenset(),
    Exchange.State.FAILED: frozenset({Exchange.State.ASKED}),
}
