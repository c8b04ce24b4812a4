"""In a real browser: rows come and go with the answer they hang on, and rows of spans follow what is marked."""

import json

import pytest
from django.test import Client

from tests.browser import chromium, until
from tests.tasks.asking_samples import MARK, opened
from tests.tasks.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(request, desk: Desk, live_server):
    """Eve with the task open (`param`: more of the task); errors of the page fail the test."""
    found = opened(desk, **getattr(request, "param", {}))
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
        page.goto(f"/work/{found.public_id}/")
        yield page
        context.close()
    assert errors == []


def seen(page) -> list[str]:
    """The rows one can see, by their names."""
    return page.evaluate(
        "[...document.querySelectorAll('[data-criterion]')].filter((row) => row.getClientRects().length)"
        ".map((row) => row.querySelector('legend').textContent)"
    )


def test_criteria_come_and_go_with_the_answer_they_hang_on_and_it_is_said(page) -> None:
    assert seen(page) == ["Ratable, Response", "Flaws, Response"]
    assert page.locator("[data-rated]").first.text_content() == "0 of 1"
    page.locator("[data-criterion]").first.focus()
    page.keyboard.press("2")
    assert seen(page) == ["Ratable, Response", "Why not, Response", "Flaws, Response"]
    assert page.locator("[data-rated]").first.text_content() == "1 of 2"
    until(page, "document.getElementById('announcer').textContent === 'Now asked: Why not, Response.'")
    page.keyboard.press("j")
    page.keyboard.press("1")
    page.keyboard.press("k")
    page.keyboard.press("1")
    assert seen(page) == ["Ratable, Response", "Score, Response", "Flaws, Response"]
    assert page.locator('[name="a.why.r1.value"][value="cut"]').is_checked()
    until(page, "document.querySelector('[data-save-state]').dataset.saveState === 'saved'")
    page.reload()
    assert seen(page) == ["Ratable, Response", "Score, Response", "Flaws, Response"]
    assert page.locator('[name="a.why.r1.value"][value="cut"]').is_checked()


def test_rows_of_a_span_follow_what_is_marked_and_leave_what_is_typed_alone(page) -> None:
    page.locator("[data-criterion]").first.focus()
    page.keyboard.press("1")
    mark = "(marks) => { const field = document.querySelector('[name=\"a.flaws.r1.value\"]'); field.value = marks;"
    page.evaluate(f"{mark} field.dispatchEvent(new Event('change', {{ bubbles: true }})); }}", json.dumps([MARK]))
    page.wait_for_selector("#a-weight-r1_15-17-wrong")
    assert seen(page)[-1] == "Weight, “90” in the response"
    assert page.locator('[name="a.ratable.r1.value"][value="yes"]').is_checked()
    page.locator('[name="a.weight.r1@15-17-wrong.value"][value="major"]').check()
    until(page, "document.querySelector('[data-save-state]').dataset.saveState === 'saved'")
    page.reload()
    assert page.locator('[name="a.weight.r1@15-17-wrong.value"][value="major"]').is_checked()
    page.evaluate(f"{mark} field.dispatchEvent(new Event('change', {{ bubbles: true }})); }}", "[]")
    until(page, "!document.querySelector('#a-weight-r1_15-17-wrong')")
    until(page, "document.getElementById('announcer').textContent.startsWith('No longer asked: Weight')")


@pytest.mark.parametrize("page", [{"prelabels": {"ratable": {"r1": "no"}, "score": {"r1": 4}}}], indirect=True)
def test_a_models_label_appears_beside_the_answer_that_was_saved_and_is_said(page) -> None:
    assert "The model's label: " not in page.content()
    page.locator("[data-criterion]").first.focus()
    page.keyboard.press("1")
    page.wait_for_selector(".prelabel b")
    assert page.locator(".prelabel:visible").all_text_contents() == ["The model's label: No"]
    assert page.locator('[name="a.ratable.r1.value"][value="yes"]').is_checked()
    until(page, "document.getElementById('announcer').textContent === \"The model's label: No\"")
    assert "4, Level 4</b>" not in page.content()
