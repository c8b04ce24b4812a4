"""The guideline: versions, their sections, and who confirmed to have read them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from evaltool.base.models import PublicModel
from projects.models.people import Membership
from projects.models.project import Project


class Guideline(PublicModel):
    """A project's guideline document; its text lives in its versions."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="guideline")
    title = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.title


class GuidelineFile(PublicModel):
    """A document somebody uploaded, and the Markdown a worker made of it. A published one stays for download."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for a worker"
        READ = "read", "Read"
        REFUSED = "refused", "Not read"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="guideline_files")
    file = models.FileField(upload_to="guidelines/%Y/%m/")
    filename = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    text = models.TextField(blank=True)
    notes = models.JSONField(default=list)
    guessed = models.BooleanField(default=False)
    error = models.CharField(max_length=500, blank=True)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["project", "-uploaded_at"], name="guideline_file_newest")]

    def __str__(self) -> str:
        return self.filename


FILE_MOVES: dict[str, frozenset[str]] = {
    GuidelineFile.State.WAITING: frozenset({GuidelineFile.State.READ, GuidelineFile.State.REFUSED}),
    GuidelineFile.State.READ: frozenset(),
    GuidelineFile.State.REFUSED: frozenset(),
}


class GuidelineVersion(PublicModel):
    """One state of the guideline. Once published its text is frozen (trigger)."""

    guideline = models.ForeignKey(Guideline, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    source = models.TextField()
    sha256 = models.CharField(max_length=64)
    change_note = models.TextField(blank=True)
    must_read = models.BooleanField(default=True)
    original = models.ForeignKey(
        GuidelineFile, null=True, blank=True, on_delete=models.PROTECT, related_name="versions"
    )
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
    questions = models.JSONField(default=list)  # of projects.questions.Question

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


class SectionRead(models.Model):
    """A member has had a section before their eyes to its end. Says how far they are; it confirms nothing."""

    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="sections_read")
    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="reads")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["member", "section"], name="section_read_once")]

    def __str__(self) -> str:
        return f"{self.member}: {self.section}"


class CheckAnswer(models.Model):
    """What a member answered to a check question; every try is kept, so that leads see which sections mislead."""

    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="check_answers")
    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="check_answers")
    number = models.PositiveSmallIntegerField()
    chosen = models.JSONField(default=list)
    right = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["section", "number"], name="check_answers_by_question")]

    def __str__(self) -> str:
        return f"{self.member}: {self.section} {self.number}"
