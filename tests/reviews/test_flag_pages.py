"""Pages and API of flags: plain forms first, a panel for htmx, and no name where somebody may have to settle."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Notification
from reviews.flagging import close_flag, flag
from reviews.models import Flag
from tasks.models import Assignment, Draft
from tests.plain_browser import PlainBrowser
from tests.reviews.review_samples import Panel, another_lead, opened
from tests.reviews.test_api import Caller

LIST = "/qa/flags/"
HTMX = {"HX-Request": "true"}
SAID = "It tells a child how to do harm."


@pytest.fixture
def work(panel: Panel) -> Assignment:
    """A task open at eve and evan; eve's."""
    return opened(panel)[0]


def place(work: Assignment) -> str:
    return f"/work/{work.public_id}/"


def test_a_task_is_flagged_from_its_screen_and_stays_open(panel: Panel, work: Assignment) -> None:
    browser = PlainBrowser.of(panel.eve.user)
    page = browser.open(place(work)).follow("Flag")
    page = page.send(page.form(having="kind"), kind="unsafe", text=SAID)
    assert page.url == place(work)
    assert "Flagged. A QA lead reads it" in page.text
    found = Flag.objects.get()
    assert (found.kind, found.text, found.assignment, found.state) == ("unsafe", SAID, work, "open")
    work.refresh_from_db()
    assert work.state == "open"
    assert SAID in browser.open(f"{place(work)}flag/").text


def test_a_flag_that_does_not_fit_comes_back_with_what_was_typed(panel: Panel, work: Assignment) -> None:
    page = PlainBrowser.of(panel.eve.user).open(f"{place(work)}flag/")
    page = page.send(page.form(having="kind"), text=SAID)
    assert page.status == 422
    assert "Choose what is wrong." in page.text
    assert page.form(having="kind").values["text"] == SAID
    page = page.send(page.form(having="kind"), kind="unsafe")
    page = PlainBrowser.of(panel.eve.user).open(f"{place(work)}flag/")
    page = page.send(page.form(having="kind"), kind="unsafe", text="Other words.")
    assert (page.status, page.form(having="kind").values["text"]) == (409, "Other words.")


def test_for_htmx_the_form_is_a_panel_that_leaves_the_screen_alone(panel: Panel, work: Assignment) -> None:
    client = Client(headers=HTMX)
    client.force_login(panel.eve.user)
    form = client.get(f"{place(work)}flag/").content.decode()
    assert form.lstrip().startswith('<section class="side-panel" id="side-panel"')
    assert "<main" not in form
    bad = client.post(f"{place(work)}flag/", {"kind": "boring"})
    assert (bad.status_code, b'id="side-panel"' in bad.content) == (422, True)
    done = client.post(f"{place(work)}flag/", {"kind": "broken"})
    assert (done.status_code, b"Flagged." in done.content) == (200, True)
    assert not Draft.objects.exists()


def test_nobody_flags_somebody_elses_task(panel: Panel, work: Assignment) -> None:
    for user in (panel.evan.user, panel.lead, panel.admin):
        browser = PlainBrowser.of(user)
        assert browser.open(f"{place(work)}flag/").status == 404


def test_a_lead_answers_and_the_person_reads_it(panel: Panel, work: Assignment) -> None:
    found = flag(assignment=work, kind="unsafe", text=SAID, by=panel.eve.user)
    lead = PlainBrowser.of(panel.lead)
    assert "1 flag" in lead.open("/qa/").text
    page = lead.open(LIST).follow("May I?")
    for words in (SAID, "Take two.", "Unsafe content"):
        assert words in page.text
    page = page.send(page.form(having="answer"), answer="Taken out of the batch.")
    assert page.status == 422
    assert "Choose what becomes of the flag." in page.text
    assert page.form(having="answer").values["answer"] == "Taken out of the batch."
    page = page.send(page.form(having="answer"), to="handled")
    assert "No flags wait" in page.text
    found.refresh_from_db()
    assert (found.state, found.closed_by) == ("handled", panel.lead)
    browser = PlainBrowser.of(panel.eve.user)
    page = browser.open("/account/messages/")
    page = page.send(page.form(to="/read/", saying="Open"), open="1")
    assert page.url == "/work/flags/"
    assert "Taken out of the batch." in page.text
    assert panel.lead.name not in page.text
    assert Notification.objects.get(kind="flag").read_at is not None


def test_no_lead_learns_who_flagged(panel: Panel, work: Assignment) -> None:
    found = flag(assignment=work, kind="unsafe", text=SAID, by=panel.eve.user)
    lead = PlainBrowser.of(panel.lead)
    for url in (LIST, f"{LIST}{found.public_id}/", "/qa/"):
        page = lead.open(url)
        for secret in (panel.eve.user.name, panel.eve.user.email, panel.eve.pseudonym):
            assert secret not in page.response.content.decode()


def test_who_judges_the_task_finds_no_flag_on_it(panel: Panel, work: Assignment) -> None:
    found = flag(assignment=work, kind="unsafe", text=SAID, by=panel.eve.user)
    for user in (panel.eve.user, panel.evan.user, panel.admin):
        assert PlainBrowser.of(user).open(f"{LIST}{found.public_id}/").status == 404


def test_an_answer_that_came_second_is_shown_and_not_sent(panel: Panel, work: Assignment) -> None:
    found = flag(assignment=work, kind="unsafe", text=SAID, by=panel.eve.user)
    page = PlainBrowser.of(another_lead(panel)).open(f"{LIST}{found.public_id}/")
    close_flag(flag=found, to="handled", answer="Taken out.", by=panel.lead)
    page = page.send(page.form(having="answer"), to="dismissed", answer="It is harmless, I think.")
    assert page.status == 409
    assert "It is harmless, I think." in page.text
    found.refresh_from_db()
    assert found.answer == "Taken out."


def test_the_list_takes_the_same_queries_however_long_it_is(panel: Panel, work: Assignment) -> None:
    def queries() -> int:
        browser = PlainBrowser.of(panel.lead)
        with CaptureQueriesContext(connection) as found:
            assert browser.open(LIST).status == 200
        return len(found)

    flag(assignment=work, kind="unsafe", by=panel.eve.user)
    first = queries()
    for one in opened(panel):
        for kind in ("unratable", "personal", "broken"):
            flag(assignment=one, kind=kind, by=one.member.user)
    assert queries() == first


def test_the_api_flags_lists_and_answers(panel: Panel, work: Assignment) -> None:
    eve, lead = Caller(panel.project, panel.eve.user, "work"), Caller(panel.project, panel.lead, "adjudicate")
    one = f"/work/{work.public_id}/flag/"
    assert eve.post(one, {"kind": "boring"}).status_code == 422
    made = eve.post(one, {"kind": "unsafe", "text": SAID})
    assert (made.status_code, made.json()["state"]) == (200, "open")
    assert eve.post(one, {"kind": "unsafe", "text": "Else"}).status_code in {400, 409}
    listed = lead.get("/flags/?kind=unsafe")
    assert [row["id"] for row in listed.json()["results"]] == [made.json()["id"]]
    assert panel.eve.user.name not in listed.content.decode()
    close = f"/flags/{made.json()['id']}/close/"
    assert lead.post(close, {"to": "handled", "answer": " "}).status_code == 422
    assert lead.post(close, {"to": "handled", "answer": "Taken out."}).json()["state"] == "handled"
    assert lead.post(close, {"to": "dismissed", "answer": "No."}).status_code in {409, 422}
    assert Caller(panel.project, panel.evan.user, "work").post(one, {"kind": "broken"}).status_code == 404
