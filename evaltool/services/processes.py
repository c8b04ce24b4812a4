"""Starting, watching and ending child processes, with one thread and no busy waiting.

Signals are blocked and taken one by one with ``sigtimedwait``, so nothing is ever interrupted
halfway: the only places where the run can end are the calls of ``pause``.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import ServiceError, ToldToStop
from .logs import fresh_log, tail
from .places import Account, remove

PR_SET_PDEATHSIG = 1
FORCE_AFTER = 4.0  # seconds a child may take to end before it is killed
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Ending:
    """How a child is asked to end, and how many seconds it may take when we were killed ourselves."""

    signal: int
    orphan_seconds: float


POLITE = Ending(signal.SIGTERM, 2.0)


@dataclass
class Child:
    """One running process that must not end before we say so."""

    name: str
    process: subprocess.Popen[bytes]
    ending: Ending
    log: Path | None = None

    def ended(self) -> bool:
        """True once the process is gone (and its exit status taken)."""
        return self.process.poll() is not None


@dataclass
class Supervisor:
    """Keeps children; use as a context manager, leaving ends them all in reverse order."""

    lock: int | None = None
    children: list[Child] = field(default_factory=list)
    throw_away: list[Path] = field(default_factory=list)
    _warden: subprocess.Popen[bytes] | None = None
    _mask: set[int] = field(default_factory=set)
    _stopping: set[int] = field(default_factory=set)

    def __enter__(self) -> Self:
        self._stopping = {signal.SIGINT, signal.SIGTERM}
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup keeps it ignored
            self._stopping.add(signal.SIGHUP)
        blocked = self._stopping | {signal.SIGCHLD, signal.SIGTTOU}
        self._mask = set(signal.pthread_sigmask(signal.SIG_BLOCK, blocked))
        self._warden = self._start_warden()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop_all()
        self._dismiss_warden()
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)

    def _start_warden(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("warden.py"))],
            stdin=subprocess.PIPE,
            pass_fds=() if self.lock is None else (self.lock,),
            start_new_session=True,
            cwd="/",
        )

    def _dismiss_warden(self) -> None:
        if self._warden and self._warden.stdin:
            with contextlib.suppress(OSError):
                self._warden.stdin.close()
            self._warden.wait()

    def _tell_warden(self, line: str) -> None:
        if self._warden and self._warden.stdin:
            with contextlib.suppress(OSError):
                self._warden.stdin.write(line.encode() + b"\n")
                self._warden.stdin.flush()

    def remove_at_end(self, directory: Path) -> Path:
        """The directory goes when this run ends, however it ends."""
        self.throw_away.append(directory)
        self._tell_warden(f"remove {directory}")
        return directory

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        log: Path | None = None,
        ending: Ending = POLITE,
        account: Account | None = None,
        cwd: Path | str = "/",
    ) -> Child:
        """Start a child in its own process group; it dies with us even if we are killed.

        `log` gets its output (the former file is kept as `.1`); without it the child writes to
        our terminal. Raises ServiceError when the program cannot be started.
        """
        output = fresh_log(log) if log else None
        process = self._spawn(command, env=env, output=output, ending=ending, account=account, cwd=cwd)
        if output is not None:
            os.close(output)
        child = Child(name, process, ending, log)
        self.children.append(child)
        return child

    def _spawn(
        self,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        output: int | None,
        ending: Ending,
        account: Account | None,
        cwd: Path | str,
        terminal: bool = False,
    ) -> subprocess.Popen[bytes]:
        try:
            process = subprocess.Popen(
                [str(part) for part in command],
                env=dict(env),
                cwd=cwd,
                stdin=None if terminal else subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                process_group=0,
                preexec_fn=_in_child(os.getpid(), ending.signal, self._mask, terminal),  # noqa: PLW1509 - one thread
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise ServiceError(f"{command[0]} cannot be started: {error}") from None
        self._tell_warden(f"watch {process.pid} {int(ending.signal)} {ending.orphan_seconds}")
        return process

    def pause(self, seconds: float) -> None:
        """Let time pass. Raises ToldToStop on a signal, ServiceError when a child has died."""
        self._watch()
        got = signal.sigtimedwait(self._stopping | {signal.SIGCHLD}, seconds)
        if got and got.si_signo in self._stopping:
            raise ToldToStop(got.si_signo)
        self._watch()

    def _watch(self) -> None:
        for child in self.children:
            if child.ended():
                raise ServiceError(_obituary(child))

    def wait_until(self, ready: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Ask again and again until `ready`; ServiceError after the given time."""
        until = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > until:
                raise ServiceError(f"{what} is not ready after {seconds:.0f} seconds.")
            self.pause(0.05)

    def run(
        self,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path | str = "/",
        terminal: bool = False,
        account: Account | None = None,
        quiet_to: Path | None = None,
    ) -> int:
        """Run one command to its end and return its exit status, as a shell gives it.

        Signals sent to us are handed on to it. With `terminal` it is what the person came for: it
        becomes the foreground job, so that Ctrl-C and a debugger's prompt are its own, and its
        status tells how it ended. Without, a signal ends the whole: raises ToldToStop.
        """
        foreground = terminal and _owns_terminal()
        output = fresh_log(quiet_to) if quiet_to else None
        process = self._spawn(
            command,
            env=env,
            output=output,
            ending=POLITE,
            account=account,
            cwd=cwd,
            terminal=foreground,
        )
        try:
            told = self._wait_for(process)
        finally:
            if output is not None:
                os.close(output)
            _end_group(process)
            self._tell_warden(f"forget {process.pid}")
            if foreground:
                os.tcsetpgrp(0, os.getpgrp())
        if told and not terminal:
            raise ToldToStop(told)
        status = process.returncode
        return status if status >= 0 else 128 - status

    def _wait_for(self, process: subprocess.Popen[bytes]) -> int:
        """Until it ends; returns the last signal handed on to it, or 0. The third one kills."""
        told: list[int] = []
        while process.poll() is None:
            self._watch()
            got = signal.sigtimedwait(self._stopping | {signal.SIGCHLD}, 1.0)
            if got and got.si_signo in self._stopping:
                told.append(got.si_signo)
                _signal_group(process.pid, signal.SIGKILL if len(told) > 2 else got.si_signo)
        return told[-1] if told else 0

    def stop_all(self) -> None:
        """End the children, the last started first; PostgreSQL thus outlives its clients."""
        for layer in reversed(_layers(self.children)):
            self._stop(layer)
        for directory in self.throw_away:
            remove(directory)

    def stop(self, child: Child) -> None:
        """End one child that is no longer wanted."""
        self._stop([child])
        self.children.remove(child)

    def _stop(self, children: Sequence[Child]) -> None:
        for child in children:
            if not child.ended():
                _signal_group_leader(child)
        until = time.monotonic() + FORCE_AFTER
        while any(not child.ended() for child in children) and time.monotonic() < until:
            got = signal.sigtimedwait(self._stopping | {signal.SIGCHLD}, 0.1)
            if got and got.si_signo in self._stopping:
                break  # told a second time: no more patience
        for child in children:
            _end_group(child.process)
            self._tell_warden(f"forget {child.process.pid}")


def end_with_parent() -> None:
    """Be told to stop when our parent is gone: for a run under make, which may be killed itself."""
    _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def _layers(children: Sequence[Child]) -> list[list[Child]]:
    """Servers one by one (they have their own end signal), the rest together."""
    servers = [[child] for child in children if child.name in ("postgres", "redis")]
    rest = [child for child in children if child.name not in ("postgres", "redis")]
    return [*servers, rest] if rest else servers


def _in_child(parent: int, end_signal: int, mask: set[int], terminal: bool) -> Callable[[], None]:
    def prepare() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(end_signal), 0, 0, 0)
        if os.getppid() != parent:  # killed between fork and the line above
            os._exit(1)
        if terminal:
            os.tcsetpgrp(0, os.getpgrp())
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    return prepare


def _owns_terminal() -> bool:
    try:
        return os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def _obituary(child: Child) -> str:
    status = child.process.returncode
    how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
    where = f" Its last lines, from {child.log}:" if child.log else ""
    return f"{child.name} ended unexpectedly ({how}).{where}{tail(child.log)}"


def _signal_group_leader(child: Child) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.process.send_signal(child.ending.signal)


def _signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Whatever is left of the group goes now, the leader included."""
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()
