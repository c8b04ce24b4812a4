"""The rubric as a versioned contract: a frozen body, and the criteria derived from it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from evaltool.base.models import PublicModel
from projects.models import Project


class Rubric(PublicModel):
    """A named rubric of one project; what it says lives in its versions."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="rubrics")
    name = models.CharField(max_length=120)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["project", "name"], name="rubric_name_unique")]

    def __str__(self) -> str:
        return self.name

    @property
    def newest(self) -> "RubricVersion | None":
        """The newest version that is no draft, from versions already read newest first."""
        return next((one for one in self.versions.all() if one.state != RubricVersion.State.DRAFT), None)

    @property
    def draft(self) -> "RubricVersion | None":
        """The draft among versions already read."""
        return next((one for one in self.versions.all() if one.state == RubricVersion.State.DRAFT), None)


class RubricVersion(PublicModel):
    """One version: draft, then published (body frozen by trigger), then retired."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        RETIRED = "retired", "Retired"

    class Change(models.TextChoices):
        WORDING = "wording", "Wording only"
        JUDGEMENT = "judgement", "Changes judgment"

    rubric = models.ForeignKey(Rubric, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    body = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    change = models.CharField(max_length=20, choices=Change, default=Change.JUDGEMENT)
    change_note = models.TextField(blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rubric", "number"], name="rubric_version_number_unique"),
            models.UniqueConstraint(fields=["rubric"], condition=Q(state="draft"), name="one_rubric_draft"),
            models.CheckConstraint(
                condition=Q(state="draft") | (Q(published_at__isnull=False) & ~Q(sha256="")),
                name="published_rubric_is_stamped",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rubric} v{self.number}"


VERSION_MOVES: dict[str, frozenset[str]] = {
    RubricVersion.State.DRAFT: frozenset({RubricVersion.State.PUBLISHED}),
    RubricVersion.State.PUBLISHED: frozenset({RubricVersion.State.RETIRED}),
    RubricVersion.State.RETIRED: frozenset({RubricVersion.State.PUBLISHED}),
}


class Scope(models.TextChoices):
    """What a criterion is about: the task as a whole, each response, each turn of the assistant, each marked span."""

    TASK = "task", "The task"
    RESPONSE = "response", "Each response"
    TURN = "turn", "Each turn of the assistant"
    SPAN = "span", "Each marked span"


class Rationale(models.TextChoices):
    """When a criterion asks for a reason in writing."""

    NEVER = "never", "Never"
    OPTIONAL = "optional", "Optional"
    REQUIRED = "required", "Required"
    EXTREME = "extreme", "Required at the lowest two levels and the highest"


class Criterion(models.Model):
    """One criterion of a published version, derived from its body and as frozen as it (trigger)."""

    version = models.ForeignKey(RubricVersion, on_delete=models.CASCADE, related_name="criteria")
    position = models.PositiveSmallIntegerField()
    key = models.SlugField(max_length=60)
    title = models.CharField(max_length=120)
    help = models.TextField(blank=True)
    kind = models.CharField(max_length=30)
    scope = models.CharField(max_length=20, choices=Scope, default=Scope.RESPONSE)
    config = models.JSONField(default=dict)
    weight = models.FloatField(default=1)
    critical = models.BooleanField(default=False)
    required = models.BooleanField(default=True)
    allow_na = models.BooleanField(default=False)
    rationale = models.CharField(max_length=20, choices=Rationale, default=Rationale.OPTIONAL)
    tolerance = models.FloatField(default=1)
    sections = models.JSONField(default=list)
    # {"criterion": key, "values": [...]}: asked only where that answer is one of these; null: always.
    condition = models.JSONField(null=True, blank=True)
    # For the scope "span": the key of the criterion that marks the spans.
    of = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "key"], name="criterion_key_unique"),
            models.UniqueConstraint(fields=["version", "position"], name="criterion_position_unique"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="criterion_weight_positive"),
            models.CheckConstraint(condition=Q(tolerance__gte=0), name="criterion_tolerance_not_negative"),
        ]

    def __str__(self) -> str:
        return self.title
