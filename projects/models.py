"""Projects, their policy, their members, their guideline, and keys to the API."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

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
del S


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Members as adjectives."""

    def present(self) -> "MembershipQuerySet":
        """Not removed."""
        return self.exclude(standing=Standing.REMOVED)

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


class Guideline(PublicModel):
    """A project's guideline document; its text lives in its versions."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="guideline")
    title = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.title


class GuidelineVersion(PublicModel):
    """One state of the guideline. Once published its text is frozen (trigger)."""

    guideline = models.ForeignKey(Guideline, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    source = models.TextField()
    sha256 = models.CharField(max_length=64)
    change_note = models.TextField(blank=True)
    must_read = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["guideline", "number"], name="guideline_version_number_unique"),
            models.UniqueConstraint(
                fields=["guideline"], condition=Q(published_at__isnull=True), name="one_guideline_draft"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guideline} version {self.number}"


class Section(models.Model):
    """One section of a guideline version, citable by its anchor."""

    version = models.ForeignKey(GuidelineVersion, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveIntegerField()
    number = models.CharField(max_length=20, blank=True)
    anchor = models.SlugField(max_length=120)
    title = models.CharField(max_length=300)
    level = models.PositiveSmallIntegerField(default=2)
    body = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "anchor"], name="section_anchor_unique"),
            models.UniqueConstraint(fields=["version", "position"], name="section_position_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}".strip()


class Acknowledgement(models.Model):
    """A member has read a guideline version."""

    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="acknowledgements")
    version = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, related_name="acknowledgements")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["member", "version"], name="acknowledged_once")]

    def __str__(self) -> str:
        return f"{self.member}: {self.version}"


class ApiKey(PublicModel):
    """A key to the API: shown once, kept as a hash, bound to its owner's rights and one project."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"
