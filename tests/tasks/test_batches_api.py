"""The API of batches: the same commands as the pages, by key; scopes, projects and limits hold."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from projects.commands import create_api_key, create_project, set_roles
from projects.models import Membership, Project, Role
from tasks.models import Batch, ImportRun, Task
from tests.tasks.import_samples import checked, jsonl, make_batch, make_rubric, row, work

ROOT = "/api/v1/"


class Program:
    """A client of the API with a key."""

    def __init__(self, project: Project, owner: User, scopes: list[str]) -> None:
        _, secret = create_api_key(project=project, owner=owner, name="Test", scopes=scopes, by=owner)
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})

    def get(self, path: str) -> Any:
        """Read."""
        return self.client.get(ROOT + path)

    def post(self, path: str, data: Any = None, content_type: str = "application/json") -> Any:
        """Write, as JSON unless told otherwise."""
        return self.client.post(ROOT + path, data if data is not None else {}, content_type=content_type)


@pytest.fixture
def program(project: Project, alice: User) -> Program:
    """A program that manages `project`."""
    return Program(project, alice, ["read", "manage"])


@pytest.fixture
def batch(project: Project, alice: User) -> Batch:
    """An empty batch of `project`."""
    return make_batch(project, alice)


def errors(response: Any) -> list[str]:
    """The fields an error names."""
    return [problem["field"] for problem in response.json()["error"]["problems"]]


def test_from_nothing_to_a_released_batch_by_the_api_alone(program: Program, project: Project, alice: User) -> None:
    version = make_rubric(project, alice)
    made = program.post("batches/", {"name": "Batch 1", "rubric_version": str(version.public_id), "overlap": 3})
    assert made.status_code == 201
    batch = made.json()
    assert (batch["state"], batch["overlap"], batch["progress"]["wanted"]) == ("draft", 3, 0)

    content = jsonl(row("a", source="x"), row("b", prompt=""), row("c"))
    path = f"batches/{batch['id']}/imports/?filename=../rows.jsonl"
    sent = program.post(path, content, "application/jsonl")
    assert sent.status_code == 202
    run = sent.json()
    assert (run["state"], run["filename"], run["size"]) == ("uploaded", "rows.jsonl", len(content))
    work()
    run = program.get(f"imports/{run['id']}/").json()
    assert (run["state"], run["rows_new"], run["rows_bad"]) == ("checked", 2, 1)
    assert run["kept_as_metadata"] == {"source": 1}
    [problem] = program.get(f"imports/{run['id']}/problems/").json()["results"]
    assert (problem["line"], problem["external_id"], problem["field"]) == (2, "b", "prompt")

    refused = program.post(f"imports/{run['id']}/commit/")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "bad_rows")
    assert program.post(f"imports/{run['id']}/commit/", {"leave_out_bad": True}).status_code == 202
    work()
    assert Task.objects.count() == 2
    for _ in range(2):
        released = program.post(f"batches/{batch['id']}/release/")
        assert (released.status_code, released.json()["state"]) == (200, "released")
    progress = program.get(f"batches/{batch['id']}/").json()["progress"]
    assert progress == {"tasks": 2, "done": 0, "open": 0, "queued": 0, "free": 6, "wanted": 6}
    assert [one["name"] for one in program.get("batches/").json()["results"]] == ["Batch 1"]


def test_file_as_a_form_field_is_the_same(program: Program, batch: Batch) -> None:
    file = SimpleUploadedFile("rows.jsonl", jsonl(row("a")))
    sent = program.client.post(f"{ROOT}batches/{batch.public_id}/imports/", {"file": file})
    assert sent.status_code == 202
    assert sent.json()["filename"] == "rows.jsonl"
    work()
    assert ImportRun.objects.get().rows_new == 1


def test_batch_that_does_not_fit_names_every_field(program: Program, batch: Batch) -> None:
    answer = program.post("batches/", {"name": "x" * 200, "overlap": "many"})
    assert answer.status_code == 422
    assert set(errors(answer)) == {"name", "overlap", "rubric_version"}
    unknown = {"name": "B", "rubric_version": str(batch.public_id)}
    assert errors(program.post("batches/", unknown)) == ["rubric_version"]


def test_file_above_the_limit_is_refused_unread(program: Program, batch: Batch, settings) -> None:
    settings.IMPORT_MAX_BYTES = 1000
    answer = program.post(f"batches/{batch.public_id}/imports/", b"x" * 200_000, "application/jsonl")
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    almost = program.post(f"batches/{batch.public_id}/imports/", b"x" * 2000, "application/jsonl")
    assert (almost.status_code, errors(almost)) == (422, ["file"])
    assert not ImportRun.objects.exists()


def test_body_without_a_length_is_told_so(program: Program, batch: Batch) -> None:
    answer = program.client.generic("POST", f"{ROOT}batches/{batch.public_id}/imports/", b"", CONTENT_LENGTH="")
    assert answer.status_code == 411


def test_empty_body_is_refused(program: Program, batch: Batch) -> None:
    answer = program.client.generic("POST", f"{ROOT}batches/{batch.public_id}/imports/", b"", CONTENT_LENGTH="0")
    assert (answer.status_code, errors(answer)) == (422, ["file"])


def test_key_that_may_only_read_changes_nothing(project: Project, alice: User, batch: Batch) -> None:
    reader = Program(project, alice, ["read"])
    assert reader.get("batches/").status_code == 200
    assert reader.post("batches/", {}).status_code == 403
    for path in (f"batches/{batch.public_id}/imports/", f"batches/{batch.public_id}/release/"):
        assert reader.post(path).status_code == 403
    assert not ImportRun.objects.exists()


def test_key_of_another_project_finds_nothing(project: Project, alice: User, batch: Batch) -> None:
    run = checked(batch, jsonl(row("a")), alice)
    foreign = Program(create_project(name="Other", by=alice), alice, ["read", "manage"])
    one, file = f"batches/{batch.public_id}/", f"imports/{run.public_id}/"
    for path in (one, file, f"{file}problems/"):
        assert foreign.get(path).status_code == 404, path
    for path in (f"{one}release/", f"{one}imports/", f"{file}commit/", f"{file}cancel/"):
        assert foreign.post(path).status_code == 404, path
    assert foreign.get("batches/").json()["results"] == []


def test_key_of_somebody_who_only_evaluates_finds_nothing(
    project: Project, alice: User, eve: User, batch: Batch
) -> None:
    run = checked(batch, jsonl(row("a")), alice)
    member = Membership.objects.get(project=project, user=eve)
    set_roles(member=member, roles=[Role.ADMIN, Role.EVALUATOR], by=alice)
    hers = Program(project, eve, ["read", "manage"])
    one, file = f"batches/{batch.public_id}/", f"imports/{run.public_id}/"
    paths = ["batches/", one, file, f"{file}problems/"]
    assert [hers.get(path).status_code for path in paths] == [200] * 4
    set_roles(member=member, roles=[Role.EVALUATOR], by=alice)
    assert [hers.get(path).status_code for path in paths] == [404] * 4
    for path in (f"{one}release/", f"{one}imports/", f"{file}commit/", f"{file}cancel/"):
        assert hers.post(path).status_code == 404, path


def test_import_is_canceled_once(program: Program, batch: Batch) -> None:
    sent = program.post(f"batches/{batch.public_id}/imports/", jsonl(row("a")), "application/jsonl").json()
    assert program.post(f"imports/{sent['id']}/cancel/").json()["state"] == "canceled"
    assert program.post(f"imports/{sent['id']}/cancel/").status_code == 409
    assert program.post(f"imports/{sent['id']}/commit/").status_code == 409


def test_schema_describes_every_route_of_batches(program: Program) -> None:
    paths = program.get("schema/").json()["paths"]
    for path in ("batches/", "batches/{public_id}/imports/", "imports/{public_id}/problems/"):
        assert f"/api/v1/{path}" in paths
