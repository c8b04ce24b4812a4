"""Ends what a killed supervisor leaves behind.

A process of its own, run by path with nothing imported from the project. The supervisor writes
one line per change to its standard input; when that input ends with groups still listed, the
supervisor is gone and the groups are ended here, politely first. The death signal that each
child also asks of the kernel reaches only the child itself; this reaches its children too.

Lines: ``watch GROUP SIGNAL SECONDS`` (the signal that ends it, and how long it may take),
``forget GROUP``, ``remove PATH`` (a throw-away directory).
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

Groups = dict[int, tuple[int, float]]


def read_orders(lines: Iterable[str]) -> tuple[Groups, list[str]]:
    """Groups still alive (with signal and seconds) and directories to remove, at end of input."""
    groups: Groups = {}
    directories: list[str] = []
    for line in lines:
        order, _, rest = line.rstrip("\n").partition(" ")
        if order == "watch":
            group, number, seconds = rest.split()
            groups[int(group)] = int(number), float(seconds)
        elif order == "forget":
            groups.pop(int(rest), None)
        elif order == "remove":
            directories.append(rest)
    return groups, directories


def living_groups() -> set[int]:
    """Groups with a living process. Zombies do not count: a careless init may keep them for ever."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended while we looked
            state, _, group = file.read_text().rpartition(")")[2].split()[:3]
            if state != "Z":
                found.add(int(group))
    return found


def send(group: int, number: int) -> None:
    """Signal the group, if anybody is left in it."""
    with contextlib.suppress(OSError):
        os.killpg(group, number)


def end(groups: Groups) -> None:
    """Ask each group to end, and kill it when its time is over."""
    for group, (number, _) in groups.items():
        send(group, number)
    began = time.monotonic()
    while left := groups.keys() & living_groups():
        for group in left:
            if time.monotonic() - began > groups[group][1]:
                send(group, signal.SIGKILL)
        time.sleep(0.05)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    groups, directories = read_orders(sys.stdin)
    end(groups)
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
