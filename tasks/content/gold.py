"""The gold part of a row in its one shape: `{criterion: {target: {value, accepted, explanation}}}`.

What a value must be is the rubric's to say (`rubrics.answers.clean_key`); this module knows no rubric.
"""

import re
from typing import Any

from tasks.content.fields import MAX_TEXT, Found, Json

ENTRY_SIGNS = {"value", "na", "accepted"}
RESPONSE_NUMBER = re.compile(r"[1-9]")


def gold(row: Json, found: Found) -> Json | None:
    """The key as `{"answers": …, "explanation": …}`, or None for a row without one.

    Short forms are allowed: `criteria` for `answers`, a bare value for an entry, "1" for "r1".
    """
    given = row.get("gold")
    if given is None:
        return None
    if not isinstance(given, dict) or set(given) - {"answers", "criteria", "explanation"}:
        found.note("gold", "must be an object with answers and explanation and nothing else")
        return None
    if "answers" in given and "criteria" in given:
        found.note("gold", "has both answers and criteria; give one of them")
    answers = given.get("answers", given.get("criteria"))
    if not isinstance(answers, dict) or not answers:
        found.note("gold.answers", "must be an object with at least one criterion")
        return None
    return {"answers": {key: _targets(entry) for key, entry in answers.items()}, "explanation": _why(given, found)}


def _targets(given: Any) -> Json:
    """One criterion's entries by target; what is about the whole task stands under ""."""
    if not isinstance(given, dict) or ENTRY_SIGNS & set(given):
        return {"": _entry(given)}
    return {_target(name): _entry(entry) for name, entry in given.items()}


def _target(name: str) -> str:
    return f"r{name}" if RESPONSE_NUMBER.fullmatch(name) else name


def _entry(given: Any) -> Json:
    return given if isinstance(given, dict) and ENTRY_SIGNS & set(given) else {"value": given}


def _why(given: Json, found: Found) -> str:
    text = given.get("explanation")
    if text is not None and not isinstance(text, str):
        found.note("gold.explanation", "must be a text")
    elif text and len(text) > MAX_TEXT:
        found.note("gold.explanation", f"has {len(text):,} characters; the limit is {MAX_TEXT:,}")
    return text if isinstance(text, str) else ""
