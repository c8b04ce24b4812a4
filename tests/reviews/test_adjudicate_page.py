"""The page on which a lead reads both sides and decides: blind to names, nothing lost, plainly answered."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaltool.base.models import ToDo
from reviews.adjudicating import hold
from reviews.models import Adjudication, Consensus, Disagreement, Feedback
from tasks.models import Involvement
from tests.plain_browser import Page, PlainBrowser
from tests.reviews.review_samples import (
    REASON,
    Panel,
    another_lead,
    disputed,
    opened,
    raw,
    resolve,
    settle,
    submission_of,
    values_of,
)
from tests.tasks.work_samples import evaluator, hand_in

TWO = {"responses": ["Take two.", "Take four."]}
WORDS = {"note": REASON, "cause": "evaluator_error"}


def address(disagreement: Disagreement) -> str:
    return f"/qa/tasks/{disagreement.public_id}/"


def at_work(panel: Panel, disagreement: Disagreement) -> Page:
    """The page with its form, after reserving it from the page itself."""
    page = PlainBrowser.of(panel.lead).open(address(disagreement))
    return page.send(page.form(saying="Reserve it for me"))


def send(page: Page, **values: str) -> Page:
    return page.send(page.form(having="note"), **{**WORDS, **values})


def test_looking_changes_nothing_and_offers_to_reserve(panel: Panel) -> None:
    found = disputed(panel)
    before = (Involvement.objects.count(), ToDo.objects.count())
    page = PlainBrowser.of(panel.lead).open(address(found))
    assert "Nobody has this one open." in page.text
    with pytest.raises(AssertionError):
        page.form(having="note")
    found.refresh_from_db()
    assert found.held_by is None
    assert (Involvement.objects.count(), ToDo.objects.count()) == before


def test_the_page_shows_both_sides_and_no_names(panel: Panel) -> None:
    page = at_work(panel, disputed(panel))
    assert "Yours until" in page.text
    for words in ("Evaluator A gave 5, Level 5", "Evaluator B gave 2, Level 2", "3 apart", "May I?", "Take two."):
        assert words in page.text
    for name in (panel.eve, panel.evan):
        assert name.user.name not in page.text
        assert name.pseudonym not in page.text
        assert str(name.public_id) not in page.response.content.decode()


def test_nothing_is_preselected_where_they_differ_and_the_agreed_value_where_they_agree(panel: Panel) -> None:
    page = at_work(panel, disputed(panel))
    values = page.form(having="note").values
    assert "d.safety.r1" not in values
    assert values["d.tone.r1"] == "agreed"


def test_resolving_writes_the_decision_and_opens_the_next(panel: Panel) -> None:
    first, second = disputed(panel, raw(safety=5), raw(safety=1)), disputed(panel)
    page = at_work(panel, first)
    evan = submission_of(first, panel.evan).public_id
    page = send(page, **{"d.safety.r1": str(evan), "section": "accuracy", f"feedback.{evan}": "Well seen."})
    assert page.url == f"{address(second)}?resolved={first.public_id}"
    assert "Resolved. Everybody who judged this task is told" in page.text
    second.refresh_from_db()
    assert second.held_by == panel.lead
    done = Adjudication.objects.get(disagreement=first)
    assert (done.note, done.cause, done.section) == (REASON, "evaluator_error", "accuracy")
    assert values_of(Consensus.objects.get(task=first.task))["safety", "r1"] == 1
    assert [one.text for one in Feedback.objects.order_by("member")] == ["", "Well seen."]


def test_the_last_one_leads_back_to_the_queue(panel: Panel) -> None:
    page = send(at_work(panel, disputed(panel)), **{"d.safety.r1": "own", "a.safety.r1.value": "3"})
    assert page.url.startswith("/qa/queue/?resolved=")
    assert "All resolved" in page.text


def test_a_value_of_ones_own_is_taken_where_nothing_else_is_chosen(panel: Panel) -> None:
    found = disputed(panel)
    send(at_work(panel, found), **{"a.safety.r1.value": "3"})
    assert values_of(Consensus.objects.get(task=found.task))["safety", "r1"] == 3


def test_an_agreed_value_can_be_changed(panel: Panel) -> None:
    found = disputed(panel)
    page = at_work(panel, found)
    send(page, **{"a.safety.r1.value": "3", "d.tone.r1": "own", "a.tone.r1.value": "na"})
    assert values_of(Consensus.objects.get(task=found.task))["tone", "r1"] == {"na": True}


def test_what_is_missing_is_said_at_its_place_and_everything_typed_is_kept(panel: Panel) -> None:
    found = disputed(panel, raw(safety=5, tone=1), raw(safety=2, tone=4))
    eve = str(submission_of(found, panel.eve).public_id)
    page = at_work(panel, found)
    page = send(page, **{"note": "No.", "cause": "", "d.tone.r1": eve, f"feedback.{eve}": "Look again at tone."})
    assert page.status == 422
    for words in ("Decide this one.", "Say in a sentence why", "Choose the cause"):
        assert words in page.text
    kept = page.form(having="note").values
    assert (kept["note"], kept["d.tone.r1"], kept[f"feedback.{eve}"]) == ("No.", eve, "Look again at tone.")
    assert not Adjudication.objects.exists()
    page = send(page, **{"d.safety.r1": eve})
    assert page.status == 200
    assert Adjudication.objects.count() == 1


def test_a_value_of_ones_own_beside_an_adopted_one_is_refused_rather_than_guessed(panel: Panel) -> None:
    found = disputed(panel)
    chosen = str(submission_of(found, panel.eve).public_id)
    page = send(at_work(panel, found), **{"d.safety.r1": chosen, "a.safety.r1.value": "3"})
    assert page.status == 422
    assert "There is a value of your own here besides the one you adopted." in page.text


@pytest.mark.parametrize("chosen", ["nonsense", "8a4d6a5e-0000-4000-8000-000000000000"])
def test_a_judgement_from_elsewhere_is_not_adopted(panel: Panel, chosen: str) -> None:
    page = send(at_work(panel, disputed(panel)), **{"d.safety.r1": chosen})
    assert page.status == 422
    assert "This judgment is not part of the disagreement." in page.text


def test_sending_the_form_twice_decides_once(panel: Panel) -> None:
    page = at_work(panel, disputed(panel))
    for _ in range(2):
        assert send(page, **{"a.safety.r1.value": "3"}).status == 200
    assert Adjudication.objects.count() == 1


def test_somebody_else_resolved_it_and_the_text_comes_back(panel: Panel) -> None:
    found = disputed(panel)
    page = at_work(panel, found)
    Disagreement.objects.update(held_by=None, held_until=None)
    resolve(found, another_lead(panel))
    page = send(page, **{"a.safety.r1.value": "3"})
    assert page.status == 409
    assert "Another QA lead resolved this in the meantime." in page.text
    assert page.response.content.decode().count(REASON) == 1
    assert "Another QA lead resolved this" in PlainBrowser.of(panel.lead).open(address(found)).text


def test_one_that_another_lead_has_open_can_be_read_and_not_decided(panel: Panel) -> None:
    found = hold(disagreement=disputed(panel), by=another_lead(panel))
    page = PlainBrowser.of(panel.lead).open(address(found))
    assert "Another lead has this open until" in page.text
    assert "Reserve it for me" not in page.text
    assert "Take two." in page.text
    forced = PlainBrowser.of(panel.lead)
    forced.client.handler.enforce_csrf_checks = False
    forced.client.post(f"{address(found)}hold/")
    assert "Another QA lead has this open." in forced.open(address(found)).text


def test_a_judgement_that_changed_meanwhile_is_shown_before_the_decision_is_taken(panel: Panel) -> None:
    first, second = opened(panel)
    hand_in(first, raw(safety=5))
    hand_in(second, raw(safety=2))
    settle()
    found = Disagreement.objects.get(task=first.task)
    page = at_work(panel, found)
    hand_in(second, raw(safety=1), revision=2)
    page = send(page, **{"a.safety.r1.value": "3"})
    assert page.status == 409
    assert "A judgment was changed while you were reading." in page.text
    assert "gave 1, Level 1" in page.text
    assert page.form(having="note").values["note"] == REASON
    assert send(page).status == 200
    assert Adjudication.objects.exists()


def test_one_that_dissolved_says_so(panel: Panel) -> None:
    first, second = opened(panel)
    hand_in(first, raw(safety=5))
    hand_in(second, raw(safety=2))
    settle()
    hand_in(second, raw(safety=5), revision=2)
    settle()
    page = PlainBrowser.of(panel.lead).open(address(Disagreement.objects.get(task=first.task)))
    assert "Nothing left to decide." in page.text
    assert "2, Level 2" in page.text  # what it was about


def test_responses_have_numbers_and_each_judge_saw_them_in_their_own_order(panel: Panel) -> None:
    answers = raw(safety=5), raw(safety=2)
    for one in answers:
        for key in ("safety", "tone", "flags"):
            one[key]["r2"] = one[key]["r1"] | ({"value": 3} if key == "safety" else {})
    found = disputed(panel, *answers, task=TWO)
    page = PlainBrowser.of(panel.lead).open(address(found))
    assert "Safety, Response 1" in page.text
    order = submission_of(found, panel.eve).assignment.response_order
    assert f"Saw it as Response {'AB'[order.index('r1')]}." in page.text


def test_the_sections_to_cite_are_those_the_judges_were_shown(panel: Panel) -> None:
    content = at_work(panel, disputed(panel)).response.content.decode()
    assert '<option value="accuracy">1 Accuracy</option>' in content


def test_who_wrote_the_responses_is_not_on_the_page(panel: Panel) -> None:
    found = disputed(panel, task={"responses": [{"text": "Take two.", "model": "secret-model-7"}]})
    assert "secret-model-7" not in at_work(panel, found).response.content.decode()


def test_the_number_of_queries_does_not_grow_with_the_case(panel: Panel) -> None:
    def queries(found: Disagreement) -> int:
        browser = PlainBrowser.of(panel.lead)
        with CaptureQueriesContext(connection) as captured:
            assert browser.open(address(found)).status == 200
        return len(captured)

    small = queries(disputed(panel))
    lara = evaluator(panel.project, "Lara", panel.admin, panel.version)
    answers = [raw(safety=level, advice=f"Advice {level}.") for level in (1, 3, 5)]
    for one in answers:
        for key in ("safety", "tone", "flags"):
            one[key]["r2"] = one[key]["r1"]
    large = disputed(panel, *answers, judges=(*panel.judges, lara), task=TWO)
    assert queries(large) == small <= 14
