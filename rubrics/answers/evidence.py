"""Evidence for an answer: passages of the task's texts, marked by their place or quoted and then found.

A clean passage is `{"target", "start", "end", "text"}`: the name of a text (`rubrics.marking`), half-open offsets in
code points, and the words there. A raw one may be `{"quote"}` alone, with the `target` it is in and the `number` of
the place that is meant where there are several.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from rubrics.answers.naming import shown_label
from rubrics.kinds.base import Place, Refused
from rubrics.kinds.checks import as_number
from rubrics.marking import locate, names, panes, plain_text
from rubrics.targets import base_of

MOST = 50
LONGEST_QUOTE = 5000
MARKED = {"target", "start", "end", "text"}
QUOTED = {"quote", "target", "number"}


@dataclass(frozen=True)
class Passage:
    """A passage as the form shows it: its words, where they stand, and the text of its field."""

    text: str
    where: str
    json: str


def from_post(data: QueryDict, prefix: str) -> list[Any]:
    """The passages a form posted, and the one typed as a quote; what cannot be read stays as it is."""
    found = [_loaded(one) for one in data.getlist(f"{prefix}.evidence") if one.strip()]
    quote = data.get(f"{prefix}.quote", "")
    return [*found, *([{"quote": quote}] if quote.strip() else [])]


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def to_post(evidence: Any, prefix: str) -> dict[str, str | list[str]]:
    """The fields that would post this evidence."""
    raw = evidence if isinstance(evidence, list) else []
    quotes = [str(one["quote"]) for one in raw if _is_quote(one)]
    marked = [one if isinstance(one, str) else dumped(one) for one in raw if not _is_quote(one)]
    return {f"{prefix}.evidence": marked, f"{prefix}.quote": "\n\n".join(quotes)}


def dumped(passage: Any) -> str:
    """JSON as a script writes it, so that both sides write the same text."""
    return json.dumps(passage, ensure_ascii=False, separators=(",", ":"))


def _is_quote(raw: Any) -> bool:
    return isinstance(raw, Mapping) and "quote" in raw


def clean(raw: Any, place: Place) -> list[dict[str, Any]]:
    """The passages of an answer, each once. Raises Refused with what is wrong with each."""
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise Refused("Evidence is a list of passages.")
    if len(raw) > MOST:
        raise Refused(f"At most {MOST} passages can be evidence.")
    found, reasons = list[dict[str, Any]](), []
    for number, one in enumerate(raw, 1):
        try:
            passage = _passage(one, place)
            found += [passage] if passage not in found else []
        except Refused as refused:
            reasons += [f"Passage {number}: {reason}" for reason in refused.reasons]
    if reasons:
        raise Refused(*reasons)
    return found


def _passage(raw: Any, place: Place) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        raise Refused("This has to name a text and a place in it, or quote it.")
    strange = [str(part)[:60] for part in raw if part not in (QUOTED if "quote" in raw else MARKED)]
    if strange:
        raise Refused(f"“{strange[0]}” is not a field of a passage.")
    return _quoted(raw, place) if "quote" in raw else _marked(raw, place)


def _marked(raw: Mapping[str, Any], place: Place) -> dict[str, Any]:
    target, start, end = raw.get("target"), raw.get("start", -1), raw.get("end", -1)
    text = plain_text(place.content, target) if isinstance(target, str) and target else ""
    if not text:
        raise Refused("This task has no such text.")
    if not _is_whole(start) or not _is_whole(end) or not 0 <= start < end <= len(text):
        raise Refused(f"It has to lie within the {len(text):,} characters of its text.")
    words = text[start:end]
    if raw.get("text") not in (None, words):
        raise Refused("The words given are not those at this place.")
    return {"target": target, "start": start, "end": end, "text": words}


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _quoted(raw: Mapping[str, Any], place: Place) -> dict[str, Any]:
    quote, target, number = raw["quote"], raw.get("target"), raw.get("number", 1)
    if not isinstance(quote, str) or not quote.strip() or len(quote) > LONGEST_QUOTE:
        raise Refused(f"A quote is a text of at most {LONGEST_QUOTE:,} characters.")
    number = as_number(number) if isinstance(number, str) else number
    if not _is_whole(number) or number < 1:
        raise Refused("Which of several places is meant is a whole number from 1.")
    for name in [target] if isinstance(target, str) and target else _names(place):
        text = plain_text(place.content, name)
        if found := locate(text, quote, number=number):
            return {"target": name, "start": found[0], "end": found[1], "text": text[found[0] : found[1]]}
    short = " ".join(quote.split())[:80]
    raise Refused(f"“{short}” stands in none of the texts. Copy the words as they are there.")


def _names(place: Place) -> list[str]:
    """The texts a quote is looked for in, each as it is shown: what the answer is about first."""
    own = [pane.name for pane in panes(place.content, base_of(place.target) or "prompt")]
    return list(dict.fromkeys([*own, *names(place.content)]))


def shown(raw: Any, place: Place) -> tuple[list[Passage], str]:
    """The passages for the form, and the quote that is still to be found in a text."""
    passages, quotes = [], []
    for one in raw if isinstance(raw, list) else []:
        try:
            passages.append(_shown(_passage(one, place), place))
        except Refused:
            if _is_quote(one):
                quotes.append(str(one["quote"]))
            else:
                words = str(one.get("text", "")) if isinstance(one, Mapping) else str(one)
                passages.append(Passage(words[:200] or "?", "not found", one if isinstance(one, str) else dumped(one)))
    return passages, "\n\n".join(quotes)


def _shown(passage: Mapping[str, Any], place: Place) -> Passage:
    return Passage(passage["text"], where(passage, place.content, place.order), dumped(passage))


def where(passage: Mapping[str, Any], content: Mapping[str, Any], order: Sequence[str] = ()) -> str:
    """What the text of a passage is called: Prompt, Document 2, Turn 3 of the conversation, Response A."""
    target = str(passage.get("target", ""))
    if target == "prompt":
        return "Prompt" if "prompt" in content else "The conversation"
    if target.startswith("c"):
        return f"Document {target[1:]}"
    return shown_label(content, target, order)
