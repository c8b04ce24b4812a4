"""In a real browser: a lead settles one disagreement after the other by keys alone, and no word is lost on the way."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from reviews.models import Disagreement, Feedback, Ruling
from tests.browser import chromium, until
from tests.reviews.review_samples import REASON, Panel, disputed, raw

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(panel: Panel, live_server):
    """The queue with two disagreements, the first on two criteria; errors of the page fail the test."""
    disputed(panel, raw(safety=5, tone=1), raw(safety=1, tone=4))
    disputed(panel)
    client = Client()
    client.force_login(panel.lead)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    with chromium() as browser:
        context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
        context.set_default_timeout(15_000)
        context.add_cookies([cookie])
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: "Content Security" in message.text and errors.append(message.text))
        page.goto("/qa/queue/")
        yield page
        context.close()
    assert errors == []


def decided(page) -> str:
    return page.locator("[data-decided]").inner_text()


def stored() -> tuple[list[tuple[str, int]], int, int]:
    """The rulings in order, how much feedback was written, how many disagreements are open."""

    def read() -> tuple[list[tuple[str, int]], int, int]:
        rulings = list(Ruling.objects.order_by("pk").values_list("criterion__key", "value"))
        found = rulings, Feedback.objects.count(), Disagreement.objects.open().count()
        connection.close()
        return found

    with ThreadPoolExecutor(1) as thread:  # the browser's event loop runs in this one
        return thread.submit(read).result()


def open_first(page) -> None:
    page.keyboard.press("n")
    page.wait_for_url("**/qa/tasks/**")
    until(page, "document.querySelector('[data-decided]')?.textContent.endsWith('decided')")


def test_two_disagreements_are_settled_by_keys_alone(page) -> None:
    open_first(page)
    assert decided(page) == "0 of 2 decided"
    page.locator("[data-disputed]").first.locator("input").first.focus()
    page.keyboard.press("b")
    page.keyboard.press("j")
    page.keyboard.press("3")
    assert decided(page) == "2 of 2 decided"
    page.keyboard.press("r")
    page.keyboard.type(REASON)
    page.locator("[name=cause]").select_option("honest_difference")
    first = page.url
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: url != first)
    until(page, "document.querySelector('[data-decided]')?.textContent.endsWith('decided')")
    page.keyboard.press("a")
    page.keyboard.press("r")
    page.keyboard.type(REASON)
    page.locator("[name=cause]").select_option("honest_difference")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/qa/queue/**")
    values, told, still_open = stored()
    assert values == [("safety", 1), ("tone", 3), ("safety", 5)]
    assert (told, still_open) == (4, 0)


def test_adopting_an_answer_empties_the_own_value_and_going_back_brings_it_back(page) -> None:
    open_first(page)
    safety = page.locator("[data-disputed]").first
    own = safety.locator("[data-own] input[value='4']")
    safety.locator("input").first.focus()
    page.keyboard.press("4")
    assert safety.locator(".picks input[value=own]").is_checked()
    page.keyboard.press("a")
    assert not own.is_checked()
    safety.locator(".picks label").last.click()
    assert own.is_checked()


def test_what_was_typed_survives_a_closed_page_until_it_arrived(page) -> None:
    open_first(page)
    page.keyboard.press("r")
    page.keyboard.type(REASON)
    page.locator("[data-disputed]").first.locator("input").first.check(force=True)
    page.goto("/qa/queue/")
    open_first(page)
    page.wait_for_selector("[data-kept-notice]:not([hidden])")
    assert page.locator("[name=note]").input_value() == REASON
    assert decided(page) == "1 of 2 decided"
    page.locator("[data-disputed]").last.locator("input").first.check(force=True)
    page.locator("[name=cause]").select_option("rubric_gap")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**resolved=**")
    until(page, "Object.keys(localStorage).filter((key) => key.includes(':draft:')).length === 0")
