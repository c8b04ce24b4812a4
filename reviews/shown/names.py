"""What people and responses are called where nobody may know who is who."""

from collections.abc import Mapping, Sequence
from typing import Any

from rubrics.answers.naming import shown_label, target_label
from rubrics.comparing import export_value
from rubrics.models import Criterion
from rubrics.targets import response_of

# Evaluators by seat; D stands for a decision and Y for the reader's own.
JUDGES = "ABCEFGHIJKLMNOPQRSTUVWXZ"


ALONE = "Response"


def response_name(content: Mapping[str, Any], target: str) -> str:
    """What a lead calls a target: responses by their number, since letters stand for evaluators; "" for the task."""
    ids = [response["id"] for response in content.get("responses", ())]
    if not _is_here(ids, target):
        return ""
    return target_label(content, target, lambda one: f"Response {ids.index(one) + 1}" if len(ids) > 1 else ALONE)


def seen_as(content: Mapping[str, Any], target: str, order: Sequence[str]) -> str:
    """What a judge saw a target called, in the order they were shown the responses; "" for the task."""
    ids = [response["id"] for response in content.get("responses", ())]
    return shown_label(content, target, order) if _is_here(ids, target) else ""


def _is_here(ids: Sequence[str], target: str) -> bool:
    return response_of(target) in {"", *ids}


def question_name(criterion: Criterion, content: Mapping[str, Any], about: str) -> str:
    """A criterion with the name of what it is asked about, where that is not the only response or the task."""
    return f"{criterion.title}, {about}" if about not in {"", ALONE} else criterion.title


def level_of(criterion: Criterion, value: Any) -> str:
    """A value that is a number, or N/A, for tables; "" for values that are neither, whatever numbers they hold."""
    for column, cell in export_value(criterion, value).items():
        if cell is True:
            return "N/A"
        if column == criterion.key and isinstance(cell, int | float):
            return f"{cell:g}"
    return ""
