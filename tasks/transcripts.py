"""What people said with the project's model, put into the content that a form is made of and an answer cleaned with.

The rows of `Exchange` are the transcript; a browser's copy of it is never believed. Rubrics without a criterion that
converses cost no query.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from projects.models import ModelEndpoint
from rubrics.kinds import kind_of
from rubrics.models import Criterion
from rubrics.targets import targets
from tasks.models import Assignment, Exchange

State = Exchange.State
At = tuple[str, str]


def converses(criterion: Criterion) -> bool:
    """Whether answers to it come from talking with the project's model, where there is one."""
    return kind_of(criterion).conversation(criterion) is not None


def endpoint_for(assignment: Assignment) -> ModelEndpoint | None:
    """The model to talk to; None where there is none or it is switched off."""
    return ModelEndpoint.objects.filter(project=assignment.batch.project_id, enabled=True).first()


def exchanges_of(assignment: Assignment, criteria: Iterable[Criterion]) -> dict[At, list[Exchange]]:
    """Every exchange of the assignment in order, by (key of the criterion, target)."""
    keys = {criterion.pk: criterion.key for criterion in criteria}
    rows = Exchange.objects.filter(assignment=assignment).order_by("criterion_id", "target", "number")
    by_place = groupby(rows, key=lambda row: (keys.get(row.criterion_id, ""), row.target))
    return {place: list(found) for place, found in by_place}


def with_transcripts(assignment: Assignment, criteria: Sequence[Criterion]) -> Mapping[str, Any]:
    """The task's content, with what was said so far under `transcripts`, as the server has it."""
    content: Mapping[str, Any] = assignment.task.content
    talking = [criterion for criterion in criteria if converses(criterion)]
    if not talking:
        return content
    offered, said = endpoint_for(assignment) is not None, exchanges_of(assignment, talking)
    return {**content, **conversations(content, talking, said, offered=offered)}


def conversations(
    content: Mapping[str, Any],
    talking: Sequence[Criterion],
    said: Mapping[At, Sequence[Exchange]],
    *,
    offered: bool,
) -> dict[str, Any]:
    """The key `transcripts`: the turns by criterion and target, where there is a model or was one."""
    found: dict[str, dict[str, list[dict[str, str]]]] = {}
    for criterion in talking:
        for target in targets(criterion, content):
            turns = turns_of(said.get((criterion.key, target), ()))
            if turns or offered:
                found.setdefault(criterion.key, {})[target] = turns
    return {"transcripts": found}


def turns_of(exchanges: Iterable[Exchange]) -> list[dict[str, str]]:
    """The turns of a conversation; a message the model has not answered yet is the last one, a failed one is none."""
    turns: list[dict[str, str]] = []
    for row in exchanges:
        if row.state != State.FAILED:
            turns.append({"role": "user", "content": row.said})
        if row.state == State.ANSWERED:
            turns.append({"role": "assistant", "content": row.reply, "model": row.model})
    return turns
