"""In a real browser: criteria are moved by keys and by dragging, and the preview follows what is typed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from rubrics.models import RubricVersion
from tests.browser import chromium, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(draft, alice, live_server):
    """The builder with three criteria, the first one open; errors of the page fail the test."""
    address = reverse("rubrics:draft", args=[draft.rubric.project.slug, draft.rubric.public_id])
    client = Client()
    client.force_login(alice)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    with chromium() as browser:
        context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 1000})
        context.set_default_timeout(15_000)
        context.add_cookies([cookie])
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: "Content Security" in message.text and errors.append(message.text))
        page.goto(address)
        yield page
        context.close()
    assert errors == []


def stored() -> list[str]:
    """The criteria of the draft in order, by key."""

    def read() -> list[str]:
        found = [criterion["key"] for criterion in RubricVersion.objects.get().body["criteria"]]
        connection.close()
        return found

    with ThreadPoolExecutor(1) as thread:  # the browser's event loop runs in this one
        return thread.submit(read).result()


def shown(page) -> list[str]:
    return page.locator("[data-entries] b").all_inner_texts()


def test_criteria_move_by_keys_and_by_dragging_and_what_is_typed_is_saved_first(page) -> None:
    page.locator("#title").fill("Correctness")
    page.locator("[data-entry] button").first.focus()
    page.keyboard.press("Alt+ArrowDown")
    page.wait_for_url("**moved=1&c=1")
    assert shown(page) == ["Flaws", "Correctness", "Advice"]
    page.keyboard.press("Alt+ArrowDown")  # the focus is where it was
    page.wait_for_url("**moved=1&c=2")
    assert stored() == ["flaws", "advice", "accuracy"]
    page.keyboard.press("Alt+ArrowDown")  # at the end already
    grip, first = page.locator("[data-grip]").nth(2), page.locator("[data-entry]").first
    box, top = grip.bounding_box(), first.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 5, top["y"] + 2, steps=8)
    assert "drop-before" in first.get_attribute("class")
    page.mouse.up()
    page.wait_for_url("**moved=1&c=0")
    assert stored() == ["accuracy", "flaws", "advice"]


def test_preview_follows_what_is_typed_and_nothing_is_saved(page) -> None:
    page.locator("#title").fill("Correctness of every figure")
    until(page, "document.querySelector('#preview .name')?.textContent === 'Correctness of every figure'")
    page.locator("[name='config.levels.1.title']").fill("")
    until(page, "!document.querySelector('#preview .name')")
    assert "Level 2 has no title" in page.locator("#preview").inner_text()
    assert stored() == ["accuracy", "flaws", "advice"]
    page.reload()
    assert shown(page)[0] == "Accuracy"
