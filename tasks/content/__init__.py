"""What a task is made of: a row of a file becomes content of one versioned shape, or a list of problems.

Pure: no database, no rubric. `docs/batch-file.md` describes the row for people.
"""

import hashlib
import json
from typing import Any, NamedTuple

from evaltool.base.errors import Invalid, Problem
from tasks.content import fields
from tasks.content.gold import gold as clean_gold
from tasks.content.ordering import file_order, reordered
from tasks.content.text import find_unstorable

__all__ = [
    "CleanRow",
    "clean_content",
    "content_sha256",
    "file_order",
    "name_of",
    "reordered",
    "shown",
    "unknown_keys",
]

VERSION = 1
KNOWN = frozenset(
    {
        *("id", "external_id", "prompt", "messages", "responses", "context", "criteria", "prelabels"),
        *("domain", "needs_expert", "metadata", "gold"),
    }
)
SHOWN = ("version", "prompt", "messages", "context", "responses", "criteria")


class CleanRow(NamedTuple):
    """A row that fits: what the task holds, and apart from it who wrote the responses and the expert's key."""

    content: dict[str, Any]
    origins: dict[str, str]
    gold: dict[str, Any] | None
    external_id: str
    domain: str
    needs_expert: bool


def clean_content(row: Any) -> CleanRow:
    """The parts of a row that fits. Raises Invalid with every problem found, named by field."""
    if not isinstance(row, dict):
        raise Invalid([Problem("row", "must be an object in braces, one on each line")])
    unstorable = find_unstorable(row)
    if unstorable:
        raise Invalid([unstorable])
    found = fields.Found()
    cleaned = _clean(row, found)
    if found:
        raise Invalid(list(found))
    return cleaned


def _clean(row: dict[str, Any], found: fields.Found) -> CleanRow:
    name = fields.external_id(row, found)
    responses, origins, extras = fields.responses(row, found)
    content = {
        "version": VERSION,
        **fields.question(row, found),
        "context": fields.documents(row, found),
        "responses": responses,
        "criteria": fields.criteria(row, found),
        "prelabels": fields.prelabels(row, found),
        "metadata": fields.metadata(row, extras, KNOWN, found),
    }
    key, needs_expert = clean_gold(row, found), fields.yes_or_no(row, "needs_expert", found)
    return CleanRow(content, origins, key, name, fields.domain(row, found), needs_expert)


def name_of(row: Any) -> str:
    """The id of a row that may be bad, for the report; "" when it has none that can be told."""
    found = fields.Found()
    name = fields.external_id(row, found) if isinstance(row, dict) else ""
    return "" if found or find_unstorable(name) else name


def unknown_keys(row: dict[str, Any]) -> list[str]:
    """Keys of a row that the format does not know; their values are kept under metadata and shown to nobody."""
    return sorted(key for key in row if key not in KNOWN)


def shown(content: dict[str, Any]) -> dict[str, Any]:
    """The part of a task's content that an evaluator may see: never metadata, never a model's own labels."""
    return {key: content[key] for key in SHOWN if key in content}


def content_sha256(content: dict[str, Any]) -> str:
    """The hash of the content in canonical JSON (sorted keys, no spaces, UTF-8), in hexadecimal."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
