"""Writing rows to a file while counting and hashing them."""

import hashlib
import json
from collections.abc import Iterator
from typing import BinaryIO

from evaltool.base.cells import csv_lines
from exports import rows
from exports.models import Export


def lines(export: Export) -> Iterator[bytes]:
    """The export's file, line by line: UTF-8, "\\n" at the end of each line (CSV: "\\r\\n", as the format says)."""
    if export.format == Export.Format.JSONL:
        return _json_lines(export)
    return csv_lines(rows.columns(export), rows.flat_rows(export))


def _json_lines(export: Export) -> Iterator[bytes]:
    for row in rows.rows(export):
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


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
