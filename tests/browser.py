"""A headless Chromium for tests marked `browser`; without it they are skipped and counted."""

import os
import shutil
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
