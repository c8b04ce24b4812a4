"""The commit of an import: all good rows or none, once, and nothing that tells gold or the order of the file."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection, transaction
from django.utils import timezone

import evaltool
from accounts.models import AuditEvent, User
from evaltool.base.errors import RuleBroken, StaleState
from evaltool.base.models import ToDo
from projects.models import Project
from tasks import gold_keys
from tasks.batches import release_batch
from tasks.content import file_order, shown
from tasks.importing import cancel_import, commit_import, write_import
from tasks.models import Batch, GoldKey, ImportRun, ResponseOrigin, Seat, StagedRow, Task
from tests.tasks.import_samples import checked, gold, jsonl, make_batch, row, work


@pytest.fixture
def batch(project: Project, alice: User) -> Batch:
    """An empty batch of `project`."""
    return make_batch(project, alice)


def imported(batch: Batch, content: bytes, by: User, *, leave_out_bad: bool = False) -> ImportRun:
    """Upload, check and import a file."""
    run = checked(batch, content, by)
    commit_import(run=run, leave_out_bad=leave_out_bad, by=by)
    work()
    run.refresh_from_db()
    batch.refresh_from_db()
    return run


def test_import_writes_tasks_with_origins_gold_and_seats(batch: Batch, alice: User) -> None:
    rows = [row("a", responses=["x", {"text": "y", "model": "m"}]), row("b", gold=gold(), domain="legal"), row("c")]
    run = imported(batch, jsonl(*rows), alice)
    assert (run.state, run.rows_new) == (ImportRun.State.COMMITTED, 3)
    assert batch.state == Batch.State.READY
    assert set(Task.objects.filter(import_run=run).values_list("external_id", flat=True)) == {"a", "b", "c"}
    second = {task.external_id: file_order(task.content)[1] for task in Task.objects.all()}
    origins = ResponseOrigin.objects.values_list("task__external_id", "response", "origin")
    assert list(origins) == [("a", second["a"], "m")]
    key = GoldKey.objects.get()
    assert (key.task.external_id, key.created_by) == ("b", alice)
    assert key.answers["accuracy"][second["b"]] == {"value": 2, "accepted": [1, 2], "explanation": ""}
    assert not StagedRow.objects.exists()
    assert AuditEvent.objects.filter(action="gold_key_added").count() == 1


def test_every_task_outside_gold_gets_its_seats_at_one_random_place(batch: Batch, alice: User) -> None:
    imported(batch, jsonl(*(row(f"t{n:03}", gold=gold() if n == 5 else None) for n in range(60))), alice)
    seats = Seat.objects.order_by("task__external_id", "ordinal")
    assert not seats.filter(task__gold_key__isnull=False).exists()
    assert seats.count() == 59 * batch.overlap
    places: dict[str, set[int]] = {}
    for seat in seats.select_related("task"):
        places.setdefault(seat.task.external_id, set()).add(seat.place)
    assert all(len(found) == 1 for found in places.values())
    in_file_order = [found.pop() for _, found in sorted(places.items())]
    assert in_file_order != sorted(in_file_order)
    assert len(set(in_file_order)) == 59


def test_batch_that_is_no_work_gets_no_seats(project: Project, alice: User) -> None:
    bank = make_batch(project, alice, "Bank", purpose=Batch.Purpose.GOLD)
    imported(bank, jsonl(row("a", gold=gold()), row("b")), alice)
    assert Task.objects.count() == 2
    assert not Seat.objects.exists()


def test_bad_rows_stop_the_import_until_they_are_expressly_left_out(batch: Batch, alice: User) -> None:
    run = checked(batch, jsonl(row("a"), row("b", prompt="")), alice)
    with pytest.raises(RuleBroken, match="1 row is bad") as refused:
        commit_import(run=run, by=alice)
    assert refused.value.code == "bad_rows"
    work()
    assert not Task.objects.exists()
    commit_import(run=run, leave_out_bad=True, by=alice)
    work()
    assert list(Task.objects.values_list("external_id", flat=True)) == ["a"]
    assert AuditEvent.objects.get(action="import_accepted").data == {"new": 1, "left_out": 1}


def test_file_without_a_good_row_is_not_imported(batch: Batch, alice: User) -> None:
    run = checked(batch, jsonl(row("b", prompt="")), alice)
    with pytest.raises(RuleBroken, match="No row"):
        commit_import(run=run, leave_out_bad=True, by=alice)


def test_same_file_again_brings_nothing_new(batch: Batch, alice: User) -> None:
    content = jsonl(row("a", responses=[{"text": "x", "label": "m"}]), row("b", gold=gold()), row("c"))
    imported(batch, content, alice)
    again = imported(batch, content, alice)
    assert (again.state, again.rows_new, again.rows_unchanged, again.rows_bad) == ("committed", 0, 3, 0)
    assert again.mapping["already_in"] == {"Batch 1": 3}
    assert Task.objects.count() == 3
    assert batch.state == Batch.State.READY


def test_longer_file_brings_only_its_new_rows(batch: Batch, alice: User) -> None:
    imported(batch, jsonl(row("a")), alice)
    more = imported(batch, jsonl(row("a"), row("b")), alice)
    assert (more.rows_new, more.rows_unchanged) == (1, 1)
    assert Seat.objects.count() == 2 * batch.overlap


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"prompt": "Changed?"}, "prompt"),
        ({"domain": "legal"}, "domain"),
        ({"needs_expert": True}, "expert"),
        ({"responses": ["One answer.", {"text": "Another answer.", "label": "m"}]}, "origin"),
        ({"gold": gold()}, "gold key"),
    ],
)
def test_known_id_with_other_content_is_a_problem(
    batch: Batch, alice: User, change: dict[str, object], word: str
) -> None:
    imported(batch, jsonl(row("a")), alice)
    run = checked(batch, jsonl(row("a", **change), row("b")), alice)
    assert (run.rows_new, run.rows_bad, run.mapping["conflicts"]) == (1, 1, 1)
    problem = run.problems.get()
    assert (problem.line, problem.external_id, problem.field) == (1, "a", "id")
    assert word in problem.reason
    assert "Batch 1" in problem.reason


def test_same_id_in_another_project_is_no_conflict(batch: Batch, alice: User) -> None:
    from projects.commands import create_project

    imported(batch, jsonl(row("a")), alice)
    other = make_batch(create_project(name="Other", by=alice), alice)
    assert imported(other, jsonl(row("a", prompt="Different?")), alice).rows_new == 1


def test_one_row_that_the_database_refuses_undoes_all(batch: Batch, alice: User) -> None:
    run = checked(batch, jsonl(*(row(f"t{n}", gold=gold() if n == 2 else None) for n in range(1200))), alice)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tasks_task ADD CONSTRAINT not_this CHECK (external_id <> 't1150')")
    commit_import(run=run, by=alice)
    work()
    run.refresh_from_db()
    assert run.state == ImportRun.State.COMMITTING
    for model in (Task, Seat, GoldKey, ResponseOrigin):
        assert not model.objects.exists()
    assert StagedRow.objects.count() == 1200
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tasks_task DROP CONSTRAINT not_this")
    ToDo.objects.update(due_at=timezone.now())
    work()
    run.refresh_from_db()
    assert (run.state, Task.objects.count()) == (ImportRun.State.COMMITTED, 1200)


class Killed(Exception):
    """A worker that is gone before its transaction ends."""


@transaction.atomic
def write_and_die(run: ImportRun) -> None:
    """Write everything, and be gone before it is committed."""
    write_import(run.pk, lambda: None)
    assert Task.objects.count() == 1200
    raise Killed


def test_worker_killed_in_the_commit_leaves_nothing_and_the_next_finishes(batch: Batch, alice: User) -> None:
    run = checked(batch, jsonl(*(row(f"t{n}") for n in range(1200))), alice)
    commit_import(run=run, by=alice)
    with pytest.raises(Killed):
        write_and_die(run)
    assert not Task.objects.exists()
    work()
    write_import(run.pk, lambda: None)
    run.refresh_from_db()
    assert (run.state, Task.objects.count()) == (ImportRun.State.COMMITTED, 1200)


def test_conflict_that_appeared_since_the_check_fails_the_import_with_nothing_written(
    project: Project, batch: Batch, alice: User
) -> None:
    other = make_batch(project, alice, "Batch 2")
    late = checked(batch, jsonl(row("new"), row("a", prompt="Later?")), alice)
    imported(other, jsonl(row("a")), alice)
    commit_import(run=late, by=alice)
    work()
    late.refresh_from_db()
    batch.refresh_from_db()
    assert late.state == ImportRun.State.FAILED
    assert "task a " in late.error
    assert batch.state == Batch.State.DRAFT
    assert list(Task.objects.values_list("external_id", flat=True)) == ["a"]


def test_rows_imported_elsewhere_since_the_check_are_not_repeated(project: Project, batch: Batch, alice: User) -> None:
    other = make_batch(project, alice, "Batch 2")
    late = checked(batch, jsonl(row("a"), row("b")), alice)
    imported(other, jsonl(row("a")), alice)
    commit_import(run=late, by=alice)
    work()
    late.refresh_from_db()
    assert (late.state, late.rows_new, late.rows_unchanged) == (ImportRun.State.COMMITTED, 1, 1)
    assert Task.objects.count() == 2


def test_canceled_import_is_never_written(batch: Batch, alice: User) -> None:
    run = checked(batch, jsonl(row("a")), alice)
    commit_import(run=run, by=alice)
    cancel_import(run=run, by=alice)
    work()
    run.refresh_from_db()
    batch.refresh_from_db()
    assert (run.state, batch.state) == (ImportRun.State.CANCELED, Batch.State.DRAFT)
    assert not Task.objects.exists()
    assert not StagedRow.objects.exists()
    with pytest.raises(StaleState, match="has ended"):
        cancel_import(run=run, by=alice)


def test_import_is_accepted_once(batch: Batch, alice: User) -> None:
    run = checked(batch, jsonl(row("a")), alice)
    twin = ImportRun.objects.get(pk=run.pk)
    commit_import(run=run, by=alice)
    with pytest.raises(StaleState):
        commit_import(run=twin, by=alice)


def test_rows_added_to_a_released_batch_come_free_and_are_distributed(batch: Batch, alice: User) -> None:
    imported(batch, jsonl(row("a")), alice)
    release_batch(batch=batch, by=alice)
    ToDo.objects.filter(kind="distribute_batch").delete()
    imported(batch, jsonl(row("b")), alice)
    assert batch.state == Batch.State.RELEASED
    assert Seat.objects.free().filter(task__external_id="b").count() == batch.overlap
    assert ToDo.objects.filter(kind="distribute_batch", object_id=batch.pk).exists()


def test_key_added_later_takes_the_task_out_of_work(batch: Batch, alice: User) -> None:
    imported(batch, jsonl(row("a")), alice)
    task = Task.objects.get()
    gold_keys.add_key(task=task, answers=gold()["answers"], by=alice)
    assert gold_keys.is_gold(task.pk)
    assert set(Seat.objects.values_list("state", flat=True)) == {Seat.State.CLOSED}
    with pytest.raises(RuleBroken, match="has a gold key already"):
        gold_keys.add_key(task=task, answers=gold()["answers"], by=alice)


def test_task_that_is_being_judged_does_not_become_gold(batch: Batch, alice: User) -> None:
    imported(batch, jsonl(row("a")), alice)
    Seat.objects.filter(ordinal=1).update(state=Seat.State.HELD)
    with pytest.raises(RuleBroken, match="judging this task"):
        gold_keys.add_key(task=Task.objects.get(), answers=gold()["answers"], by=alice)
    assert not GoldKey.objects.exists()
    assert Seat.objects.free().count() == batch.overlap - 1


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_the_same_rows_at_once_make_one_set_of_tasks(
    transactional_db: None, project: Project, alice: User
) -> None:
    content = jsonl(*(row(f"t{n}") for n in range(800)))
    runs = [checked(make_batch(project, alice, name), content, alice) for name in ("One", "Two")]
    for run in runs:
        commit_import(run=run, by=alice)
    start = threading.Barrier(2)

    def write(run: ImportRun) -> None:
        start.wait()
        try:
            work_alone(run)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ToDo.objects.update(due_at=timezone.now())
    work()
    for run in runs:
        run.refresh_from_db()
    assert Task.objects.count() == 800
    assert Seat.objects.count() == 800 * 2
    assert sorted(run.rows_new for run in runs) == [0, 800]
    assert {run.state for run in runs} == {ImportRun.State.COMMITTED}


def work_alone(run: ImportRun) -> None:
    """Run one import's to-do, as one of two workers."""
    from evaltool.base import todos

    todos.run(ToDo.objects.get(kind="commit_import", object_id=run.pk).pk)


