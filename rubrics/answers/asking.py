"""Which answers a task asks for, given the raw answers so far: its places, and where conditions hold."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from rubrics import conditions
from rubrics.kinds import kind_of
from rubrics.kinds.base import NA, Place, Refused, Span, is_na
from rubrics.models import Criterion, Scope
from rubrics.safe_text import fault
from rubrics.targets import entry_of, spans, targets


class Asking:
    """The criteria of a rubric put to one task, while raw answers come in. Values are cleaned once, where needed."""

    def __init__(
        self,
        criteria: Sequence[Criterion],
        content: Mapping[str, Any],
        raw: Any,
        order: Sequence[str] = (),
        *,
        numbered: bool = False,
    ) -> None:
        self.criteria, self.content, self.raw, self.order = criteria, content, raw, order
        self.numbered = numbered
        self.by_key = {criterion.key: criterion for criterion in criteria}
        self._values: dict[tuple[str, str], Any] = {}

    @cached_property
    def spans(self) -> dict[str, dict[str, Span]]:
        """For each criterion about spans, what is marked so far by target."""
        about = [criterion for criterion in self.criteria if criterion.scope == Scope.SPAN]
        return {one.key: dict(spans(one, self.content, self.raw, self.criteria)) for one in about}

    def targets(self, criterion: Criterion) -> list[str]:
        """What the criterion is about, whether its condition holds or not."""
        if criterion.scope == Scope.SPAN:
            return list(self.spans[criterion.key])
        return targets(criterion, self.content)

    def place(self, target: str) -> Place:
        """Where an answer stands."""
        return Place(self.content, target, self.order, self.numbered)

    def is_asked(self, criterion: Criterion, target: str) -> bool:
        """Whether the answers so far ask for this one."""
        rests_on = conditions.rests_on(criterion, target, self.by_key)
        other = conditions.other_of(criterion, self.by_key)
        return all(self.is_asked(*place) for place in rests_on) and (
            other is None
            or conditions.holds(criterion, other, self.value_of(other, conditions.looks_at(other, target)))
        )

    def value_of(self, criterion: Criterion, target: str) -> Any:
        """The clean value at a place, None where there is none or it does not fit."""
        key = (criterion.key, target)
        if key not in self._values:
            self._values[key] = self._clean(criterion, target)
        return self._values[key]

    def _clean(self, criterion: Criterion, target: str) -> Any:
        entry = entry_of(self.raw, criterion, target)
        try:
            return None if not entry or fault(list(entry.values())) else value_in(criterion, self.place(target), entry)
        except Refused:
            return None


def value_in(criterion: Criterion, place: Place, entry: Mapping[str, Any]) -> Any:
    """The clean value of a raw entry, `{"na": true}`, or None for none. Raises Refused."""
    raw, na = entry.get("value"), entry.get("na", False)
    if not isinstance(na, bool | None):
        raise Refused("“na” is true or false.")
    blank = kind_of(criterion).is_blank(criterion, raw)
    if na or is_na(raw):
        if not criterion.allow_na:
            raise Refused("N/A is not allowed here.")
        if not blank and raw not in (NA, []):
            raise Refused("This is both answered and N/A.")
        return dict(NA)
    return None if blank else kind_of(criterion).clean(criterion, raw, place)
