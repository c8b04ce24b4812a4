"""The ground's tables: rows with a public id, and the to-do list of what must follow a commit."""

import uuid
from typing import ClassVar

from django.db import models


class PublicModel(models.Model):
    """A row the outside may name. Public ids are random, so that order tells nothing (gold from work)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class ToDo(models.Model):
    """Something that must happen after a commit; deleted in the transaction that writes its result.

    Celery is only the quick way to it: a sweep finds rows that are due, so Redis may be flushed.
    """

    kind = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "object_id"], name="todo_once_per_object")]
        indexes: ClassVar = [
            # Serves the sweep: only rows still to be tried.
            models.Index(fields=["due_at"], name="todo_due", condition=models.Q(stopped_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
