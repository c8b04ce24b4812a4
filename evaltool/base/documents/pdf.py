"""PDF: text with letter sizes by pdfminer, the outline by pypdf. Headings are a guess unless the file has an outline.

The rule without an outline: a short line in letters noticeably larger than the body's, or bold and numbered, is a
heading; its level follows its size. Lines that come back at the head or foot of most pages are running titles.
"""

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pypdf
from pdfminer.high_level import extract_pages
from pdfminer.layout import LAParams, LTChar, LTPage, LTTextContainer, LTTextLine

from evaltool.base.documents.bounds import MAX_PAGES, Refused
from evaltool.base.documents.reading import Converted

LARGER = 1.12  # times the size of the body
SHORT = 120
BULLET = re.compile(r"^[•◦▪‣–●○■∙·-]\s+")
NUMBERED = re.compile(r"^\d+(\.\d+)*[.)]?\s+\S")
MARKS = re.compile(r"([\\*_`<\[\]])")
STARTS = re.compile(r"^(#|>|\+|-|=|\d+[.)])")


@dataclass(frozen=True)
class Line:
    """One printed line: its words, letter size in points, whether bold, its page, and its height on it (0..1)."""

    text: str
    size: float
    bold: bool
    page: int
    height: float
    block: int


def from_pdf(data: bytes) -> Converted:
    """A PDF with text in it. Raises Refused for one with a password, of pictures only, or of too many pages."""
    reader = _open(data)
    lines = list(_lines(data))
    if sum(len(line.text) for line in lines) < 20 * len(reader.pages):
        raise Refused("This PDF holds pictures of pages, not text. Export it from the program it was written in.")
    lines = _without_running_titles(lines, len(reader.pages))
    marked = _outline(reader)
    text = "\n\n".join(_paragraphs(lines, _levels(lines, marked)))
    notes = [] if marked else ["The headings are guessed from the size of the letters. Check each of them."]
    return Converted(text, [*notes, "Pictures and the layout of tables are left out."], not marked, len(reader.pages))


def _open(data: bytes) -> pypdf.PdfReader:
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused("This PDF has a password. Save it without one.")
        pages = len(reader.pages)
    except Refused:
        raise
    except Exception as error:  # the parser meets whatever somebody made; its own errors are many
        raise Refused("This PDF is damaged and could not be read.") from error
    if pages > MAX_PAGES:
        raise Refused(f"This PDF has {pages:,} pages; the limit is {MAX_PAGES:,}.")
    return reader


def _lines(data: bytes) -> Iterator[Line]:
    try:
        for number, page in enumerate(extract_pages(io.BytesIO(data), laparams=LAParams()), 1):
            yield from _of_page(page, number)
    except Exception as error:  # as above
        raise Refused("This PDF is damaged and could not be read.") from error


def _of_page(page: LTPage, number: int) -> Iterator[Line]:
    for block, box in enumerate(page):
        if not isinstance(box, LTTextContainer):
            continue
        for printed in box:
            if isinstance(printed, LTTextLine) and (words := " ".join(printed.get_text().split())):
                letters = [letter for letter in printed if isinstance(letter, LTChar)]
                size = Counter(round(letter.size, 1) for letter in letters).most_common(1)[0][0] if letters else 0.0
                bold = bool(letters) and all("bold" in letter.fontname.lower() for letter in letters)
                yield Line(words, size, bold, number, printed.y0 / (page.height or 1), block)


def _without_running_titles(lines: list[Line], pages: int) -> list[Line]:
    """Leave out lines at the head or foot that come back, figures aside, on at least half of four or more pages.

    Lines in larger letters than the body's stay: chapters called "Part 1", "Part 2" come back too.
    """
    if pages < 4:
        return lines
    usual = _usual_size(lines)

    def shape(line: Line) -> str:
        return re.sub(r"\d+", "#", line.text)

    def at_edge(line: Line) -> bool:
        return not 0.1 < line.height < 0.9 and line.size <= usual * LARGER

    seen = {(shape(line), line.page) for line in lines if at_edge(line)}
    often = {one for one, count in Counter(name for name, _ in seen).items() if count * 2 >= pages}
    return [line for line in lines if not at_edge(line) or shape(line) not in often]


def _usual_size(lines: list[Line]) -> float:
    """The size most letters are printed in."""
    sizes = Counter[float]()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0]


def _outline(reader: pypdf.PdfReader) -> dict[str, int]:
    """Titles of the file's own outline, in plain words, with their level from 1."""

    def walk(entries: Iterable[Any], level: int) -> Iterator[tuple[str, int]]:
        for entry in entries:
            if isinstance(entry, list):
                yield from walk(entry, level + 1)
            elif getattr(entry, "title", None):
                yield _plain(str(entry.title)), min(level, 4)

    try:
        return dict(walk(reader.outline, 1))
    except Exception:  # a broken outline is no outline
        return {}


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text).casefold().strip()


def _levels(lines: list[Line], marked: dict[str, int]) -> dict[int, int]:
    """The level of every line that is a heading, by its place in `lines`."""
    if marked:
        return {place: marked[name] for place, line in enumerate(lines) if (name := _plain(line.text)) in marked}
    usual = _usual_size(lines)
    heads = {place for place, line in enumerate(lines) if _is_heading(line, usual)}
    sizes = sorted({lines[place].size for place in heads if lines[place].size > usual * LARGER}, reverse=True)
    return {
        place: _numbered_level(lines[place].text) or min(_rank(lines[place].size, sizes), 4) for place in sorted(heads)
    }


def _rank(size: float, sizes: list[float]) -> int:
    return sizes.index(size) + 1 if size in sizes else len(sizes) + 1


def _numbered_level(text: str) -> int:
    """Level 2 for "3 Tone" (1 is the title), 3 for "3.1 …"; 0 without a number."""
    number = re.match(r"^(\d+(?:\.\d+)*)[.)]?\s+\S", text)
    return min(number[1].count(".") + 2, 4) if number else 0


def _is_heading(line: Line, usual: float) -> bool:
    if len(line.text) > SHORT or line.text.endswith((".", ",", ";", ":")) or not re.search(r"[^\W\d]", line.text):
        return False
    return line.size > usual * LARGER or (line.bold and bool(NUMBERED.match(line.text)))


def _paragraphs(lines: list[Line], levels: dict[int, int]) -> Iterator[str]:
    """Headings, list items and paragraphs in the order of the pages."""
    open_lines: list[str] = []
    before: Line | None = None
    for place, line in enumerate(lines):
        new = before is None or (line.page, line.block) != (before.page, before.block)
        if open_lines and (new or place in levels or BULLET.match(line.text)):
            yield _joined(open_lines)
            open_lines = []
        if place in levels:
            yield f"{'#' * levels[place]} {_escaped(line.text)}"
        else:
            open_lines.append(line.text)
        before = line
    if open_lines:
        yield _joined(open_lines)


def _joined(lines: list[str]) -> str:
    text = lines[0]
    for line in lines[1:]:
        broken = text.endswith("-") and line[:1].islower() and text[-2:-1].isalpha()
        text = text[:-1] + line if broken else f"{text} {line}"
    bullet = BULLET.match(text)
    return f"- {_escaped(text[bullet.end() :])}" if bullet else _escaped(text)


def _escaped(text: str) -> str:
    """Plain words as Markdown that shows exactly them; a number at the start stays one."""
    shown = MARKS.sub(r"\\\1", text)
    return STARTS.sub(lambda sign: sign[0] if sign[0][0].isdigit() else "\\" + sign[0], shown)
