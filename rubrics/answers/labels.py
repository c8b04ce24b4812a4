"""A model's own labels of a task: what answers they make, what they say, and which answers confirm them.

They come with the task's content as `{"prelabels": {criterion: {target: raw value}}}`. A label that does not fit its
criterion is left aside.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rubrics.answers.asking import Asking, value_in
from rubrics.comparing import describe
from rubrics.kinds import kind_of
from rubrics.kinds.base import NA, Place, Refused, is_na
from rubrics.models import Criterion, Scope
from rubrics.safe_text import fault
from rubrics.targets import Raw, entry_of

At = tuple[str, str]
"""A criterion's key and a target."""
Labels = dict[At, Any]
"""Clean values."""

CONFIRMED, CHANGED = "confirmed", "changed"


def labels_of(criteria: Sequence[Criterion], content: Mapping[str, Any]) -> Labels:
    """The model's labels as clean values, by place; a span's only where the model marked it itself."""
    given = content.get("prelabels")
    if not isinstance(given, Mapping) or not given:
        return {}
    first = [criterion for criterion in criteria if criterion.scope != Scope.SPAN]
    found = _fitting(first, Asking(first, content, {}), given)
    about_spans = [criterion for criterion in criteria if criterion.scope == Scope.SPAN]
    return found | _fitting(about_spans, Asking(criteria, content, as_raw_labels(found)), given)


def _fitting(criteria: Iterable[Criterion], asking: Asking, given: Mapping[str, Any]) -> Labels:
    found: Labels = {}
    for criterion in criteria:
        by_target: Any = given.get(criterion.key)
        for target in asking.targets(criterion) if isinstance(by_target, Mapping) else ():
            value = _value(criterion, asking.place(target), by_target.get(target))
            if value is not None:
                found[criterion.key, target] = value
    return found


def _value(criterion: Criterion, place: Place, label: Any) -> Any:
    if label is None or fault(label):
        return None
    if is_na(label):
        return dict(NA) if criterion.allow_na else None
    try:
        return value_in(criterion, place, {"value": kind_of(criterion).prefill(criterion, label, place)})
    except Refused:
        return None


def as_raw_labels(labels: Labels) -> Raw:
    """The raw answers that labels make."""
    raw: Raw = {}
    for (key, target), value in labels.items():
        na = is_na(value)
        raw.setdefault(key, {})[target] = {"value": None if na else value, "na": na}
    return raw


def with_labels(criteria: Iterable[Criterion], raw: Mapping[str, Any], labels: Labels) -> Raw:
    """The raw answers with a label wherever nothing is answered; what was said already stays."""
    by_key = {criterion.key: criterion for criterion in criteria}
    filled: Raw = {key: dict(by_target) for key, by_target in raw.items() if isinstance(by_target, Mapping)}
    for key, by_target in as_raw_labels(labels).items():
        for target, entry in by_target.items():
            own = entry_of(raw, by_key[key], target)
            if not is_answered(by_key[key], own):
                filled.setdefault(key, {})[target] = {**own, **entry}
    return filled


def answered_places(criteria: Iterable[Criterion], raw: Any, labels: Labels) -> set[At]:
    """The labeled places that raw answers have answered."""
    by_key = {criterion.key: criterion for criterion in criteria}
    return {(key, target) for key, target in labels if is_answered(by_key[key], entry_of(raw, by_key[key], target))}


def is_answered(criterion: Criterion, entry: Mapping[str, Any]) -> bool:
    """Whether a raw entry says something, right or wrong."""
    value = entry.get("value")
    return bool(entry.get("na")) or is_na(value) or not kind_of(criterion).is_blank(criterion, value)


def in_words(criteria: Iterable[Criterion], labels: Labels) -> dict[At, str]:
    """What each label says."""
    by_key = {criterion.key: criterion for criterion in criteria}
    return {at: describe(by_key[at[0]], value) for at, value in labels.items()}


def state_of(value: Any, label: Any) -> str:
    """Whether an answer confirms the label that was shown with it, or changes it."""
    return CONFIRMED if value == label else CHANGED
