"""The headings of a Markdown text as a list that a person confirms or corrects."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from markdown_it import MarkdownIt

from evaltool.base.markdown import to_plain

DEEPEST = 4
LONGEST = 120
_parser = MarkdownIt("commonmark", {"html": False})
_NUMBERED = re.compile(r"^\d+(\.\d+)*[.)]?\s+\S")
_BOLD = re.compile(r"^(\*\*|__)(.+)\1$")


@dataclass(frozen=True)
class Heading:
    """A line that is a heading (`level` 1 to 4) or may be meant as one (`level` 0). `line` counts from 0."""

    line: int
    end: int
    level: int
    title: str


def outline(text: str) -> list[Heading]:
    """Headings, and short paragraphs that look like one: bold as a whole, or numbered without a full stop."""
    found: list[Heading] = []
    tokens = _parser.parse(text)
    for index, token in enumerate(tokens):
        if token.level or not token.map or token.type not in ("heading_open", "paragraph_open"):
            continue
        content = tokens[index + 1].content
        if token.type == "heading_open":
            level = min(int(token.tag[1]), DEEPEST)
            found.append(Heading(token.map[0], token.map[1], level, to_plain(content)))
        elif _looks_like_one(content):
            found.append(Heading(token.map[0], token.map[1], 0, to_plain(content)))
    return found


def _looks_like_one(content: str) -> bool:
    if "\n" in content or len(content) > LONGEST or content.endswith((".", ":", ";", ",", "?")):
        return False
    return bool(_BOLD.match(content.strip()) or _NUMBERED.match(content))


def apply_levels(text: str, levels: Mapping[int, int]) -> str:
    """The text with the headings at these lines (of `outline`) set to a level of 1 to 4, or to plain text by 0."""
    lines = text.split("\n")
    for heading in outline(text):
        level = levels.get(heading.line, heading.level)
        if level != heading.level:
            words = " ".join(part.strip() for part in lines[heading.line : heading.end]).strip()
            lines[heading.line : heading.end] = [_written(words, level), *[""] * (heading.end - heading.line - 1)]
    return "\n".join(lines)


def _written(line: str, level: int) -> str:
    words = re.sub(r"\s+(#+|=+|-+)$", "", re.sub(r"^#{1,6}\s+", "", line)).strip()
    bold = _BOLD.match(words)
    if not level:
        return words
    return f"{'#' * min(level, DEEPEST)} {bold[2] if bold else words}"
