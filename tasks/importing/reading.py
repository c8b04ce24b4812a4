"""A file as rows, read in a stream: memory holds one line of limited length and never the file."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from evaltool.base.errors import Invalid, Problem

PIECE = 64 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# How files begin that somebody may take for a list of rows, and what to say about them.
OTHER_FILES = {
    b"\xff\xfe": "a text in UTF-16. Save it as UTF-8",
    b"\xfe\xff": "a text in UTF-16. Save it as UTF-8",
    b"\x1f\x8b": "compressed with gzip. Unpack it first",
    b"PK\x03\x04": "a zip archive or a spreadsheet. Export it as JSON Lines",
    b"%PDF": "a PDF",
}


class Line(NamedTuple):
    """One line that is not empty: its number from 1, its bytes (None when too long), where the next one begins."""

    number: int
    data: bytes | None
    end: int


def lines(file: BinaryIO, limit: int) -> Iterator[Line]:
    """The lines of a file. Of a line longer than `limit` bytes nothing is kept, it is only passed over."""
    number, end = 0, 0
    while piece := file.readline(limit + 2):
        number, end = number + 1, end + len(piece)
        content = piece.rstrip(b"\r\n")
        if len(content) > limit:
            end += _pass_over(file, piece)
            yield Line(number, None, end)
            continue
        content = content.removeprefix(BYTE_ORDER_MARK) if number == 1 else content
        if content.strip():
            yield Line(number, content, end)


def _pass_over(file: BinaryIO, piece: bytes) -> int:
    """Read to the end of a line in pieces; returns how many bytes that were."""
    passed = 0
    while piece and not piece.endswith(b"\n"):
        piece = file.readline(PIECE)
        passed += len(piece)
    return passed


def mistaken_for(start: bytes) -> str:
    """What the file is instead of JSON Lines, in words, when its first bytes tell; else ""."""
    return next((words for begins, words in OTHER_FILES.items() if start.startswith(begins)), "")


def parse(line: Line, limit: int) -> Any:
    """The JSON value on a line. Raises Invalid saying what is wrong with it and where."""
    if line.data is None:
        raise _refused(f"is longer than {limit:,} bytes (IMPORT_MAX_LINE_BYTES)")
    try:
        return json.loads(line.data.decode(), object_pairs_hook=_without_twins, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise _refused(f"is not UTF-8: byte {error.start + 1} is 0x{error.object[error.start]:02X}") from error
    except json.JSONDecodeError as error:
        raise _refused(f"is not JSON: {error.msg.lower()} at character {error.pos + 1}") from error
    except RecursionError as error:
        raise _refused("is nested too deeply") from error
    except ValueError as error:  # a number of thousands of digits, a key given twice, NaN
        raise _refused(f"is not JSON that can be kept: {str(error)[:200]}") from error


def _refused(reason: str) -> Invalid:
    return Invalid([Problem("line", reason)])


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON lets a key stand twice and readers drop the first; here nothing is dropped in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!a} is given twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number in JSON")
