"""The pytest plugin of the `test` verb.

It gives each of several test processes a Redis database of its own, since tests empty theirs, and
says how many browser tests were skipped. `EVALTOOL_REQUIRE_BROWSER=1` turns a skipped browser test
into a failed run, so that a machine meant to run them cannot pass without.
"""

import os
from collections.abc import Sequence
from typing import Any

import pytest

PACKAGE = "chromium"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Runs before the settings are read: process gw3 takes Redis database 3."""
    number = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    url = os.environ.get("REDIS_URL", "")
    if number and url.endswith("?db=0"):
        os.environ["REDIS_URL"] = url.removesuffix("0") + number


def _skipped(terminal: Any) -> int:
    reports: Sequence[Any] = terminal.stats.get("skipped", [])
    return sum("browser" in getattr(report, "keywords", {}) for report in reports)


def _required() -> bool:
    return os.environ.get("EVALTOOL_REQUIRE_BROWSER") == "1"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run when browser tests are required and some were skipped."""
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal and _required() and _skipped(terminal) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line at the end, only when something was skipped."""
    count = _skipped(terminalreporter)
    if count:
        verdict = " This run requires them, so it fails." if _required() else ""
        terminalreporter.write_line(
            f"{count} browser tests were skipped. They need the Debian package {PACKAGE}.{verdict}"
        )
