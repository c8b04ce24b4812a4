"""Criteria that are asked only where another answer has a given value.

A condition is `{"criterion": key, "values": [tokens]}`: the tokens are the other kind's `cases`, or "na". It looks at
the same target, or at the task where the other criterion is about the task. A criterion about spans is asked where the
criterion that marks them is.
"""

from collections.abc import Callable, Mapping
from typing import Any

from rubrics.kinds import kind_of
from rubrics.kinds.base import is_na
from rubrics.kinds.checks import either
from rubrics.models import Criterion, Scope
from rubrics.targets import base_of, span_target

NA_CASE = "na"

ValueOf = Callable[[Criterion, str], Any]
"""The clean value at a place, None where nothing is answered."""


def rests_on(criterion: Criterion, target: str, criteria: Mapping[str, Criterion]) -> list[tuple[Criterion, str]]:
    """The places that decide whether this one is asked: the criterion that marks the span, the condition's."""
    found = []
    if criterion.scope == Scope.SPAN and criterion.of in criteria:
        found.append((criteria[criterion.of], base_of(target)))
    if other := other_of(criterion, criteria):
        found.append((other, looks_at(other, target)))
    return found


def looks_at(other: Criterion, target: str) -> str:
    """The target of the other criterion that a condition at `target` looks at."""
    return "" if other.scope == Scope.TASK else target


def other_of(criterion: Criterion, criteria: Mapping[str, Criterion]) -> Criterion | None:
    """The criterion that a condition looks at, None without a condition."""
    return criteria.get(criterion.condition["criterion"]) if criterion.condition else None


def is_asked(criterion: Criterion, target: str, criteria: Mapping[str, Criterion], value_of: ValueOf) -> bool:
    """Whether answers, by their clean values, ask for this one: a condition holds, a span is marked."""
    if not all(is_asked(*place, criteria, value_of) for place in rests_on(criterion, target, criteria)):
        return False
    return is_marked(criterion, target, criteria, value_of) and (
        (other := other_of(criterion, criteria)) is None
        or holds(criterion, other, value_of(other, looks_at(other, target)))
    )


def is_marked(criterion: Criterion, target: str, criteria: Mapping[str, Criterion], value_of: ValueOf) -> bool:
    """Whether the span a target names is marked; true for every other target."""
    if criterion.scope != Scope.SPAN or criterion.of not in criteria:
        return True
    by, base = criteria[criterion.of], base_of(target)
    value = value_of(by, base)
    if value is None or is_na(value):
        return False
    return target in {span_target(base, span) for span in kind_of(by).marks(by, value)}


def holds(criterion: Criterion, other: Criterion, value: Any) -> bool:
    """Whether a value of the other criterion meets this one's condition."""
    return bool(met(other, value) & set((criterion.condition or {})["values"]))


def met(other: Criterion, value: Any) -> frozenset[str]:
    """The cases an answer meets: none while it is not given, "na" for N/A, else its kind's."""
    if value is None:
        return frozenset()
    return frozenset({NA_CASE}) if is_na(value) else kind_of(other).cases_met(other, value)


def cases(other: Criterion) -> list[tuple[str, str]]:
    """What a condition can ask of a criterion's answer: (token, words)."""
    return kind_of(other).cases(other) + ([(NA_CASE, "N/A")] if other.allow_na else [])


def in_words(criterion: Criterion, other: Criterion) -> str:
    """Only if “Can it be rated?” is No."""
    words = dict(cases(other))
    values = [words.get(token, token) for token in (criterion.condition or {})["values"]]
    return f"Only if “{other.title}” is {either(values)}."
