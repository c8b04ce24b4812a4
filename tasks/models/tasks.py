"""Tasks, who wrote their responses, and the gold keys to some of them."""

from typing import ClassVar

from django.db import models

from accounts.models import User
from evaltool.base.markdown import to_plain
from evaltool.base.models import PublicModel
from projects.models import Project
from tasks.models.batches import Batch, ImportRun


class Task(PublicModel):
    """What is judged: a prompt or conversation with its responses. Where they came from is kept apart."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="tasks")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="tasks")
    import_run = models.ForeignKey(ImportRun, null=True, on_delete=models.PROTECT, related_name="tasks")
    external_id = models.CharField(max_length=200)
    content = models.JSONField()
    content_sha256 = models.CharField(max_length=64)
    domain = models.CharField(max_length=80, blank=True)
    needs_expert = models.BooleanField(default=False)
    repeat_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="repeats")
    created_at = models.DateTimeField()
    taken_out_at = models.DateTimeField(null=True, blank=True)
    taken_out_reason = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "external_id"], name="external_id_unique_in_project")
        ]
        indexes: ClassVar = [models.Index(fields=["batch", "id"], name="task_by_batch")]

    def __str__(self) -> str:
        return self.external_id

    @property
    def headline(self) -> str:
        """The prompt's beginning as one plain line of at most 140 characters, for lists."""
        turns = [turn["content"] for turn in self.content.get("messages", []) if turn.get("role") == "user"]
        text = " ".join(to_plain(self.content.get("prompt") or (turns[-1] if turns else "")).split())
        return text if len(text) <= 140 else f"{text[:139].rstrip()}…"


class ResponseOrigin(models.Model):
    """Which model wrote a response: kept apart from the task and never shown to an evaluator."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="origins")
    response = models.CharField(max_length=20)
    origin = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["task", "response"], name="origin_once_per_response")]

    def __str__(self) -> str:
        return self.origin


class GoldKey(PublicModel):
    """The expert's answer to a task. A task with an active key gets gold seats only.

    `answers` maps criterion key → target ("" or a response id) → {value, accepted, explanation}.
    Only importing, placing, gold scoring and gold management read this table, through `gold_keys.py`.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "In use"
        SUSPECT = "suspect", "Suspected"
        RETIRED = "retired", "Retired"

    task = models.OneToOneField(Task, on_delete=models.PROTECT, related_name="gold_key")
    answers = models.JSONField()
    explanation = models.TextField(blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.ACTIVE)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"gold key of {self.task}"


KEY_MOVES: dict[str, frozenset[str]] = {
    GoldKey.Status.ACTIVE: frozenset({GoldKey.Status.SUSPECT, GoldKey.Status.RETIRED}),
    GoldKey.Status.SUSPECT: frozenset({GoldKey.Status.ACTIVE, GoldKey.Status.RETIRED}),
    GoldKey.Status.RETIRED: frozenset({GoldKey.Status.ACTIVE}),
}
