"""A rubric whose criteria hang on each other: a condition, marked passages and what is said about each of them."""

from typing import Any

from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.models import RubricVersion
from tasks.models import Assignment
from tests.tasks.conftest import Desk
from tests.tasks.import_samples import row
from tests.tasks.work_samples import LEVELS, claim, clear, make_batch


def labels(*keys: str) -> list[dict[str, Any]]:
    return [{"key": key, "title": key.title(), "help": ""} for key in keys]


CRITERIA: list[dict[str, Any]] = [
    {"key": "ratable", "title": "Ratable", "kind": "choice", "config": {"labels": labels("yes", "no")}},
    {
        "key": "why", "title": "Why not", "kind": "choice", "config": {"labels": labels("cut", "empty")},
        "condition": {"criterion": "ratable", "values": ["no"]},
    },
    {
        "key": "score", "title": "Score", "kind": "rating", "config": {"levels": LEVELS},
        "condition": {"criterion": "ratable", "values": ["yes"]},
    },
    {
        "key": "flaws", "title": "Flaws", "kind": "spans", "required": False, "rationale": "never",
        "config": {"labels": [{"key": "wrong", "title": "Wrong"}, {"key": "rude", "title": "Rude"}]},
    },
    {
        "key": "weight", "title": "Weight", "kind": "choice", "scope": "span", "of": "flaws",
        "config": {"labels": labels("minor", "major")},
    },
]  # fmt: skip
TEXT = "Water boils at 90 degrees."
MARK = {"start": 15, "end": 17, "label": "wrong", "severity": "", "note": "", "text": "90"}


def hanging_rubric(desk: Desk, criteria: list[dict[str, Any]] | None = None, name: str = "Hanging") -> RubricVersion:
    """The rubric, published, with both evaluators cleared for it."""
    rubric = create_rubric(project=desk.project, name=name, by=desk.admin)
    draft = save_version_draft(rubric=rubric, body={"criteria": criteria or CRITERIA}, by=desk.admin)
    version = publish_version(version=draft, by=desk.admin)
    for member in (desk.eve, desk.evan):
        clear(member, version, desk.admin)
    return version


def opened(desk: Desk, criteria: list[dict[str, Any]] | None = None, **task: Any) -> Assignment:
    """A task with one response under the rubric, open at eve."""
    version = hanging_rubric(desk, criteria)
    rows = [row("only", **{"responses": [TEXT], **task})]
    make_batch(version, desk.admin, name="Hanging", rows=rows, priority=9)
    found = claim(desk.eve)
    assert found is not None
    return found


def said(**values: Any) -> dict[str, Any]:
    """Raw answers about the one response."""
    return {key: {"r1": {"value": value}} for key, value in values.items()}
