"""A rubric as evaluators see it where there is no task: in the builder, on a version's page, before it is chosen."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

from evaltool.base.errors import Problem
from rubrics.answers import Row, form_rows
from rubrics.body import check_body, criteria_of, tidy_body
from rubrics.models import Criterion, Scope

# A task that has what a kind may want to show: two responses, each with a text to mark, and points of its own.
SAMPLE: dict[str, Any] = {
    "version": 1,
    "prompt": "What should I take along on a day's walk?",
    "responses": [
        {"id": "r1", "text": "Take water, a map and a jacket. Tell somebody where you are going."},
        {"id": "r2", "text": "A phone is enough. Most paths have signs, and the weather seldom changes."},
    ],
    "criteria": [
        {"key": "i1", "title": "A point written for this task", "help": "", "points": 5},
        {"key": "i2", "title": "Something a good answer must not do", "help": "", "points": -2},
    ],
}
LONELY: dict[str, Any] = {"condition": None, "of": ""}  # what a criterion says about others of its rubric


def sample_rows(criteria: Sequence[Criterion]) -> list[Row]:
    """One row per criterion, in order, about the sample: of several targets only the first is shown."""
    first: dict[str, Row] = {}
    for row in form_rows(criteria, SAMPLE, {}):
        first.setdefault(row.criterion.key, row)
    rows = [first.get(one.key) or _about_the_task(one) for one in criteria]
    return [replace(row, number=number) for number, row in enumerate(rows, start=1)]


def _about_the_task(criterion: Criterion) -> Row:
    """The row of a criterion about something the sample has not, such as a marked span."""
    lonely = copy(criterion)
    lonely.condition, lonely.of, lonely.scope = None, "", Scope.TASK
    return form_rows([lonely], SAMPLE, {})[0]


def preview(criterion: Mapping[str, Any], index: int) -> tuple[Row | None, list[Problem]]:
    """A raw criterion as an evaluator sees it at this place, or what has to be put right in it first.

    What it says about other criteria of its rubric is left aside: they may not be there yet.
    """
    alone = {**criterion, **LONELY, "key": criterion.get("key") or "preview"}
    if alone.get("scope") == Scope.SPAN:
        alone["scope"] = Scope.TASK.value
    alone = {name: value for name, value in alone.items() if name not in LONELY or name in criterion}
    problems = check_body({"criteria": [alone]})
    if problems:
        return None, problems
    [row] = sample_rows(criteria_of(tidy_body({"criteria": [alone]})))
    return replace(row, number=index + 1), []
