"""What distribution must know about a person, and the time they worked."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from projects.models import Membership
from rubrics.models import Rubric
from tasks.models.work import Assignment


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
