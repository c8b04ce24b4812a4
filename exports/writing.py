"""Writing rows to a file while counting and hashing them."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from exports import rows
from exports.models import Export

RISKY = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def lines(export: Export) -> Iterator[bytes]:
    """The export's file, line by line: UTF-8, "\\n" at the end of each line (CSV: "\\r\\n", as the format says)."""
    return _json_lines(export) if export.format == Export.Format.JSONL else _csv_lines(export)


def _json_lines(export: Export) -> Iterator[bytes]:
    for row in rows.rows(export):
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _csv_lines(export: Export) -> Iterator[bytes]:
    names = rows.columns(export)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names, extrasaction="ignore")
    writer.writeheader()
    for row in rows.flat_rows(export):
        yield _taken(buffer)
        writer.writerow({name: safe_cell(row.get(name)) for name in names})
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def safe_cell(value: Any) -> Any:
    """A cell a spreadsheet will not run: text that begins like a formula gets a ' in front; numbers stay numbers."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(RISKY):
        return f"'{value}"
    return value


class Written:
    """What has been written so far: bytes, lines of data, SHA-256."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.bytes = 0
        self.lines = 0
        self._hash = hashlib.sha256()

    def add(self, line: bytes) -> None:
        """Write one line."""
        self.file.write(line)
        self._hash.update(line)
        self.bytes += len(line)
        self.lines += 1

    @property
    def sha256(self) -> str:
        """The checksum in hex."""
        return self._hash.hexdigest()
