"""What `python -m evaltool.services` can do."""

import contextlib
import http.client
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from . import places, plans, postgres, prepared, redis_server
from .errors import ServiceError, ToldToStop
from .logs import tail
from .places import ROOT
from .plans import HOST, Plan, Step
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
    plugin = ["-p", "evaltool.services.pytest_plugin"]
    return run(["python", "-m", "pytest", *plugin, *chosen], extra={"EVALTOOL_TEST": "1"})


Planner = Callable[[Path, int], Plan]


def up(arguments: Sequence[str]) -> int:
    """Start the whole and stay until told to stop."""
    if arguments:
        raise ServiceError("up takes no arguments; PORT and DEMO are read from the environment.")
    demo = os.environ.get("DEMO", "1") not in ("0", "no", "false")
    return serve(lambda base, port: plans.project(base, port, demo=demo))


def serve(planner: Planner) -> int:
    """Servers, steps, programs, in this order; then watch. Ctrl-C and SIGTERM are a good end."""
    started = time.monotonic()
    base = places.open_data_dir(places.data_dir())
    with Supervisor(lock=places.lock(base)) as supervisor:
        try:
            port = _free_port()
            plan, address = planner(base, port), f"http://{HOST}:{port}/"
            env = _start(supervisor, base, plan, address)
            _say(f"\nevaltool is ready at {address} ({time.monotonic() - started:.0f} s). Ctrl-C stops it.")
            _greet(supervisor, plan, env)
            while True:
                supervisor.pause(3600)
        except ToldToStop:
            _say("\nStopping.")
        finally:
            places.forget_instance(base)
    return 0


def _start(supervisor: Supervisor, base: Path, plan: Plan, address: str) -> dict[str, str]:
    _say("Starting PostgreSQL and Redis.")
    urls = start_services(supervisor, base, throw_away=False)
    env = environment(base, urls, secret=places.secret_key(base))
    places.write_instance(base, {"address": address, "urls": urls})
    embedded = not os.environ.get("DATABASE_URL")
    for step in plan.steps:
        if embedded and step.mark and prepared.done(base).get(step.name) == step.mark:
            continue
        _take(supervisor, base, step, env)
        if embedded:
            prepared.note(base, step.name, step.mark)
    _start_programs(supervisor, base, plan, env, address)
    return env


def _start_programs(supervisor: Supervisor, base: Path, plan: Plan, env: Mapping[str, str], address: str) -> None:
    """The pages first, alone: loading them is what a person waits for, and cores are few."""
    ready = address.rstrip("/") + plan.ready_path
    for program in plan.programs:
        _say(f"Starting {program.name}.")
        log = base / "log" / f"{program.name}.log"
        supervisor.start(program.name, program.command, env=env, log=log, cwd=ROOT)
        supervisor.wait_until(lambda: _answers(ready), seconds=90, what=ready)


def _take(supervisor: Supervisor, base: Path, step: Step, env: Mapping[str, str]) -> None:
    _say(step.says)
    log = None if step.shown else base / "log" / f"{step.name}.log"
    status = supervisor.run(step.command, env=env, cwd=ROOT, quiet_to=log)
    if status:
        where = f" Its last lines, from {log}:{tail(log)}" if log else ""
        raise ServiceError((step.when_it_fails or f"{step.name} failed.") + where)


def _greet(supervisor: Supervisor, plan: Plan, env: Mapping[str, str]) -> None:
    if plan.greeting:
        supervisor.run(plan.greeting, env=env, cwd=ROOT)
    if plan.hint:
        _say(plan.hint)


def _say(text: str) -> None:
    print(text, flush=True)


def _free_port() -> int:
    """The port of PORT, tried before anything is started."""
    wanted = os.environ.get("PORT") or "8000"
    if not wanted.isdigit() or not 0 < int(wanted) < 65536:
        raise ServiceError(f"PORT must be a number from 1 to 65535, not {wanted!r}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(wanted)))
        except OSError as error:
            raise ServiceError(
                f"Port {wanted} cannot be used ({error.strerror}). Choose another: make up PORT=8123"
            ) from None
    return int(wanted)


def _answers(url: str) -> bool:
    """Does a GET of this address succeed?"""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
        connection.request("GET", parts.path)
        return connection.getresponse().status == 200
    return False


def manage(arguments: Sequence[str]) -> int:
    """manage.py on the running instance; where none runs, on services started for it."""
    base = places.data_dir()
    prepared.forget(base)
    if places.is_running(base):
        return _manage_running(base, arguments)
    base = places.open_data_dir(base)
    with Supervisor(lock=places.lock(base)) as supervisor:
        urls = start_services(supervisor, base, throw_away=False)
        env = environment(base, urls, secret=places.secret_key(base))
        return supervisor.run(plans.manage(*arguments), env=env, cwd=ROOT, terminal=True)


def _manage_running(base: Path, arguments: Sequence[str]) -> int:
    facts = places.read_instance(base)
    if facts is None:
        raise ServiceError("evaltool is just starting or stopping. Try again in a moment.")
    env = environment(base, facts["urls"], secret=places.secret_key(base))
    os.chdir(ROOT)
    command = plans.manage(*arguments)
    os.execve(command[0], command, env)
