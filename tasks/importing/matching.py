"""Rows against what is there already: new, unchanged, or in conflict with a task of the same id."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models.fields.json import KeyTransform

from tasks import gold_keys
from tasks.content import CleanRow
from tasks.models import ResponseOrigin, Task


@dataclass(frozen=True)
class Known:
    """A task that exists, as far as a row of a file can repeat or contradict it."""

    batch: str
    content_sha256: str
    domain: str
    needs_expert: bool
    origins: dict[str, str]
    gold: dict[str, Any] | None
    file_order: list[str] | None
    """The ids drawn for the responses of its row; None for tasks that are older than drawing."""


def known_tasks(project_id: int, external_ids: Iterable[str]) -> dict[str, Known]:
    """The tasks of a project under these external ids (three queries)."""
    found = Task.objects.filter(project_id=project_id, external_id__in=list(external_ids)).select_related("batch")
    found = found.annotate(file_order=KeyTransform("file_order", "content"))
    tasks = list(found.defer("content").order_by("pk"))
    pks = [task.pk for task in tasks]
    origins, keys = (_origins(pks), gold_keys.keys_of(pks)) if tasks else ({}, {})
    return {
        task.external_id: Known(
            batch=task.batch.name,
            content_sha256=task.content_sha256,
            domain=task.domain,
            needs_expert=task.needs_expert,
            origins=origins.get(task.pk, {}),
            gold=keys.get(task.pk),
            file_order=task.file_order,
        )
        for task in tasks
    }


def _origins(pks: list[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for task, response, origin in ResponseOrigin.objects.filter(task__in=pks).values_list(
        "task_id", "response", "origin"
    ):
        found.setdefault(task, {})[response] = origin
    return found


def differences(row: CleanRow, sha256: str, known: Known) -> list[str]:
    """What a row says other than the task it names, in words; nothing when it only repeats the task.

    A row without a gold key says nothing about gold.
    """
    pairs = {
        "prompt, responses or metadata": (sha256, known.content_sha256),
        "domain": (row.domain, known.domain),
        "need of an expert": (row.needs_expert, known.needs_expert),
        "origin of a response": (row.origins, known.origins),
        "gold key": (row.gold, known.gold if row.gold else None),
    }
    return [what for what, (new, old) in pairs.items() if new != old]
