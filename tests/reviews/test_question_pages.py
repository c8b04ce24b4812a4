"""Pages and API of questions: asked without leaving the task, answered blind to names, read by the asker alone."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from reviews.asking import answer, ask, close_question
from reviews.models import Clarification
from tasks.models import Assignment
from tests.plain_browser import PlainBrowser
from tests.reviews.review_samples import Panel, opened
from tests.reviews.test_api import Caller

LIST, OWN = "/qa/questions/", "/work/questions/"
WHY = "Does a general warning count when the dose is wrong?"
TWO = {"responses": ["Take two.", "Take four."]}


@pytest.fixture
def work(panel: Panel) -> Assignment:
    """A task open at eve and evan; eve's."""
    return opened(panel)[0]


def asked(work: Assignment, question: str = WHY) -> Clarification:
    return ask(member=work.member, assignment=work, question=question, by=work.member.user)


def test_a_question_from_the_screen_to_the_answer_and_its_end(panel: Panel, work: Assignment) -> None:
    eve, lead = PlainBrowser.of(panel.eve.user), PlainBrowser.of(panel.lead)
    page = eve.open(f"/work/{work.public_id}/").follow("Ask")
    page = page.send(page.form(having="question"), question=WHY, criterion="safety", section="accuracy")
    assert page.url == f"/work/{work.public_id}/"
    assert "Asked. A QA lead answers" in page.text
    assert "1 question" in lead.open("/qa/").text
    page = lead.open(LIST).follow("Does a general warning")
    for words in (WHY, "An evaluator", "Take two.", "Check every figure.", "about Safety", "Name no level"):
        assert words in page.text
    page = page.send(page.form(having="text"), text="No: the figure is what people read.")
    assert "Answered. The person who asked is told." in page.text
    page = eve.open("/account/messages/")
    page = page.send(page.form(to="/read/", saying="Open"), open="1")
    assert "No: the figure is what people read." in page.text
    assert "A QA lead" in page.text
    assert panel.lead.name not in page.text
    page = page.send(page.form(having="text"), text="And for a child?")
    assert "And for a child?" in lead.open(f"{LIST}{Clarification.objects.get().public_id}/").text
    page = page.send(page.form(saying="That answers it"))
    assert "Closed. It stays here to be read." in page.text
    assert not [form for form in page.reader.forms if "text" in form.names]


def test_a_question_that_does_not_fit_comes_back_with_what_was_typed(panel: Panel, work: Assignment) -> None:
    page = PlainBrowser.of(panel.eve.user).open(f"/work/{work.public_id}/ask/")
    page = page.send(page.form(having="question"), question="", criterion="safety")
    assert (page.status, "Say it in a few words." in page.text) == (422, True)
    assert page.form(having="question").values["criterion"] == "safety"


def test_what_is_asked_from_a_section_names_it_already(panel: Panel, work: Assignment) -> None:
    page = PlainBrowser.of(panel.eve.user).open(f"/work/{work.public_id}/ask/?section=tone&criterion=tone")
    assert page.form(having="question").values["section"] == "tone"
    assert page.form(having="question").values["criterion"] == "tone"


def test_for_htmx_the_question_is_a_panel(panel: Panel, work: Assignment) -> None:
    client = Client(headers={"HX-Request": "true"})
    client.force_login(panel.eve.user)
    url = f"/work/{work.public_id}/ask/"
    assert b'id="side-panel"' in client.get(url).content
    assert client.post(url, {"question": ""}).status_code == 422
    done = client.post(url, {"question": WHY})
    assert (done.status_code, b"Asked." in done.content, b"<main" in done.content) == (200, True, False)


def test_a_question_about_the_guideline_alone_shows_who_asks(panel: Panel) -> None:
    page = PlainBrowser.of(panel.eve.user).open(OWN).follow("Ask about the guideline")
    page = page.send(page.form(having="question"), question=WHY, section="tone")
    assert page.url == f"{OWN}{Clarification.objects.get().public_id}/"
    page = PlainBrowser.of(panel.lead).open(LIST).follow("Does a general warning")
    assert panel.eve.user.name in page.text


