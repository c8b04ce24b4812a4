"""What targets are called where people read them: Response A, Turn 2 of response A, “quoted words” in response A."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rubrics.kinds.base import LETTERS, Place
from rubrics.marking import plain_text
from rubrics.targets import SPAN, TURN, base_of, response_of

SHORT = 60

NameOf = Callable[[str], str]
"""What a reader calls a response, by its id."""


def response_label(content: Mapping[str, Any], target: str, order: Sequence[str] = ()) -> str:
    """What a response is called where it is judged: "Response A" in the order shown, "Response" if alone."""
    shown = shown_order(content, order)
    return f"Response {LETTERS[shown.index(target) % len(LETTERS)]}" if len(shown) > 1 else "Response"


def shown_order(content: Mapping[str, Any], order: Sequence[str] = ()) -> list[str]:
    """Ids of the responses as shown: `order` first, whatever it leaves out after it."""
    return Place(content, order=order).shown


def target_label(content: Mapping[str, Any], target: str, name_of: NameOf, quote: str = "") -> str:
    """What a target is called by a reader who calls the responses by these names; "" for the task.

    `quote` are the words of a marked span, where they are known.
    """
    place = _text_label(content, base_of(target), name_of)
    words = span_words(content, target, quote)
    if not words:
        return place
    return f"“{words}” in {_inside(place)}" if place else f"“{words}”"


def shown_label(content: Mapping[str, Any], target: str, order: Sequence[str] = (), quote: str = "") -> str:
    """What a target is called where it is judged, responses by letter in the order shown; "" for the task."""
    return target_label(content, target, lambda response: response_label(content, response, order), quote)


def _text_label(content: Mapping[str, Any], base: str, name_of: NameOf) -> str:
    turn, response = TURN.fullmatch(base), response_of(base)
    if not turn:
        return name_of(base) if base else ""
    if not response:
        return f"Turn {turn['number']} of the conversation"
    name = name_of(response)
    return f"Turn {turn['number']} of {_inside(name)}" if has_turns(content, response) else name


def _inside(name: str) -> str:
    """A name within a sentence: response A, the response."""
    return "the response" if name == "Response" else name[:1].lower() + name[1:]


def has_turns(content: Mapping[str, Any], response: str) -> bool:
    """Whether a response is a conversation, so that its turns need numbers."""
    return any(one["id"] == response and "messages" in one for one in content.get("responses", ()))


def span_words(content: Mapping[str, Any], target: str, given: str = "") -> str:
    """The words a span marks, on one line and shortened: those given, else those of the text; "" for no span."""
    span = SPAN.fullmatch(target)
    if not span:
        return ""
    text = given or plain_text(content, span["base"] or "prompt")[int(span["start"]) : int(span["end"])]
    words = " ".join(text.split()) or f"{span['start']} to {span['end']}"
    return words if len(words) <= SHORT else words[: SHORT - 1].rstrip() + "…"
