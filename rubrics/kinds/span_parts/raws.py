"""Raw marks: what a form, a draft or the API gives, and the clean spans made of it."""

import json
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from django.http import QueryDict

from rubrics.kinds import checks
from rubrics.kinds.base import Refused
from rubrics.kinds.span_parts import passages
from rubrics.kinds.span_parts.config import how_many
from rubrics.kinds.span_parts.passages import MOST
from rubrics.marking import occurrences, reads_as

LONGEST_NOTE = 1000
FIELDS = {"start", "end", "label", "severity", "note", "text", "number"}
ROW = {"quote": "text", "number": "number", "label": "label", "severity": "severity", "note": "note"}
"""Parts of a row for a typed quote, and the field of a raw span that each becomes."""


def placed(one: Any) -> bool:
    """Whether a raw span has a place of the right shape."""
    return all(isinstance(one.get(part), int) and not isinstance(one.get(part), bool) for part in ("start", "end"))


def split(raw: Any) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The readable raw spans with a place, and those that are quotes."""
    given = raw.get("spans") if isinstance(raw, Mapping) else None
    readable = [one for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []
    return [one for one in readable if placed(one)], [one for one in readable if not placed(one)]


def loaded(posted: str) -> list[Any] | None:
    """The list in the field that a script fills; None when it is no list."""
    try:
        found = json.loads(posted or "[]")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def dumped(rows: Any) -> str:
    """JSON as JavaScript writes it, so that both sides write the same text."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def typed(data: QueryDict, path: str) -> dict[str, Any] | None:
    row = {key: data.get(f"{path}.{part}", "") for part, key in ROW.items()}
    if not row["text"].strip():
        return None
    number = checks.as_number(row.pop("number"))
    return {**row, **({"number": number} if number != "" else {})}


def id_of(one: Mapping[str, Any]) -> str:
    return f"{one.get('start')}-{one.get('end')}-{one.get('label')}"


def clean_one(config: Mapping[str, Any], one: Any, text: str) -> dict[str, Any]:
    if not isinstance(one, Mapping) or not set(one) <= FIELDS:
        raise Refused("this cannot be read.")
    start, end = _place(one, text)
    words = text[start:end]
    if not words.strip():
        raise Refused("there are no words in it.")
    if one.get("text") and placed(one) and not _reads_as(text, start, end, one["text"]):
        raise Refused(f"the text has other words at {start:,} to {end:,} than “{str(one['text'])[:60]}”.")
    label = _one_of(config["labels"], one.get("label"), "label")
    severity = _severity(config, label, one.get("severity") or "")
    note = one.get("note") or ""
    if not isinstance(note, str) or len(note) > LONGEST_NOTE:
        raise Refused(f"the note is a text of at most {LONGEST_NOTE:,} characters.")
    note = note.replace("\r\n", "\n").replace("\r", "\n").strip()
    return {"start": start, "end": end, "label": label["key"], "severity": severity, "note": note, "text": words}


def _place(one: Mapping[str, Any], text: str) -> tuple[int, int]:
    """Where the mark stands: as given, else where its words are."""
    if not placed(one):
        return _quoted(one, text)
    start, end = one["start"], one["end"]
    if not 0 <= start < end <= len(text):
        raise Refused(f"{start:,} to {end:,} lies outside the text, which has {len(text):,} characters.")
    return start, end


def _reads_as(text: str, start: int, end: int, words: Any) -> bool:
    return isinstance(words, str) and reads_as(text, start, end, words)


def _quoted(one: Mapping[str, Any], text: str) -> tuple[int, int]:
    quote, number = one.get("text"), one.get("number")
    if (
        not isinstance(quote, str)
        or not quote.strip()
        or {"start", "end"} & {k for k, v in one.items() if v is not None}
    ):
        raise Refused("it has neither a place nor words.")
    found = occurrences(text, quote)
    short = " ".join(quote.split())[:60]
    if not found:
        raise Refused(f"“{short}” is not in the text. Copy the words as they stand there.")
    if number is None and len(found) > 1:
        raise Refused(f"“{short}” is {len(found)} times in the text. Say which one, from 1 to {len(found)}.")
    if not isinstance(number, int | None) or isinstance(number, bool) or not 1 <= (number or 1) <= len(found):
        raise Refused(f"“{short}” is {len(found)} times in the text; there is no number {str(number)[:20]}.")
    return found[(number or 1) - 1]


def _one_of(rows: Sequence[Mapping[str, Any]], key: Any, what: str) -> Mapping[str, Any]:
    found = next((row for row in rows if row["key"] == key), None)
    if found is None:
        raise Refused(f"it has no {what}." if key in (None, "") else f"“{str(key)[:60]}” is not one of the {what}s.")
    return found


def _severity(config: Mapping[str, Any], label: Mapping[str, Any], given: Any) -> str:
    if not config["severities"] or not label["severity"]:
        if given:
            raise Refused(f"“{label['title']}” takes no severity.")
        return ""
    if not given:
        raise Refused("it has no severity.")
    keys = {one["key"] for one in config["severities"]}
    if given not in keys:
        raise Refused(f"“{str(given)[:60]}” is not one of the severities.")
    return str(given)


def check_all(config: Mapping[str, Any], found: list[dict[str, Any]]) -> list[str]:
    reasons = []
    places = [id_of(one) for one in found]
    if len(set(places)) < len(places):
        reasons.append("The same words are marked twice with the same label.")
    if not config["overlap"]:
        reasons += [
            f"“{a['text'][:60]}” and “{b['text'][:60]}” overlap; marks may not."
            for a, b in combinations(sorted(found, key=passages.order), 2)
            if passages.overlap(a, b)
        ][:3]
    if not config["min"] <= len(found) <= (config["max"] or MOST):
        wanted = how_many(config) if config["max"] or len(found) < config["min"] else f"At most {MOST} marks"
        reasons.append(f"{wanted}; there {'is' if len(found) == 1 else 'are'} {len(found)}.")
    return reasons
