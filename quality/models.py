"""Quality over time: results on gold, the drift detector's state, alerts and what people decided."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from evaltool.base.models import PublicModel
from projects.models import Membership, Project
from rubrics.models import Rubric, RubricVersion
from tasks.models import Assignment, Submission


class GoldResult(PublicModel):
    """How one first submission on a gold task compares with its key. Never changed (trigger).

    `score` is the weighted credit (0..1) over applicable criteria, 0 after a critical miss; null when
    no criterion applied. `details` lists per criterion and target {criterion, target, credit, error,
    exact, applicable, critical}. The gold key itself stays behind `tasks.gold_keys`.

    `sum_after` is the drift sum with this result, as the detector had it then: null when nothing was scored. A later
    policy weighs items anew, so the course that led to an alert could not be computed again.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="gold_results")
    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="gold_results")
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="gold_result")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="gold_results")
    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="gold_results")
    number = models.PositiveIntegerField()  # 1, 2, 3 … in the member's gold on this rubric
    score = models.FloatField(null=True)
    correct = models.BooleanField(null=True)
    critical_miss = models.BooleanField(default=False)
    signed_error = models.FloatField(null=True)
    details = models.JSONField(default=list)
    sum_after = models.FloatField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(score__isnull=True, correct__isnull=True)
                | (Q(score__gte=0) & Q(score__lte=1) & Q(correct__isnull=False)),
                name="gold_score_range",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True, sum_after__isnull=True) | Q(score__isnull=False, sum_after__gte=0),
                name="gold_sum_where_scored",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["member", "rubric_version", "number"], name="gold_by_member")]

    def __str__(self) -> str:
        return f"gold {self.number} of {self.member}"


class QualityState(models.Model):
    """The drift detector of one member on one rubric: the running CUSUM sum since the last reset."""

    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="quality_states")
    rubric = models.ForeignKey(Rubric, on_delete=models.CASCADE, related_name="+")
    sum = models.FloatField(default=0)
    # Gold number at which the sum was last zero: the likely onset is the one after it.
    zero_at = models.PositiveIntegerField(default=0)
    counted_to = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "rubric"], name="quality_state_once"),
            models.CheckConstraint(condition=Q(sum__gte=0), name="cusum_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.sum:.2f}"


class Alert(PublicModel):
    """Something a QA lead should decide, with its evidence."""

    class Kind(models.TextChoices):
        DRIFT = "drift", "Below the standard"
        GOLD_USED_UP = "gold_used_up", "All gold seen"
        JOB_STOPPED = "job_stopped", "A job was given up"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CONFIRMED = "confirmed", "Confirmed"
        DISMISSED = "dismissed", "Dismissed"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="alerts")
    member = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="alerts")
    rubric = models.ForeignKey(Rubric, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30, choices=Kind)
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    # For drift: {sum, alarm, warning, onset (gold number), since and since_right (items from there on, and how many
    # of them right), results: [gold result ids]}.
    evidence = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    onset_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "member", "rubric", "kind"],
                condition=Q(state="open"),
                nulls_distinct=False,
                name="one_open_alert_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(decided_at__isnull=False), name="decided_alert_says_when"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "-opened_at"], name="alert_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} alert"


ALERT_MOVES: dict[str, frozenset[str]] = {
    Alert.State.OPEN: frozenset({Alert.State.CONFIRMED, Alert.State.DISMISSED}),
    Alert.State.CONFIRMED: frozenset(),
    Alert.State.DISMISSED: frozenset(),
}


class Sanction(PublicModel):
    """A step taken with a person for the sake of quality, with the reason they read. Never changed."""

    class Step(models.TextChoices):
        NOTE = "note", "Note"
        PAUSE = "pause", "Pause"
        REINSTATE = "reinstate", "Reinstate"

    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="sanctions")
    step = models.CharField(max_length=20, choices=Step)
    reason = models.TextField()
    alert = models.ForeignKey(Alert, null=True, on_delete=models.PROTECT, related_name="sanctions")
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["member", "-at"], name="sanction_by_member")]

    def __str__(self) -> str:
        return f"{self.step} {self.member}"
