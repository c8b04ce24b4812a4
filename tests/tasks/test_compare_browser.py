"""Preferences in a real browser: decided by keys alone, with the responses side by side."""

from typing import Any

import pytest

from accounts.models import User
from projects.models import Project
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.models import RubricVersion
from tasks.models import Assignment, Submission
from tests.browser import until
from tests.tasks.conftest import Desk
from tests.tasks.desk_browser import at_work, listed, meanwhile
from tests.tasks.import_samples import row

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CRITERIA: list[dict[str, Any]] = [
    {
        "key": "better", "title": "Better answer", "kind": "preference", "scope": "task",
        "help": "Which would you rather get?", "rationale": "required", "config": {"steps": 3},
    },
    {"key": "clear", "title": "Clearer", "kind": "preference", "scope": "task", "config": {"steps": 1}},
    {"key": "safe", "title": "Safer", "kind": "preference", "scope": "task", "config": {"steps": 2}},
]  # fmt: skip
WHY = "The one on the left answers about the call that was asked about, the other about mails."
LONG = "\n\n".join(f"{n}. Call the bank back by the number on your card, never by the one given." for n in range(60))
SHORT = "\n\n".join(f"{n}. Check the sender of the mail before anything else." for n in range(50))
ROWS = [row("a", responses=[LONG, SHORT])]
PANES = "[...document.querySelectorAll('.compare-pane .read-inner')]"


@pytest.fixture
def version(project: Project, alice: User) -> RubricVersion:
    """A rubric of three preferences."""
    rubric = create_rubric(project=project, name="Sides", by=alice)
    return publish_version(version=save_version_draft(rubric=rubric, body={"criteria": CRITERIA}, by=alice), by=alice)


def keys(page: Any, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def chosen(page: Any, criterion: str) -> str:
    return page.locator(f"[name='a.{criterion}..value']:checked").input_value()


def sent() -> tuple[dict[str, Any], list[str]]:
    submission = Submission.objects.select_related("assignment").get()
    values = {answer.criterion.key: answer.value for answer in submission.answers.select_related("criterion")}
    return values, submission.assignment.response_order


def test_preferences_by_keys_alone(desk: Desk, live_server) -> None:
    url = listed(desk, rows=ROWS)
    with at_work(desk, live_server) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("#task")
        keys(page, "2", "r")
        page.keyboard.type(WHY)
        keys(page, "Escape", "j", "=", "x", "a", "j", "b")
        assert page.locator("[data-rated]").first.inner_text() == "3 of 3"
        keys(page, "Control+Enter")
        page.wait_for_url(lambda now: url not in now)
        values, order = meanwhile(sent)
    left = -1 if order[0] == "r1" else 1
    assert values == {"better": {"strength": 2 * left}, "clear": {"strength": left}, "safe": {"strength": -left}}


def test_equal_and_both_bad_are_a_key_each(desk: Desk, live_server) -> None:
    url = listed(desk, rows=ROWS)
    with at_work(desk, live_server) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("#task")
        keys(page, "=")
        assert chosen(page, "better") == "0"
        keys(page, "x")
        assert chosen(page, "better") == "both_bad"
        keys(page, "7")
        assert page.locator("#a-better .pref label").last.locator("input").is_checked()


def test_panes_scroll_together_until_told_otherwise(desk: Desk, live_server) -> None:
    url = listed(desk, rows=ROWS)
    with at_work(desk, live_server) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("#task")
        page.evaluate(f"{PANES}[0].scrollTop = 400")
        until(page, f"{PANES}[1].scrollTop > 100")
        keys(page, "y")
        until(page, "document.querySelector('[data-sync-toggle]').getAttribute('aria-pressed') === 'false'")
        here = page.evaluate(f"{PANES}[1].scrollTop")
        page.evaluate(f"{PANES}[0].scrollTop = 0")
        until(page, f"{PANES}[0].scrollTop === 0")
        page.wait_for_timeout(200)
        assert page.evaluate(f"{PANES}[1].scrollTop") == here


def test_differences_take_the_place_of_the_responses_and_go_again(desk: Desk, live_server) -> None:
    url = listed(desk, rows=ROWS)
    with at_work(desk, live_server) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("#task")
        keys(page, "2", "d")
        page.wait_for_selector(".difference .only-here")
        assert page.locator(".compare-panes").is_hidden()
        keys(page, "d")
        page.wait_for_selector(".compare-panes")
        assert page.locator("#difference").is_hidden()
        assert chosen(page, "better") != ""


def test_without_a_script_sides_differences_and_preference_are_all_there(desk: Desk, live_server) -> None:
    url = listed(desk, rows=ROWS)
    with at_work(desk, live_server, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(url)
        page.locator("[name='a.better..value']").first.check(force=True)
        page.locator("[name='a.better..rationale']").fill(WHY)
        page.locator("button[formaction$='/draft/']").click()
        assert page.locator("[name='a.better..value']").first.is_checked()
        with context.expect_page() as opened:
            page.locator("[data-difference-toggle]").click()
        other = opened.value
        assert other.locator(".only-here").count() > 1
        other.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(desk: Desk, live_server, scheme: str) -> None:
    url = listed(desk, rows=[row("a", responses=["Short.", "x" * 400])])
    with at_work(desk, live_server, width=360, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("#task")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.keyboard.press("d")
        page.wait_for_selector(".difference .only-here")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_side_is_recorded_and_stays_after_a_reload(desk: Desk, live_server) -> None:
    url = listed(desk, rows=ROWS)
    order = Assignment.objects.get(task__external_id="a").response_order
    with at_work(desk, live_server) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("#task")
        keys(page, "1")
        page.wait_for_selector("[data-save-state=saved]")
        for _ in range(2):
            page.reload()
            page.wait_for_selector("#task")
            sources = page.evaluate(
                "[...document.querySelectorAll('.compare-pane .reading')].map((one) => one.dataset.sourceTarget)"
            )
            assert sources == order
            assert page.locator("#a-better .pref label").first.locator("input").is_checked()
