"""A headless Chromium for tests marked `browser`; without it they are skipped and counted."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


@contextmanager
def chromium() -> Iterator[Any]:
    """A running browser (Playwright's). Do every query of the test before entering: an event loop runs inside."""
    path = os.environ.get("EVALTOOL_CHROMIUM") or next((found for name in NAMES if (found := shutil.which(name))), None)
    if not path:
        pytest.skip("needs the Debian package chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def until(page: Any, expression: str, *, seconds: float = 15) -> None:
    """Wait until an expression holds on the page. Playwright's own wait evaluates it there, which our CSP refuses."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"{expression} did not hold within {seconds} s"
        page.wait_for_timeout(50)
