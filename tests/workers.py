"""A real Celery worker with beat beside a test, on the test's own database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]


def environment() -> dict[str, str]:
    """The environment of a process that works on this test's database and Redis."""
    db = connection.settings_dict
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "evaltool.settings",
        "DATABASE_URL": f"postgres:///{db['NAME']}?host={db['HOST']}&user={db['USER']}",
        "REDIS_URL": settings.REDIS_URL,
        "EVALTOOL_DATA_DIR": str(settings.DATA_DIR),
        "PYTHONWARNINGS": "ignore",
    }


class Worker:
    """One worker process with its children, in a process group of its own."""

    def __init__(self, folder: Path) -> None:
        self.schedule = folder / "beat"
        self.log = (folder / "worker.log").open("ab")
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "evaltool.celery", "worker", "-c", "1", "-B"]
        command += ["-s", str(self.schedule), "--without-gossip", "--without-mingle", "-l", "WARNING"]
        return subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdout=self.log, stderr=self.log, start_new_session=True
        )

    def kill(self) -> None:
        """End it the hard way: kill -9 of the worker and everything it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        """Start it again after `kill`."""
        self.process = self._start()

    def stop(self) -> None:
        """End it whatever state it is in."""
        if self.process.poll() is None:
            self.kill()
        self.log.close()


@contextmanager
def running_worker(folder: Path) -> Iterator[Worker]:
    """A worker for the time of the block."""
    worker = Worker(folder)
    try:
        yield worker
    finally:
        worker.stop()


def wait_until(holds: Callable[[], object], *, seconds: float = 30, what: str = "it") -> None:
    """Wait until something holds; AssertionError when it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"{what} did not happen within {seconds} s"
        time.sleep(0.1)
