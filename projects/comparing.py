"""Two versions of a guideline side by side: which sections are new, gone or changed, and which words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from projects.models import Section

ALIKE = 0.35  # below this share of common words two paragraphs are shown whole, struck and new, as easier to read
MOST = 3_000_000  # word pairs up to which two paragraphs are compared word by word


class Run(NamedTuple):
    """A stretch of text that both versions have, or only one."""

    op: Literal["same", "added", "removed"]
    text: str


Paragraph = list[Run]


@dataclass(frozen=True)
class SectionChange:
    """What happened to one section; `paragraphs` is its whole text with the changes marked."""

    kind: Literal["new", "removed", "changed"]
    number: str
    title: str
    anchor: str
    paragraphs: list[Paragraph] = field(default_factory=list)


def compare_sections(old: Sequence[Section], new: Sequence[Section]) -> list[SectionChange]:
    """The changes from `old` to `new` in the order of `new`, removed sections last. Sections are matched by anchor."""
    before = {section.anchor: section for section in old}
    changes = [_change(before.pop(section.anchor, None), section) for section in new]
    gone = [
        SectionChange("removed", section.number, section.title, section.anchor, compare_texts(section.body, ""))
        for section in before.values()
    ]
    return [change for change in changes if change is not None] + gone


def compare_texts(old: str, new: str) -> list[Paragraph]:
    """Two texts by paragraphs, and within a paragraph that changed by words."""
    a, b = _paragraphs(old), _paragraphs(new)
    found: list[Paragraph] = []
    for op, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if op == "equal":
            found += [[Run("same", text)] for text in a[i1:i2]]
        else:
            found += _replaced(a[i1:i2], b[j1:j2])
    return found


def _change(old: Section | None, new: Section) -> SectionChange | None:
    if old is None:
        return SectionChange("new", new.number, new.title, new.anchor, compare_texts("", new.body))
    if old.body == new.body:
        return None
    return SectionChange("changed", new.number, new.title, new.anchor, compare_texts(old.body, new.body))


def _paragraphs(text: str) -> list[str]:
    return [part.strip("\n") for part in re.split(r"\n\s*\n", text) if part.strip()]


def _replaced(old: list[str], new: list[str]) -> list[Paragraph]:
    """Paragraphs that took the place of others, pair by pair, the rest whole."""
    pairs = min(len(old), len(new))
    found = [paragraph for a, b in zip(old, new, strict=False) for paragraph in _words(a, b)]
    found += [[Run("removed", text)] for text in old[pairs:]]
    return found + [[Run("added", text)] for text in new[pairs:]]


def _words(old: str, new: str) -> list[Paragraph]:
    a, b = re.findall(r"\S+\s*", old), re.findall(r"\S+\s*", new)
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    if len(a) * len(b) > MOST or matcher.ratio() < ALIKE:
        return [[Run("removed", old)], [Run("added", new)]]
    runs: Paragraph = []
    for op, i1, i2, j1, j2 in matcher.get_opcodes():
        if op == "equal":
            runs.append(Run("same", "".join(b[j1:j2])))
            continue
        runs += [Run("removed", "".join(a[i1:i2]))] if i2 > i1 else []
        runs += [Run("added", "".join(b[j1:j2]))] if j2 > j1 else []
    return [runs]
