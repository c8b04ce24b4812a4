"""Which of a model's labels an evaluator sees: none, all from the start, or each once they have answered it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction

from accounts.models import User
from evaltool.base.errors import RuleBroken
from projects.models import Policy
from rubrics.answers import CleanAnswer
from rubrics.answers.labels import Labels, answered_places, as_raw_labels, labels_of, state_of, with_labels
from rubrics.models import Criterion
from tasks.models import Assignment, Draft
from tasks.terms import policy_for
from tasks.working import save_draft

Mode = Policy.Prelabels


def mode_of(assignment: Assignment) -> str:
    """What the project's policy says; off for a task without labels."""
    if not assignment.task.content.get("prelabels"):
        return Mode.OFF
    return policy_for(assignment, assignment.batch.project).prelabels


def shown_labels(assignment: Assignment, criteria: Sequence[Criterion], saved: Any) -> Labels:
    """The labels to be seen beside the answers saved so far.

    Only what the server has kept counts as answered: before that a label is nowhere on the page.
    """
    mode = mode_of(assignment)
    if mode == Mode.OFF:
        return {}
    labels = labels_of(criteria, assignment.task.content)
    if mode == Mode.SHOWN:
        return labels
    seen = answered_places(criteria, saved, labels)
    return {at: value for at, value in labels.items() if at in seen}


def starting_answers(assignment: Assignment, criteria: Sequence[Criterion]) -> dict[str, Any]:
    """What an untouched form holds: the labels where they are filled in from the start, else nothing."""
    return as_raw_labels(shown_labels(assignment, criteria, {})) if mode_of(assignment) == Mode.SHOWN else {}


def label_states(
    assignment: Assignment, criteria: Sequence[Criterion], answers: Iterable[CleanAnswer]
) -> dict[tuple[str, str], str]:
    """By place, whether an answer confirms or changes the label its author had seen when they handed it in."""
    mode = mode_of(assignment)
    if mode == Mode.OFF:
        return {}
    draft = Draft.objects.filter(assignment=assignment).first() if mode == Mode.AFTER else None
    shown = shown_labels(assignment, criteria, draft.data if draft else {})
    given = {(answer.criterion.key, answer.target): answer.value for answer in answers}
    return {at: state_of(given[at], label) for at, label in shown.items() if at in given}


@transaction.atomic
def confirm_labels(*, assignment: Assignment, criteria: Sequence[Criterion], by: User) -> Draft:
    """Put the model's label wherever nothing is answered yet, in the saved draft; what was answered stays.

    Raises RuleBroken where labels are not filled in from the start, StaleState for somebody else's task.
    """
    if mode_of(assignment) != Mode.SHOWN:
        raise RuleBroken("There are no labels to confirm here.")
    draft = Draft.objects.filter(assignment=assignment).first()
    filled = with_labels(criteria, draft.data if draft else {}, shown_labels(assignment, criteria, {}))
    return save_draft(assignment=assignment, data=filled, revision=draft.revision if draft else 0, by=by)
