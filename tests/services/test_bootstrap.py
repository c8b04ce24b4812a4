"""bootstrap.py on machines that lack something. It is copied, so that our own `.venv` stays out of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.instances import ROOT, environment

STUB = '#!/bin/sh\necho "stub $@"\n[ "$2" != pip ] || [ "$3" = --version ]\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing but what bootstrap.py reads."""
    shutil.copy(ROOT / "bootstrap.py", tmp_path)
    shutil.copytree(ROOT / "locks", tmp_path / "locks")
    return tmp_path


def bootstrap(checkout: Path, *arguments: str, custom: str = "") -> subprocess.CompletedProcess[str]:
    """Run it with a PATH without uv; `custom` is Python run before it, to take something away."""
    (checkout / "custom").mkdir(exist_ok=True)
    (checkout / "custom" / "sitecustomize.py").write_text(custom)
    env = environment(PYTHONPATH=str(checkout / "custom"), PATH=os.defpath)
    command = [sys._base_executable, str(checkout / "bootstrap.py"), *arguments]
    return subprocess.run(command, check=False, env=env, text=True, capture_output=True, timeout=60)


def with_stub(checkout: Path) -> Path:
    """An environment whose Python only says how it was called, and cannot install anything."""
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(STUB)
    python.chmod(0o755)
    return python


def stamp(checkout: Path, lock: str) -> None:
    """Mark the stub's environment as made from this lock file, in the words of bootstrap.py itself."""
    code = f"import bootstrap; bootstrap.STAMP.write_text(bootstrap.fingerprint(bootstrap.{lock}))"
    subprocess.run([sys._base_executable, "-c", code], cwd=checkout, check=True)


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_missing_venv_module_is_one_clear_line(checkout: Path, module: str) -> None:
    hide = (
        "import importlib.util as u\n"
        "real = u.find_spec\n"
        f"u.find_spec = lambda name, *rest: None if name == {module!r} else real(name, *rest)\n"
    )
    done = bootstrap(checkout, "up", custom=hide)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"lacks the module {module}" in done.stderr
    assert "python3-venv" in done.stderr


def test_an_old_python_is_one_clear_line(checkout: Path) -> None:
    done = bootstrap(checkout, "up", custom="import sys\nsys.version_info = (3, 10, 4, 'final', 0)\n")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Python 3.11 or newer is needed" in done.stderr


@pytest.mark.parametrize(("verb", "lock"), [("up", "RUN"), ("up", "DEV"), ("test", "DEV")])
def test_an_unchanged_lock_installs_nothing(checkout: Path, verb: str, lock: str) -> None:
    with_stub(checkout)
    stamp(checkout, lock)
    done = bootstrap(checkout, verb, "--some", "argument")
    assert done.stdout == f"stub -m evaltool.services {verb} --some argument\n"


@pytest.mark.parametrize(("verb", "lock"), [("up", "RUN"), ("test", "RUN")])
def test_a_changed_or_larger_lock_is_installed_and_failure_is_told(checkout: Path, verb: str, lock: str) -> None:
    with_stub(checkout)
    stamp(checkout, lock)
    if verb == "up":
        with (checkout / "locks" / "run.txt").open("a") as file:
            file.write("# a newer package\n")
    done = bootstrap(checkout, verb)
    assert "--require-hashes" in done.stdout
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "pip cannot install locks/" in done.stderr
