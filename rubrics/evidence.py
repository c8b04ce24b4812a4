"""Passages that a reason rests on: `{"target", "start", "end", "text"}` over the texts of `rubrics.marking`.

The form has one field for them, `<prefix>.evidence`, a JSON list that a script fills (one field, so that a draft
brings back however many there are), and without a script `<prefix>.quote`, found in the texts on the server, with
`<prefix>.drop` for each passage to remove.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict

from rubrics.marking import documents, occurrences, panes, plain_text

LONGEST_QUOTE = 20_000
FIELDS = ("target", "start", "end", "text")


def from_post(data: QueryDict, prefix: str) -> list[Any]:
    """The raw passages posted under `prefix`: those in the field, less those to drop, and the quote. Never raises."""
    given = [one for text in data.getlist(f"{prefix}.evidence") for one in _loaded(text)]
    gone = set(data.getlist(f"{prefix}.drop"))
    quote = data.get(f"{prefix}.quote", "").strip()
    return [one for one in given if id_of(one) not in gone] + ([{"text": quote}] if quote else [])


def to_post(evidence: Any, prefix: str) -> dict[str, str]:
    """The fields that show raw passages: those with a place in one, the words still to be found in the other."""
    placed, quote = split(evidence)
    return {f"{prefix}.evidence": dumped(placed) if placed else "", f"{prefix}.quote": quote}


def split(evidence: Any) -> tuple[list[Mapping[str, Any]], str]:
    """The readable passages with a place, and the words of the first without one."""
    given = [one for one in evidence if isinstance(one, Mapping)] if isinstance(evidence, list) else []
    quotes = [str(one.get("text") or "") for one in given if not _is_placed(one)]
    return [one for one in given if _is_placed(one)], next(iter(quotes), "")


def clean(content: Mapping[str, Any], target: str, evidence: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """The clean passages in the order given, and what is wrong with the others, in sentences.

    Words without a place are looked for in the text of `target` (what the answer is about) first, then in the others.
    """
    found: list[dict[str, Any]] = []
    reasons = []
    for number, one in enumerate(evidence if isinstance(evidence, list) else [], 1):
        if not isinstance(one, Mapping) or not set(one) <= set(FIELDS):
            reasons.append(f"Passage {number} of the evidence cannot be read.")
            continue
        passage, reason = _placed(content, one) if _is_placed(one) else _quoted(content, target, one)
        reasons += [reason] if reason else []
        found += [passage] if passage and passage not in found else []
    return found, reasons


def names(content: Mapping[str, Any]) -> list[str]:
    """Every text a passage can come from, by its name on the page."""
    question = [pane.name for pane in panes(content, "prompt")]
    answers = [pane.name for one in content.get("responses") or () for pane in panes(content, str(one.get("id")))]
    return [*answers, *question, *(name for name, _ in documents(content))]


def dumped(passages: Iterable[Mapping[str, Any]]) -> str:
    """JSON as the script writes it."""
    rows = [{field: one.get(field) for field in FIELDS} for one in passages]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def id_of(one: Any) -> str:
    """What a passage is called in the list of those to drop."""
    return f"{one.get('target')}:{one.get('start')}-{one.get('end')}" if isinstance(one, Mapping) else ""


def _loaded(text: str) -> list[Any]:
    """A list of passages, or one; what is neither is kept as it is, to be refused."""
    try:
        found = json.loads(text) if text.strip() else []
    except (ValueError, RecursionError):
        return [text]
    return found if isinstance(found, list) else [found]


def _is_placed(one: Mapping[str, Any]) -> bool:
    numbers = (one.get("start"), one.get("end"))
    return isinstance(one.get("target"), str) and all(isinstance(n, int) and not isinstance(n, bool) for n in numbers)


def _placed(content: Mapping[str, Any], one: Mapping[str, Any]) -> tuple[dict[str, Any] | None, str]:
    text = plain_text(content, one["target"]) if one["target"] in names(content) else ""
    words = text[one["start"] : one["end"]] if 0 <= one["start"] < one["end"] <= len(text) else ""
    if not words.strip():
        return None, "A passage of the evidence lies outside the text it is said to come from."
    if one.get("text") not in (None, "", words):
        return None, f"The text has other words than “{str(one['text'])[:60]}” where the evidence is said to stand."
    return {"target": one["target"], "start": one["start"], "end": one["end"], "text": words}, ""


def _quoted(content: Mapping[str, Any], target: str, one: Mapping[str, Any]) -> tuple[dict[str, Any] | None, str]:
    quote = one.get("text")
    if not isinstance(quote, str) or not quote.strip() or len(quote) > LONGEST_QUOTE:
        return None, "A passage of the evidence has neither a place nor words."
    own = [pane.name for pane in panes(content, target.partition("@")[0])]
    for name in [*own, *names(content)]:
        text = plain_text(content, name)
        for start, end in occurrences(text, quote)[:1]:
            return {"target": name, "start": start, "end": end, "text": text[start:end]}, ""
    return None, f"“{' '.join(quote.split())[:60]}” is in none of the texts. Copy the words as they stand there."
