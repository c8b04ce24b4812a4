"""Ends what a killed supervisor leaves behind.

A process of its own, run by path with nothing imported from the project. The supervisor writes
one line per change to its standard input; when that input ends with groups still listed, the
supervisor is gone and the groups are ended here, politely first. The death signal that each
child also asks of the kernel reaches only the child itself; this reaches its children too.

Lines: ``watch GROUP SIGNAL``, ``forget GROUP``, ``remove PATH`` (a throw-away directory).
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable

GRACE = 6.0


def read_orders(lines: Iterable[str]) -> tuple[dict[int, int], list[str]]:
    """Groups still alive (number → ending signal) and directories to remove at end of input."""
    groups: dict[int, int] = {}
    directories: list[str] = []
    for line in lines:
        order, _, rest = line.rstrip("\n").partition(" ")
        if order == "watch":
            group, number = rest.split()
            groups[int(group)] = int(number)
        elif order == "forget":
            groups.pop(int(rest), None)
        elif order == "remove":
            directories.append(rest)
    return groups, directories


def send(group: int, number: int) -> bool:
    """True while somebody in the group is left to receive the signal."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def end(groups: dict[int, int]) -> None:
    """Ask each group to end, wait a little, then kill what stays."""
    left = {group for group, number in groups.items() if send(group, number)}
    until = time.monotonic() + GRACE
    while left and time.monotonic() < until:
        time.sleep(0.05)
        left = {group for group in left if send(group, 0)}
    for group in left:
        send(group, signal.SIGKILL)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    groups, directories = read_orders(sys.stdin)
    end(groups)
    for directory in directories:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
