"""An export is the database at one moment: whole, repeatable, without names, and without gold unless asked."""

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent, Notification, User
from evaltool.base import todos
from evaltool.base.errors import Invalid
from evaltool.base.models import ToDo
from exports.building import build_export, request_export
from exports.models import Export
from projects.commands import change_policy
from projects.models import Membership, Project
from tasks.models import Submission
from tests.tasks import work_samples
from tests.tasks.import_samples import gold, row

pytestmark = pytest.mark.django_db

FORMULA = "=HYPERLINK(1) stands at the start of this reason, and a spreadsheet must not run it."


@pytest.fixture
def judged(project: Project, alice: User, eve: User, evan: User) -> Project:
    """Two tasks judged by two people, one gold item judged by both; one answer begins like a formula."""
    version = work_samples.make_version(project, alice)
    work_samples.make_guideline(project, alice)
    change_policy(project=project, by=alice, gold_first_count=1, gold_first_tasks=1, gold_share=0.0, gold_floor=0.0)
    rows = [row("t1"), row("t2"), row("g1", gold=gold())]
    work_samples.make_batch(version, alice, rows=rows)
    for user in (eve, evan):
        member = Membership.objects.select_related("user", "project").get(user=user)
        work_samples.clear(member, version, alice)
        while assignment := work_samples.claim(member):
            work_samples.hand_in(assignment, work_samples.answers(why=FORMULA))
    while sum(todos.run(pk) for pk in todos.due()):
        pass
    return project


def built(project: Project, by: User, **values: object) -> tuple[Export, bytes]:
    """An export asked for and built."""
    asked = {"format": "jsonl", "content": "judgments", **values}
    export = request_export(project=project, by=by, **asked)
    assert todos.run(ToDo.objects.get(kind="build_export", object_id=export.pk).pk)
    export.refresh_from_db()
    return export, Path(export.file.path).read_bytes()


def whole(response: Any) -> bytes:
    """The body of a response, its file closed as a server would close it."""
    data = b"".join(response)
    for close in response._resource_closers:
        close()
    return data


@pytest.mark.parametrize("content", ["consensus", "judgments"])
@pytest.mark.parametrize("file_format", ["jsonl", "csv"])
def test_the_same_data_gives_the_same_bytes(judged: Project, alice: User, content: str, file_format: str) -> None:
    first, one = built(judged, alice, content=content, format=file_format)
    _, other = built(judged, alice, content=content, format=file_format)
    assert one == other
    assert first.sha256 == hashlib.sha256(one).hexdigest() == first.manifest["sha256"]
    assert first.manifest["bytes"] == len(one)


def test_the_manifest_counts_what_the_file_holds(judged: Project, alice: User) -> None:
    export, data = built(judged, alice)
    assert export.manifest["rows"] == export.rows == len(data.splitlines()) == 4
    assert export.manifest["counts"] | {"rubric_versions": []} == {
        "judgments": 4, "tasks": 2, "evaluators": 2, "gold": 0, "rubric_versions": [],
    }  # fmt: skip


def test_gold_is_left_out_unless_asked_for_and_asking_is_on_record(judged: Project, alice: User) -> None:
    _, plain = built(judged, alice)
    _, whole = built(judged, alice, include_gold=True)
    assert {json.loads(line)["gold"] for line in plain.splitlines()} == {False}
    assert [json.loads(line)["id"] for line in whole.splitlines() if json.loads(line)["gold"]] == ["g1", "g1"]
    asked = AuditEvent.objects.filter(action="request_export").order_by("pk")
    assert [event.data["gold"] for event in asked] == [False, True]


def test_a_consensus_with_gold_is_refused(judged: Project, alice: User) -> None:
    with pytest.raises(Invalid, match="include_gold"):
        request_export(project=judged, format="jsonl", content="consensus", include_gold=True, by=alice)


def test_evaluators_are_codes_and_never_names(judged: Project, alice: User) -> None:
    for content in ("consensus", "judgments"):
        text = built(judged, alice, content=content)[1].decode()
        assert not any(word in text for word in ("Eve", "Evan", "example.org"))
        assert Membership.objects.get(user__name="Eve").pseudonym in text


