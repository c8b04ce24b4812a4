"""Rubrics through the API."""

import pytest
from django.urls import reverse

from projects.commands import create_api_key
from rubrics.commands import publish_version, save_version_draft
from rubrics.models import RubricVersion
from rubrics.selectors import draft_of
from tests.tasks.work_samples import make_batch

pytestmark = pytest.mark.django_db


def key(project, owner, *scopes) -> dict[str, str]:
    _, secret = create_api_key(project=project, owner=owner, name="k", scopes=list(scopes), by=owner)
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}"}


@pytest.fixture
def manage(project, alice) -> dict[str, str]:
    return key(project, alice, "read", "manage")


def post(client, address, data, headers):
    return client.post(address, data, content_type="application/json", **headers)


def test_versions_are_listed_and_read_with_their_body(client, project, version, manage) -> None:
    page = client.get(reverse("api_rubric_versions", args=[project.slug]), **manage).json()
    assert [(one["rubric"], one["number"], one["state"]) for one in page["results"]] == [
        ("Everyday answers", 1, "published")
    ]
    whole = client.get(reverse("api_rubric_version", args=[page["results"][0]["id"]]), **manage).json()
    assert (whole["body"], whole["sha256"]) == (version.body, version.sha256)


def test_drafts_are_for_admins_only(client, project, draft, version, body, alice, eve, manage) -> None:
    save_version_draft(rubric=version.rubric, body=body, by=alice)
    hers = key(project, eve, "read")
    numbers = [
        [
            one["number"]
            for one in client.get(reverse("api_rubric_versions", args=[project.slug]), **h).json()["results"]
        ]
        for h in (manage, hers)
    ]
    assert numbers == [[2, 1], [1]]
    address = reverse("api_rubric_version", args=[draft_of(version.rubric).public_id])
    assert [client.get(address, **h).status_code for h in (manage, hers)] == [200, 404]


def test_draft_is_saved_told_what_is_missing_and_published(client, project, body, manage) -> None:
    address = reverse("api_rubric_versions", args=[project.slug])
    body["criteria"][0]["title"] = ""
    answer = post(client, address, {"name": "By API", "body": body}, manage)
    assert answer.status_code == 201
    saved = answer.json()
    assert [problem["field"] for problem in saved["problems"]] == ["criteria.0.title"]
    publish = reverse("api_publish_rubric_version", args=[saved["id"]])
    refused = post(client, publish, {}, manage)
    assert refused.status_code == 422
    assert refused.json()["error"]["problems"][0] == {
        "field": "criteria.0.title",
        "reason": "The name is empty.",
        "row": None,
    }
    body["criteria"][0]["title"] = "Accuracy"
    again = post(client, address, {"name": "By API", "body": body, "seen": saved["draft_sha256"]}, manage)
    assert (again.json()["id"], again.json()["problems"]) == (saved["id"], [])
    assert post(client, publish, {}, manage).json()["state"] == "published"
    assert post(client, publish, {}, manage).status_code == 409
    assert RubricVersion.objects.get().criteria.count() == 3


def test_draft_that_changed_since_is_refused(client, project, draft, body, manage) -> None:
    address = reverse("api_rubric_versions", args=[project.slug])
    answer = post(client, address, {"name": draft.rubric.name, "body": {"criteria": []}, "seen": "0" * 64}, manage)
    assert answer.status_code == 409
    draft.refresh_from_db()
    assert draft.body == body


@pytest.mark.parametrize(
    "bad",
    [{}, {"name": "x"}, {"name": "x", "body": []}, {"name": "x", "body": {"criteria": [1]}}, {"name": "", "body": {}}],
)
def test_what_is_no_rubric_is_refused_by_field(client, project, manage, bad) -> None:
    answer = post(client, reverse("api_rubric_versions", args=[project.slug]), bad, manage)
    assert answer.status_code == 422
    assert answer.json()["error"]["problems"]
    assert not RubricVersion.objects.exists()


def test_scope_role_and_project_are_held(client, project, draft, body, alice, eve, mallory, manage) -> None:
    from projects.commands import create_project

    address = reverse("api_rubric_versions", args=[project.slug])
    publish = reverse("api_publish_rubric_version", args=[draft.public_id])
    reader = key(project, alice, "read")
    assert post(client, address, {"name": "x", "body": body}, reader).status_code == 403
    assert post(client, publish, {}, reader).status_code == 403
    other = create_project(name="Other", description="", by=alice)
    elsewhere = key(other, alice, "read", "manage")
    assert client.get(address, **elsewhere).status_code == 404
    assert post(client, publish, {}, elsewhere).status_code == 404
    assert client.get(address).status_code == 401
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_publishing_takes_unstarted_work_along_where_asked(client, project, version, body, alice, eve, manage) -> None:
    batch = make_batch(version, alice, rows=[{"id": "t", "prompt": "?", "responses": ["a", "b"]}])
    for unstarted, number in ((False, 2), (True, 3)):
        draft = save_version_draft(rubric=version.rubric, body=body, by=alice)
        answer = post(
            client, reverse("api_publish_rubric_version", args=[draft.public_id]), {"unstarted_too": unstarted}, manage
        )
        assert answer.status_code == 200
        batch.refresh_from_db()
        assert batch.rubric_version.number == (number if unstarted else 1)


def test_unstarted_work_is_counted_and_moved(client, project, version, body, alice, eve, manage) -> None:
    batch = make_batch(version, alice, rows=[{"id": "t", "prompt": "?", "responses": ["a", "b"]}])
    newer = publish_version(version=save_version_draft(rubric=version.rubric, body=body, by=alice), by=alice)
    address = reverse("api_unstarted_work", args=[newer.public_id])
    said = client.get(address, **manage).json()
    assert (said["batches"], said["unstarted"], said["begun"], said["waiting"]) == (1, 1, 0, [])
    assert client.post(address, **key(project, alice, "read")).status_code == 403
    assert client.post(address, **key(project, eve, "manage")).status_code in (403, 404)
    assert client.post(address, **manage).json() == {"batches": [str(batch.public_id)]}
    assert client.post(address, **manage).json() == {"batches": []}
