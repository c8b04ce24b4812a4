"""The rubric as a form: one row per criterion and target, grouped by what they are about in the order shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaltool.base.errors import Problem
from rubrics.answers.asking import Asking
from rubrics.answers.cleaning import field_of
from rubrics.answers.naming import has_turns, response_label, shown_label, shown_order
from rubrics.answers.rows import Row, Sheet, row_of
from rubrics.models import Criterion, Scope
from rubrics.targets import TURN, base_of, response_of

__all__ = ["EvaluationForm", "Group", "Row", "evaluation_form", "form_rows", "response_label", "rows_at", "shown_order"]

FIRST = "first"  # the group of what others hang on; no target is called so


@dataclass(frozen=True)
class Group:
    """The rows about one response ("Response A"), one turn, or the task; and what has to be decided first."""

    target: str
    label: str
    rows: list[Row]


@dataclass(frozen=True)
class EvaluationForm:
    """What `templates/rubrics/form.html` renders.

    `labeled`: a model's labels come with it; `prefilled`: they are filled in from the start.
    """

    groups: list[Group]
    disabled: bool = False
    problems: Sequence[Problem] = field(default_factory=tuple)
    labeled: bool = False
    prefilled: bool = False

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
        """How many answers the form asks for; optional ones are not counted, given or not."""
        return sum(row.criterion.required and row.progress in {"done", "left"} for row in self.rows)

    @property
    def done(self) -> int:
        """How many of these are given."""
        return sum(row.criterion.required and row.progress == "done" for row in self.rows)

    @property
    def open_id(self) -> str:
        """The row that stands open at first: the first with a problem, else the first still to be given."""
        wrong = next((row for row in self.rows if row.errors), self.left)
        return wrong.id if wrong else ""

    @property
    def asks_points(self) -> bool:
        """Whether the points of the task itself are asked for here, so that nobody has to read them twice."""
        return any(row.control.get("from_task") for row in self.rows)

    @property
    def left(self) -> Row | None:
        """The first answer still to be given."""
        return next((row for row in self.rows if row.progress == "left"), None)


def evaluation_form(
    criteria: Sequence[Criterion],
    content: Mapping[str, Any],
    raw: Any,
    problems: Iterable[Problem] = (),
    *,
    order: Sequence[str] = (),
    disabled: bool = False,
    sections: Mapping[str, str] | None = None,
    labels: Mapping[tuple[str, str], str] | None = None,
    prefilled: bool = False,
) -> EvaluationForm:
    """The form for raw answers as typed: turns of the conversation, then response by response, then the task.

    `order` is the order in which the responses are shown; `problems` come from `clean_answers`; `sections` maps the
    anchors of the guideline's sections to what they are called, for links to those a criterion rests on. `labels` are a
    model's labels in words by (key, target), as far as they may be seen; None where there are none.
    """
    found = list(problems)
    asking = Asking(criteria, content, raw, order)
    sheet = Sheet(asking, _by_field(found), _numbers(criteria), sections or {}, labels)
    groups: dict[str, list[Row]] = {}
    first = _decided_first(criteria)
    for row in _in_order(sheet):
        key = FIRST if row.criterion.key in first else _group_of(content, row.target)
        groups.setdefault(key, []).append(row)
    several = len(groups) > 1
    shown = [
        Group(key, _group_label(content, key, order, several), groups[key])
        for key in sorted(groups, key=lambda key: _group_place(content, key, order))
    ]
    return EvaluationForm(shown, disabled, found, labels is not None, prefilled)


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


def rows_at(
    at: Iterable[tuple[Criterion, str]], content: Mapping[str, Any], raw: Any, problems: Iterable[Problem] = ()
) -> list[Row]:
    """Rows at exactly these places, whatever conditions say and whoever marked the spans, for a lead to decide."""
    places = list(at)
    criteria = list({criterion.key: criterion for criterion, _ in places}.values())
    sheet = Sheet(Asking(criteria, content, raw, numbered=True), _by_field(list(problems)), _numbers(criteria), {})
    return [row_of(sheet, criterion, target, shown_label(content, target)) for criterion, target in places]


def row_places(criteria: Sequence[Criterion], content: Mapping[str, Any], raw: Any) -> list[tuple[str, str]]:
    """The places whose being there hangs on the raw answers: those about marked spans."""
    about_spans = [criterion for criterion in criteria if criterion.scope == Scope.SPAN]
    asking = Asking(criteria, content, raw)
    return [(criterion.key, target) for criterion in about_spans for target in asking.targets(criterion)]


def _by_field(problems: Sequence[Problem]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.field, []).append(problem.reason)
    return found


def _decided_first(criteria: Sequence[Criterion]) -> set[str]:
    """Criteria about the task on which others hang that stand above them: "can it be rated?" comes before rating."""
    about_task = {criterion.key: criterion for criterion in criteria if criterion.scope == Scope.TASK}
    hanging = [c for c in criteria if c.scope != Scope.TASK]
    first: set[str] = set()
    while hanging:
        named = {c.condition["criterion"] for c in hanging if c.condition} & (about_task.keys() - first)
        first |= named
        hanging = [about_task[key] for key in named]
    return first


def _numbers(criteria: Sequence[Criterion]) -> dict[str, int]:
    """Criteria count from 1 in the order of the page: those about the task come last, but for those others hang on."""
    scopes = {criterion.key: criterion.scope for criterion in criteria}
    first = _decided_first(criteria)

    def place(criterion: Criterion) -> int:
        scope = scopes.get(criterion.of, criterion.scope) if criterion.scope == Scope.SPAN else criterion.scope
        return 0 if criterion.key in first else 2 if scope == Scope.TASK else 1

    return {criterion.key: number for number, criterion in enumerate(sorted(criteria, key=place), start=1)}


def _in_order(sheet: Sheet) -> list[Row]:
    """Every row; what is asked about a span follows the criterion that marks it, span by span."""
    asking, content = sheet.asking, sheet.asking.content
    positions = {criterion.key: place for place, criterion in enumerate(asking.criteria)}
    found: list[tuple[tuple[int, int, int], Row]] = []
    for position, criterion in enumerate(asking.criteria):
        spans = asking.spans.get(criterion.key, {})
        for number, target in enumerate(asking.targets(criterion), start=1):
            span = spans.get(target)
            label = shown_label(content, target, asking.order, span.text if span else "")
            row = row_of(sheet, criterion, target, label, span)
            place = (positions[criterion.of], number, position) if spans else (position, 0, 0)
            found.append((place, row))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def _group_of(content: Mapping[str, Any], target: str) -> str:
    """What a row stands under: a turn of its own only where there are several."""
    base, response = base_of(target), response_of(target)
    return response if response and not has_turns(content, response) else base


def _group_place(content: Mapping[str, Any], key: str, order: Sequence[str]) -> tuple[int, int, int]:
    if key == FIRST:
        return (-1, 0, 0)
    turn, response = TURN.fullmatch(key), response_of(key)
    number = int(turn["number"]) if turn else 0
    if response:
        return (1, shown_order(content, order).index(response), number)
    return (0, 0, number) if key else (2, 0, 0)


def _group_label(content: Mapping[str, Any], key: str, order: Sequence[str], several: bool) -> str:
    if key and key != FIRST:
        return shown_label(content, key, order)
    return ("First, about the task" if key else "The task as a whole") if several else ""
