"""Remembers which steps the embedded database has behind it, so that a second start skips them.

Kept inside the database's own directory: it goes where the data go and vanishes with them. A step
counts as done only for the very files it was done with, and `manage` forgets all, since a command
may have changed anything.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from .places import ROOT

MIGRATIONS = ("locks/run.txt", "*/migrations/*.py", "evaltool/*/migrations/*.py")
DEMO = ("evaltool/demo/**/*",)


def fingerprint(patterns: Iterable[str]) -> str:
    """Changes with the names and the contents of the files that match."""
    digest = hashlib.sha256()
    for file in sorted({file for pattern in patterns for file in ROOT.glob(pattern) if file.is_file()}):
        if file.suffix != ".pyc":
            digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _file(base: Path) -> Path:
    return base / "postgres" / "prepared.json"


def done(base: Path) -> dict[str, str]:
    """Step → fingerprint it was done with; empty where nothing is embedded."""
    try:
        found: dict[str, str] = json.loads(_file(base).read_text())
    except (OSError, ValueError):
        return {}
    return found


def note(base: Path, step: str, mark: str) -> None:
    """This step is behind us."""
    if _file(base).parent.is_dir():
        _file(base).write_text(json.dumps({**done(base), step: mark}))


def forget(base: Path) -> None:
    """Do every step again at the next start."""
    _file(base).unlink(missing_ok=True)
