"""Responses side by side: in the order recorded for each person, without names, with their differences."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from projects.models import Project
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.models import RubricVersion
from tasks.assigning import take_seat
from tasks.differing import differences
from tasks.models import Assignment, Submission
from tests.tasks.conftest import Desk
from tests.tasks.import_samples import row
from tests.tasks.test_submit_by_api import Api
from tests.tasks.work_samples import WHY, claim, clear, hand_in, make_batch

CRITERIA: list[dict[str, Any]] = [
    {
        "key": "better", "title": "Better answer", "kind": "preference", "scope": "task",
        "rationale": "required", "config": {"steps": 3},
    },
    {"key": "clear", "title": "Clearer", "kind": "preference", "scope": "task", "config": {"steps": 1}},
]  # fmt: skip
HTMX = {"HX-Request": "true"}
FIRST = "Call the bank back by the number on your card.\n\nNever tell a code."
SECOND = "Check the sender of the mail.\n\nNever tell a code."
RESPONSES = [{"text": FIRST, "model": "secret-one"}, {"text": SECOND, "model": "secret-two"}]


@pytest.fixture
def version(project: Project, alice: User) -> RubricVersion:
    """A rubric of two preferences."""
    rubric = create_rubric(project=project, name="Sides", by=alice)
    return publish_version(version=save_version_draft(rubric=rubric, body={"criteria": CRITERIA}, by=alice), by=alice)


@pytest.fixture
def taken(desk: Desk) -> Assignment:
    """A task of two differing responses, open."""
    make_batch(desk.version, desk.admin, rows=[row("pair", responses=RESPONSES)], name="Pair", priority=9)
    found = claim(desk.eve)
    assert found
    assert found.task.external_id == "pair"
    return found


@pytest.fixture
def eve_client(desk: Desk, client: Client) -> Client:
    """Eve, signed in."""
    client.force_login(desk.eve.user)
    return client


def at(assignment: Assignment, name: str = "assignment") -> str:
    return reverse(f"tasks:{name}", args=[assignment.public_id])


def test_responses_stand_side_by_side_in_the_order_recorded(taken: Assignment, eve_client: Client) -> None:
    html = eve_client.get(at(taken)).content.decode()
    texts = {one["id"]: one["text"].split("\n")[0] for one in taken.task.content["responses"]}
    panes = html.split('class="compare-pane"')[1:]
    assert [texts[one] in pane for one, pane in zip(taken.response_order, panes, strict=True)] == [True, True]
    assert "bench--compare" in html
    assert "secret" not in html


def test_other_rubrics_are_read_one_after_the_other(desk: Desk, eve_client: Client, alice: User) -> None:
    body = {"criteria": [{"key": "a", "title": "A", "kind": "text", "scope": "task", "config": {}}]}
    rubric = create_rubric(project=desk.project, name="Plain", by=alice)
    plain = publish_version(version=save_version_draft(rubric=rubric, body=body, by=alice), by=alice)
    clear(desk.eve, plain, alice)
    batch = make_batch(plain, alice, tasks=1, name="Plain", priority=9)
    take_seat(member=desk.eve, batch=batch, state="open")
    html = eve_client.get(at(Assignment.objects.get(batch=batch))).content.decode()
    assert "bench--3" in html
    assert "compare-pane" not in html


def test_what_only_one_side_says_is_marked(taken: Assignment, eve_client: Client) -> None:
    found = differences(taken)
    assert found
    left, right = found.sides
    texts = {one["id"]: one["text"] for one in taken.task.content["responses"]}
    assert ["".join(text for text, _ in side.pieces) for side in (left, right)] == [
        texts[one] for one in taken.response_order
    ]
    shared = "Never tell a code."
    assert all(any(shared in text and not only for text, only in side.pieces) for side in (left, right))
    only = ["".join(text for text, here in side.pieces if here) for side in (left, right)]
    assert {("Call" in one, "sender" in one) for one in only} == {(True, False), (False, True)}
    page = eve_client.get(at(taken, "difference")).content.decode()
    assert page.count('class="only-here"') >= 2
    assert "<title>" in page


def test_differences_are_a_part_for_a_script(taken: Assignment, eve_client: Client) -> None:
    part = eve_client.get(at(taken, "difference"), headers=HTMX).content.decode()
    assert part.lstrip().startswith("<section")
    assert "<title>" not in part


def test_any_two_of_several_can_be_chosen(desk: Desk, eve_client: Client) -> None:
    body = {"criteria": [{"key": "rank", "title": "Rank", "kind": "ranking", "scope": "task", "config": {}}]}
    rubric = create_rubric(project=desk.project, name="Ranks", by=desk.admin)
    ranks = publish_version(version=save_version_draft(rubric=rubric, body=body, by=desk.admin), by=desk.admin)
    clear(desk.eve, ranks, desk.admin)
    batch = make_batch(ranks, desk.admin, rows=[row("nine", responses=[f"Text {n}." for n in range(9)])], name="Nine")
    found = take_seat(member=desk.eve, batch=batch, state="open")
    assert found
    html = eve_client.get(at(found)).content.decode()
    assert html.count('class="compare-pane"') == 9
    shown = differences(found, "C", "I")
    assert shown
    assert (shown.left.letter, shown.right.letter, len(shown.letters)) == ("C", "I", 9)
    for left, right in (("C", "C"), ("Z", "C"), ("", "")):
        page = eve_client.get(at(found, "difference"), {"left": left, "right": right})
        assert page.status_code == 200


def test_differences_are_ones_own_and_of_open_work_only(desk: Desk, client: Client) -> None:
    batch = make_batch(desk.version, desk.admin, tasks=1, name="Mine", priority=9)
    queued = take_seat(member=desk.eve, batch=batch, state="queued")
    assert queued
    client.force_login(desk.eve.user)
    assert client.get(at(queued, "difference")).status_code == 404
    mine = claim(desk.eve)
    assert mine
    assert client.get(at(mine, "difference")).status_code == 200
    client.force_login(desk.evan.user)
    assert client.get(at(mine, "difference")).status_code == 404


def test_preference_is_posted_by_id_and_shown_by_side(taken: Assignment, eve_client: Client) -> None:
    """Whoever prefers the response on the left stores a preference for that response, on whichever side it stood."""
    page = eve_client.get(at(taken)).content.decode()
    first_stop = page.split('name="a.better..value" value="')[1].split('"')[0]
    fields = {"a.better..value": first_stop, "a.better..rationale": WHY, "a.clear..value": "both_bad", "receipt": "1"}
    eve_client.post(at(taken, "submit"), fields)
    sent = Submission.objects.get()
    preferred = -3 if taken.response_order[0] == "r1" else 3
    assert sent.answers.get(criterion__key="better").value == {"strength": preferred}
    assert sent.answers.get(criterion__key="clear").value == {"both_bad": True}


def test_bad_preference_is_refused_with_field_and_reason(taken: Assignment, eve_client: Client) -> None:
    response = eve_client.post(at(taken, "submit"), {"a.better..value": "7", "a.better..rationale": WHY}, headers=HTMX)
    assert response.status_code == 422
    assert "Choose a whole number from -3" in response.content.decode()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"strength": 4}, "whole number from -3"),
        ({"strength": 1, "side": "A"}, "whole number"),
        ("A", "whole number"),
        ({"tie": False}, "whole number"),
        (None, "not answered"),
    ],
)
def test_api_refuses_a_preference_off_the_scale_with_field_and_reason(taken, desk: Desk, given, reason) -> None:
    api = Api(desk.project, desk.eve.user)
    body = {"answers": {"better": {"": {"value": given, "rationale": WHY}}, "clear": {"": {"value": 0}}}}
    refused = api("post", f"{taken.public_id}/submit/", body)
    [problem] = refused.json()["error"]["problems"]
    assert (refused.status_code, problem["field"]) == (422, "better")
    assert reason in problem["reason"]
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (["r1", "r2"], "1 is missing"),
        (["r1", "r2", "r3", "r4"], "“r4” is not a response"),
        (["r1", "r1", "r2", "r3"], "ranked twice"),
        ({"ranks": {"r1": "first"}}, "no rank"),
        (7, "order of groups"),
    ],
)
def test_api_refuses_a_ranking_that_is_not_whole_with_field_and_reason(desk: Desk, given, reason) -> None:
    body = {"criteria": [{"key": "rank", "title": "Rank", "kind": "ranking", "scope": "task", "config": {}}]}
    rubric = create_rubric(project=desk.project, name="Ranks", by=desk.admin)
    ranks = publish_version(version=save_version_draft(rubric=rubric, body=body, by=desk.admin), by=desk.admin)
    clear(desk.eve, ranks, desk.admin)
    batch = make_batch(ranks, desk.admin, rows=[row("three", responses=["One.", "Two.", "Three."])], name="Three")
    found = take_seat(member=desk.eve, batch=batch, state="open")
    assert found
    api = Api(desk.project, desk.eve.user)
    refused = api("post", f"{found.public_id}/submit/", {"answers": {"rank": {"": {"value": given}}}})
    [problem] = refused.json()["error"]["problems"]
    assert (refused.status_code, problem["field"]) == (422, "rank")
    assert reason in problem["reason"]
    whole = {"order": ["r3", ["r1", "r2"]]}
    taken = api("post", f"{found.public_id}/submit/", {"answers": {"rank": {"": {"value": whole}}}})
    assert taken.status_code in {200, 201}
    assert Submission.objects.get().answers.get().value == {"order": [["r3"], ["r1", "r2"]], "unusable": []}


def test_own_record_speaks_of_the_sides_as_they_were_seen(taken: Assignment, eve_client: Client) -> None:
    strongest = -3 if taken.response_order[0] == "r1" else 3
    raw = {
        "better": {"": {"value": {"strength": strongest}, "rationale": WHY}},
        "clear": {"": {"value": {"strength": 0}}},
    }
    hand_in(taken, raw)
    page = eve_client.get(reverse("reviews:record")).content.decode()
    assert "Response A much better" in page
    assert "Response 1" not in page