def test_no_lead_learns_who_asks_about_a_task(panel: Panel) -> None:
    work = opened(panel, task=TWO)[0]
    found = asked(work)
    lead = PlainBrowser.of(panel.lead)
    for url in (LIST, f"{LIST}{found.public_id}/", "/qa/"):
        text = lead.open(url).response.content.decode()
        for secret in (panel.eve.user.name, panel.eve.user.email, panel.eve.pseudonym):
            assert secret not in text
    assert "The evaluator saw Response 1 as Response" in lead.open(f"{LIST}{found.public_id}/").text


def test_nobody_else_reads_a_question(panel: Panel, work: Assignment, mallory: User) -> None:
    found = asked(work)
    for user in (panel.evan.user, panel.admin, panel.lead, mallory):
        assert PlainBrowser.of(user).open(f"{OWN}{found.public_id}/").status == 404
        assert WHY not in PlainBrowser.of(user).open(OWN).text
    for user in (panel.evan.user, panel.admin, panel.eve.user, mallory):
        assert PlainBrowser.of(user).open(f"{LIST}{found.public_id}/").status == 404


def test_an_answer_to_a_closed_question_is_shown_and_not_sent(panel: Panel, work: Assignment) -> None:
    found = asked(work)
    page = PlainBrowser.of(panel.lead).open(f"{LIST}{found.public_id}/")
    close_question(clarification=found, by=panel.eve.user)
    page = page.send(page.form(having="text"), text="No, it does not.")
    assert page.status == 409
    assert "This question is closed." in page.text
    assert "No, it does not." in page.text
    assert not found.posts.exists()


def test_the_list_takes_the_same_queries_however_long_it_is(panel: Panel, work: Assignment) -> None:
    def queries(url: str, user: User) -> int:
        browser = PlainBrowser.of(user)
        with CaptureQueriesContext(connection) as found:
            assert browser.open(url).status == 200
        return len(found)

    asked(work)
    before = queries(LIST, panel.lead), queries(OWN, panel.eve.user)
    for number in range(8):
        asked(work, f"Question number {number}?")
    assert (queries(LIST, panel.lead), queries(OWN, panel.eve.user)) == before


def test_the_answered_are_found_under_their_state(panel: Panel, work: Assignment) -> None:
    found = asked(work)
    answer(clarification=found, text="No, it does not.", by=panel.lead)
    lead = PlainBrowser.of(panel.lead)
    assert "No question waits" in lead.open(LIST).text
    assert WHY in lead.open(f"{LIST}?state=answered").text
    assert WHY not in lead.open(f"{LIST}?state=answered&q=zebra").text


def test_the_api_asks_answers_and_replies(panel: Panel, work: Assignment) -> None:
    eve, lead = Caller(panel.project, panel.eve.user, "work"), Caller(panel.project, panel.lead, "adjudicate")
    made = eve.post(f"/work/{work.public_id}/ask/", {"question": WHY, "criterion": "safety"})
    assert (made.status_code, made.json()["criterion"]) == (200, "safety")
    assert eve.post(f"/work/{work.public_id}/ask/", {"question": WHY, "criterion": "beauty"}).status_code == 422
    one = made.json()["id"]
    assert [row["id"] for row in lead.get("/questions/").json()["results"]] == [one]
    answered = lead.post(f"/questions/{one}/", {"text": "No, it does not."})
    assert (answered.json()["state"], answered.json()["posts"][0]["by_lead"]) == ("answered", True)
    assert eve.post(f"/work/questions/{one}/", {"text": "And for a child?"}).json()["state"] == "open"
    assert [row["state"] for row in eve.get("/work/questions/").json()["results"]] == ["open"]
    assert len(eve.get(f"/work/questions/{one}/").json()["posts"]) == 2
    assert panel.eve.user.name not in lead.get(f"/questions/{one}/").content.decode()
    assert lead.post(f"/questions/{one}/close/", {}).json()["state"] == "closed"
    assert eve.post(f"/work/questions/{one}/", {"text": "One more?"}).status_code == 409
    assert Caller(panel.project, panel.evan.user, "work").get(f"/work/questions/{one}/").status_code == 404
