"""Where things lie: the data directory and its lock, throw-away directories, short socket paths.

No existing directory ever gets wider rights here; where the unprivileged server account cannot
reach a place, another place is taken.
"""

import fcntl
import json
import os
import pwd
import secrets
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ServiceError

ROOT = Path(__file__).resolve().parents[2]
LONGEST_SOCKET_PATH = 107  # bytes of sun_path on Linux, without the closing zero
TEMPORARY = "/tmp"  # noqa: S108 - only as a parent for mkdtemp, when TMPDIR is too deep or private
STOPPING_TAKES_AT_MOST = 20.0  # seconds; the warden's grace and PostgreSQL's last checkpoint


@dataclass(frozen=True)
class Account:
    """The unprivileged account a server runs under when we are root."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """``nobody`` when we are root (PostgreSQL refuses to run as root), else None."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise ServiceError(
            "PostgreSQL does not run as root and this machine has no account nobody. Start as an ordinary user."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def reachable(path: Path, account: Account | None) -> bool:
    """May the account walk down to this path? (None: we run it ourselves, so yes.)"""
    if account is None:
        return True
    return all(_may_enter(parent, account) for parent in Path(os.path.realpath(path)).parents)


def _may_enter(directory: Path, account: Account) -> bool:
    try:
        found = directory.stat()
    except OSError:
        return False
    if found.st_uid == account.uid:
        return bool(found.st_mode & 0o100)
    if found.st_gid == account.gid:
        return bool(found.st_mode & 0o010)
    return bool(found.st_mode & 0o001)


def data_dir() -> Path:
    """``EVALTOOL_DATA_DIR``, else ``var`` beside manage.py."""
    return Path(os.environ.get("EVALTOOL_DATA_DIR") or ROOT / "var").expanduser().absolute()


def open_data_dir(path: Path) -> Path:
    """Make the data directory and its log folder; ServiceError when that is not possible."""
    try:
        if not path.is_dir():
            # Root's servers run as another account that must pass through, but not look around.
            path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True)
        (path / "log").mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise ServiceError(
            f"The data directory {path} cannot be used ({error.strerror}). "
            "Set EVALTOOL_DATA_DIR to a directory you may write to."
        ) from None
    return path


def lock(path: Path) -> int:
    """Hold the data directory for this process; the file descriptor keeps the lock.

    The warden holds it too, so it is free only when everything of a killed instance is gone.
    Raises ServiceError when another instance runs.
    """
    handle = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + STOPPING_TAKES_AT_MOST
    while not _try_lock(handle):
        owner = _owner(handle)
        if owner and is_alive(owner):
            raise ServiceError(_already_running(path, owner))
        if time.monotonic() > until:
            raise ServiceError(f"The data directory {path} is still in use by an instance that is ending.")
        time.sleep(0.1)
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    return handle


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_alive(pid: int) -> bool:
    """Does this process still run? (A zombie does not.)"""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def _owner(handle: int) -> int | None:
    text = os.pread(handle, 32, 0).strip()
    return int(text) if text.isdigit() else None


def _already_running(path: Path, owner: int) -> str:
    address = (read_instance(path) or {}).get("address")
    at = f" at {address}" if address else ""
    return (
        f"evaltool already runs on {path}{at} (process {owner}). "
        "Stop it first, or set EVALTOOL_DATA_DIR to another directory."
    )


def is_running(path: Path) -> bool:
    """Does another process hold the data directory now?"""
    try:
        handle = os.open(path / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _try_lock(handle)
    finally:
        os.close(handle)


def write_instance(path: Path, facts: dict[str, Any]) -> None:
    """Tell later commands how to reach what runs here (0600: the addresses may hold passwords)."""
    write_private(path / "instance.json", json.dumps(facts, indent=1))


def read_instance(path: Path) -> dict[str, Any] | None:
    """What ``write_instance`` left, or None."""
    try:
        facts: dict[str, Any] = json.loads((path / "instance.json").read_text())
    except (OSError, ValueError):
        return None
    return facts


def forget_instance(path: Path) -> None:
    """Nothing runs here any more."""
    (path / "instance.json").unlink(missing_ok=True)


def secret_key(path: Path) -> str:
    """The key of this data directory, made once and readable by its owner only."""
    file = path / "secret-key"
    if not file.exists():
        write_private(file, secrets.token_urlsafe(64))
    return file.read_text().strip()


def write_private(file: Path, text: str) -> None:
    """Write a 0600 file in one step, so that nobody ever sees half of it."""
    new = file.with_name(f".{file.name}.{os.getpid()}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(text)
    new.replace(file)


def throw_away_dir(account: Account | None) -> Path:
    """A new directory for one run, in a place the server account can reach."""
    for parent in dict.fromkeys((tempfile.gettempdir(), TEMPORARY)):
        if reachable(Path(parent) / "x", account) and os.access(parent, os.W_OK | os.X_OK):
            made = Path(tempfile.mkdtemp(prefix="evaltool-", dir=parent))
            if account:
                made.chmod(0o711)
            return made
    raise ServiceError("No temporary directory can be used. Set TMPDIR to one you may write to.")


def elsewhere() -> Path:
    """A lasting place outside a private checkout, for root's servers. ServiceError when there is none."""
    parent = Path(os.environ.get("EVALTOOL_SERVER_DIR") or "/var/lib/evaltool")
    try:
        parent.mkdir(mode=0o711, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix="db-", dir=parent))
    except OSError as error:
        raise ServiceError(
            f"The server account cannot reach the data directory, and {parent} cannot be used "
            f"({error.strerror}). Set EVALTOOL_DATA_DIR to a directory open to every account."
        ) from None
    made.chmod(0o711)
    return made


def socket_dir(preferred: Path, longest_name: str, account: Account | None) -> tuple[Path, bool]:
    """A 0700 directory for a socket, and whether it is a short throw-away one.

    A Unix socket path has room for about a hundred bytes, so a deep checkout needs another place.
    """
    if len(os.fsencode(preferred / longest_name)) <= LONGEST_SOCKET_PATH:
        preferred.mkdir(mode=0o700, exist_ok=True)
        made, short = preferred, False
    else:
        made, short = _short_dir(account), True
    if account:
        os.chown(made, account.uid, account.gid)
    return made, short


def _short_dir(account: Account | None) -> Path:
    for parent in dict.fromkeys((os.environ.get("XDG_RUNTIME_DIR", TEMPORARY), TEMPORARY)):
        if len(parent) < 60 and os.access(parent, os.W_OK) and reachable(Path(parent) / "x", account):
            return Path(tempfile.mkdtemp(prefix="evaltool-", dir=parent))
    raise ServiceError("No short directory for sockets can be made: /tmp is not writable.")


def remove(directory: Path) -> None:
    """Remove a throw-away directory; whatever resists is left."""
    shutil.rmtree(directory, ignore_errors=True)
