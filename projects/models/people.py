"""Members, their standing and expertise, and invitations."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from evaltool.base.models import PublicModel
from projects.models.project import Project


class Role(models.TextChoices):
    """What a member may be; one person may be several."""

    ADMIN = "admin", "Project admin"
    QA_LEAD = "qa_lead", "QA lead"
    EVALUATOR = "evaluator", "Evaluator"


class Standing(models.TextChoices):
    """Where a member is on the way to work. `watched` is for leads' eyes: it would announce gold."""

    APPLIED = "applied", "Applied"
    INVITED = "invited", "Invited"
    READING = "reading", "Reading the guideline"
    TRAINING = "training", "Training"
    QUALIFYING = "qualifying", "Qualifying"
    ACTIVE = "active", "Active"
    WATCHED = "watched", "Watched"
    PAUSED = "paused", "Paused"
    REMOVED = "removed", "Removed"


S = Standing
STANDING_MOVES: dict[str, frozenset[str]] = {
    S.APPLIED: frozenset({S.READING, S.REMOVED}),
    S.INVITED: frozenset({S.READING, S.REMOVED}),
    S.READING: frozenset({S.TRAINING, S.QUALIFYING, S.ACTIVE, S.PAUSED, S.REMOVED}),
    S.TRAINING: frozenset({S.QUALIFYING, S.ACTIVE, S.PAUSED, S.REMOVED}),
    S.QUALIFYING: frozenset({S.TRAINING, S.ACTIVE, S.PAUSED, S.REMOVED}),
    S.ACTIVE: frozenset({S.WATCHED, S.PAUSED, S.QUALIFYING, S.REMOVED}),
    S.WATCHED: frozenset({S.ACTIVE, S.PAUSED, S.QUALIFYING, S.REMOVED}),
    S.PAUSED: frozenset({S.ACTIVE, S.TRAINING, S.QUALIFYING, S.REMOVED}),
    S.REMOVED: frozenset({S.READING}),
}
MAY_WORK = frozenset({S.ACTIVE, S.WATCHED})
# Nothing of a project is open to them.
OUTSIDE = frozenset({S.APPLIED, S.REMOVED})
del S


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Members as adjectives."""

    def present(self) -> "MembershipQuerySet":
        """Those who take part: neither removed nor only applying."""
        return self.exclude(standing__in=OUTSIDE)

    def evaluators(self) -> "MembershipQuerySet":
        """Those with the evaluator's role."""
        return self.filter(roles__contains=[Role.EVALUATOR])

    def working(self) -> "MembershipQuerySet":
        """Evaluators whose standing lets them take tasks."""
        return self.evaluators().filter(standing__in=MAY_WORK)


class Membership(PublicModel):
    """A person in a project: roles, and as an evaluator a standing."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    roles = ArrayField(models.CharField(max_length=20, choices=Role), default=list)
    standing = models.CharField(max_length=20, choices=Standing, default=Standing.READING)
    # What the person is called in exports: random, so that it says nothing about order or name.
    pseudonym = models.CharField(max_length=20)
    created_at = models.DateTimeField()

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "user"], name="member_once_per_project"),
            models.UniqueConstraint(fields=["project", "pseudonym"], name="pseudonym_unique_in_project"),
            models.CheckConstraint(condition=Q(roles__len__gt=0), name="member_has_a_role"),
            models.CheckConstraint(condition=Q(standing__in=Standing.values), name="member_standing_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.project}"


class StandingChange(PublicModel):
    """One move of a member's standing, with the reason the person reads."""

    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="standing_changes")
    before = models.CharField(max_length=20, choices=Standing)
    after = models.CharField(max_length=20, choices=Standing)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["member", "-at"], name="standing_by_member")]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class Expertise(models.Model):
    """What a member is an expert in, on what evidence, and who says so."""

    class Level(models.IntegerChoices):
        WORKING = 1, "Working knowledge"
        PROFESSIONAL = 2, "Professional"
        EXPERT = 3, "Expert"

    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="expertise")
    domain = models.CharField(max_length=80)
    level = models.PositiveSmallIntegerField(choices=Level, default=Level.PROFESSIONAL)
    evidence = models.TextField(blank=True)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["member", "domain"], name="expertise_once_per_domain")]

    def __str__(self) -> str:
        return f"{self.member}: {self.domain}"


class Invitation(PublicModel):
    """A one-time link into a project; only the hash of its token is kept."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True)
    roles = ArrayField(models.CharField(max_length=20, choices=Role))
    # {domain: level}, granted by whoever invited when the link is used.
    expertise = models.JSONField(default=dict, blank=True)
    mailed = models.BooleanField(default=False)
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "email"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="one_open_invitation_per_address",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.project}"

    @property
    def is_open(self) -> bool:
        """Neither used, nor taken back, nor too old."""
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > timezone.now()
