"""A pytest plugin: says how many browser tests were skipped, and refuses that where told to.

Loaded by the `test` verb. `EVALTOOL_REQUIRE_BROWSER=1` turns a skipped browser test into a
failed run, so that a machine meant to run them cannot pass without.
"""

import os
from collections.abc import Sequence
from typing import Any

import pytest

PACKAGE = "chromium"


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
