"""Disagreements and the record over the API: the same rules as the pages."""

import pytest
from django.test import Client

from accounts.models import User
from projects.commands import create_api_key, create_project, set_roles
from projects.models import Membership, Project, Role
from reviews.adjudicating import hold
from reviews.models import Adjudication, Consensus
from tests.reviews.review_samples import (
    REASON,
    Panel,
    another_lead,
    disputed,
    judged,
    raw,
    resolve,
    submission_of,
    values_of,
)

API = "/api/v1"


class Caller:
    """A program with somebody's key."""

    def __init__(self, project: Project, owner: User, *scopes: str) -> None:
        _, secret = create_api_key(project=project, owner=owner, name="k", scopes=scopes, by=owner)
        self.client, self.headers = Client(), {"Authorization": f"Bearer {secret}"}

    def get(self, path: str):
        return self.client.get(f"{API}{path}", headers=self.headers)

    def post(self, path: str, data: dict):
        return self.client.post(f"{API}{path}", data, content_type="application/json", headers=self.headers)


@pytest.fixture
def lead(panel: Panel) -> Caller:
    return Caller(panel.project, panel.lead, "adjudicate")


def body(**changes: object) -> dict:
    decisions = [{"criterion": "safety", "target": "r1", "value": 3}]
    return {"decisions": decisions, "note": REASON, "cause": "rubric_gap", **changes}


def test_disagreements_are_listed_worst_first_and_read_blind(panel: Panel, lead: Caller) -> None:
    mild = disputed(panel, raw(tone=2), raw(tone=4))
    grave = disputed(panel)
    listed = lead.get("/disagreements/").json()
    assert [one["id"] for one in listed["results"]] == [str(grave.public_id), str(mild.public_id)]
    assert lead.get("/disagreements/?severity=normal").json()["count"] == 1
    one = lead.get(f"/disagreements/{grave.public_id}/")
    assert [(j["letter"], j["answers"][0]["value"]) for j in one.json()["judgments"]] == [("A", 5), ("B", 2)]
    assert one.json()["content"]["responses"][0]["text"] == "Take two."
    for judge in panel.judges:
        assert judge.user.name not in one.content.decode()
        assert str(judge.public_id) not in one.content.decode()


def test_a_disagreement_is_settled_by_adopting_or_by_a_value(panel: Panel, lead: Caller) -> None:
    found = disputed(panel, raw(safety=5, tone=1), raw(safety=2, tone=5))
    eve = str(submission_of(found, panel.eve).public_id)
    decisions = [
        {"criterion": "safety", "target": "r1", "adopt": eve},
        {"criterion": "tone", "target": "r1", "na": True, "note": "Nobody is addressed."},
    ]
    answer = lead.post(
        f"/disagreements/{found.public_id}/adjudicate/",
        body(decisions=decisions, section="accuracy", feedback={eve: "Well seen."}),
    )
    assert answer.status_code == 200
    assert {one["criterion"]: one["value"] for one in answer.json()["rulings"]} == {"safety": 5, "tone": {"na": True}}
    settled = values_of(Consensus.objects.get(task=found.task))
    assert (settled["safety", "r1"], settled["tone", "r1"]) == (5, {"na": True})
    assert panel.eve.feedback.get().text == "Well seen."


def test_sending_it_again_gives_the_first_result(panel: Panel, lead: Caller) -> None:
    address = f"/disagreements/{disputed(panel).public_id}/adjudicate/"
    first, second = (lead.post(address, body()).json() for _ in range(2))
    assert first == second
    assert Adjudication.objects.count() == 1


def test_what_is_missing_is_named(panel: Panel, lead: Caller) -> None:
    found = disputed(panel, raw(safety=5, tone=1), raw(safety=2, tone=5))
    answer = lead.post(f"/disagreements/{found.public_id}/adjudicate/", body(note="No."))
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["error"]["problems"]} == {"note", "tone.r1"}


def test_a_judgment_from_elsewhere_is_refused_by_name(panel: Panel, lead: Caller) -> None:
    found, foreign = disputed(panel), str(submission_of(disputed(panel), panel.eve).public_id)
    address = f"/disagreements/{found.public_id}/adjudicate/"
    adopting = lead.post(address, body(decisions=[{"criterion": "safety", "target": "r1", "adopt": foreign}]))
    writing = lead.post(address, body(feedback={foreign: "Well seen."}))
    assert [answer.status_code for answer in (adopting, writing)] == [422, 422]
    assert adopting.json()["error"]["problems"][0]["field"] == "safety.r1"


def test_one_that_another_lead_has_open_is_a_conflict(panel: Panel, lead: Caller) -> None:
    found = hold(disagreement=disputed(panel), by=another_lead(panel))
    answer = lead.post(f"/disagreements/{found.public_id}/adjudicate/", body())
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "stale")


def test_judges_and_people_without_the_right_or_the_scope_are_kept_out(panel: Panel) -> None:
    found = disputed(panel)
    member = Membership.objects.get(pk=panel.eve.pk)
    set_roles(member=member, roles=[Role.EVALUATOR, Role.QA_LEAD], by=panel.admin)
    judge = Caller(panel.project, panel.eve.user, "adjudicate")
    assert judge.get("/disagreements/").json()["count"] == 0
    assert judge.get(f"/disagreements/{found.public_id}/").status_code == 404
    assert judge.post(f"/disagreements/{found.public_id}/adjudicate/", body()).status_code == 404
    evaluator = Caller(panel.project, panel.evan.user, "adjudicate")
    assert evaluator.get("/disagreements/").status_code == 404
    assert Caller(panel.project, panel.lead, "read").get("/disagreements/").status_code == 403


def test_a_key_reaches_no_further_than_its_project(panel: Panel) -> None:
    found = disputed(panel)
    other = create_project(name="Elsewhere", by=panel.admin)
    from projects.commands import add_member

    add_member(project=other, user=panel.lead, roles=[Role.QA_LEAD], by=panel.admin)
    elsewhere = Caller(other, panel.lead, "adjudicate")
    assert elsewhere.get("/disagreements/").json()["count"] == 0
    assert elsewhere.get(f"/disagreements/{found.public_id}/").status_code == 404


@pytest.mark.parametrize("scope", ["read", "work"])
def test_the_record_holds_own_submissions_only(panel: Panel, scope: str) -> None:
    judged(panel, raw(safety=4), raw(safety=4, advice="Only evan says this."))
    resolve(disputed(panel), panel.lead)
    caller = Caller(panel.project, panel.eve.user, scope)
    answer = caller.get("/record/")
    assert [one["review"] for one in answer.json()["results"]] == ["Feedback", "No change so far"]
    assert "Only evan says this." not in answer.content.decode()
    assert len(caller.get("/record/?review=feedback").json()["results"]) == 1
    assert len(caller.get("/record/?q=zebra").json()["results"]) == 0


def test_the_record_needs_a_fitting_scope(panel: Panel) -> None:
    assert Caller(panel.project, panel.eve.user, "export").get("/record/").status_code == 403


def test_the_description_of_the_api_names_these_calls(panel: Panel, lead: Caller) -> None:
    described = lead.get("/schema/").json()["paths"]
    for path in ("/disagreements/", "/disagreements/{public_id}/adjudicate/", "/record/"):
        assert f"{API}{path}" in described
