"""In a real browser, on the real application: whatever happens, not a word that was typed is lost."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session

from rubrics.commands import publish_version, save_version_draft
from tasks.models import Draft, Submission
from tests.browser import until
from tests.conftest import PASSWORD
from tests.tasks.conftest import Desk
from tests.tasks.desk_browser import at_work, listed, meanwhile
from tests.tasks.work_samples import CRITERIA

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = "The second figure contradicts the question, and no source is given for it."
NOTE = "[name='a.notes..value']"
OPEN_NOTE = "fieldset:has([name='a.notes..value'])"


@pytest.fixture
def url(desk: Desk) -> str:
    return listed(desk, tasks=2)


@pytest.fixture
def context(desk: Desk, live_server, url: str):
    with at_work(desk, live_server) as context:
        yield context


@pytest.fixture
def page(context, url: str):
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("#task")
    return page


def write(page, text: str = TEXT) -> None:
    page.locator(f"{OPEN_NOTE} .crit-head").click()
    page.locator(NOTE).fill(text)


def state(page, wanted: str) -> None:
    page.wait_for_selector(f"[data-save-state={wanted}]")


def shows(page, text: str = TEXT) -> None:
    page.wait_for_selector(NOTE, state="attached")
    until(page, f"document.querySelector(`{NOTE}`)?.value === {text!r}")


def stored(text: str = TEXT) -> bool:
    """Whether some draft on the server holds the text."""
    return meanwhile(lambda: any(text in str(draft.data) for draft in Draft.objects.all()))


def comes_to_hold(page, text: str = TEXT) -> None:
    for _ in range(100):
        if stored(text):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the server never got the text")


def pick(page, name: str, level: str) -> None:
    page.locator(f"label:has([name='{name}'][value='{level}']) .n").click()
    until(page, f"document.querySelector(`[name='{name}'][value='{level}']`).checked")


def rate_all(page) -> None:
    for name in page.evaluate(
        "[...new Set([...document.querySelectorAll('#task input[type=radio]')].map(n => n.name))]"
    ):
        pick(page, name, "3")


def test_saving_says_each_state_in_words(page, context) -> None:
    hold: list[Any] = []
    page.route("**/draft/", lambda route: hold.append(route))  # noqa: PLW0108 a builtin takes no handler's marks
    page.locator(f"{OPEN_NOTE} .crit-head").click()
    page.locator(NOTE).press_sequentially("Typed")
    page.locator("[data-state=editing]").wait_for()
    page.locator("[data-state=saving]").wait_for()
    hold[0].continue_()
    page.locator("[data-state=saved]").wait_for()
    until(page, "document.querySelector('[data-save-announce]').textContent === 'Draft saved'")
    page.unroute("**/draft/")
    page.route("**/draft/", lambda route: route.fulfill(status=503, body="away"))
    page.locator(NOTE).press_sequentially(" more")
    page.locator("text=trying again in").wait_for()
    until(page, "document.querySelector('[data-save-announce]').textContent.includes('kept here')")
    page.unroute("**/draft/")
    page.locator("[data-state=saved]").wait_for()
    assert stored("Typed more")


def test_a_page_that_answers_instead_of_the_server_is_not_taken_for_it(page) -> None:
    page.route(
        "**/draft/", lambda route: route.fulfill(status=200, content_type="text/html", body="Sign in to the café")
    )
    write(page)
    page.locator("text=trying again in").wait_for()
    page.unroute("**/draft/")
    state(page, "saved")
    assert stored()


def test_reload_in_the_middle_of_a_word(page) -> None:
    write(page)
    page.reload()
    shows(page)
    comes_to_hold(page)


def test_leaving_at_once_and_coming_back_by_the_back_button(page) -> None:
    write(page)
    page.locator("[data-leave]").click()
    page.wait_for_url("**/work/")
    page.go_back()
    shows(page)
    comes_to_hold(page)


def test_leaving_before_the_answer_to_a_save_makes_no_second_version(page) -> None:
    page.route("**/draft/", lambda route: route.fetch())  # the server saves, and its answer is lost
    write(page, "First half")
    comes_to_hold(page, "First half")
    page.locator(NOTE).fill(f"First half. {TEXT}")
    page.unroute("**/draft/")
    page.reload()
    shows(page, f"First half. {TEXT}")
    comes_to_hold(page)
    assert page.locator("[data-banner=stale]:visible").count() == 0


def test_an_expired_session_and_a_new_sign_in(page) -> None:
    meanwhile(lambda: Session.objects.all().delete())
    write(page)
    page.wait_for_selector("#signed-out[open]")
    page.locator("[data-sign-in]").click()
    page.wait_for_selector("[name=username]")
    page.locator("[name=username]").fill("eve@example.org")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit], main .btn--primary").first.click()
    page.wait_for_selector("#task")
    shows(page)
    comes_to_hold(page)


def test_a_lost_network(page, context) -> None:
    context.set_offline(True)
    write(page)
    page.wait_for_selector("[data-banner=offline]:visible")
    rate_all(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(300)
    assert meanwhile(Submission.objects.count) == 0
    context.set_offline(False)
    state(page, "saved")
    assert stored()


def test_a_second_tab_both_texts_kept_and_comparable(page, context, url: str) -> None:
    other = context.new_page()
    other.goto(url)
    write(page, "From the first tab.")
    pick(page, "a.tone.r1.value", "2")
    state(page, "saved")
    comes_to_hold(page, "'value': '2'")
    write(other, "From the second tab.")
    state(other, "stale")
    assert stored("From the first tab.")
    other.locator("[data-banner=stale] [data-draft-action=compare]").click()
    other.wait_for_selector("[data-compared=in-words]")  # by the server, whatever the kinds
    rows = "[...document.querySelectorAll('[data-compare-rows] tr')].map((tr) => [...tr.cells].map((c) => c.innerText))"
    shown = {label: texts for label, *texts in other.evaluate(rows)}
    assert shown["Notes"] == ["From the second tab.", "From the first tab."]
    [tone] = [texts for label, texts in shown.items() if label.startswith("Tone")]
    assert tone == ["(empty)", "2, Level 2"]
    other.locator("#compare-dialog [data-draft-action=keep]").click()
    state(other, "saved")
    comes_to_hold(other, "From the second tab.")
    set_aside = "JSON.stringify(Object.entries(localStorage).filter(([key]) => key.startsWith('evaltool:other:')))"
    assert "From the first tab." in other.evaluate(set_aside)


def test_loading_the_newer_draft_can_be_taken_back(page, context, url: str) -> None:
    other = context.new_page()
    other.goto(url)
    write(page, "From the first tab.")
    state(page, "saved")
    write(other, "From the second tab.")
    state(other, "stale")
    other.locator("[data-banner=stale] [data-draft-action=load]").click()
    shows(other, "From the first tab.")
    other.locator("[data-draft-action=mine]").click()
    shows(other, "From the second tab.")
    comes_to_hold(other, "From the second tab.")


def test_back_after_submitting_shows_what_happened_and_changes_nothing(page, url: str) -> None:
    write(page)
    rate_all(page)
    page.locator("button[data-primary]").click()
    page.wait_for_selector("[data-acknowledged]", state="attached")
    page.go_back()
    page.locator("text=You submitted this task").wait_for()
    assert meanwhile(lambda: Submission.objects.get().answers.get(criterion__key="notes").value) == TEXT
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('draft:'))") == []


def test_a_new_rubric_version_in_mid_work(page, desk: Desk) -> None:
    write(page)

    def publish() -> None:
        body = {
            "criteria": [
                *CRITERIA[:2],
                {**CRITERIA[2], "title": "Other notes", "config": {"min_length": 0, "max_length": 5}},
            ]
        }
        draft = save_version_draft(rubric=desk.version.rubric, body=body, by=desk.admin)
        publish_version(version=draft, by=desk.admin)

    meanwhile(publish)
    page.reload()
    shows(page)
    rate_all(page)
    page.locator("button[data-primary]").click()
    page.wait_for_selector("[data-acknowledged]", state="attached")
    sent = meanwhile(lambda: Submission.objects.select_related("rubric_version").get())
    assert sent.rubric_version == desk.version
    assert meanwhile(lambda: sent.answers.get(criterion__key="notes").value) == TEXT


def test_a_form_with_errors_keeps_everything_through_a_reload(page) -> None:
    write(page)
    page.locator("button[data-primary]").click()
    page.wait_for_selector("#rate .notice--bad")
    until(page, "document.title.startsWith('Not submitted yet')")
    shows(page)
    page.reload()
    shows(page)
    comes_to_hold(page)


def test_nothing_can_be_typed_into_a_form_that_is_being_sent(page) -> None:
    held: list[Any] = []
    page.route("**/submit/", lambda route: held.append(route))  # noqa: PLW0108 a builtin takes no handler's marks
    write(page)
    page.keyboard.press("Control+Enter")
    until(page, "document.getElementById('task').inert")
    page.keyboard.type("lost")
    for _ in range(100):
        if held:
            break
        page.wait_for_timeout(50)
    held[0].abort()
    until(page, "!document.getElementById('task').inert")
    until(page, f"document.activeElement === document.querySelector(`{NOTE}`)")
    shows(page)
    state(page, "saved")
