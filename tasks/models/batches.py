"""Batches, and the files on their way into them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from evaltool.base.models import PublicModel
from projects.models import Project
from rubrics.models import RubricVersion


class Batch(PublicModel):
    """Tasks that are released together, judged under one rubric version."""

    class Purpose(models.TextChoices):
        WORK = "work", "Work"
        TRAINING = "training", "Training"
        QUALIFICATION = "qualification", "Qualification"
        GOLD = "gold", "Gold bank"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IMPORTING = "importing", "Importing"
        READY = "ready", "Ready"
        RELEASED = "released", "Released"
        PAUSED = "paused", "Paused"
        COMPLETED = "completed", "Completed"
        CANCELED = "canceled", "Canceled"
        ARCHIVED = "archived", "Archived"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="batches")
    name = models.CharField(max_length=120)
    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="batches")
    purpose = models.CharField(max_length=20, choices=Purpose, default=Purpose.WORK)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    overlap = models.PositiveSmallIntegerField()
    deadline = models.DateTimeField(null=True, blank=True)
    priority = models.SmallIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "name"], name="batch_name_unique_in_project"),
            models.CheckConstraint(condition=Q(overlap__gte=1) & Q(overlap__lte=20), name="batch_overlap_range"),
        ]

    def __str__(self) -> str:
        return self.name


B = Batch.State
BATCH_MOVES: dict[str, frozenset[str]] = {
    B.DRAFT: frozenset({B.IMPORTING, B.READY, B.CANCELED}),
    B.IMPORTING: frozenset({B.DRAFT, B.READY, B.CANCELED}),
    B.READY: frozenset({B.IMPORTING, B.RELEASED, B.CANCELED}),
    B.RELEASED: frozenset({B.PAUSED, B.COMPLETED, B.CANCELED}),
    B.PAUSED: frozenset({B.RELEASED, B.CANCELED}),
    B.COMPLETED: frozenset({B.RELEASED, B.ARCHIVED}),
    B.CANCELED: frozenset({B.ARCHIVED}),
    B.ARCHIVED: frozenset(),
}
del B


class ImportRun(PublicModel):
    """One uploaded file on its way into a batch: checked row by row, then committed whole or not at all."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Waiting for a worker"
        CHECKING = "checking", "Checking"
        CHECKED = "checked", "Checked"
        COMMITTING = "committing", "Importing"
        COMMITTED = "committed", "Imported"
        FAILED = "failed", "Failed"
        CANCELED = "canceled", "Canceled"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="imports")
    file = models.FileField(upload_to="imports/%Y/%m/")
    filename = models.CharField(max_length=200)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.UPLOADED)
    # The record of this one check, written by it: bytes for the progress bar, rows for the report.
    bytes_done = models.BigIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    rows_new = models.PositiveIntegerField(default=0)
    rows_unchanged = models.PositiveIntegerField(default=0)
    rows_bad = models.PositiveIntegerField(default=0)
    leave_out_bad = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["batch"],
                condition=Q(state__in=["uploaded", "checking", "checked", "committing"]),
                name="one_import_at_a_time_per_batch",
            )
        ]

    def __str__(self) -> str:
        return self.filename


I = ImportRun.State  # noqa: E741
IMPORT_MOVES: dict[str, frozenset[str]] = {
    I.UPLOADED: frozenset({I.CHECKING, I.CANCELED, I.FAILED}),
    I.CHECKING: frozenset({I.CHECKED, I.FAILED, I.CANCELED}),
    I.CHECKED: frozenset({I.COMMITTING, I.CANCELED}),
    I.COMMITTING: frozenset({I.COMMITTED, I.FAILED, I.CANCELED}),
    I.COMMITTED: frozenset(),
    I.FAILED: frozenset(),
    I.CANCELED: frozenset(),
}
del I


class StagedRow(models.Model):
    """A good row of an import, waiting for the commit."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="staged")
    line = models.PositiveIntegerField()
    external_id = models.CharField(max_length=200)
    task = models.JSONField()
    origins = models.JSONField(default=dict)
    gold = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "line"], name="staged_line_once"),
            models.UniqueConstraint(fields=["run", "external_id"], name="staged_external_id_once"),
        ]

    def __str__(self) -> str:
        return f"line {self.line}"


class RowProblem(models.Model):
    """Why a row of an import is bad."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField()
    external_id = models.CharField(max_length=200, blank=True)
    field = models.CharField(max_length=120, blank=True)
    reason = models.TextField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["run", "line"], name="problem_by_line")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
