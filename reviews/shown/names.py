"""What people and responses are called where nobody may know who is who."""

from collections.abc import Mapping, Sequence
from typing import Any

from rubrics.answers.showing import response_label
from rubrics.comparing import export_value
from rubrics.models import Criterion

# Evaluators by seat; D stands for a decision and Y for the reader's own.
JUDGES = "ABCEFGHIJKLMNOPQRSTUVWXZ"


def response_name(content: Mapping[str, Any], target: str) -> str:
    """What a lead calls a response: by its number, since letters stand for evaluators; "" for the task."""
    ids = [response["id"] for response in content.get("responses", ())]
    if target not in ids:
        return ""
    return f"Response {ids.index(target) + 1}" if len(ids) > 1 else "Response"


def seen_as(content: Mapping[str, Any], target: str, order: Sequence[str]) -> str:
    """What a judge saw a response called, in the order they were shown; "" for the task."""
    ids = [response["id"] for response in content.get("responses", ())]
    return response_label(content, target, order) if target in ids else ""


def question_name(criterion: Criterion, content: Mapping[str, Any], response: str) -> str:
    """A criterion with the name of the response it is asked about, where there are several."""
    several = len(content.get("responses", ())) > 1
    return f"{criterion.title}, {response}" if response and several else criterion.title


def level_of(criterion: Criterion, value: Any) -> str:
    """A value as a number or N/A, for tables; "" for values that are neither."""
    for cell in export_value(criterion, value).values():
        if cell is True:
            return "N/A"
        if isinstance(cell, int | float):
            return f"{cell:g}"
    return ""