def test_only_the_current_revision_is_exported(judged: Project, alice: User, eve: User) -> None:
    first = Submission.objects.filter(member__user=eve, task__external_id="t1").get()
    changed = work_samples.hand_in(first.assignment, work_samples.answers(accuracy=5), revision=2)
    rows = [json.loads(line) for line in built(judged, alice)[1].splitlines()]
    assert str(changed.public_id) in {row["judgment"] for row in rows}
    assert str(first.public_id) not in {row["judgment"] for row in rows}


def test_a_spreadsheet_runs_nothing_and_numbers_stay_numbers(judged: Project, alice: User) -> None:
    lines = list(csv.DictReader(io.StringIO(built(judged, alice, format="csv")[1].decode())))
    reasons = {line["rationale"] for line in lines if line["criterion"] == "accuracy"}
    assert reasons == {f"'{FORMULA}"}
    assert {line["accuracy"] for line in lines if line["criterion"] == "accuracy"} == {"4"}


def test_building_twice_changes_nothing_and_leaves_no_half_file(judged: Project, alice: User) -> None:
    export, data = built(judged, alice)
    build_export(export.pk, lambda: None)
    export.refresh_from_db()
    assert Path(export.file.path).read_bytes() == data
    assert not list((Path(settings.MEDIA_ROOT) / "exports").glob(f"{export.public_id}*.part"))


def test_a_build_that_was_cut_off_starts_again(judged: Project, alice: User) -> None:
    export = request_export(project=judged, format="jsonl", content="judgments", by=alice)
    Export.objects.filter(pk=export.pk).update(state=Export.State.BUILDING, rows_done=1)
    assert todos.run(ToDo.objects.get(kind="build_export", object_id=export.pk).pk)
    export.refresh_from_db()
    assert (export.state, export.rows) == (Export.State.READY, 4)


def test_only_those_who_may_export_reach_the_file(judged: Project, alice: User, eve: User, quinn: User) -> None:
    export, data = built(judged, alice)
    path = f"/manage/{judged.slug}/exports/{export.public_id}/"
    for user, status in ((alice, 200), (eve, 404), (quinn, 404)):
        client = Client()
        client.force_login(user)
        for page in ("", "file/", "manifest/"):
            response = client.get(path + page)
            whole(response)
            assert response.status_code == status
    client = Client()
    client.force_login(alice)
    assert whole(client.get(f"{path}file/")) == data


def test_a_file_that_is_not_ready_cannot_be_downloaded(judged: Project, alice: User, client: Client) -> None:
    export = request_export(project=judged, format="jsonl", content="judgments", by=alice)
    client.force_login(alice)
    path = f"/manage/{judged.slug}/exports/{export.public_id}/"
    assert client.get(path).status_code == 200
    assert client.get(f"{path}file/").status_code == 404


def test_a_form_that_does_not_fit_keeps_its_choices(judged: Project, alice: User, client: Client) -> None:
    client.force_login(alice)
    response = client.post(
        f"/manage/{judged.slug}/exports/", {"content": "consensus", "format": "csv", "include_gold": "on"}
    )
    assert response.status_code == 422
    assert b"Gold has no consensus" in response.content
    assert not Export.objects.exists()


def test_the_list_costs_the_same_queries_however_long(
    judged: Project, alice: User, client: Client, django_assert_num_queries
) -> None:
    client.force_login(alice)
    url = f"/manage/{judged.slug}/exports/"
    request_export(project=judged, format="jsonl", content="judgments", by=alice)
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for _ in range(6):
        request_export(project=judged, format="jsonl", content="judgments", by=alice)
    with django_assert_num_queries(len(few)):
        client.get(url)


def test_an_export_that_cannot_be_built_fails_with_a_word_and_operators_hear_of_it(
    judged: Project, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = request_export(project=judged, format="jsonl", content="judgments", by=alice)
    todo = ToDo.objects.get(kind="build_export", object_id=export.pk)
    (Path(settings.MEDIA_ROOT) / "exports").mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(settings, "MEDIA_ROOT", "/dev/null/nowhere")
    for _ in range(todos.ATTEMPTS + 1):
        ToDo.objects.filter(pk=todo.pk).update(due_at=timezone.now())
        assert not todos.run(todo.pk)
    export.refresh_from_db()
    assert export.state == Export.State.FAILED
    kinds = Notification.objects.filter(user=alice).values_list("kind", flat=True)
    assert sorted(kinds) == ["export", "job_stopped"]
