"""In a real browser: flag and ask beside a task by keys alone, lose no word, and use a key of one's own."""

import pytest
from django.test import Client

from tasks.assigning import take_seat
from tests.browser import chromium, until
from tests.reviews.review_samples import Panel
from tests.tasks.work_samples import make_batch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WHY = "Does a general warning count when the dose is wrong?"
WORDS = "The dose belongs to another medicine."


@pytest.fixture
def page(panel: Panel, live_server):
    """Eve on a task; errors of the page fail the test."""
    batch = make_batch(panel.version, panel.admin, name="Many", rows=[
        {"id": f"t{n}", "prompt": "May I?", "responses": ["Take two."]} for n in range(3)
    ])  # fmt: skip
    work = take_seat(member=panel.eve, batch=batch, state="open")
    client = Client()
    client.force_login(panel.eve.user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    with chromium() as browser:
        context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
        context.set_default_timeout(20_000)
        context.add_cookies([cookie])
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: "Content Security" in message.text and errors.append(message.text))
        page.goto(f"/work/{work.public_id}/")
        page.wait_for_selector("#task")
        yield page
        context.close()
    assert errors == []


def test_flag_and_ask_by_keys_leave_the_task_as_it_was(page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("r")
    page.keyboard.type(WORDS)
    page.keyboard.press("Escape")
    before = page.url
    page.keyboard.press("f")
    page.wait_for_selector("#side-panel form")
    until(page, "document.activeElement.name === 'kind'")
    page.keyboard.press("4")
    until(page, "document.activeElement.value === 'broken'")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#side-panel .notice--good")
    assert "Flagged." in page.inner_text("#side-panel")
    until(page, "document.activeElement.matches('[data-close-panel]')")
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('[data-panel]') && document.activeElement.matches('[data-panel-opener]')")
    page.keyboard.press("q")
    until(page, "document.activeElement.name === 'question'")
    page.keyboard.type(WHY)
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('[data-panel]')")
    page.keyboard.press("q")
    page.wait_for_selector("#side-panel form")
    until(page, f"document.querySelector('#side-panel textarea')?.value === {WHY!r}")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#side-panel .notice--good")
    assert "Asked." in page.inner_text("#side-panel")
    assert page.url == before
    assert WORDS in page.evaluate("[...document.querySelectorAll('#task [data-rationale]')].map((one) => one.value)")
    page.wait_for_selector("[data-save-state=saved]")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('draft:'))") == []


def test_a_key_that_was_changed_works_and_the_old_one_does_not(page) -> None:
    before = page.url
    for action, key in (("skip", "z"), ("next", "v")):
        page.goto("/account/keys/")
        page.fill(f"#key-{action}", key)
        page.press(f"#key-{action}", "Enter")
        page.wait_for_selector(f"text={key.upper()} is the key for")
    page.goto(before)
    page.wait_for_selector("#task")
    page.keyboard.press("v")
    opened = "[...document.querySelectorAll('[data-criterion]')].findIndex((one) => one.hasAttribute('data-open'))"
    first = page.evaluate(opened)
    page.keyboard.press("v")
    until(page, f"{opened} === {first + 1}")
    page.keyboard.press("j")
    page.keyboard.press("s")
    assert page.evaluate(opened) == first + 1
    assert not page.locator("details[data-to-field][open]").count()
    page.keyboard.press("?")
    page.wait_for_selector("#keys-dialog[open]")
    listed = page.inner_text("#keys-dialog")
    assert "Z\tSkip this task" in listed
    assert "V K\tNext, previous" in listed
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    page.wait_for_selector("details[data-to-field][open]")


def test_a_section_of_the_guideline_is_asked_about_from_beside_it(page) -> None:
    page.locator("[data-drawer]:not([hidden]) [data-section-link]").nth(1).click()
    page.locator("[data-ask-section]").click()
    page.wait_for_selector("#side-panel form")
    chosen = page.locator("#side-panel [name=section]").input_value()
    assert chosen == page.locator("#drawer-results [data-section]").get_attribute("data-section")
    page.keyboard.press("Escape")
    until(page, "document.activeElement.matches('[data-ask-section]')")


@pytest.mark.parametrize("width", [360, 1440])
def test_the_panel_fits_the_window(page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.locator("[data-panel-opener]").first.click()
    page.wait_for_selector("#side-panel form")
    box = page.locator("#side-panel").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
