"""The smallest kind that marks spans, for the rules about them: `{"spans": [{"start", "end", "label", "text"}]}`."""

import json
from typing import Any

from rubrics.kinds.base import Refused, Span
from rubrics.kinds.text import Text


class Passages(Text):
    """Marks passages; nothing of their texts is checked."""

    name = "passages"
    title = "Passages"
    marks_spans = True
    template = "rubrics/kinds/text.html#control"
    read_template = "rubrics/kinds/text.html#read"

    def marks(self, criterion: Any, raw: Any) -> list[Span]:
        """The spans of a value, or of its text as posted."""
        try:
            found = json.loads(raw) if isinstance(raw, str) else raw
            return [
                Span(one["start"], one["end"], one["label"], one.get("text", ""), one["label"].title())
                for one in found["spans"]
            ]
        except (TypeError, ValueError, KeyError):
            return []

    def is_blank(self, criterion: Any, raw: Any) -> bool:
        """Nothing was posted."""
        return raw in (None, "")

    def clean(self, criterion: Any, raw: Any, place: Any) -> Any:
        """The spans as a mapping."""
        spans = [span._asdict() for span in self.marks(criterion, raw)]
        if not spans:
            raise Refused("Mark a passage.")
        return {"spans": [{part: span[part] for part in ("start", "end", "label", "text")} for span in spans]}

    def settle(self, criterion: Any, values: Any, weights: Any) -> Any:
        """What everybody marked."""
        return {"spans": [span for span in values[0]["spans"] if all(span in value["spans"] for value in values)]}

    def describe(self, criterion: Any, value: Any) -> str:
        """How many."""
        return f"{len(value['spans'])} spans"

    def read_context(self, criterion: Any, marks: Any) -> dict[str, Any]:
        """Nothing to draw."""
        return {}

    def export(self, criterion: Any, value: Any) -> dict[str, Any]:
        """As JSON."""
        return {"": json.dumps(value["spans"]), "texts": None}


def marked(*spans: tuple[int, int, str]) -> dict[str, Any]:
    """A raw value."""
    return {"spans": [{"start": start, "end": end, "label": label, "text": ""} for start, end, label in spans]}
