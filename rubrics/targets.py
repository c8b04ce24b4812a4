"""What a criterion is asked about: the task, each response, each turn of the assistant, each marked span.

A target is "" for the task, "r1" for a response, "m3" for the third message of the conversation, "r1-m2" for the second
message of a response, and "<target of the spans>@<start>-<end>-<label>" for a span.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from rubrics.kinds import kind_of
from rubrics.kinds.base import Place, Refused, Span
from rubrics.models import Criterion, Scope
from rubrics.safe_text import fault

Raw = dict[str, dict[str, dict[str, Any]]]

LONGEST = 120
MOST_SPANS = 200
SPAN = re.compile(r"(?P<base>[a-z0-9-]*)@(?P<start>\d{1,7})-(?P<end>\d{1,7})-(?P<label>[A-Za-z0-9_-]*)")
TURN = re.compile(r"(?:(?P<response>r\d{1,3})-)?m(?P<number>\d{1,4})")
BY_ASSISTANT = "assistant"


def targets(
    criterion: Criterion, content: Mapping[str, Any], raw: Any = None, criteria: Iterable[Criterion] = ()
) -> list[str]:
    """What the criterion is asked about, in the order of the file.

    Nothing where the task has nothing to ask about. For spans these are the ones that the raw answers `raw` mark;
    `criteria` has to hold the criterion that marks them.
    """
    if not kind_of(criterion).asked(criterion, content):
        return []
    if criterion.scope == Scope.SPAN:
        return [target for target, _ in spans(criterion, content, raw, criteria)]
    return BY_SCOPE[criterion.scope](content)


def _responses(content: Mapping[str, Any]) -> list[str]:
    return [response["id"] for response in content.get("responses", ())]


def _turns(content: Mapping[str, Any]) -> list[str]:
    found = [f"m{number}" for number in _assistant_turns(content.get("messages", ()))]
    for response in content.get("responses", ()):
        numbers = _assistant_turns(response["messages"]) if "messages" in response else [1]
        found += [f"{response['id']}-m{number}" for number in numbers]
    return found


def _assistant_turns(messages: Iterable[Mapping[str, Any]]) -> list[int]:
    return [number for number, turn in enumerate(messages, 1) if turn.get("role") == BY_ASSISTANT]


BY_SCOPE: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    Scope.TASK: lambda content: [""],
    Scope.RESPONSE: _responses,
    Scope.TURN: _turns,
}


def spans(
    criterion: Criterion, content: Mapping[str, Any], raw: Any, criteria: Iterable[Criterion]
) -> list[tuple[str, Span]]:
    """The spans that raw answers mark for a criterion about spans, each with its target, in the order marked."""
    by = next((one for one in criteria if one.key == criterion.of), None)
    if by is None or by.scope == Scope.SPAN:
        return []
    found = {
        target: span
        for base in targets(by, content)
        for span in _marked(by, Place(content, base), entry_of(raw, by, base).get("value"))[:MOST_SPANS]
        if SPAN.fullmatch(target := span_target(base, span)) and len(target) <= LONGEST
    }
    return list(found.items())


def _marked(by: Criterion, place: Place, raw: Any) -> list[Span]:
    """What a raw answer marks: a quote counts once it is found in the text, and nothing is lost to another's fault."""
    kind = kind_of(by)
    try:
        return [] if kind.is_blank(by, raw) or fault(raw) else kind.marks(by, kind.clean(by, raw, place))
    except Refused:
        return kind.marks(by, raw)


def span_target(base: str, span: Span) -> str:
    """The target of a span that an answer about `base` marks."""
    return f"{base}@{span.start}-{span.end}-{span.label}"


def base_of(target: str) -> str:
    """What a span was marked in; any other target is its own."""
    return target.partition("@")[0]


def response_of(target: str) -> str:
    """The id of the response a target belongs to; "" for the task and for turns of the conversation."""
    base = base_of(target)
    turn = TURN.fullmatch(base)
    return (turn["response"] or "") if turn else base


def places(criteria: Iterable[Criterion], content: Mapping[str, Any], raw: Any) -> Iterator[tuple[Criterion, str]]:
    """Every criterion with each of its targets, whether its condition holds or not."""
    known = list(criteria)
    for criterion in known:
        for target in targets(criterion, content, raw, known):
            yield criterion, target


def prefix_of(criterion: Criterion, target: str) -> str:
    """The start of the names of the form fields of one answer."""
    return f"a.{criterion.key}.{target}"


def entry_of(raw: Any, criterion: Criterion, target: str) -> dict[str, Any]:
    """The raw entry of one answer, empty where there is none or it has another shape."""
    by_target = raw.get(criterion.key) if isinstance(raw, Mapping) else None
    entry = by_target.get(target) if isinstance(by_target, Mapping) else None
    return dict(entry) if isinstance(entry, Mapping) else {}
