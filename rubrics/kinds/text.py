"""`text`: a free text. Unequal texts are no disagreement: all are kept."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from evaltool.base.errors import Problem
from rubrics.kinds import checks
from rubrics.kinds.base import UNGRADED, Config, Credit, Difference, Kind, Marks, Place, Refused
from rubrics.models import Criterion

LONGEST = 20_000
BETWEEN = "\n\n"


class Text(Kind):
    """The value is the trimmed text; where several are kept, `{"texts": [...]}` in the order given."""

    name = "text"
    title = "Text"
    help = "A text in the person's own words."
    na_posted = ""

    # ------------------------------------------------------ configuration

    def check_config(self, config: Any) -> list[Problem]:
        """Lengths in characters after trimming."""
        problems: list[Problem] = []
        if not checks.only(config, {"min_length", "max_length"}, "", problems):
            return problems
        low, high = config.get("min_length", 0), config.get("max_length", LONGEST)
        sound = checks.whole(low, "min_length", 0, LONGEST, problems)
        sound = checks.whole(high, "max_length", 1, LONGEST, problems) and sound
        if sound and low > high:
            problems.append(Problem("min_length", f"At least {low:,} and at most {high:,} cannot both be met."))
        return problems

    def tidy_config(self, config: Config) -> Config:
        """Both lengths stated."""
        return {"min_length": config.get("min_length", 0), "max_length": config.get("max_length", LONGEST)}

    def starting_config(self) -> Config:
        """A few sentences."""
        return {"min_length": 20, "max_length": 2000}

    def config_from_post(self, data: QueryDict, prefix: str) -> Config:
        """Empty fields mean the widest range."""
        given = {part: data.get(f"{prefix}.{part}", "").strip() for part in ("min_length", "max_length")}
        return {part: checks.as_number(text) for part, text in given.items() if text}

    def config_changes(self, old: Config, new: Config) -> list[str]:
        """The lengths."""
        if old == new:
            return []
        return [f"The text has {_length(new)} characters, before: {_length(old)}."]

    # ------------------------------------------------------------ the form

    def is_blank(self, criterion: Criterion, raw: Any) -> bool:
        """Nothing but white space."""
        return raw is None or (isinstance(raw, str) and not raw.strip())

    def form_context(self, criterion: Criterion, raw: Any, place: Place) -> dict[str, Any]:
        """The text as typed, and how long it may be."""
        return {"text": raw if isinstance(raw, str) else "", "length": _length(criterion.config), **criterion.config}

    def clean(self, criterion: Criterion, raw: Any, place: Place) -> Any:
        """The text, trimmed, with plain line ends."""
        if not isinstance(raw, str):
            raise Refused("This has to be a text.")
        text = raw.replace("\r\n", "\n").replace("\r", "\n").strip()
        low, high = criterion.config["min_length"], criterion.config["max_length"]
        if len(text) < low:
            raise Refused(f"Write at least {low:,} characters; this has {len(text):,}.")
        if len(text) > high:
            raise Refused(f"This has {len(text):,} characters; at most {high:,} fit.")
        return text

    # ----------------------------------------------------------- judgment

    def grade(self, criterion: Criterion, value: Any, entry: Mapping[str, Any]) -> Credit:
        """Texts have no gold credit."""
        return UNGRADED

    def difference(self, criterion: Criterion, a: Any, b: Any) -> Difference:
        """Equal or not; never a disagreement."""
        return Difference(0.0) if a == b else Difference(1.0, reason="Different texts, all kept")

    def settle(self, criterion: Criterion, values: Sequence[Any], weights: Sequence[float]) -> Any:
        """Every distinct text, in the order given."""
        texts = list(dict.fromkeys(text for value in values for text in _texts(value)))
        return texts[0] if len(texts) == 1 else {"texts": texts}

    # ------------------------------------------------------- words and rows

    def describe(self, criterion: Criterion, value: Any) -> str:
        """The text on one line."""
        return " / ".join(" ".join(text.split()) for text in _texts(value))

    def read_context(self, criterion: Criterion, marks: Marks) -> dict[str, Any]:
        """The texts beside each other."""
        return {"texts": [(letter, text) for letter, value in marks for text in _texts(value)]}

    def columns(self, criterion: Criterion) -> list[str]:
        """The text, and where several are kept, each of them as a JSON list."""
        return ["", "texts"]

    def export(self, criterion: Criterion, value: Any) -> dict[str, Any]:
        """Several texts stand one after the other for the reader, and apart in the second cell."""
        texts = _texts(value)
        return {"": BETWEEN.join(texts), "texts": json.dumps(texts, ensure_ascii=False) if len(texts) > 1 else None}

    def read_export(self, criterion: Criterion, cells: Mapping[str, str]) -> Any:
        """The text, or the texts."""
        return {"texts": json.loads(cells["texts"])} if cells.get("texts") else (cells[""] or None)


def _texts(value: Any) -> list[str]:
    return value["texts"] if isinstance(value, Mapping) else [value]


def _length(config: Mapping[str, Any]) -> str:
    low, high = config["min_length"], config["max_length"]
    return f"{low:,} to {high:,}" if low else f"at most {high:,}"
