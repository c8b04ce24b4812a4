"""While a task is open: criteria come and go with the answers they hang on, and no typed text is lost."""

import json

import pytest
from django.test import Client

from evaltool.base.errors import Invalid
from tasks.working import save_draft
from tests.plain_browser import PlainBrowser
from tests.tasks.asking_samples import MARK, opened, said
from tests.tasks.conftest import Desk
from tests.tasks.work_samples import hand_in

JSON = {"Accept": "application/json"}
TWO = {**MARK, "start": 0, "end": 5, "label": "rude", "text": "Water"}


@pytest.fixture
def client(desk: Desk) -> Client:
    signed_in = Client()
    signed_in.force_login(desk.eve.user)
    return signed_in


def draft(client: Client, url: str, revision: int, **fields: str) -> dict:
    answer = client.post(f"{url}draft/", {"revision": str(revision), **fields}, headers=JSON)
    assert answer.status_code == 200, answer.content
    return answer.json()


def marks(*spans: dict) -> dict[str, str]:
    return {"a.flaws.r1.value": json.dumps(spans)}


def test_saving_a_draft_says_when_other_spans_are_asked_about(desk: Desk, client: Client) -> None:
    url = f"/work/{opened(desk).public_id}/"
    assert draft(client, url, 0, **{"a.ratable.r1.value": "yes"})["rows_changed"] is False
    assert draft(client, url, 1, **marks(MARK))["rows_changed"] is True
    weight = {"a.weight.r1@15-17-wrong.value": "major"}
    assert draft(client, url, 2, **marks(MARK), **weight)["rows_changed"] is False
    assert draft(client, url, 3, **marks(MARK, TWO), **weight)["rows_changed"] is True


def test_rows_are_answered_for_the_saved_draft_and_only_to_their_owner(desk: Desk, client: Client) -> None:
    url = f"/work/{opened(desk).public_id}/"
    assert b"a.weight.r1@" not in client.get(f"{url}rows/").content
    draft(client, url, 0, **marks(MARK), **{"a.weight.r1@15-17-wrong.value": "major"})
    body = client.get(f"{url}rows/").content.decode()
    assert "“90” in the response, Wrong" in body
    assert '<input type="radio" name="a.weight.r1@15-17-wrong.value" value="major" checked>' in body
    stranger = Client()
    stranger.force_login(desk.evan.user)
    assert stranger.get(f"{url}rows/").status_code == 404


def test_without_a_script_rows_of_marked_spans_are_there_after_saving_the_draft(desk: Desk) -> None:
    browser = PlainBrowser.of(desk.eve.user)
    found = opened(desk)
    quoted = {"text": "90", "label": "wrong", "severity": "", "note": ""}
    raw = said(ratable="no", flaws={"spans": [quoted]})
    save_draft(assignment=found, data=raw, revision=0, by=desk.eve.user)
    page = browser.open(f"/work/{found.public_id}/")
    assert "a.weight.r1@15-17-wrong.value" in page.form(to="submit/").options
    assert "Only if “Ratable” is No." in page.text
    assert "Only if “Ratable” is Yes." in page.text


def test_unratable_needs_its_reason_and_no_score(desk: Desk) -> None:
    found = opened(desk)
    with pytest.raises(Invalid) as error:
        hand_in(found, said(ratable="no", score=3))
    assert [problem.field for problem in error.value.problems] == ["why.r1"]
    sent = hand_in(found, said(ratable="no", why="cut", score=3))
    stored = list(sent.answers.order_by("pk").values_list("criterion__key", "value"))
    assert stored == [("ratable", "no"), ("why", "cut")]


def test_quoting_a_passage_instead_of_marking_it_owes_the_same_answers(desk: Desk) -> None:
    quoted = {"text": "90", "label": "wrong", "severity": "", "note": ""}
    with pytest.raises(Invalid) as error:
        hand_in(opened(desk), said(ratable="no", why="cut", flaws={"spans": [quoted]}))
    assert [problem.field for problem in error.value.problems] == ["weight.r1@15-17-wrong"]


def test_answer_about_a_span_is_stored_under_its_place_and_label(desk: Desk) -> None:
    raw = said(ratable="no", why="cut", flaws={"spans": [MARK]})
    sent = hand_in(opened(desk), raw | {"weight": {"r1@15-17-wrong": {"value": "major"}}})
    assert sent.answers.get(criterion__key="weight").target == "r1@15-17-wrong"
