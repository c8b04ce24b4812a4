"""Checklists and claims in a real browser: filled in by keys alone, kept through a reload, readable on a phone."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from projects.models import Project
from reviews.models import Consensus, Disagreement
from rubrics.models import RubricVersion
from tasks.models import Draft, Submission
from tests.browser import until
from tests.tasks.conftest import Desk
from tests.tasks.desk_browser import at_work, listed, meanwhile
from tests.tasks.fact_samples import OWN, TEXT, fact_answers, make_fact_version
from tests.tasks.import_samples import row
from tests.tasks.work_samples import claim, hand_in, make_batch, run_due

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROWS = [row("a", responses=[TEXT], criteria=OWN)]


@pytest.fixture
def version(project: Project, alice: User) -> RubricVersion:
    """A rubric of two checklists and a list of claims."""
    return make_fact_version(project, alice)


def keys(page: Any, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def by_claim(page: Any, number: int) -> None:
    """Wait until the focus is in this claim."""
    until(page, f"document.activeElement.closest('[data-row]')?.getAttribute('aria-label') === 'Claim {number}'")


def sent() -> dict[str, Any]:
    submission = Submission.objects.get()
    return {answer.criterion.key: answer.value for answer in submission.answers.select_related("criterion")}


def drafted() -> dict[str, Any]:
    return Draft.objects.get().data


def test_checklists_and_claims_by_keys_alone(desk: Desk, live_server) -> None:
    url = listed(desk, rows=ROWS)
    with at_work(desk, live_server) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("#task")
        assert page.locator(".claim:visible").count() == 1
        keys(page, "j", "1", "j", "2", "j", "3", "j", "2")  # the rubric's items
        keys(page, "j", "1", "j", "2")  # the task's own
        assert page.locator("[data-rated]").first.inner_text() == "2 of 3"
        keys(page, "k", "3", "j")  # back once, and forth again
        keys(page, "j")
        by_claim(page, 1)
        keys(page, "Tab")
        page.keyboard.type("Costs fell by 3 %.")
        keys(page, "Escape")
        by_claim(page, 1)
        keys(page, "1", "o")
        page.keyboard.type("https://example.org/costs")
        keys(page, "Escape")
        page.locator("[name='a.facts.r1.claims.0.quote']").focus()
        page.keyboard.type("Costs fell")
        keys(page, "Escape")
        page.locator("[data-claim-add]").press("Enter")
        by_claim(page, 2)
        page.keyboard.type("It rains.")
        keys(page, "Escape", "4")
        until(page, "document.querySelector('[data-rated]').textContent === '3 of 3'")
        keys(page, "Control+Enter")
        page.wait_for_url(lambda now: url not in now)
        answers = meanwhile(sent)
    assert answers["points"]["items"] == {
        "dose": "met", "source": "not_met", "reader": "cannot_tell", "fact": "not_met"
    }  # fmt: skip
    assert answers["own"]["items"] == {"i1": "cannot_tell", "i2": "not_met"}
    assert [(one["text"], one["verdict"]) for one in answers["facts"]["claims"]] == [
        ("Costs fell by 3 %.", "supported"),
        ("It rains.", "not_found"),
    ]


def test_rows_of_claims_survive_a_reload_that_the_server_knew_nothing_of(desk: Desk, live_server) -> None:
    url = listed(desk, rows=ROWS)
    with at_work(desk, live_server) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("#task")
        page.route("**/draft/", lambda route: route.abort())
        for number in (1, 2, 3):
            page.locator("[data-claim-add]").click()
            by_claim(page, number)
            page.keyboard.type(f"Claim of mine, number {number}")
            keys(page, "Escape", str(number))
        page.reload()
        until(page, "document.querySelectorAll('[data-claims-list] > [data-claim]').length === 3")
        for number, verdict in enumerate(("supported", "partly", "contradicted")):
            assert page.locator(f"[name='a.facts.r1.claims.{number}.text']").input_value().endswith(str(number + 1))
            assert page.locator(f"[name='a.facts.r1.claims.{number}.verdict']:checked").input_value() == verdict
        assert page.locator("#task > input[type=hidden][name^='a.facts']").count() == 0


def test_claims_are_removed_and_come_back(desk: Desk, live_server) -> None:
    url = listed(desk, rows=ROWS)
    with at_work(desk, live_server) as context:
        page = context.new_page()
        page.goto(url)
        page.locator("[data-claim-sentences]").click()
        by_claim(page, 1)
        texts = "[...document.querySelectorAll('[data-claims-list] textarea[name$=\".text\"]')].map((one) => one.value)"
        assert page.evaluate(texts) == ["Costs fell by 3 %.", "The office asks for novelty."]
        page.keyboard.press("3")
        page.locator("[data-claim-remove]").first.click()
        assert page.evaluate(texts) == ["The office asks for novelty."]
        assert page.locator("[name='a.facts.r1.claims.0.verdict']:checked").count() == 0
        page.locator("[data-claim-back]").click()
        assert page.evaluate(texts) == ["Costs fell by 3 %.", "The office asks for novelty."]
        assert page.locator("[name='a.facts.r1.claims.0.verdict']:checked").input_value() == "contradicted"
        page.wait_for_selector("[data-save-state=saved]")
        stored = meanwhile(drafted)
    assert [one["verdict"] for one in stored["facts"]["r1"]["value"]["claims"]] == ["contradicted", ""]


def test_nothing_is_wider_than_a_phone(desk: Desk, live_server) -> None:
    url = listed(desk, rows=ROWS)
    with at_work(desk, live_server, width=360) as context:
        page = context.new_page()
        page.goto(url)
        page.locator("[data-claim-sentences]").click()
        page.keyboard.press("1")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_a_script_the_draft_gives_more_rows(desk: Desk, live_server) -> None:
    url = listed(desk, rows=ROWS)
    with at_work(desk, live_server, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(url)
        texts = page.locator("textarea[name$='.text']")
        assert texts.count() == 3
        texts.nth(0).fill("One claim")
        texts.nth(2).fill("Another claim")
        page.locator("[name='a.facts.r1.sentences']").check()
        page.locator("noscript button[form=task]").click()
        found = [texts.nth(place).input_value() for place in range(texts.count())]
        assert found == ["One claim", "Another claim", "Costs fell by 3 %.", "The office asks for novelty.", "", "", ""]


def test_claims_a_lead_writes_survive_a_reload_and_settle_the_task(desk: Desk, live_server, quinn: User) -> None:
    batch = make_batch(desk.version, desk.admin, rows=ROWS, name="Disputed", priority=9)
    for member, own, verdict in ((desk.eve, "met", "supported"), (desk.evan, "met", "contradicted")):
        hand_in(claim(member), fact_answers(own, verdict))
    run_due("settle_task")
    address = reverse("reviews:adjudicate", args=[Disagreement.objects.get(task__batch=batch).public_id])
    client = Client()
    client.force_login(quinn)
    client.post(reverse("reviews:hold", args=[Disagreement.objects.get().public_id]))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    with at_work(desk, live_server) as context:
        context.clear_cookies()
        context.add_cookies([cookie])
        page = context.new_page()
        page.goto(address)
        page.locator("[name='d.facts.r1'][value='own']").check()
        for number in (1, 2):
            page.locator("[data-claim-add]").first.click()
            by_claim(page, number)
            page.keyboard.type(f"What a lead found, number {number}")
            keys(page, "Escape", "4")
        page.reload()
        until(page, "document.querySelectorAll('[data-claims-list] > [data-claim]').length === 2")
        assert page.locator("[name='a.facts.r1.claims.1.text']").input_value() == "What a lead found, number 2"
        page.locator("[name='note']").fill("Neither of you looked at the second sentence, which nobody can check.")
        page.locator("[name='cause']").select_option(index=1)
        page.locator("button[data-primary]").click()
        page.wait_for_url(lambda now: address not in now)
        settled = meanwhile(lambda: Consensus.objects.get().values.get(criterion__key="facts").value)
    assert [(one["text"][-1], one["verdict"]) for one in settled["claims"]] == [("1", "not_found"), ("2", "not_found")]
