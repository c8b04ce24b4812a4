"""Small checks that the configurations of several kinds share. Each adds to a list of problems."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.text import slugify

from evaltool.base.errors import Problem

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
LONG_TEXT = 2000
SHORT_TEXT = 120


def only(config: Any, known: set[str], path: str, problems: list[Problem]) -> bool:
    """Whether `config` is a mapping; names each key outside `known`."""
    if not isinstance(config, Mapping):
        problems.append(Problem(path, "This has to be a mapping of names to values."))
        return False
    strange = [str(key)[:60] for key in config if key not in known]
    problems += [Problem(join(path, key), f"“{key}” is not known here.") for key in strange]
    return True


def join(path: str, name: str) -> str:
    """A path with one more step."""
    return f"{path}.{name}" if path else name


def text(
    value: Any, path: str, limit: int, problems: list[Problem], *, required: bool = False, what: str = "This"
) -> None:
    """A text of at most `limit` characters; `what` begins the sentence about it."""
    if value is None and not required:
        return
    if not isinstance(value, str):
        problems.append(Problem(path, f"{what} has to be a text."))
    elif required and not value.strip():
        problems.append(Problem(path, f"{what} is empty."))
    elif len(value) > limit:
        problems.append(Problem(path, f"{what} has {len(value):,} characters; at most {limit:,} fit."))


def whole(value: Any, path: str, low: int, high: int, problems: list[Problem]) -> bool:
    """Whether `value` is a whole number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, int):
        problems.append(Problem(path, "This has to be a whole number."))
        return False
    if not low <= value <= high:
        problems.append(Problem(path, f"This has to be from {low:,} to {high:,}."))
        return False
    return True


def number(value: Any) -> bool:
    """Whether a value is a finite number (true and false are none)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9  # NaN fails too


def plain(value: float) -> int | float:
    """4 for 4.0, so that a number has one spelling."""
    return int(value) if value == int(value) else value


def as_number(raw: str) -> Any:
    """A typed text as a number where it is one, else as it is, for the check to name."""
    given = raw.strip()
    try:
        return plain(float(given)) if given and number(float(given)) else given
    except ValueError:
        return given


def slug(title: str) -> str:
    """A key made from a title."""
    return slugify(title)[:60].strip("-_")


def shortened(text: str, limit: int) -> str:
    """A text on one line, cut with an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def either(words: list[str]) -> str:
    """1, 2 or 5."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}" if words else ""
