"""What a text must be to be stored and to be read: pure checks on JSON values."""

import math
import unicodedata
from typing import Any

from evaltool.base.errors import Problem

MAX_DEPTH = 30
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
# Letters and marks by name, blanks to the eye: fillers, variation selectors, the empty Braille cell.
_BLANK = {
    *map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0)),
    *map(chr, range(0x180B, 0x1810)),
    *map(chr, range(0xFE00, 0xFE10)),
    *map(chr, range(0xE0100, 0xE01F0)),
}

Path = tuple[Any, ...]  # (path of the parent, key), () at the top; spelled out only for a problem


def has_visible_text(text: str) -> bool:
    """Whether a reader would see anything: a text of spaces and zero-width characters shows nothing."""
    return any(_shows(character) for character in text)


def _shows(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN and character not in _BLANK


def find_unstorable(value: Any) -> Problem | None:
    """The first thing inside a JSON value that the database or a reader of JSON could not hold, if any."""
    waiting: list[tuple[Any, Path, int]] = [([value], (), -1)]
    while waiting:
        nest, path, depth = waiting.pop()
        if depth > MAX_DEPTH:
            return Problem(_spell(path), f"is nested deeper than {MAX_DEPTH} levels")
        for key, child in nest.items() if isinstance(nest, dict) else enumerate(nest, 1):
            reason = _key_reason(key) or _reason(child)
            if reason:
                return Problem(_spell((path, key) if depth >= 0 else ()), reason)
            if isinstance(child, dict | list):
                waiting.append((child, (path, key) if depth >= 0 else (), depth + 1))
    return None


def _key_reason(key: Any) -> str:
    if isinstance(key, int):  # a place in a list; keys of an object are texts in JSON
        return ""
    reason = _reason(key) if isinstance(key, str) else "is not a text"
    return f"has a name that {reason}" if reason else ""


def _reason(item: Any) -> str:
    if isinstance(item, str):
        return "" if item.isascii() and "\0" not in item else _text_reason(item)
    if isinstance(item, float):
        return _float_reason(item)
    return "" if item is None or isinstance(item, bool | int | dict | list) else "is not a JSON value"


def _float_reason(number: float) -> str:
    """Above 10^16 a float has lost its last digits, and comes back from the database as another number."""
    if not math.isfinite(number):
        return "is not a finite number"
    return "is a number too large to be kept exactly; write it as a text" if abs(number) >= 1e16 else ""


def _text_reason(text: str) -> str:
    if "\0" in text:
        return "contains a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"contains half of a character (a lone surrogate) at position {error.start + 1}"
    return ""


def _spell(path: Path) -> str:
    """`responses 2.text` from the linked path; a long key is cut, a strange one made printable."""
    keys: list[str] = []
    while path:
        path, key = path
        keys.append(f" {key}" if isinstance(key, int) else f".{printable(key)}")
    return "".join(reversed(keys)).strip(". ")[:120]


def printable(text: str, length: int = 60) -> str:
    """A piece of somebody's input that is safe to repeat in a message: cut, and without unseen characters."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: length + 1])
    return shown if len(text) <= length else shown[:length] + "…"
