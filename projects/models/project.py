"""A project and the numbers it sets."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from evaltool.base.models import PublicModel


class Project(PublicModel):
    """One body of work under one guideline, policy and set of people."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    domains = models.JSONField(default=list, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def policy(self) -> "Policy":
        """The numbers in force."""
        return self.policies.order_by("-number")[0]


class Policy(models.Model):
    """Every number a project can set, with the product's defaults. A change is a new row."""

    class OnAlarm(models.TextChoices):
        ASK = "ask", "Ask a QA lead"
        PAUSE = "pause", "Pause, then ask a QA lead"

    class QaPass(models.TextChoices):
        DISAGREEMENTS = "disagreements", "Disagreements and a sample"
        EVERY_ROW = "every_row", "Every row is verified by a third person"

    class ExpertRule(models.TextChoices):
        ANYONE = "anyone", "An expert among evaluators and QA"
        EVALUATOR = "evaluator", "An expert evaluator"

    class Prelabels(models.TextChoices):
        OFF = "off", "Not shown"
        AFTER = "after", "Shown once a criterion is answered"
        SHOWN = "shown", "Filled in from the start"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="policies")
    number = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    competent = models.FloatField(default=0.85)
    unacceptable = models.FloatField(default=0.70)
    false_alarm_items = models.PositiveIntegerField(default=700)
    item_pass_mark = models.FloatField(default=0.80)
    gold_first_tasks = models.PositiveSmallIntegerField(default=10)
    gold_first_count = models.PositiveSmallIntegerField(default=3)
    gold_share = models.FloatField(default=0.10)
    gold_floor = models.FloatField(default=0.05)
    gold_share_watched = models.FloatField(default=0.40)
    overlap = models.PositiveSmallIntegerField(default=2)
    dynamic_overlap = models.BooleanField(default=False)
    max_overlap = models.PositiveSmallIntegerField(default=5)
    lease_minutes = models.PositiveSmallIntegerField(default=90)
    idle_minutes = models.PositiveSmallIntegerField(default=5)
    queue_days = models.PositiveSmallIntegerField(default=3)
    undo_seconds = models.PositiveSmallIntegerField(default=30)
    rationale_characters = models.PositiveSmallIntegerField(default=40)
    rationale_words = models.PositiveSmallIntegerField(default=8)
    review_share = models.FloatField(default=0.05)
    appeal_days = models.PositiveSmallIntegerField(default=7)
    appeal_answer_days = models.PositiveSmallIntegerField(default=3)
    on_alarm = models.CharField(max_length=20, choices=OnAlarm, default=OnAlarm.ASK)
    qa_pass = models.CharField(max_length=20, choices=QaPass, default=QaPass.DISAGREEMENTS)
    expert_rule = models.CharField(max_length=20, choices=ExpertRule, default=ExpertRule.ANYONE)
    prelabels = models.CharField(max_length=20, choices=Prelabels, default=Prelabels.AFTER)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "number"], name="policy_number_unique"),
            models.CheckConstraint(
                condition=Q(unacceptable__gt=0) & Q(unacceptable__lt=F("competent")) & Q(competent__lt=1),
                name="policy_standard_in_order",
            ),
            models.CheckConstraint(
                condition=Q(gold_floor__gte=0) & Q(gold_floor__lte=F("gold_share")) & Q(gold_share_watched__lte=1),
                name="policy_gold_share_in_order",
            ),
            models.CheckConstraint(
                condition=Q(overlap__gte=1) & Q(overlap__lte=F("max_overlap")), name="policy_overlap_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"policy {self.number} of {self.project}"
