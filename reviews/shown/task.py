"""A task as a lead reads it beside a flag or a question: names of responses, and what the person saw them called."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reviews.shown.names import response_name, seen_as
from tasks.models import Assignment, Task


@dataclass(frozen=True)
class TaskRead:
    """Content, responses by a lead's names, and pairs (lead's name, person's name) where these differ."""

    task: Task
    responses: list[tuple[str, Mapping[str, Any]]]
    renamed: list[tuple[str, str]]

    @property
    def content(self) -> Mapping[str, Any]:
        """What was judged."""
        content: Mapping[str, Any] = self.task.content
        return content


def task_read(task: Task, assignment: Assignment | None) -> TaskRead:
    """The task, and how the responses were called where it was flagged or asked about. Names of people stay out."""
    content, order = task.content, assignment.response_order if assignment else ()
    responses = [(response_name(content, one["id"]), one) for one in content.get("responses", ())]
    renamed = [(name, seen_as(content, one["id"], order)) for name, one in responses] if len(responses) > 1 else []
    return TaskRead(task, responses, renamed)
