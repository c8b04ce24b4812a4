"""A conversation with the project's model as the page and the API show it, while a task is worked on."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from rubrics.kinds import kind_of
from rubrics.models import Criterion
from rubrics.targets import targets
from tasks.models import Assignment, Exchange
from tasks.transcripts import conversations, converses, endpoint_for, exchanges_of

State = Exchange.State


def shown_content(assignment: Assignment, criteria: Sequence[Criterion]) -> Mapping[str, Any]:
    """The task's content with `transcripts`, and with `talks`: where a message goes, and what happens to the last."""
    content: Mapping[str, Any] = assignment.task.content
    talking = [criterion for criterion in criteria if converses(criterion)]
    if not talking:
        return content
    offered, said = endpoint_for(assignment) is not None, exchanges_of(assignment, talking)
    opened = offered and assignment.state == Assignment.State.OPEN
    url = reverse("tasks:converse", args=[assignment.public_id]) if opened else ""
    talks: dict[str, dict[str, Any]] = {}
    for criterion in talking:
        for target in targets(criterion, content):
            found = said.get((criterion.key, target), [])
            talks.setdefault(criterion.key, {})[target] = _talk(criterion, found, url)
    return {**content, **conversations(content, talking, said, offered=offered), "talks": talks}


def _talk(criterion: Criterion, said: Sequence[Exchange], url: str) -> dict[str, Any]:
    """Where to say something, the number it gets, how many turns are left, and how the last message stands."""
    limits = kind_of(criterion).conversation(criterion)
    assert limits is not None
    last = said[-1] if said else None
    failed = last is not None and last.state == State.FAILED
    return {
        "url": url,
        "number": len(said) if failed else len(said) + 1,
        "left": limits.turns - len(said) + int(failed),
        "waiting": last is not None and last.state == State.ASKED,
        "failed": last.error if last is not None and failed else "",
        "said": last.said if last is not None and failed else "",
    }
