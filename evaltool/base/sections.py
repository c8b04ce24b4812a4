"""A guideline's Markdown as numbered sections that can be cited, linked and searched."""

import re
from dataclasses import dataclass

from django.utils.text import slugify
from markdown_it import MarkdownIt

from evaltool.base.markdown import to_plain

_parser = MarkdownIt("commonmark", {"html": False})
_NUMBER = re.compile(r"^(?:§\s*|section\s+)?(\d+(?:\.\d+)*)[.):]?\s+(?=\S)", re.IGNORECASE)


@dataclass(frozen=True)
class Section:
    """A heading and the text up to the next heading.

    `number` is the author's own ("5.3 Groups at risk") or counted from the order; `level` is 1 for the main
    sections; `body` is Markdown; `anchor` is unique in the document and does not change when sections are renumbered.
    """

    number: str
    anchor: str
    title: str
    level: int
    body: str


def sections(text: str) -> list[Section]:
    """The sections of a guideline in order; no text is dropped.

    A single top heading at the start is the title of the document, not a section. Text before the first section
    becomes "Introduction".
    """
    lines = text.split("\n")
    heads = _headings(text)
    opening = 0
    if heads and _is_title(heads, lines):
        opening = heads.pop(0)[1]
    starts = [*heads, (len(lines), len(lines), 0, "")]
    found: list[tuple[int, str, str]] = []
    preamble = "\n".join(lines[opening : starts[0][0]]).strip()
    if preamble:
        found.append((0, "Introduction", preamble))
    top = min((level for _, _, level, _ in heads), default=1)
    for (_, body_from, level, title), (body_to, *_) in zip(heads, starts[1:], strict=True):
        found.append((level - top + 1, title, "\n".join(lines[body_from:body_to]).strip()))
    return _numbered(found)


def _headings(text: str) -> list[tuple[int, int, int, str]]:
    """(first line, line after, level, heading) of every heading that is not inside a quote or a list."""
    tokens = _parser.parse(text)
    return [
        (token.map[0], token.map[1], int(token.tag[1]), to_plain(tokens[index + 1].content))
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map
    ]


def _is_title(heads: list[tuple[int, int, int, str]], lines: list[str]) -> bool:
    first = heads[0]
    alone = first[2] == 1 and all(level > 1 for _, _, level, _ in heads[1:]) and len(heads) > 1
    return alone and not any(line.strip() for line in lines[: first[0]]) and not _NUMBER.match(first[3])


def _numbered(found: list[tuple[int, str, str]]) -> list[Section]:
    """Numbers and anchors; level 0 marks the introduction, which has no number."""
    counts: list[int] = []
    used: set[str] = set()
    result = []
    for level, heading, body in found:
        own = _NUMBER.match(heading)
        if own:
            number, title = own[1], heading[own.end() :]
            counts = [int(part) for part in number.split(".")]
        else:
            counts = _next(counts, level) if level else []
            number, title = ".".join(map(str, counts)), heading
        result.append(Section(number, _unique(title, used), title, max(level, 1), body))
    return result


def _next(counts: list[int], level: int) -> list[int]:
    """The number after `counts` at this level: 2 follows 1.3 at level 1, 1.3.1 at level 3."""
    kept = counts[:level]
    if len(kept) == level:
        return [*kept[:-1], kept[-1] + 1]
    return [*kept, *[1] * (level - len(kept))]


def _unique(title: str, used: set[str]) -> str:
    slug = slugify(title, allow_unicode=True)[:80] or "section"
    anchor, count = slug, 1
    while anchor in used:
        count += 1
        anchor = f"{slug}-{count}"
    used.add(anchor)
    return anchor
