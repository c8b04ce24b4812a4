"""`run` and `test`: servers for one command, gone with it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.instances import ROOT, alive, descendants, environment, wait_until

SERVICES = [sys.executable, "-m", "evaltool.services"]
BARE = ["-c", "/dev/null", "--rootdir", "/", "-p", "no:django", "-p", "no:cacheprovider"]
BROWSER_TEST = """
import pytest
@pytest.mark.browser
@pytest.mark.parametrize("page", ["one", "two"])
def test_page(page):
    pytest.skip("needs the Debian package chromium")
def test_servers():
    import os, psycopg2
    assert os.environ["EVALTOOL_TEST"] == "1"
    psycopg2.connect(os.environ["DATABASE_URL"]).close()
"""


def services(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    command, env = [*SERVICES, *arguments], environment(**changes)
    return subprocess.run(command, check=False, env=env, cwd=ROOT, text=True, capture_output=True, timeout=60)


def test_a_command_gets_servers_and_its_status_is_passed_on() -> None:
    done = services("run", "--", "sh", "-c", "echo $EVALTOOL_DATA_DIR; echo $DATABASE_URL; exit 37")
    directory, url = done.stdout.split()
    assert done.returncode == 37
    assert url.startswith(f"postgres:///evaltool?host={directory}")
    assert not Path(directory).exists(), "the directory goes when the command ends"


def test_a_persons_own_database_is_not_touched_by_tests() -> None:
    done = services(
        "run", "--", "sh", "-c", "echo $DATABASE_URL", DATABASE_URL="postgres://someone@127.0.0.1:1/precious"
    )
    assert done.stdout.startswith("postgres:///evaltool?host="), done.stderr


def test_a_killed_run_leaves_no_process_and_no_directory() -> None:
    command = [*SERVICES, "run", "--", "sh", "-c", "echo $EVALTOOL_DATA_DIR; sleep 3600 & wait"]
    process = subprocess.Popen(command, env=environment(), cwd=ROOT, text=True, stdout=subprocess.PIPE)
    assert process.stdout is not None
    directory = Path(process.stdout.readline().strip())
    family = descendants(process.pid)
    process.kill()
    process.wait()
    process.stdout.close()
    assert wait_until(lambda: not alive(family) and not directory.exists())


@pytest.mark.parametrize(("required", "status"), [("0", 0), ("1", 1)])
def test_skipped_browser_tests_are_counted_and_can_fail_the_run(tmp_path: Path, required: str, status: int) -> None:
    file = tmp_path / "test_pages.py"
    file.write_text(BROWSER_TEST)
    done = services("test", *BARE, "-W", "ignore", str(file), EVALTOOL_REQUIRE_BROWSER=required)
    assert "2 browser tests were skipped. They need the Debian package chromium." in done.stdout
    assert "1 passed, 2 skipped" in done.stdout
    assert done.returncode == status


def test_each_test_process_has_a_redis_database_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "test_redis.py"
    file.write_text(
        "import os, pytest\n"
        "@pytest.mark.parametrize('n', range(4))\n"
        "def test_number(n):\n"
        "    assert os.environ['REDIS_URL'].endswith('?db=' + os.environ['PYTEST_XDIST_WORKER'][2:])\n"
    )
    done = services("test", *BARE, "-n", "2", str(file))
    assert "4 passed" in done.stdout
