"""One answer of the form as data: what its control needs, what was typed, what is wrong with it, when it is asked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rubrics import conditions
from rubrics.answers import evidence, rationale
from rubrics.answers.asking import Asking
from rubrics.answers.cleaning import field_of
from rubrics.kinds import kind_of
from rubrics.kinds.base import NA, Span, is_na
from rubrics.models import Criterion, Rationale, Scope
from rubrics.targets import base_of, entry_of, prefix_of


@dataclass(frozen=True)
class When:
    """When a row is asked, for the script and in words: the answer called `name` has one of `values`.

    `within` is the row that marks the span this one is about: asked only where that one is.
    """

    words: str = ""
    name: str = ""
    values: str = ""
    within: str = ""


ALWAYS = When()


@dataclass(frozen=True)
class Row:
    """One answer of the form. `control` is what the kind's own template needs, `prefix` starts its field names.

    `model_label` is a model's label in words, "" while it is not to be seen, None where there are no labels.
    """

    criterion: Criterion
    target: str
    number: int
    label: str
    prefix: str
    id: str
    template: str
    control: dict[str, Any]
    na_box: bool
    value: Any
    na: bool
    rationale: str
    hint: str
    errors: list[str]
    answered: bool
    sections: list[tuple[str, str]] = field(default_factory=list)
    passages: list[evidence.Passage] = field(default_factory=list)
    quote: str = ""
    deferred: bool = False
    model_label: str | None = None
    about: str = ""
    asked: bool = True
    when: When = ALWAYS

    @property
    def error(self) -> str:
        """Every problem with this answer in one text."""
        return " ".join(self.errors)

    @property
    def asks_why(self) -> bool:
        """Whether a reason can be given."""
        return self.criterion.rationale != Rationale.NEVER

    @property
    def uses_tolerance(self) -> bool:
        """Whether the criterion's tolerance means something."""
        return kind_of(self.criterion).uses_tolerance

    @property
    def why(self) -> str:
        """The question for a reason."""
        return kind_of(self.criterion).why

    @property
    def na_hint(self) -> str:
        """What choosing N/A means, and whether it wants a reason."""
        owed = rationale.is_owed(self.criterion, NA)
        return "Does not apply to this task." + (" Say why." if owed else "")

    @property
    def progress(self) -> str:
        """ "done", "left", "optional" for a criterion that may stay open, "unasked" where its condition fails."""
        if not self.asked:
            return "unasked"
        return "done" if self.answered else "left" if self.criterion.required else "optional"


@dataclass(frozen=True)
class Sheet:
    """What every row of a form draws on."""

    asking: Asking
    errors: Mapping[str, Sequence[str]]
    numbers: Mapping[str, int]
    titles: Mapping[str, str]
    labels: Mapping[tuple[str, str], str] | None = None


def row_of(sheet: Sheet, criterion: Criterion, target: str, label: str, span: Span | None = None) -> Row:
    """The row of one criterion and target; `label` is what the target is called, `span` what is marked there."""
    kind, asking = kind_of(criterion), sheet.asking
    entry = entry_of(asking.raw, criterion, target)
    na = bool(entry.get("na")) or is_na(entry.get("value"))
    value = None if na else entry.get("value")
    reason = entry.get("rationale")
    passages, quote = evidence.shown(entry.get("evidence"), asking.place(target))
    return Row(
        criterion=criterion,
        target=target,
        number=sheet.numbers[criterion.key],
        label=f"{criterion.title}, {label}" if label else criterion.title,
        prefix=prefix_of(criterion, target),
        id=row_id(criterion, target),
        template=kind.template,
        control=kind.form_context(criterion, value, asking.place(target)),
        na_box=criterion.allow_na and not kind.na_posted,
        value=value,
        na=na,
        rationale=reason if isinstance(reason, str) else "",
        hint=rationale.hint(criterion),
        errors=list(sheet.errors.get(field_of(criterion, target), ())),
        answered=na or kind.is_done(criterion, value, asking.place(target)),
        sections=[(anchor, sheet.titles[anchor]) for anchor in criterion.sections if anchor in sheet.titles],
        passages=passages,
        quote=quote,
        deferred=entry.get("deferred") is True,
        model_label=None if sheet.labels is None else sheet.labels.get((criterion.key, target), ""),
        about=", ".join(part for part in (label, span.title) if part) if span else "",
        asked=asking.is_asked(criterion, target),
        when=_when(criterion, target, asking.by_key),
    )


def row_id(criterion: Criterion, target: str) -> str:
    """The element of a row on the page."""
    return "-".join(part for part in ("a", criterion.key, target.replace("@", "_")) if part)


def _when(criterion: Criterion, target: str, by_key: Mapping[str, Criterion]) -> When:
    other = conditions.other_of(criterion, by_key)
    by = by_key.get(criterion.of) if criterion.scope == Scope.SPAN else None
    if other is None and by is None:
        return ALWAYS
    within = prefix_of(by, base_of(target)) if by else ""
    if other is None:
        return When(within=within)
    return When(
        words=conditions.in_words(criterion, other),
        name=prefix_of(other, conditions.looks_at(other, target)),
        values=json.dumps((criterion.condition or {})["values"]),
        within=within,
    )
