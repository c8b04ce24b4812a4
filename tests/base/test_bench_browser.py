"""In a real browser: the keyboard is enough, and nothing typed is lost, whatever the network and the tabs do."""

import copy
import json
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

from accounts.keys import ACTIONS
from evaltool.base import pages
from evaltool.base.pages import go_on_to, render_page
from tests.base.hostile_texts import HOSTILE
from tests.browser import chromium, until

pytestmark = [pytest.mark.browser, pytest.mark.urls(__name__)]

server: dict = {}


class Reader:
    """Somebody signed in, with every key as it comes; no table is asked."""

    is_authenticated, public_id, name, email = True, "", "Reader", ""
    theme, text_size, reading, single_keys = "system", "normal", "serif", True
    own_keys = {name: action.default for name, action in ACTIONS.items()}


def bench(request: HttpRequest) -> HttpResponse:
    request.user = Reader()  # type: ignore[assignment]
    context = {
        "n": int(request.GET.get("n", 1)), "criteria": ["accuracy", "safety"], "levels": [1, 2, 3, 4, 5],
        "revision": server["revision"], "draft": server["draft"], "text": server["text"], "bench_title": "Test",
        "active_seconds": 0, "guideline_url": "/bench/search/",
    }  # fmt: skip
    return render_page(request, "bench_test.html", context)


def draft(request: HttpRequest) -> HttpResponse:
    server["asked"].append(request.POST.dict())
    if server["answer"]:
        status, body = server["answer"]
        return JsonResponse(body, status=status)
    if int(request.POST["revision"]) != server["revision"]:
        return JsonResponse({"revision": server["revision"], "data": server["draft"]}, status=409)
    server["revision"] += 1
    server["draft"] = {name: value for name, value in request.POST.items() if name != "revision"}
    return JsonResponse({"revision": server["revision"], "saved_at": "2026-11-19T10:02:41Z"})


def beat(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"reserved_until": "2026-11-19T11:12:00Z", "active_seconds": 1})


def submit(request: HttpRequest) -> HttpResponse:
    server["submitted"].append(request.POST.dict())
    server["draft"], server["revision"] = {}, 0
    return go_on_to(request, f"/bench/?n={int(request.GET['n']) + 1}")


def search(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"<p>Found {len(request.GET['q'])}</p>")


urlpatterns = [
    path("", include("accounts.urls")),
    path("bench/", bench),
    path("bench/draft/", draft),
    path("bench/beat/", beat),
    path("bench/submit/", submit),
    path("bench/search/", search),
]


@pytest.fixture
def context(settings, monkeypatch, live_server):
    """A browser without cookies, on a server that says it holds an empty draft."""
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [*templates[0]["DIRS"], Path(__file__).parent / "templates"]
    settings.TEMPLATES = templates
    for name in ("_nav", "_roles", "_projects"):
        monkeypatch.setattr(pages, name, [])
    server.clear()
    server.update(revision=0, draft={}, answer=None, asked=[], submitted=[], text="A *response*.")
    with chromium() as browser:
        context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
        context.set_default_timeout(8000)
        yield context
        context.close()


