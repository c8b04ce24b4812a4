"""Real instances of the supervisor, each on a directory and a port of its own."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TINY = Path(__file__).with_name("tiny.py")
READY = "evaltool is ready"


def wait_until(true: Callable[[], bool], seconds: float = 60) -> bool:
    """Poll, gently; the answer is what counts, not how long it took."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**changes: str) -> dict[str, str]:
    """Ours without what the surrounding test run put there, so that instances stand alone."""
    names = ("DATABASE_URL", "REDIS_URL", "PORT", "DEMO")
    kept = {
        k: v for k, v in os.environ.items() if k not in names and not k.startswith(("EVALTOOL_", "PYTEST_", "MAKE"))
    }
    return {**kept, **changes}


def descendants(pid: int) -> set[int]:
    """Every living process below this one."""
    children: dict[int, set[int]] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = file.read_text().rpartition(")")
        except OSError:
            continue
        children.setdefault(int(rest.split()[1]), set()).add(int(name.split(" ")[0]))
    found, queue = set(), [pid]
    while queue:
        below = children.get(queue.pop(), set())
        found |= below
        queue += below
    return found


def alive(pids: set[int]) -> set[int]:
    """Those that still run; a zombie does not."""
    return {pid for pid in pids if _state(pid) not in ("", "Z")}


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


class Instance:
    """One `up` on a data directory, with a tiny web server in place of the platform."""

    def __init__(self, data: Path, command: Sequence[str] = (sys.executable, str(TINY)), **changes: str) -> None:
        self.data = data
        wanted = changes.pop("PORT", "")
        self.port = free_port()
        handle, output = tempfile.mkstemp(prefix="evt-", suffix=".out")
        self.output = Path(output)
        env = environment(EVALTOOL_DATA_DIR=str(data), PORT=wanted or str(self.port), **changes)
        self.process = subprocess.Popen(command, stdout=handle, stderr=handle, env=env, start_new_session=True)
        os.close(handle)

    def text(self) -> str:
        return self.output.read_text()

    def ready(self) -> "Instance":
        wait_until(lambda: READY in self.text() or self.process.poll() is not None)
        assert READY in self.text(), self.text()
        return self

    def refused(self) -> str:
        """What it says when it does not start: one line."""
        assert self.process.wait(60) == 1, self.text()
        lines = [line for line in self.text().splitlines() if line.startswith("evaltool: ")]
        assert self.text().rstrip().endswith(lines[-1]), self.text()
        assert "Traceback" not in self.text()
        return lines[-1]

    def everybody(self) -> set[int]:
        return descendants(self.process.pid) | {self.process.pid}

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def clean_up(self) -> None:
        """Stop it and remove what it wrote."""
        self.stop()
        self.output.unlink()
