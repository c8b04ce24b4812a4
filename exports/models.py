"""What leaves the product: a file with its manifest."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from evaltool.base.models import PublicModel
from projects.models import Project
from tasks.models import Batch


class Export(PublicModel):
    """One asked-for export: what was asked, and once built the file, its manifest and checksum."""

    class Format(models.TextChoices):
        JSONL = "jsonl", "JSON Lines (exact)"
        CSV = "csv", "CSV (for spreadsheets)"

    class Content(models.TextChoices):
        CONSENSUS = "consensus", "Consensus, one row per task"
        JUDGMENTS = "judgments", "Every judgment, one row per answer"

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting for a worker"
        BUILDING = "building", "Building"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="exports")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.PROTECT, related_name="exports")
    format = models.CharField(max_length=10, choices=Format)
    content = models.CharField(max_length=20, choices=Content)
    include_gold = models.BooleanField(default=False)
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    file = models.FileField(upload_to="exports/%Y/%m/", blank=True)
    manifest = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(null=True)
    rows_done = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    snapshot_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state="ready") | (~Q(sha256="") & Q(rows__isnull=False)), name="ready_export_is_stamped"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["project", "-requested_at"], name="export_by_project")]

    def __str__(self) -> str:
        return f"{self.content}.{self.format}"


EXPORT_MOVES: dict[str, frozenset[str]] = {
    Export.State.QUEUED: frozenset({Export.State.BUILDING, Export.State.FAILED}),
    Export.State.BUILDING: frozenset({Export.State.READY, Export.State.FAILED, Export.State.BUILDING}),
    Export.State.READY: frozenset(),
    Export.State.FAILED: frozenset(),
}
