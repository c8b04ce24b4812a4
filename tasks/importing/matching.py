"""Rows against what is there already: new, unchanged, or in conflict with a task of the same id."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tasks import gold_keys
from tasks.content import CleanRow
from tasks.models import ResponseOrigin, Task


@dataclass(frozen=True)
class Known:
    """A task that exists, as far as a row of a file can repeat or contradict it."""

    pk: int
    batch: str
    content_sha256: str
    domain: str
    needs_expert: bool
    origins: dict[str, str] = field(default_factory=dict)
    gold: dict[str, Any] | None = None


def known_tasks(project_id: int, external_ids: Iterable[str]) -> dict[str, Known]:
    """The tasks of a project under these external ids (three queries)."""
    rows = Task.objects.filter(project_id=project_id, external_id__in=list(external_ids))
    found = list(
        rows.values_list("external_id", "pk", "batch__name", "content_sha256", "domain", "needs_expert").order_by("pk")
    )
    if not found:
        return {}
    pks = [row[1] for row in found]
    origins = _origins(pks)
    keys = gold_keys.keys_of(pks)
    return {name: Known(*rest, origins=origins.get(rest[0], {}), gold=keys.get(rest[0])) for name, *rest in found}


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
