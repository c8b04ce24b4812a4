"""One function per kind: bytes in, Markdown and notes out. Runs in the child process."""

from collections.abc import Callable
from dataclasses import dataclass, field

from evaltool.base.documents.bounds import MAX_CHARS, Refused


@dataclass(frozen=True)
class Converted:
    """The Markdown of a document, what was left out or guessed, whether its headings are a guess, and its kind."""

    text: str
    notes: list[str] = field(default_factory=list)
    guessed: bool = False
    pages: int = 0
    kind: str = ""


def read(data: bytes, kind: str) -> Converted:
    """Convert bytes of this kind. Raises Refused."""
    found = READERS[kind](data)
    text = found.text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip() + "\n"
    if not text.strip():
        raise Refused("There is no text in this file.")
    if len(text) > MAX_CHARS:
        raise Refused(f"This document has {len(text):,} characters; the limit is {MAX_CHARS:,}. Split it in two.")
    return Converted(text, found.notes, found.guessed, found.pages, kind)


def _markdown(data: bytes) -> Converted:
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return Converted(data.decode(encoding))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Refused(f"This file is not UTF-8 text: the first wrong byte is in line {line}.") from error


def _html(data: bytes) -> Converted:
    from evaltool.base.documents.markup import from_html

    return from_html(data)


def _docx(data: bytes) -> Converted:
    from evaltool.base.documents.word import from_docx

    return from_docx(data)


def _pdf(data: bytes) -> Converted:
    from evaltool.base.documents.pdf import from_pdf

    return from_pdf(data)


READERS: dict[str, Callable[[bytes], Converted]] = {"md": _markdown, "html": _html, "docx": _docx, "pdf": _pdf}
