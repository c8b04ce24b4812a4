"""The text a rewrite starts from: which one it is, the one form it is kept in, and whether it was touched."""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any


def plain(text: str) -> str:
    """A text as it is kept: plain line ends, composed characters, no spaces around it."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def fingerprint(text: str) -> str:
    """Tells whether a posted text is the one that was shown."""
    return hashlib.sha256(plain(text).encode("utf-8", "replace")).hexdigest()[:16]


def text_at(content: Mapping[str, Any], target: str) -> str:
    """The text of a response ("r1"; of a conversation its last turn) or of one turn ("m3", "r1-m2"); "" for none."""
    response_id, _, turn = target.rpartition("-m") if "-m" in target else (target, "", "")
    response = next((one for one in content.get("responses", ()) if one["id"] == response_id), None)
    if response is None:
        return _nth(content.get("messages", ()), target.removeprefix("m"))
    if "messages" not in response:
        return plain(response.get("text", ""))
    return _nth(response["messages"], turn or str(len(response["messages"])))


def _nth(messages: Sequence[Mapping[str, Any]], number: str) -> str:
    place = int(number) if number.isascii() and number.isdecimal() else 0
    return plain(messages[place - 1]["content"]) if 1 <= place <= len(messages) else ""
