"""Which kind a file is, by its content: a name can lie."""

import io
import zipfile
from pathlib import PurePath

from evaltool.base.documents.bounds import MAX_PARTS, MAX_UNZIPPED, Refused

KINDS = {
    "md": "Markdown",
    "html": "HTML",
    "docx": "Word",
    "pdf": "PDF",
}
HTML_SIGNS = (b"<!doctype html", b"<html", b"<head", b"<body")
OTHER = {
    b"\xd0\xcf\x11\xe0": "This is an old Word file (.doc), or one with a password. Save it as .docx without one.",
    b"{\\rtf": "This is a rich text file (.rtf). Save it as .docx.",
}


def kind_of_file(data: bytes, filename: str) -> str:
    """`md`, `html`, `docx` or `pdf`. Raises Refused for anything else, and where the name says another kind."""
    found = _by_content(data, filename)
    named = {"markdown": "md", "txt": "md", "htm": "html"}.get(_ending(filename), _ending(filename))
    if named in KINDS and named != found and {named, found} != {"md", "html"}:
        raise Refused(f"The name ends in .{_ending(filename)}, but the file is {KINDS[found]}. Give it its own ending.")
    return found


def _by_content(data: bytes, filename: str) -> str:
    for sign, reason in OTHER.items():
        if data.startswith(sign):
            raise Refused(reason)
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK"):
        check_archive(data)
        return "docx"
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused("This is not a text, Word or PDF file.")
    head = data[:2048].lstrip().lower()
    return "html" if head.startswith(HTML_SIGNS) or _ending(filename) in ("html", "htm") else "md"


def _ending(filename: str) -> str:
    return PurePath(filename).suffix.lower().lstrip(".")


def check_archive(data: bytes) -> None:
    """Whether a zip file is a Word document within bounds, by what it declares and by what it holds."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS:
                raise Refused(f"This file holds {len(parts):,} parts; a document has at most {MAX_PARTS:,}.")
            if "word/document.xml" not in archive.namelist():
                raise Refused("This is an archive, but not a Word document.")
            _unpack(archive, parts)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise Refused("This Word file is damaged or has a password.") from error


def _unpack(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Count what really comes out: the sizes in the directory are only claims."""
    left = MAX_UNZIPPED
    for part in parts:
        with archive.open(part) as stream:
            head = b""
            while chunk := stream.read(1024**2):
                left -= len(chunk)
                if left < 0:
                    raise Refused(f"Unpacked, this file has more than {MAX_UNZIPPED // 1024**2} MB.")
                head = head or chunk
            if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in head:
                raise Refused("This Word file declares a document type of its own, which no word processor writes.")