def sample() -> tuple[bytes, int, int]:
    """Real tasks, how many rows there are, and the line of the one without visible text.

    The folder of samples where EVALTOOL_SAMPLE_DATA names one, else the tasks of the demo project and one such row.
    """
    folder = os.environ.get("EVALTOOL_SAMPLE_DATA")
    if folder:
        return (Path(folder) / "demo_batches.jsonl").read_bytes(), 404, 370
    files = sorted((Path(evaltool.__file__).parent / "demo" / "content" / "tasks").glob("*.yaml"))
    parts = [yaml.safe_load(file.read_text("utf-8")) for file in files]
    rows = [_as_row(task, part["domain"]) for part in parts for task in part["tasks"]]
    return jsonl(*rows, row("blank", responses=["Something.", "\u200b"])), len(rows) + 1, len(rows) + 1


def _as_row(task: dict[str, Any], domain: str) -> dict[str, Any]:
    responses = [{"text": response["text"], "origin": response["origin"]} for response in task["responses"]]
    asked = {key: task[key] for key in ("prompt", "messages", "context") if key in task}
    kept = {"source": "demo", "reference": task.get("advice", "")}
    return {"id": task["external_id"], "domain": domain, **asked, "responses": responses, **kept}


def test_real_rows_come_in_but_for_the_one_without_visible_text(batch: Batch, alice: User) -> None:
    content, rows, blank = sample()
    run = imported(batch, content, alice, leave_out_bad=True)
    assert (run.rows_total, run.rows_new, run.rows_bad) == (rows, rows - 1, 1)
    problem = run.problems.get()
    assert (problem.line, problem.field) == (blank, "responses 2")
    assert "no visible text" in problem.reason
    assert Task.objects.count() == rows - 1
    assert {"source", "reference"} <= run.mapping["kept_as_metadata"].keys()
    for task in Task.objects.prefetch_related("origins"):
        assert task.content["metadata"].keys().isdisjoint(shown(task.content))
        assert {key for response in task.content["responses"] for key in response} == {"id", "text"}
        assert task.origins.count() == len(task.content["responses"])
