"""Rankings in a real browser: by keys alone, by arrow keys on the order, by dragging with a mouse or a finger."""

from typing import Any

import pytest

from accounts.models import User
from projects.models import Project
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.models import RubricVersion
from tasks.models import Draft, Submission
from tests.browser import until
from tests.tasks.conftest import Desk
from tests.tasks.desk_browser import at_work, listed, meanwhile
from tests.tasks.import_samples import row

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CRITERIA: list[dict[str, Any]] = [
    {"key": "rank", "title": "Ranking", "kind": "ranking", "scope": "task", "config": {}},
    {"key": "note", "title": "Note", "kind": "text", "scope": "task", "required": False, "config": {}},
]
ROWS = [row("a", responses=[f"Answer number {n} to the question." for n in range(1, 5)])]
RANKS = (
    "[...document.querySelectorAll('[data-rank-of]')]"
    ".map((one) => one.querySelector(':checked')?.value || '').join(' ')"
)
GROUPS = (
    "[...document.querySelectorAll('.rank-group')]"
    ".map((one) => [...one.querySelectorAll('[data-rank-chip]')].map((c) => c.textContent).join('=')).join('>')"
)


@pytest.fixture
def version(project: Project, alice: User) -> RubricVersion:
    """A rubric of one ranking."""
    rubric = create_rubric(project=project, name="Ranks", by=alice)
    return publish_version(version=save_version_draft(rubric=rubric, body={"criteria": CRITERIA}, by=alice), by=alice)


def keys(page: Any, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def by_letter(words: str, order: list[str]) -> dict[str, Any]:
    """`by_letter("A=C>B;D", order)`: the value of this ranking for whoever saw the responses in this order."""
    ids = dict(zip("ABCDEFGHI", order, strict=False))
    ranked, _, out = words.partition(";")
    groups = [sorted(ids[one] for one in group.split("=")) for group in ranked.split(">") if group]
    return {"order": groups, "unusable": sorted(ids[one] for one in out)}


def sent() -> tuple[Any, list[str]]:
    submission = Submission.objects.select_related("assignment").get()
    return submission.answers.get(criterion__key="rank").value, submission.assignment.response_order


def test_a_ranking_by_keys_alone(desk: Desk, live_server) -> None:
    url = listed(desk, rows=ROWS)
    with at_work(desk, live_server) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("[data-rank-chip]")
        keys(page, "j") if page.evaluate("document.activeElement.closest('[data-row]') === null") else None
        until(page, "document.activeElement.closest('[data-rank-of]')?.dataset.rankOf === 'A'")
        keys(page, "1", "j", "4", "j", "1")
        assert page.locator("[data-rated]").first.inner_text() == "0 of 1"
        keys(page, "j", "x", "k", "k", "3")
        until(page, "document.querySelector('[data-rated]').textContent === '1 of 1'")
        until(page, f"{RANKS} === '1 3 1 unusable'")
        until(page, f"{GROUPS} === 'A=C>B'")
        keys(page, "Control+Enter")
        page.wait_for_url(lambda now: url not in now)
        value, order = meanwhile(sent)
    assert value == by_letter("A=C>B;D", order)


def test_arrow_keys_move_a_response_and_say_where_it_is(desk: Desk, live_server) -> None:
    url = listed(desk, rows=ROWS)
    with at_work(desk, live_server) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("[data-rank-chip]")
        chip = page.locator("[data-rank-chip]")
        for letter in "BADC":  # from "not ranked yet" to the end of the order, one after the other
            page.locator(f"[data-rank-chip={letter}]").focus()
            keys(page, "ArrowUp")
        until(page, f"{GROUPS} === 'B>A>D>C'")
        page.locator("[data-rank-chip=D]").focus()
        keys(page, "ArrowUp")
        until(page, f"{GROUPS} === 'B>A=D>C'")
        until(page, "document.querySelector('[data-rank-said]').textContent === 'Response D: 2nd of 4, tied with A.'")
        until(page, "document.activeElement.dataset.rankChip === 'D'")
        keys(page, "ArrowUp")
        until(page, f"{GROUPS} === 'B>D>A>C'")
        keys(page, "x")
        until(page, f"{GROUPS} === 'B>A>C'")
        until(page, f"{RANKS} === '2 1 3 unusable'")
        assert chip.count() == 4
        keys(page, "Control+Enter")
        page.wait_for_url(lambda now: url not in now)
        value, order = meanwhile(sent)
    assert value == by_letter("B>A>C;D", order)


def middle(page: Any, selector: str) -> tuple[float, float]:
    box = page.locator(selector).first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_responses_are_dragged_into_an_order_and_onto_each_other(desk: Desk, live_server) -> None:
    url = listed(desk, rows=ROWS)

    def drag(page: Any, letter: str, target: str) -> None:
        page.locator(f"[data-rank-chip={letter}]").scroll_into_view_if_needed()
        page.mouse.move(*middle(page, f"[data-rank-chip={letter}]"))
        page.mouse.down()
        page.mouse.move(*middle(page, target), steps=6)
        page.mouse.up()

    with at_work(desk, live_server) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("[data-rank-chip]")
        drag(page, "C", "[data-drop='before:0']")
        until(page, f"{GROUPS} === 'C'")
        drag(page, "A", "[data-drop='before:1']")
        until(page, f"{GROUPS} === 'C>A'")
        drag(page, "B", "[data-drop='into:0']")
        until(page, f"{GROUPS} === 'B=C>A'")
        drag(page, "D", "[data-drop=unusable]")
        until(page, f"{RANKS} === '3 1 1 unusable'")
        page.wait_for_selector("[data-save-state=saved]")
        stored = meanwhile(lambda: Draft.objects.get().data["rank"][""]["value"])
        assert sorted(stored["ranks"].values()) == ["1", "1", "3", "unusable"]
        page.reload()
        page.wait_for_selector("[data-rank-chip]")
        until(page, f"{GROUPS} === 'B=C>A'")


def test_a_finger_drags_too(desk: Desk, live_server) -> None:
    url = listed(desk, rows=ROWS)
    with at_work(desk, live_server, width=390, has_touch=True) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("[data-rank-chip]")
        page.locator("[data-drop='before:0']").scroll_into_view_if_needed()
        page.locator("[data-rank-chip=B]").scroll_into_view_if_needed()
        finger = context.new_cdp_session(page)
        (x, y), (to_x, to_y) = middle(page, "[data-rank-chip=B]"), middle(page, "[data-drop=unusable]")
        points = [(x + (to_x - x) * n / 5, y + (to_y - y) * n / 5) for n in range(6)]
        for place, (left, top) in enumerate(points):
            kind = "touchStart" if not place else "touchMove"
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": left, "y": top}]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        until(page, f"{RANKS} === ' unusable  '")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(desk: Desk, live_server, scheme: str) -> None:
    url = listed(desk, rows=[row("a", responses=[f"Answer {n}." for n in range(9)])])
    with at_work(desk, live_server, width=360, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("[data-rank-chip]")
        page.keyboard.press("j")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_a_script_the_radios_are_the_ranking(desk: Desk, live_server) -> None:
    url = listed(desk, rows=ROWS)
    with at_work(desk, live_server, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(url)
        assert page.locator("[data-rank-board]").is_hidden()
        for place, token in enumerate(["2", "1", "unusable", "2"]):
            page.locator("[data-rank-of]").nth(place).locator(f"input[value='{token}']").check(force=True)
        page.locator("#task button, .submitbar button[data-primary]").last.click()
        value, order = meanwhile(sent)
    assert value == by_letter("B>A=D;C", order)
