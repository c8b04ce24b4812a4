"""`up`: what it says when it cannot start, and what is left when it ends."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest

from evaltool.services import postgres, prepared
from tests.services.instances import ROOT, TINY, Instance, alive, environment, wait_until

Start = Callable[..., Instance]


def count_starts(data: Path) -> int:
    """Rows the stand-in has committed, one per start."""
    connection = psycopg2.connect((data / "urls").read_text().splitlines()[0])
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM starts")
        found = cursor.fetchone()[0]
    connection.close()
    return int(found)


def commands(pids: set[int]) -> str:
    return " ".join(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode() for pid in pids)


def test_a_taken_port_is_one_clear_line(place: Path, start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        line = start(place / "var", PORT=str(port)).refused()
    assert f"Port {port} cannot be used" in line
    assert not (place / "var" / "postgres").exists(), "nothing is started before the port is known to be free"


@pytest.mark.parametrize("port", ["http", "70000", "-1"])
def test_a_port_that_is_none_is_one_clear_line(place: Path, start: Start, port: str) -> None:
    instance = start(place / "var", PORT=port)
    assert "PORT must be a number" in instance.refused()


def test_a_second_instance_is_one_clear_line(place: Path, start: Start) -> None:
    first = start(place / "var").ready()
    line = start(place / "var").refused()
    assert f"already runs on {place / 'var'} at http://127.0.0.1:{first.port}/ (process {first.process.pid})" in line


@pytest.mark.parametrize("directory", ["file/below", "/proc/evaltool"])
def test_an_unusable_data_directory_is_one_clear_line(place: Path, start: Start, directory: str) -> None:
    (place / "file").touch()
    wanted = place / directory
    line = start(wanted).refused()
    assert f"The data directory {wanted} cannot be used" in line


def test_ctrl_c_stops_everything(place: Path, start: Start) -> None:
    instance = start(place / "var").ready()
    family = instance.everybody()
    instance.process.send_signal(signal.SIGINT)
    assert instance.process.wait(60) == 0
    assert not alive(family)
    assert not (place / "var" / "instance.json").exists()


def test_a_killed_make_takes_everything_along(place: Path, start: Start) -> None:
    makefile = place / "Makefile"
    makefile.write_text(f"up:\n\t@{sys.executable} {TINY}\n")
    instance = start(place / "var", command=("make", "-f", str(makefile)))
    instance.ready()
    family = instance.everybody()
    assert len(family) > 5
    instance.kill()
    assert wait_until(lambda: not alive(family))


def test_ctrl_c_during_a_step_stops_everything(place: Path, start: Start) -> None:
    instance = start(place / "var", TINY_SLOW="3600")
    assert wait_until(lambda: "Preparing." in instance.text())
    family = instance.everybody()
    assert instance.stop() == 0
    assert not alive(family)
    assert "evaltool: " not in instance.text(), "being told to stop is no error"


def test_a_step_is_done_once_per_mark_and_again_after_manage(place: Path, start: Start) -> None:
    data = place / "var"
    for mark in ("1", "1", "2"):
        start(data, TINY_MARK=mark).ready().stop()
    assert (data / "once").read_text().count("x") == 2
    prepared.forget(data)
    start(data, TINY_MARK="2").ready()
    assert (data / "once").read_text().count("x") == 3


def test_manage_uses_the_running_instance(place: Path, start: Start) -> None:
    start(place / "var").ready()
    code = "from django.conf import settings; print(settings.DATABASES['default']['HOST'], settings.REDIS_URL)"
    command = [sys.executable, "-m", "evaltool.services", "manage", "shell", "--no-imports", "-c", code]
    env = environment(EVALTOOL_DATA_DIR=str(place / "var"))
    done = subprocess.run(command, check=True, env=env, cwd=ROOT, text=True, capture_output=True)
    assert done.stdout.split() == [str(place / "var" / "socket"), f"unix://{place}/var/redis/redis.sock?db=0"]


def test_a_killed_supervisor_leaves_no_child_and_no_lost_row(place: Path, start: Start) -> None:
    first = start(place / "var", TINY_EXTRA="stubborn").ready()
    family = first.everybody()
    assert "stubborn" in commands(family), "children that ignore the polite signal are among them"
    first.kill()
    second = start(place / "var").ready()  # at once: it waits for the former to be gone
    assert not alive(family)
    assert count_starts(place / "var") == 2
    assert second.stop() == 0


def test_a_killed_postgres_ends_the_whole_and_loses_no_row(place: Path, start: Start) -> None:
    instance = start(place / "var").ready()
    family = instance.everybody()
    postmaster = int((place / "var" / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGKILL)
    assert instance.process.wait(60) == 1
    assert "postgres ended unexpectedly (signal SIGKILL)" in instance.text()
    assert wait_until(lambda: not alive(family))
    start(place / "var").ready()
    assert count_starts(place / "var") == 2


def test_a_child_that_dies_ends_the_whole_with_its_last_words(place: Path, start: Start) -> None:
    instance = start(place / "var", TINY_EXTRA="mortal").ready()
    family = instance.everybody()
    assert instance.process.wait(60) == 1
    assert "mortal ended unexpectedly (exit status 1)" in instance.text()
    assert "  the last words of mortal" in instance.text()
    assert not alive(family)


def test_given_servers_are_used_and_nothing_is_embedded(place: Path, start: Start) -> None:
    start(place / "own").ready()
    database, redis = (place / "own" / "urls").read_text().splitlines()
    guest = start(place / "var", DATABASE_URL=database, REDIS_URL=redis).ready()
    assert (place / "var" / "urls").read_text().splitlines() == [database, redis]
    assert "postgres -D" not in commands(guest.everybody())
    assert "redis-server" not in commands(guest.everybody())
    assert not (place / "var" / "postgres").exists()


@pytest.mark.parametrize(
    ("name", "url"),
    [("DATABASE_URL", "postgres://me:pw@127.0.0.1:1/none"), ("REDIS_URL", "redis://127.0.0.1:1/0")],
)
def test_given_servers_that_do_not_answer_are_one_clear_line(place: Path, start: Start, name: str, url: str) -> None:
    line = start(place / "var", **{name: url}).refused()
    assert f"of {name} does not answer" in line
    assert "pw" not in line


def test_a_private_parent_stays_private_and_works(place: Path, start: Start) -> None:
    """Root's server account cannot pass a private directory: programs and data go elsewhere."""
    private, outside = place / "home", place / "outside"
    private.mkdir(mode=0o700)
    site = _private_copy_of_the_wheel(private)
    where = {"PYTHONPATH": str(site), "EVALTOOL_SERVER_DIR": str(outside)}
    first = start(private / "checkout" / "var", **where).ready()
    assert str(site) not in commands(first.everybody()) or os.geteuid() != 0
    assert (private.stat().st_mode & 0o777) == 0o700
    assert first.stop() == 0
    start(private / "checkout" / "var", **where).ready()
    assert count_starts(private / "checkout" / "var") == 2
    assert (private.stat().st_mode & 0o777) == 0o700


def _private_copy_of_the_wheel(private: Path) -> Path:
    site, package = private / "site", postgres._package()
    shutil.copytree(package / "pginstall18", site / package.name / "pginstall18")
    shutil.copytree(package.with_name(package.name + ".libs"), site / (package.name + ".libs"))
    (site / package.name / "__init__.py").touch()
    return site


def test_a_deep_directory_gets_a_short_socket_that_goes_with_it(place: Path, start: Start) -> None:
    data = place / ("deep" * 15) / ("deeper" * 15) / "var"
    instance = start(data).ready()
    sockets = Path((data / "urls").read_text().split("host=")[1].split("&")[0])
    assert sockets.is_dir()
    assert sockets.stat().st_mode & 0o777 == 0o700
    instance.kill()
    assert wait_until(lambda: not sockets.exists())
