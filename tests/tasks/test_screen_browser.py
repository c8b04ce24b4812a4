"""In a real browser: the evaluation screen for people who work by keys, by ear, and on any width."""

import pytest

from tests.browser import until
from tests.tasks.conftest import Desk
from tests.tasks.desk_browser import at_work, listed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def url(desk: Desk) -> str:
    return listed(desk, tasks=3)


@pytest.fixture
def page(desk: Desk, live_server, url: str):
    with at_work(desk, live_server) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("#task")
        yield page


def focused(page, criterion: str) -> None:
    until(page, f"document.activeElement.closest('[data-criterion]')?.id === '{criterion}'")


def submit_empty(page) -> None:
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#rate .notice--bad")
    until(page, "document.activeElement.hasAttribute('data-focus')")


def test_j_after_a_refusal_comes_to_the_first_that_is_wrong(page) -> None:
    submit_empty(page)
    first = page.locator("[data-criterion][data-open]").get_attribute("id")
    page.keyboard.press("j")
    focused(page, first)
    page.keyboard.press("j")
    until(page, f"document.activeElement.closest('[data-criterion]').id !== '{first}'")


def test_a_refusal_changes_the_title_and_a_submission_changes_it_back(page) -> None:
    title = page.title()
    submit_empty(page)
    until(page, f"document.title === 'Not submitted yet: ' + {title!r}")
    for name in page.evaluate("[...new Set([...document.querySelectorAll('#task [type=radio]')].map((n) => n.name))]"):
        page.locator(f"label:has([name='{name}'][value='3']) .n").click()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-acknowledged]", state="attached")
    until(page, "document.title.includes('task 2 of your 3')")
    until(page, "document.activeElement.tagName === 'H1'")
    until(page, "document.getElementById('announcer').textContent.startsWith('Submitted.')")


def test_an_optional_answer_does_not_move_the_total(page) -> None:
    rated = page.locator(".rate-head [data-rated]")
    assert rated.inner_text() == "0 of 4"
    page.locator("[name='a.notes..value']").fill("A note.")
    page.wait_for_selector("[data-save-state=saved]")
    assert rated.inner_text() == "0 of 4"
    page.reload()
    assert rated.inner_text() == "0 of 4"


def test_the_row_of_keys_names_those_of_the_criterion_in_focus(page) -> None:
    hints = page.locator("[data-hints]")
    page.locator("[data-criterion]").first.focus()
    hints.locator("[data-hint=na]").wait_for()
    assert "1 to 5 level" in " ".join(hints.inner_text().split())
    page.keyboard.press("j")  # tone: no N/A
    hints.locator("[data-hint=na]").wait_for(state="hidden")
    page.locator("[name='a.notes..value']").focus()
    hints.locator("[data-hint=digits]").wait_for(state="hidden")
    hints.locator("[data-hint=reason]").wait_for(state="hidden")


def test_a_section_is_cited_in_the_reason_of_the_open_criterion(page) -> None:
    page.locator("[data-criterion]").first.focus()
    page.keyboard.press("1")
    page.keyboard.press("r")
    page.keyboard.type("Wrong figure.")
    page.keyboard.press("Escape")
    page.locator("#drawer .toc a", has_text="Accuracy").click()
    page.locator("[data-cite]", has_text="Cite in Accuracy").wait_for()
    page.keyboard.press("c")
    reason = "document.querySelector('[data-criterion][data-open] [data-rationale]').value"
    until(page, f"{reason} === 'Wrong figure. [§ 1 Accuracy]'")
    until(page, "document.getElementById('announcer').textContent === 'Cited in the reason for Accuracy.'")
    page.wait_for_selector("[data-save-state=saved]")


@pytest.mark.parametrize("width", [360, 768, 1024, 1280])
def test_the_place_among_the_tasks_is_never_cut(page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    place = page.locator(".workbar-place")
    assert place.inner_text() == "Task 1 of 3"
    until(
        page,
        "(() => { const e = document.querySelector('.workbar-place'); return e.scrollWidth <= e.clientWidth + 1 })()",
    )
    until(page, "document.querySelector('.workbar-place').getBoundingClientRect().right <= innerWidth")
    until(page, f"document.documentElement.scrollWidth <= {width}")


def test_large_text_on_a_narrow_screen_loses_nothing(page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate("document.documentElement.dataset.text = 'xl'")
    until(page, "document.documentElement.scrollWidth <= 360")
    page.locator("button[data-primary]").scroll_into_view_if_needed()
    assert page.locator("button[data-primary]").is_visible()


def test_a_section_a_criterion_rests_on_opens_in_the_drawer(page) -> None:
    page.locator("[data-criterion]").first.focus()
    page.locator("[data-criterion][data-open] .cite-chip", has_text="1 Accuracy").click()
    page.locator("#drawer-results h3", has_text="1 Accuracy").wait_for()
    assert len(page.context.pages) == 1
