"""A model's labels: never seen when off, seen after one's own answer, or filled in from the start; and what became of
them."""

from typing import Any

import pytest
from django.test import Client

from evaltool.base.errors import RuleBroken
from projects.commands import change_policy
from tasks.labels import confirm_labels
from tasks.models import Assignment, Draft, Submission
from tasks.submitting import criteria_of, undo
from tasks.working import save_draft
from tests.plain_browser import PlainBrowser
from tests.tasks.asking_samples import MARK, opened, said
from tests.tasks.conftest import Desk
from tests.tasks.work_samples import hand_in

JSON = {"Accept": "application/json"}
LABELS = {
    "ratable": {"r1": "yes"},
    "score": {"r1": 4, "r9": 2},
    "why": {"r1": "never heard of"},
    "flaws": {"r1": [{"text": "90", "label": "wrong"}]},
    "weight": {"r1@15-17-wrong": "major"},
    "strange": {"": 1},
}
FILLED = {
    "ratable": {"r1": {"value": "yes", "na": False}},
    "score": {"r1": {"value": 4, "na": False}},
    "flaws": {"r1": {"value": {"spans": [MARK]}, "na": False}},
    "weight": {"r1@15-17-wrong": {"value": "major", "na": False}},
}
WORDS = "The model's label"


@pytest.fixture
def client(desk: Desk) -> Client:
    signed_in = Client()
    signed_in.force_login(desk.eve.user)
    return signed_in


def labeled(desk: Desk, mode: str) -> Assignment:
    change_policy(project=desk.project, by=desk.admin, prelabels=mode)
    return opened(desk, prelabels=LABELS)


def url(found: Assignment) -> str:
    return f"/work/{found.public_id}/"


def page(client: Client, found: Assignment, part: str = "") -> str:
    return client.get(f"{url(found)}{part}").content.decode()


def keep(found: Assignment, **answers: Any) -> None:
    draft = Draft.objects.filter(assignment=found).first()
    revision = draft.revision if draft else 0
    save_draft(assignment=found, data=said(**answers), revision=revision, by=found.member.user)


def states(sent: Submission) -> dict[str, str]:
    return dict(sent.answers.order_by("pk").values_list("criterion__key", "prelabel"))


def test_labels_are_nowhere_when_the_project_has_them_off(desk: Desk, client: Client) -> None:
    found = labeled(desk, "off")
    keep(found, ratable="yes", score=2)
    assert WORDS not in page(client, found) + page(client, found, "rows/")
    assert "model" not in page(client, found, "rows/")
    assert states(hand_in(found, said(ratable="yes", score=4))) == {"ratable": "", "score": ""}


def test_labels_are_filled_in_from_the_start_where_they_fit(desk: Desk, client: Client) -> None:
    found = labeled(desk, "shown")
    html = page(client, found)
    assert 'name="a.ratable.r1.value" value="yes" checked' in html
    assert 'name="a.score.r1.value" value="4" checked' in html
    assert 'name="a.weight.r1@15-17-wrong.value" value="major" checked' in html
    assert f'{WORDS}: <b dir="auto">4, Level 4</b>' in html
    assert "never heard of" not in html
    assert html.count(f"{WORDS}: ") == 4


def test_labels_never_overwrite_a_draft(desk: Desk, client: Client) -> None:
    found = labeled(desk, "shown")
    keep(found, ratable="no")
    html = page(client, found)
    assert 'name="a.ratable.r1.value" value="no" checked' in html
    assert 'name="a.score.r1.value" value="4" checked' not in html


def test_confirming_all_fills_what_is_open_and_keeps_what_was_changed(desk: Desk) -> None:
    found = labeled(desk, "shown")
    confirm_labels(assignment=found, criteria=criteria_of(found.rubric_version), by=desk.eve.user)
    assert Draft.objects.get(assignment=found).data == FILLED
    keep(found, ratable="no", score="")
    browser = PlainBrowser.of(desk.eve.user)
    before = browser.open(url(found))
    after = before.send(before.form(to="confirm/"))
    assert "What you changed stays." in after.text
    data = Draft.objects.get(assignment=found).data
    assert data["ratable"]["r1"]["value"] == "no"
    assert data["score"]["r1"]["value"] == 4


def test_only_labels_that_are_filled_in_can_be_confirmed_and_only_by_their_evaluator(desk: Desk) -> None:
    found = labeled(desk, "after")
    with pytest.raises(RuleBroken):
        confirm_labels(assignment=found, criteria=criteria_of(found.rubric_version), by=desk.eve.user)
    other = Client()
    other.force_login(desk.evan.user)
    assert other.post(f"{url(found)}confirm/").status_code == 404
    assert not Draft.objects.exists()


def test_a_label_is_seen_once_ones_own_answer_is_saved_and_not_before(desk: Desk, client: Client) -> None:
    found = labeled(desk, "after")
    assert f"{WORDS}: " not in page(client, found)
    fields = {"revision": "0", "a.ratable.r1.value": "no"}
    answer = client.post(f"{url(found)}draft/", fields, headers=JSON).json()
    assert answer["rows_changed"] is True
    html = page(client, found, "rows/")
    assert f'{WORDS}: <b dir="auto">Yes</b>' in html
    assert html.count(f"{WORDS}: ") == 1
    again = client.post(f"{url(found)}draft/", {**fields, "revision": "1"}, headers=JSON).json()
    assert again["rows_changed"] is False


def test_form_that_comes_back_with_errors_shows_no_label_that_was_not_seen(desk: Desk, client: Client) -> None:
    found = labeled(desk, "after")
    answer = client.post(f"{url(found)}submit/", {"a.ratable.r1.value": "yes"}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert f"{WORDS}: " not in answer.content.decode()


def test_submission_says_which_labels_were_confirmed_and_which_changed(desk: Desk) -> None:
    found = labeled(desk, "shown")
    raw = said(ratable="yes", score=2, flaws={"spans": [MARK]}) | {"weight": {"r1@15-17-wrong": {"value": "major"}}}
    sent = hand_in(found, raw)
    assert states(sent) == {"ratable": "confirmed", "score": "changed", "flaws": "confirmed", "weight": "confirmed"}


def test_a_label_nobody_had_seen_is_neither_confirmed_nor_changed(desk: Desk) -> None:
    found = labeled(desk, "after")
    keep(found, ratable="yes")
    assert states(hand_in(found, said(ratable="yes", score=4))) == {"ratable": "confirmed", "score": ""}


def test_labels_seen_before_an_undo_count_as_seen(desk: Desk) -> None:
    found = labeled(desk, "after")
    hand_in(found, said(ratable="yes", score=4))
    undo(assignment=found, by=desk.eve.user)
    assert states(hand_in(found, said(ratable="yes", score=3), revision=2)) == {
        "ratable": "confirmed",
        "score": "changed",
    }
