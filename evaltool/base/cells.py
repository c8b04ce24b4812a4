"""CSV that a spreadsheet will show and never run, line by line."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: Any) -> Any:
    """A cell a spreadsheet will not run: text that begins like a formula gets a ' in front; numbers stay numbers."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(RISKY):
        return f"'{value}"
    return value


def csv_lines(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """A CSV file, UTF-8 with "\\r\\n": these columns as its header, then a line for each row."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        yield _taken(buffer)
        writer.writerow({name: safe_cell(row.get(name)) for name in columns})
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
