"""Texts that the database or a later reader cannot hold: NUL characters and lone surrogates."""

from collections.abc import Mapping
from typing import Any

DEEPEST = 12


def fault(value: Any, depth: int = 0) -> str:
    """What is wrong with the texts anywhere inside a JSON value, in a sentence; "" when nothing is."""
    if depth > DEEPEST:
        return "This is nested too deeply."
    if isinstance(value, str):
        return _text_fault(value)
    inside = [*value.keys(), *value.values()] if isinstance(value, Mapping) else value
    if isinstance(inside, list):
        return next((found for part in inside if (found := fault(part, depth + 1))), "")
    return ""


def _text_fault(text: str) -> str:
    if "\x00" in text:
        return "The text holds a NUL character, which cannot be stored."
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        return "The text holds half of a character (a lone surrogate), which cannot be stored."
    return ""
