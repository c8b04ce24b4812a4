"""In a real browser: tasks are judged by keys alone, one after the other, and not a word is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from tasks.assigning import take_seat
from tasks.models import Assignment, Submission
from tests.browser import chromium, until
from tests.tasks.conftest import Desk
from tests.tasks.work_samples import make_batch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WHY = "The second figure contradicts the question and no source is given for it."


@pytest.fixture
def page(desk: Desk, live_server):
    """Eve at her home page with six tasks on her list; errors of the page fail the test."""
    batch = make_batch(desk.version, desk.admin, tasks=6, name="Many", priority=9)
    for _ in range(6):
        take_seat(member=desk.eve, batch=batch, state="queued")
    client = Client()
    client.force_login(desk.eve.user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    with chromium() as browser:
        context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
        context.set_default_timeout(15_000)
        context.add_cookies([cookie])
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: "Content Security" in message.text and errors.append(message.text))
        page.goto("/work/")
        yield page
        context.close()
    assert errors == []


def rate(page, level: str, reason: str = "") -> None:
    """Give every rating this level, by keys alone."""
    page.locator("[data-criterion]").first.focus()
    for place in range(page.locator("[data-criterion]").count()):
        if place:
            page.keyboard.press("j")
        if page.locator("[data-criterion][data-open] input[type=radio]").count():
            page.keyboard.press(level)
            if reason:
                page.keyboard.press("r")
                page.keyboard.type(reason)
                page.keyboard.press("Escape")


def next_task(page, before: str) -> None:
    """Wait until another task is on the screen."""
    page.wait_for_url(lambda url: url != before)
    page.wait_for_selector("[data-acknowledged]", state="attached")


def stored() -> tuple[list[int], int]:
    """The level of tone in each submission in order, and how many tasks are open."""

    def read() -> tuple[list[int], int]:
        rows = [row.answers.get(criterion__key="tone", target="r1").value for row in Submission.objects.order_by("pk")]
        opened = Assignment.objects.filter(state="open").count()
        connection.close()
        return rows, opened

    with ThreadPoolExecutor(1) as thread:  # the browser's event loop runs in this one
        return thread.submit(read).result()


def test_three_tasks_by_keys_alone_without_a_page_load(page) -> None:
    page.keyboard.press("n")
    page.wait_for_selector("#task")
    page.wait_for_load_state("load")  # keys work once the scripts have run
    page.evaluate("window.samePage = true")
    for level in ("3", "4", "3"):
        before = page.url
        rate(page, level)
        page.keyboard.press("Control+Enter")
        next_task(page, before)
        assert page.evaluate("window.samePage")
        until(page, "document.activeElement.tagName === 'H1'")
        assert "task" in page.title()
        opened = "[...document.querySelectorAll('[data-criterion]')].findIndex((one) => one.hasAttribute('data-open'))"
        until(page, f"{opened} === 0")
        assert page.locator("[data-criterion][data-open]").count() == 1
    page.wait_for_selector("[data-countdown]")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('draft:'))") == []
    before = page.url
    page.keyboard.press("u")
    page.wait_for_url(lambda url: url != before)
    page.wait_for_selector("text=You are changing what you submitted")
    changed = page.url
    rate(page, "2", WHY)
    page.keyboard.press("Control+Enter")
    next_task(page, changed)
    assert page.url == before
    assert stored() == ([3, 4, 3, 2], 1)


def test_what_is_missing_is_listed_and_the_reading_stays(page) -> None:
    page.keyboard.press("n")
    page.wait_for_selector("#task")
    page.wait_for_load_state("load")  # keys work once the scripts have run
    page.evaluate("document.querySelector('.read').dataset.mine = 'yes'")
    page.keyboard.press("j")
    page.keyboard.press("4")
    assert page.locator(".rate-head [data-rated]").inner_text() == "1 of 4"
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#rate .notice--bad")
    until(page, "document.activeElement.hasAttribute('data-focus')")
    until(page, "document.querySelectorAll('#rate .error-list li').length === 3")
    assert page.locator(".read").get_attribute("data-mine") == "yes"
    page.wait_for_selector("[data-save-state=saved]")
    assert page.locator("[data-banner]:not([hidden])").count() == 0
    page.locator("#rate .error-list a").first.press("Enter")
    rate(page, "4")
    before = page.url
    page.keyboard.press("Control+Enter")
    next_task(page, before)


def test_skip_by_keys(page) -> None:
    page.keyboard.press("n")
    page.wait_for_selector("#task")
    page.wait_for_load_state("load")  # keys work once the scripts have run
    before = page.url
    page.keyboard.press("s")
    until(page, "document.activeElement.name === 'kind'")
    page.keyboard.press("1")
    until(page, "document.activeElement.value === 'expertise' && document.activeElement.checked")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != before)
    page.wait_for_selector("text=Skipped. Somebody else gets it.")


@pytest.mark.parametrize("width", [360, 1100, 1440])
def test_nothing_is_wider_than_the_window(page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    for go in (lambda: page.goto("/work/"), lambda: page.locator("form[action='/work/next/'] button").click()):
        go()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
