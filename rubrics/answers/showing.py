"""The rubric as a form: one row per criterion and target, grouped by response in the order shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from evaltool.base.errors import Problem
from rubrics.answers import rationale
from rubrics.answers.cleaning import field_of
from rubrics.answers.posting import entry_of, prefix_of
from rubrics.kinds import kind_of
from rubrics.kinds.base import NA, Place, is_na
from rubrics.models import Criterion, Rationale, Scope

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Row:
    """One answer of the form. `control` is what the kind's own template needs, `prefix` starts its field names."""

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
        """ "done", "left" or, for a criterion that may stay open, "optional"."""
        return "done" if self.answered else "left" if self.criterion.required else "optional"


@dataclass(frozen=True)
class Group:
    """The rows about one response ("Response A"), or about the task."""

    target: str
    label: str
    rows: list[Row]


@dataclass(frozen=True)
class EvaluationForm:
    """What `templates/rubrics/form.html` renders."""

    groups: list[Group]
    disabled: bool = False
    problems: Sequence[Problem] = field(default_factory=tuple)

    @property
    def rows(self) -> list[Row]:
        """Every row in the order shown."""
        return [row for group in self.groups for row in group.rows]

    @property
    def strays(self) -> list[Problem]:
        """Problems that belong to no row, such as an answer to a criterion of another version."""
        fields = {field_of(row.criterion, row.target) for row in self.rows}
        return [problem for problem in self.problems if problem.field not in fields]

    @property
    def total(self) -> int:
        """How many answers the form asks for, leaving out optional ones nobody gave."""
        return sum(row.progress != "optional" for row in self.rows)

    @property
    def done(self) -> int:
        """How many of these are given."""
        return sum(row.answered for row in self.rows)

    @property
    def open_id(self) -> str:
        """The row that stands open at first: the first with a problem, else the first still to be given."""
        wrong = next((row for row in self.rows if row.errors), self.left)
        return wrong.id if wrong else ""

    @property
    def left(self) -> Row | None:
        """The first answer still to be given."""
        return next((row for row in self.rows if row.progress == "left"), None)


def response_label(content: Mapping[str, Any], target: str, order: Sequence[str] = ()) -> str:
    """What a response is called where it is judged: "Response A" in the order shown, "Response" if alone."""
    shown = shown_order(content, order)
    return f"Response {LETTERS[shown.index(target) % 26]}" if len(shown) > 1 else "Response"


def shown_order(content: Mapping[str, Any], order: Sequence[str] = ()) -> list[str]:
    """Ids of the responses as shown: `order` first, whatever it leaves out after it."""
    return Place(content, order=order).shown


def evaluation_form(
    criteria: Sequence[Criterion],
    content: Mapping[str, Any],
    raw: Any,
    problems: Iterable[Problem] = (),
    *,
    order: Sequence[str] = (),
    disabled: bool = False,
    sections: Mapping[str, str] | None = None,
) -> EvaluationForm:
    """The form for raw answers as typed: criteria about responses by response, then those about the task.

    `order` is the order in which the responses are shown; `problems` come from `clean_answers`; `sections` maps the
    anchors of the guideline's sections to what they are called, for links to those a criterion rests on.
    """
    found, titles = list(problems), sections or {}
    groups = []
    about_responses = [c for c in criteria if c.scope != Scope.TASK]
    for target in shown_order(content, order):
        label = response_label(content, target, order)
        rows = _rows(about_responses, Place(content, target, order), label, raw, found, titles)
        groups.append(Group(target, label, rows))
    rest = [c for c in criteria if c.scope == Scope.TASK]
    about_task = _rows(rest, Place(content, "", order), "", raw, found, titles, first=len(about_responses) + 1)
    groups.append(Group("", "The task as a whole" if groups else "", about_task))
    return EvaluationForm([group for group in groups if group.rows], disabled, found)


def form_rows(
    criteria: Sequence[Criterion],
    content: Mapping[str, Any],
    raw: Any,
    problems: Iterable[Problem] = (),
    *,
    order: Sequence[str] = (),
) -> list[Row]:
    """The rows of `evaluation_form`, without their groups."""
    return evaluation_form(criteria, content, raw, problems, order=order).rows


def _rows(
    criteria: Sequence[Criterion],
    place: Place,
    label: str,
    raw: Any,
    problems: Sequence[Problem],
    titles: Mapping[str, str],
    first: int = 1,
) -> list[Row]:
    rows = [_row(one, place, label, number, raw, problems) for number, one in enumerate(criteria, start=first)]
    return [replace(row, sections=_sections(row.criterion, titles)) for row in rows]


def _sections(criterion: Criterion, titles: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(anchor, titles[anchor]) for anchor in criterion.sections if anchor in titles]


def _row(criterion: Criterion, place: Place, label: str, number: int, raw: Any, problems: Sequence[Problem]) -> Row:
    kind, target = kind_of(criterion), place.target
    entry = entry_of(raw, criterion, target)
    na = bool(entry.get("na")) or is_na(entry.get("value"))
    value = None if na else entry.get("value")
    reason = entry.get("rationale")
    return Row(
        criterion=criterion,
        target=target,
        number=number,
        label=f"{criterion.title}, {label}" if label else criterion.title,
        prefix=prefix_of(criterion, target),
        id="-".join(part for part in ("a", criterion.key, target) if part),
        template=kind.template,
        control=kind.form_context(criterion, value, place),
        na_box=criterion.allow_na and not kind.na_posted,
        value=value,
        na=na,
        rationale=reason if isinstance(reason, str) else "",
        hint=rationale.hint(criterion),
        errors=[problem.reason for problem in problems if problem.field == field_of(criterion, target)],
        answered=na or not kind.is_blank(criterion, value),
    )
