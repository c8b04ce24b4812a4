"""The logs under the data directory: one file per process and start, the former one kept."""

import os
from pathlib import Path

LAST_LINES = 15


def fresh_log(file: Path) -> int:
    """Open an empty log for a child to write to; the former file is kept as `.1`."""
    if file.exists():
        file.replace(file.with_name(file.name + ".1"))
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def tail(file: Path | None) -> str:
    """The last lines of a log, indented; empty when there are none."""
    if file is None or not file.exists():
        return ""
    lines = file.read_text(errors="replace").rstrip().splitlines()[-LAST_LINES:]
    return "".join(f"\n  {line}" for line in lines)
