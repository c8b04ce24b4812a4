"""The texts of a task that can be marked, and where in them a quote stands.

One text per name: "prompt" (or the whole conversation), "m3" (its third message), "documents" (all of them), "c1" (the
first), "r1" (a response, all its turns), "r1-m2" (its second message). The text is the source as stored, Markdown and
all, with every line end as "\\n"; nothing else is changed, so offsets in an export fit the imported file. Offsets are
half-open and count code points (JavaScript counts UTF-16 units: static/js/marking.js converts).
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from evaltool.base.positions import FORMULA, SPACES, Seen, visible

BETWEEN = "\n\n"
"""What stands between two messages where a whole conversation is one text."""
NAME = re.compile(
    r"(?P<whole>prompt|documents)|(?P<document>c\d+)|(?P<response>r\d+)(?P<turn>-m\d+)?|(?P<message>m\d+)"
)
MOST_PLACES = 1000
"""Places of one quote that are looked at."""

Place = tuple[int, int]


class Pane(NamedTuple):
    """One text as it is shown: its name on the page (`data-source-target`), and where in the marked text it begins."""

    name: str
    start: int
    text: str


def normalize(text: str) -> str:
    """A text with "\\n" as its only line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def plain_text(content: Mapping[str, Any], target: str) -> str:
    """The text that offsets of this target count over; "" where the task has no such text."""
    return BETWEEN.join(pane.text for pane in panes(content, target))


def panes(content: Mapping[str, Any], target: str) -> list[Pane]:
    """The texts on the page that make up the text of a target, in order; none where the task has no such text."""
    found, start = [], 0
    for name, text in _parts(content, target):
        found.append(Pane(name, start, normalize(text)))
        start += len(found[-1].text) + len(BETWEEN)
    return found


def _parts(content: Mapping[str, Any], target: str) -> list[tuple[str, str]]:
    name = NAME.fullmatch(target)
    if name is None:
        return []
    if name["response"]:
        return _of_response(content, name["response"], target if name["turn"] else "")
    if target == "prompt" and isinstance(content.get("prompt"), str):
        return [("prompt", content["prompt"])]
    known = documents(content) if name["document"] or target == "documents" else _messages(content, "")
    return known if name["whole"] else [part for part in known if part[0] == target]


def names(content: Mapping[str, Any]) -> list[str]:
    """Every text that is shown by itself, by its name on the page: the question, documents, responses."""
    wholes = ["prompt", "documents", *(str(one.get("id")) for one in content.get("responses") or ())]
    return [pane.name for whole in wholes for pane in panes(content, whole)]


def documents(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The documents of a task by name: ("c1", text), …"""
    return [(f"c{number}", str(one.get("text", ""))) for number, one in enumerate(content.get("context") or (), 1)]


def _messages(holder: Mapping[str, Any], before: str) -> list[tuple[str, str]]:
    turns = holder.get("messages") or ()
    return [(f"{before}m{number}", str(turn.get("content", ""))) for number, turn in enumerate(turns, 1)]


def _of_response(content: Mapping[str, Any], response: str, message: str) -> list[tuple[str, str]]:
    """All turns of a response, or one; a response that is one text is its own first turn."""
    one = next((r for r in content.get("responses") or () if r.get("id") == response), None)
    if one is None:
        return []
    if "messages" in one:
        return [part for part in _messages(one, f"{response}-") if message in ("", part[0])]
    return [(response, str(one.get("text", "")))] if message in ("", f"{response}-m1") else []


# ------------------------------------------------------------------- quotes


def reads_as(text: str, start: int, end: int, words: str) -> bool:
    """Whether these words are what stands at a place: as in the source, or as a reader sees it; spaces aside."""
    wanted, source = _letters(words), text[start:end]
    if wanted == _letters(source):
        return True
    seen = (text[a:b] if c == FORMULA else c for c, a, b in visible(text) if start <= a and b <= end)
    return wanted == _letters("".join(seen))


def _letters(text: str) -> str:
    return "".join(c for c in text if c not in SPACES)


def locate(text: str, quote: str, *, near: int | None = None, number: int = 1) -> Place | None:
    """Where a quote stands in a text: (start, end), None if it does not.

    Of several places it is the one that begins nearest to `near`, else the `number`-th. See `occurrences`.
    """
    found = occurrences(text, quote)
    if near is not None and found:
        return min(found, key=lambda place: (abs(place[0] - near), place))
    return found[number - 1] if 0 < number <= len(found) else None


def occurrences(text: str, quote: str) -> list[Place]:
    """Every place of a quote, in order, without overlaps.

    The words count as they are in the source or as a reader sees them (without the marks of Markdown); white space,
    composed or decomposed accents, and kinds of quotation marks make no difference. Nothing but white space is nowhere.
    """
    return _places(visible(text), text, quote) or _places([(c, n, n + 1) for n, c in enumerate(text)], text, quote)


def _places(characters: Sequence[Seen], text: str, quote: str) -> list[Place]:
    """Places of a quote among characters that know where in the text they stand."""
    wanted, own = _folded(quote)
    folded, origin = _folded("".join(character for character, _, _ in characters))
    found: list[Place] = []
    at = folded.find(wanted) if wanted else -1
    while at >= 0 and len(found) < MOST_PLACES:
        met = [(characters[a][1], characters[b - 1][2]) for a, b in origin[at : at + len(wanted)]]
        fits = _same_words(met, own, text)
        if fits:
            found.append((met[0][0], met[-1][1]))
        at = folded.find(wanted, at + (len(wanted) if fits else 1))
    return found


def _same_words(met: Sequence[Place], own: Sequence[Place], text: str) -> bool:
    """Whether words end where those of the quote do: "the rapist" is no "therapist"."""
    for (_, end), (start, _), (_, own_end), (own_start, _) in zip(met, met[1:], own, own[1:], strict=False):
        alike = start > end if own_start > own_end else SPACES.isdisjoint(text[end:start])
        if not alike:
            return False
    return True


QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "…": "..."})


def _folded(text: str) -> tuple[str, list[Place]]:
    """The characters that count, in one spelling, and for each the range in `text` that it comes from."""
    letters: list[str] = []
    origin: list[Place] = []
    for start, end in _clusters(text):
        spelled = unicodedata.normalize("NFC", text[start:end]).translate(QUOTES)
        letters.append(spelled)
        origin += [(start, end)] * len(spelled)
    return "".join(letters), origin


def _clusters(text: str) -> Iterator[Place]:
    """Each character that is no white space, with the combining marks that follow it."""
    at = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        if text[at] not in SPACES:
            yield at, end
        at = end
