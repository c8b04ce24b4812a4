"""What `python -m evaltool.services` can do."""

import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import places, postgres, redis_server
from .errors import ServiceError
from .places import ROOT
from .processes import Supervisor

USED_PROCESSES = "2"


def start_services(supervisor: Supervisor, base: Path, *, throw_away: bool) -> dict[str, str]:
    """PostgreSQL and Redis, or the ones the environment names; returns their addresses."""
    given = _given(throw_away)
    if "DATABASE_URL" in given:
        postgres.check(given["DATABASE_URL"])
    if "REDIS_URL" in given:
        redis_server.check(given["REDIS_URL"])
    return {
        "DATABASE_URL": given.get("DATABASE_URL") or postgres.start(supervisor, base, throw_away=throw_away),
        "REDIS_URL": given.get("REDIS_URL") or redis_server.start(supervisor, base),
    }


def _given(throw_away: bool) -> dict[str, str]:
    """Servers of the person's own. Tests wipe what they use, so they want names of their own."""
    prefix = "EVALTOOL_TEST_" if throw_away else ""
    names = ("DATABASE_URL", "REDIS_URL")
    return {name: os.environ[prefix + name] for name in names if os.environ.get(prefix + name)}


def environment(base: Path, urls: Mapping[str, str], *, secret: str) -> dict[str, str]:
    """What the project's processes see; a value already in our environment stays."""
    defaults = {
        "EVALTOOL_ENV": "local",
        "EVALTOOL_SECRET_KEY": secret,
        "PYTHONUNBUFFERED": "1",
    }
    return {**defaults, **os.environ, **urls, "EVALTOOL_DATA_DIR": str(base)}


def run(command: Sequence[str], *, extra: Mapping[str, str] | None = None) -> int:
    """Throw-away services for one command; its exit status is ours."""
    if not command:
        raise ServiceError("Say which command to run, for example: run -- python manage.py shell")
    with Supervisor() as supervisor:
        base = supervisor.remove_at_end(places.throw_away_dir(places.server_account()))
        (base / "log").mkdir(mode=0o700)
        urls = start_services(supervisor, base, throw_away=True)
        env = environment(base, urls, secret=secrets.token_urlsafe(48))
        return supervisor.run(_with_our_python(command), env={**env, **(extra or {})}, cwd=ROOT, terminal=True)


def _with_our_python(command: Sequence[str]) -> list[str]:
    """`python` and `manage.py` mean the environment's own interpreter and ours."""
    if command[0] == "python":
        return [sys.executable, *command[1:]]
    if command[0] == "manage.py":
        return [sys.executable, str(ROOT / "manage.py"), *command[1:]]
    return list(command)


def test(arguments: Sequence[str]) -> int:
    """The tests, on throw-away services. Without arguments the whole suite, on two processes."""
    chosen = list(arguments) or ["-n", USED_PROCESSES, "--dist", "loadgroup"]
    plugin = ["-p", "evaltool.services.browser_report"]
    return run(["python", "-m", "pytest", *plugin, *chosen], extra={"EVALTOOL_TEST": "1"})
