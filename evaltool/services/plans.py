"""What runs on top of the two servers: steps done once in order, then programs that stay."""

import sys
from dataclasses import dataclass
from pathlib import Path

from . import prepared
from .places import ROOT

HOST = "127.0.0.1"
FIRST_ADMIN = 'Make the first admin with: make manage CMD="create_admin you@example.org"'


@dataclass(frozen=True)
class Step:
    """One command that must succeed; `says` is shown before it, `shown` lets its output through."""

    name: str
    command: tuple[str, ...]
    says: str
    shown: bool = False
    when_it_fails: str = ""
    mark: str = ""  # what it depends on; done once per mark in an embedded database


@dataclass(frozen=True)
class Program:
    """One process that stays; its name is the name of its log."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """Everything `up` does between the servers' start and the first page; the first program serves it."""

    steps: tuple[Step, ...]
    programs: tuple[Program, ...]
    greeting: tuple[str, ...] = ()  # a command that prints what the person needs next
    hint: str = ""
    ready_path: str = "/healthz"


def manage(*arguments: str) -> tuple[str, ...]:
    """A command of manage.py."""
    return (sys.executable, str(ROOT / "manage.py"), *arguments)


def project(base: Path, port: int, *, demo: bool) -> Plan:
    """The platform itself: migrations, the demo where wanted, web, worker and beat."""
    migrate = Step(
        "migrate",
        manage("migrate", "--no-input"),
        "Preparing the database.",
        mark=prepared.fingerprint(prepared.MIGRATIONS),
    )
    load = Step(
        "load_demo",
        manage("load_demo"),
        "Loading the demo project.",
        shown=True,
        when_it_fails="The demo project cannot be loaded. `make up DEMO=0` starts without it.",
        mark=prepared.fingerprint(prepared.DEMO),
    )
    return Plan(
        steps=(migrate, load) if demo else (migrate,),
        programs=(web(port), worker(), beat(base)),
        greeting=manage("demo_signins") if demo else (),
        hint="" if demo else FIRST_ADMIN,
    )


def web(port: int) -> Program:
    """gunicorn: two processes of four threads, loaded once and then forked."""
    command = (
        *(sys.executable, "-m", "gunicorn", "evaltool.wsgi:application"),
        *("--bind", f"{HOST}:{port}"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
        *("--preload", "--no-control-socket", "--graceful-timeout", "5"),
    )
    return Program("web", command)


def worker() -> Program:
    """The Celery worker; alone on its machine, so it need not look for others."""
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    command = (*_celery("worker"), "--concurrency", "2", "--loglevel", "INFO", *quiet)
    return Program("worker", command)


def beat(base: Path) -> Program:
    """The clock: exactly one, beside the worker."""
    return Program("beat", (*_celery("beat"), "--schedule", str(base / "beat-schedule"), "--pidfile", ""))


def _celery(verb: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "celery", "-A", "evaltool.celery", verb)
