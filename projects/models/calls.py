"""What a project says to people: a call for applications, their answers to it, and announcements."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from evaltool.base.models import PublicModel
from projects.models.people import Membership
from projects.models.project import Project


class Call(models.Model):
    """Whether people may apply to a project, and what it asks of them. Words are compared without regard to case."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="call")
    is_open = models.BooleanField(default=False)
    text = models.TextField(blank=True)
    languages = models.JSONField(default=list, blank=True)  # all of them
    fields = models.JSONField(default=list, blank=True)  # at least one of them
    degree = models.BooleanField(default=False)
    hours = models.PositiveSmallIntegerField(default=0)  # a week, at least

    class Meta:
        indexes: ClassVar = [models.Index(fields=["project"], name="call_open", condition=Q(is_open=True))]

    def __str__(self) -> str:
        return f"call of {self.project}"


class Application(PublicModel):
    """What somebody wrote when they applied, and what was decided. The member's standing is their state."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"

    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="applications")
    note = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(state="waiting"), name="one_waiting_application_per_member"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(decided_at__isnull=False), name="decided_application_says_when"
            ),
        ]

    def __str__(self) -> str:
        return f"application of {self.member}"


APPLICATION_MOVES: dict[str, frozenset[str]] = {
    Application.State.WAITING: frozenset(
        {Application.State.ACCEPTED, Application.State.DECLINED, Application.State.WITHDRAWN}
    ),
    Application.State.ACCEPTED: frozenset(),
    Application.State.DECLINED: frozenset(),
    Application.State.WITHDRAWN: frozenset(),
}


class Announcement(PublicModel):
    """Words of an admin to everybody in a project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="announcements")
    text = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    mailed = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["project", "-at"], name="announcement_newest")]

    def __str__(self) -> str:
        return self.text[:60]