@pytest.fixture
def page(context):
    """The first task, open; whatever the browser reports as an error fails the test."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: "Content Security" in message.text and errors.append(message.text))
    page.goto("/bench/")
    yield page
    assert errors == []


def state(page, wanted: str) -> None:
    page.wait_for_selector(f"[data-save-state={wanted}]")


def eventually(page, true) -> None:
    for _ in range(80):
        if true():
            return
        page.wait_for_timeout(100)
    raise AssertionError("did not happen within 8 seconds")


def why(page, text: str, criterion: str = "safety") -> None:
    page.locator(f"#c-{criterion} .n").first.click()
    page.locator(f"#{criterion}-why").fill(text)


def kept(page) -> list[str]:
    return page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('evaltool:draft:'))")


def test_a_task_is_judged_and_submitted_by_keys_alone_without_a_page_load(page):
    page.evaluate("window.stayed = true")
    for key in ("j", "4", "j", "2", "r"):
        page.keyboard.press(key)
    page.keyboard.type("Sets no limit: 3 j k s.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/bench/?n=2")
    until(page, "document.activeElement.textContent === 'Task 2'")
    assert page.evaluate("window.stayed") is True
    sent = server["submitted"][0]
    assert (sent["accuracy"], sent["safety"], sent["safety-why"]) == ("4", "2", "Sets no limit: 3 j k s.")
    assert kept(page) == []


def test_keys_are_listed_and_can_be_turned_off(page):
    page.keyboard.press("?")
    assert "Skip" in page.locator("#keys-dialog").inner_text()
    page.keyboard.press("Escape")
    page.evaluate("document.documentElement.dataset.keys = 'off'")
    page.keyboard.press("?")
    assert page.locator("#keys-dialog").is_hidden()


def test_a_click_in_a_closed_criterion_hits_the_level_under_it(page):
    page.locator("#c-safety .n").nth(3).click()
    page.wait_for_selector("#c-safety[data-open]")
    assert page.locator("input[name=safety][value='4']").is_checked()


def test_guideline_opens_beside_the_task_and_gives_the_focus_back(page):
    page.keyboard.press("g")
    assert page.locator("#drawer").is_hidden()
    page.keyboard.press("g")
    page.keyboard.type("abc")
    page.wait_for_selector("#drawer-results:has-text('Found 3')")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    assert page.locator("#drawer").is_hidden()


def test_a_draft_saves_itself_and_says_so(page):
    why(page, "Names no limit.")
    state(page, "saved")
    until(page, "document.querySelector('[data-saved-at]').textContent.length === 8")
    assert server["draft"]["safety-why"] == "Names no limit."
    assert kept(page) == []


def test_text_survives_a_failing_server_and_a_reload(page):
    server["answer"] = (500, {})
    why(page, "Written while the server failed.")
    state(page, "offline")
    page.reload()
    eventually(page, lambda: page.locator("#safety-why").input_value() == "Written while the server failed.")
    server["answer"] = None
    state(page, "saved")
    assert server["draft"]["safety-why"] == "Written while the server failed."


def test_without_connection_submit_waits_and_the_text_is_sent_afterwards(page, context):
    context.set_offline(True)
    why(page, "Written in a tunnel.")
    page.wait_for_selector("[data-banner=offline]:visible")
    page.keyboard.press("Control+Enter")
    assert server["submitted"] == []
    context.set_offline(False)
    state(page, "saved")
    assert server["draft"]["safety-why"] == "Written in a tunnel."


def test_an_expired_session_keeps_the_text_and_shows_the_way_back(page, context):
    page.locator("#c-safety .n").first.click()
    state(page, "saved")
    server["answer"] = (401, {"code": "signed_out", "sign_in": "/sign-in/?next=/bench/"})
    page.locator("#safety-why").fill("Written after twelve hours.")
    page.wait_for_selector("#signed-out[open]")
    assert page.locator("#signed-out a").get_attribute("href") == "/sign-in/?next=/bench/"
    server["answer"] = None
    page.goto("/bench/")
    eventually(page, lambda: page.locator("#safety-why").input_value() == "Written after twelve hours.")
    eventually(page, lambda: server["draft"].get("safety-why") == "Written after twelve hours.")


def test_a_closed_tab_leaves_its_text_for_the_next(page, context):
    server["answer"] = (500, {})
    why(page, "Written before the crash.")
    state(page, "offline")
    page.evaluate(  # as if the tab had been gone for a while
        "for (const [key, value] of Object.entries(localStorage)) if (key.startsWith('evaltool:draft:'))"
        " localStorage.setItem(key, JSON.stringify({...JSON.parse(value), at: Date.now() - 60000}))"
    )
    server["answer"] = None
    other = context.new_page()
    other.goto("/bench/")
    state(other, "saved")
    assert other.locator("#safety-why").input_value() == "Written before the crash."


def test_two_tabs_never_overwrite_each_other_and_both_texts_are_kept(page, context):
    other = context.new_page()
    other.goto("/bench/")
    why(page, "From the first tab.")
    state(page, "saved")
    why(other, "From the second tab.")
    state(other, "stale")
    assert server["draft"]["safety-why"] == "From the first tab."
    other.keyboard.press("Control+Enter")
    assert server["submitted"] == []
    other.locator("[data-banner=stale] [data-draft-action=compare]").click()
    shown = other.locator("#compare-dialog").inner_text()
    assert "From the first tab." in shown
    assert "From the second tab." in shown
    other.locator("#compare-dialog [data-draft-action=load]").click()
    assert other.locator("#safety-why").input_value() == "From the first tab."
    other.locator("[data-draft-action=mine]").click()
    until(other, "document.querySelector('[data-save-state]').dataset.saveState === 'saved'")
    assert server["draft"]["safety-why"] == "From the second tab."


def test_a_task_that_is_gone_says_so_and_keeps_the_text(page):
    server["answer"] = (409, {"message": "Your reservation ended at 11:12."})
    why(page, "Written a moment too late.")
    page.wait_for_selector("[data-banner=stopped]:visible")
    assert "Your reservation ended at 11:12." in page.locator("[data-banner=stopped]").inner_text()
    assert page.locator("#safety-why").input_value() == "Written a moment too late."
    assert len(kept(page)) == 1


def test_one_persons_text_is_never_shown_to_another(page):
    server["answer"] = (500, {})
    why(page, "Private to the first person.")
    state(page, "offline")
    server["answer"] = None
    page.evaluate(
        "for (const [key, value] of Object.entries(localStorage)) if (key.startsWith('evaltool:draft:')) {"
        " localStorage.removeItem(key); localStorage.setItem(key.replace('draft::', 'draft:somebody:'), value) }"
    )
    page.reload()
    page.wait_for_load_state("networkidle")
    assert page.locator("#safety-why").input_value() == ""


def test_hostile_texts_do_nothing_in_a_real_browser(context):
    server["text"] = "\n\n".join(HOSTILE)
    page = context.new_page()
    asked: list[str] = []
    noticed: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (noticed.append("dialog"), dialog.dismiss()))
    page.on("console", lambda message: "Content Security" in message.text and noticed.append(message.text))
    page.goto("/bench/", wait_until="networkidle")
    page.locator(".reading a").first.hover()
    assert noticed == []
    assert {url.split("/")[2] for url in asked} == {page.url.split("/")[2]}
    assert (
        json.loads(page.evaluate("JSON.stringify([...document.querySelectorAll('.reading *')].map(n => n.id))"))
        == [""] * page.locator(".reading *").count()
    )
