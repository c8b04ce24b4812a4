"""Work by the API: the same commands, for the owner of a key with the scope for it, in the key's project only."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from evaltool.base.clock import held_at
from projects.commands import add_member, change_standing, create_api_key, create_project
from projects.models import Role, Standing
from tasks.models import Assignment, Draft, Submission
from tests.tasks.conftest import Desk
from tests.tasks.work_samples import answers, claim, evaluator, hand_in, make_batch, make_version


class Api:
    """Calls with a key."""

    def __init__(self, project, owner, scopes=("work",)) -> None:
        _, secret = create_api_key(project=project, owner=owner, name="k", scopes=list(scopes), by=owner)
        self.headers = {"Authorization": f"Bearer {secret}"}

    def __call__(self, method: str, path: str, body: object = None):
        call = getattr(Client(headers=self.headers), method)
        return (
            call(f"/api/v1/work/{path}", body, content_type="application/json")
            if body is not None
            else call(f"/api/v1/work/{path}")
        )


@pytest.fixture
def api(desk: Desk) -> Api:
    """Eve's key."""
    return Api(desk.project, desk.eve.user)


def test_a_task_from_claim_to_receipt(desk: Desk, api: Api) -> None:
    task = api("post", "next/").json()
    assert (task["state"], task["project"], task["batch"]) == ("open", desk.project.slug, "Batch 1")
    assert [criterion["key"] for criterion in task["criteria"]] == ["accuracy", "tone", "notes"]
    taken = Assignment.objects.get(public_id=task["id"])
    assert [response["id"] for response in task["content"]["responses"]] == taken.response_order
    assert set(task["content"]) <= {"version", "prompt", "messages", "context", "responses", "criteria"}
    one = f"{task['id']}/"
    saved = api("put", f"{one}draft/", {"revision": 0, "answers": {"tone": {"r1": {"value": 2}}}})
    assert (saved.status_code, saved.json()["revision"]) == (200, 1)
    assert api("get", one).json()["draft"]["answers"] == {"tone": {"r1": {"value": 2}}}
    first = api("post", f"{one}submit/", {"answers": answers(), "active_seconds": 5})
    again = api("post", f"{one}submit/", {"answers": answers()})
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert Submission.objects.get().public_id.hex == first.json()["id"].replace("-", "")


def test_nothing_to_do_is_204(desk: Desk, api: Api) -> None:
    change_standing(member=desk.eve, to=Standing.PAUSED, reason="A look at your work.", by=desk.admin)
    assert api("post", "next/").status_code == 204


def test_a_stale_draft_answers_with_the_stored_one(desk: Desk, api: Api) -> None:
    one = f"{api('post', 'next/').json()['id']}/"
    api("put", f"{one}draft/", {"revision": 0, "answers": {"tone": {"r1": {"value": 2}}}})
    stale = api("put", f"{one}draft/", {"revision": 0, "answers": {}})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "stale")
    assert stale.json()["draft"]["answers"] == {"tone": {"r1": {"value": 2}}}


def test_bad_answers_are_refused_by_field(desk: Desk, api: Api) -> None:
    one = f"{api('post', 'next/').json()['id']}/"
    bad = api("post", f"{one}submit/", {"answers": {"tone": {"r1": {"value": 9}}, "style": {}}})
    assert bad.status_code == 422
    assert {p["field"] for p in bad.json()["error"]["problems"]} >= {"tone.r1", "accuracy.r1", "style"}
    assert api("post", f"{one}submit/", {"answers": [1]}).status_code == 422
    assert api("post", f"{one}submit/", {"revision": 0, "answers": {}}).status_code == 422
    assert not Submission.objects.exists()


def test_other_content_is_refused_and_kept(desk: Desk, api: Api) -> None:
    one = f"{api('post', 'next/').json()['id']}/"
    api("post", f"{one}submit/", {"answers": answers()})
    other = api("post", f"{one}submit/", {"answers": answers(tone=1)})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "already_submitted")
    assert Draft.objects.get().data == answers(tone=1)


def test_a_seat_that_is_gone_is_409(desk: Desk, api: Api) -> None:
    from tasks.working import expire_leases

    one = f"{api('post', 'next/').json()['id']}/"
    third = evaluator(desk.project, "Lara", desk.admin, desk.version)
    with held_at(timezone.now() + timedelta(hours=2)):
        expire_leases()
        for member in (desk.evan, third):
            while found := claim(member):
                hand_in(found)
        gone = api("post", f"{one}submit/", {"answers": answers()})
    assert (gone.status_code, gone.json()["error"]["code"]) == (409, "expired_seat_taken")


def test_skip_wants_a_reason(desk: Desk, api: Api) -> None:
    one = f"{api('post', 'next/').json()['id']}/"
    assert api("post", f"{one}skip/", {"reason": " "}).status_code == 422
    assert api("post", f"{one}skip/", {"kind": "bored", "reason": "Not my field"}).status_code == 422
    assert api("post", f"{one}skip/", {"reason": "Not my field"}).json()["state"] == "skipped"


def test_skip_takes_a_kind_without_words(desk: Desk, api: Api) -> None:
    one = api("post", "next/").json()["id"]
    assert api("post", f"{one}/skip/", {"kind": "expertise"}).json()["state"] == "skipped"
    assert Assignment.objects.get(public_id=one).skip == "expertise"


def test_a_key_reaches_its_owners_work_in_its_project_only(desk: Desk, api: Api) -> None:
    foreign = claim(desk.evan)
    assert api("get", f"{foreign.public_id}/").status_code == 404
    other = create_project(name="Other", by=desk.admin)
    member = add_member(project=other, user=desk.eve.user, roles=[Role.EVALUATOR], by=desk.admin)
    elsewhere = Api(other, desk.eve.user)
    own = claim(desk.eve)
    calls = [("get", "", None), ("put", "draft/", {"revision": 0, "answers": {}}), ("post", "submit/", {"answers": {}})]
    assert {elsewhere(how, f"{own.public_id}/{what}", body).status_code for how, what, body in calls} == {404}
    make_batch(make_version(other, desk.admin), desk.admin, name="Other batch")
    assert elsewhere("post", "next/").status_code == 204
    assert not member.assignments.exists()


def test_a_key_without_the_scope_is_refused(desk: Desk) -> None:
    reader = Api(desk.project, desk.eve.user, scopes=("read",))
    taken = claim(desk.eve)
    assert reader("post", "next/").status_code == 403
    assert reader("get", f"{taken.public_id}/").status_code == 403
