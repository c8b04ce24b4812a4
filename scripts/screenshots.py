"""Make the pictures of docs/img from a running demo: `make up`, then `make screenshots`.

Signs in as the demo's people in headless Chromium and goes to each page as they would.
"""

import argparse
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from evaltool.demo.material import PASSWORD, people  # noqa: E402  the path is set above

IMAGES = ROOT / "docs" / "img"
WIDE, NARROW = (1440, 900), (360, 780)


@dataclass(frozen=True)
class Shot:
    """A picture: its name, who looks, how they get there, and in which light and width."""

    name: str
    who: str
    go: Callable[[Page, str], object]
    size: tuple[int, int] = WIDE
    scheme: str = "light"


def address(path: str) -> Callable[[Page, str], object]:
    """Go straight to a path."""
    return lambda page, url: page.goto(url + path)


def first_link(path: str, selector: str) -> Callable[[Page, str], object]:
    """Go to a path and follow the first link or button that fits."""

    def go(page: Page, url: str) -> None:
        page.goto(url + path)
        page.locator(selector).first.click()
        page.wait_for_load_state("networkidle")

    return go


PROJECT = "everyday-expert-answers"


def task_of(project: str) -> Callable[[Page, str], object]:
    """Take the next task of a project, or go on with the one that is open there."""

    def go(page: Page, url: str) -> None:
        page.goto(f"{url}/work/")
        take_one = page.locator(f"form:has(input[name=project][value='{project}']) button")
        if take_one.count():
            take_one.first.click()
        else:
            page.locator("section[aria-labelledby=others-h] a").first.click()
        page.wait_for_load_state("networkidle")

    return go


def drift_alert(page: Page, url: str) -> None:
    """The alert about somebody below the standard."""
    page.goto(f"{url}/qa/quality/{PROJECT}/")
    page.get_by_role("link", name="All alerts").click()
    page.locator("main a[href*='/qa/alerts/']", has_text="below").first.click()
    page.wait_for_load_state("networkidle")


TASK = first_link("/work/", ".resume .btn--primary")
DECIDE = first_link("/qa/queue/", "main form .btn--primary, main .page-actions .btn--primary")
SHOTS = (
    Shot("evaluate", "excellent", TASK),
    Shot("evaluate-dark", "excellent", TASK, scheme="dark"),
    Shot("evaluate-narrow", "excellent", TASK, size=NARROW),
    Shot("work", "excellent", address("/work/")),
    Shot("compare", "excellent", task_of("which-reply-would-you-send")),
    Shot("spans", "solid", task_of("instructions-from-german")),
    Shot("keys", "excellent", address("/account/keys/")),
    Shot("record", "excellent", address("/work/record/")),
    Shot("guideline", "excellent", address(f"/p/{PROJECT}/guideline/")),
    Shot("paused", "drifted", address(f"/work/quality/{PROJECT}/")),
    Shot("queue", "lead", address("/qa/queue/")),
    Shot("adjudicate", "lead", DECIDE),
    Shot("adjudicate-dark", "lead", DECIDE, scheme="dark"),
    Shot("adjudicate-narrow", "lead", DECIDE, size=NARROW),
    Shot("quality", "lead", address(f"/qa/quality/{PROJECT}/")),
    Shot("alert", "lead", drift_alert),
    Shot("person", "lead", first_link(f"/qa/quality/{PROJECT}/", "main th a[href*='/qa/people/']")),
    Shot("today", "lead", address("/qa/")),
    Shot("overview", "admin", address(f"/manage/{PROJECT}/")),
    Shot("batches", "admin", address(f"/manage/{PROJECT}/batches/")),
    Shot("import", "admin", first_link(f"/manage/{PROJECT}/", "main a[href*='/imports/']")),
    Shot("rubric", "admin", first_link(f"/manage/{PROJECT}/rubrics/", "main th a, main td a")),
    Shot("new-rubric", "admin", address(f"/manage/{PROJECT}/rubrics/new/")),
    Shot("export", "admin", first_link(f"/manage/{PROJECT}/exports/", "main th a")),
)


def sign_in(browser: Browser, url: str, shot: Shot) -> Page:
    """A page in which the person of the picture has signed in."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=shot.scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    person = next(person for person in people() if person.key == shot.who)
    page.goto(f"{url}/sign-in/")
    page.fill("input[name=username]", person.email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_load_state("networkidle")
    return page


def take(browser: Browser, url: str, shot: Shot, folder: Path) -> None:
    """Take one picture."""
    page = sign_in(browser, url, shot)
    shot.go(page, url)
    page.screenshot(path=folder / f"{shot.name}.png", full_page=shot.size == NARROW)
    page.context.close()


def main() -> None:
    """Take all pictures, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these pictures")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--out", type=Path, default=IMAGES)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Chromium is missing: install the Debian package chromium.")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for shot in SHOTS:
            if not options.names or shot.name in options.names:
                print(shot.name)
                take(browser, options.url, shot, options.out)
        browser.close()


if __name__ == "__main__":
    main()
