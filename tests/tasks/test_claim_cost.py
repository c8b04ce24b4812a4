"""The cost of "next" does not grow with the batch: shown on the plan and on the pages the database touches."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rubrics.models import RubricVersion
from tasks.assigning import take_seat
from tasks.models import Assignment, Batch, Seat, Task
from tests.tasks.conftest import Desk
from tests.tasks.work_samples import claim, hand_in, make_batch


def grown(desk: Desk, tasks: int) -> Batch:
    """A released batch of that many tasks, written by SQL: importing them would take the test's time."""
    batch = make_batch(desk.version, desk.admin, tasks=1, name=f"Of {tasks}", priority=9)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tasks_task (public_id, project_id, batch_id, external_id, content, content_sha256, domain,"
            " needs_expert, created_at, taken_out_reason) SELECT gen_random_uuid(), %s, %s, %s || n, content, 'x', '',"
            " false, now(), '' FROM tasks_task, generate_series(2, %s) n WHERE batch_id = %s",
            [desk.project.pk, batch.pk, f"{batch.pk}-", tasks, batch.pk],
        )
        cursor.execute(
            "INSERT INTO tasks_seat (task_id, batch_id, ordinal, cause, state, place)"
            " SELECT id, batch_id, o, 'overlap', 'free', hashint8extended(id, 0) & ((1::bigint << 61) - 1)"
            " FROM tasks_task, generate_series(1, 2) o WHERE batch_id = %s"
            " AND NOT EXISTS (SELECT 1 FROM tasks_seat s WHERE s.task_id = tasks_task.id)",
            [batch.pk],
        )
        cursor.execute("ANALYZE")
    return batch


def explained(sql: str) -> dict[str, Any]:
    """The plan of a statement that was run, with the pages it touches."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql)
        found = cursor.fetchone()[0]
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The plan and everything below it."""
    return [plan, *(node for child in plan.get("Plans", ()) for node in nodes(child))]


def pages_of_a_claim(desk: Desk, batch: Batch) -> tuple[int, list[dict[str, Any]]]:
    """Pages touched by the reads of taking one seat, and the nodes of their plans."""
    with CaptureQueriesContext(connection) as queries:
        assert take_seat(member=desk.eve, batch=batch, state=Assignment.State.QUEUED)
    reads = [q["sql"] for q in queries.captured_queries if q["sql"].startswith("SELECT")]
    plans = [explained(sql) for sql in reads]
    touched = sum(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in plans)
    return touched, [node for plan in plans for node in nodes(plan)]


def test_taking_a_seat_touches_as_many_pages_in_a_large_batch_as_in_a_small_one(desk: Desk) -> None:
    small, large = grown(desk, 1_000), grown(desk, 30_000)
    for batch in (small, large):
        take_seat(member=desk.eve, batch=batch, state=Assignment.State.QUEUED)
    few, _ = pages_of_a_claim(desk, small)
    many, plan = pages_of_a_claim(desk, large)
    assert many <= 1.5 * few, (few, many)
    assert "seat_free" in {node.get("Index Name") for node in plan}
    assert not [node for node in plan if node["Node Type"] == "Seq Scan" and node["Relation Name"] == "tasks_seat"]


def finish_the_first(desk: Desk, batch: Batch, tasks: int) -> None:
    """Eve has judged that many tasks from the front of the batch; one seat of each is still free."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH front AS (SELECT s.id, task_id, place FROM tasks_seat s WHERE batch_id = %s AND ordinal = 1"
            " AND state = 'free' AND NOT EXISTS (SELECT 1 FROM tasks_involvement i WHERE i.task_id = s.task_id)"
            " ORDER BY place LIMIT %s), taken AS (UPDATE tasks_seat SET state = 'done'"
            " WHERE id IN (SELECT id FROM front)), known AS (INSERT INTO tasks_involvement (task_id, user_id, how, at)"
            " SELECT task_id, %s, 'judge', now() FROM front) INSERT INTO tasks_assignment (public_id, seat_id, task_id,"
            " batch_id, member_id, state, turn, rubric_version_id, response_order, created_at, active_seconds,"
            " ended_at, end_reason, skip) SELECT gen_random_uuid(), id, task_id, %s, %s, 'submitted', row_number() OVER"
            " (ORDER BY place) + (SELECT coalesce(max(turn), 0) FROM tasks_assignment WHERE member_id = %s),"
            " %s, '[]', now(), 0, now(), '', '' FROM front",
            [batch.pk, tasks, desk.eve.user_id, batch.pk, desk.eve.pk, desk.eve.pk, desk.version.pk],
        )
        cursor.execute("ANALYZE")


def test_a_fast_evaluator_does_not_search_through_what_they_have_done(desk: Desk) -> None:
    """With many of one's own tasks waiting for a second judge, the search goes on where the person was last."""
    batch = grown(desk, 4_000)
    finish_the_first(desk, batch, 200)
    few, _ = pages_of_a_claim(desk, batch)
    finish_the_first(desk, batch, 3_000)
    many, _ = pages_of_a_claim(desk, batch)
    assert many <= 1.5 * few, (few, many)


@pytest.mark.parametrize("listed", [True, False])
def test_next_takes_a_constant_number_of_queries(desk: Desk, listed: bool) -> None:
    batch = make_batch(desk.version, desk.admin, tasks=15, name="Long", priority=9)
    counts = set()
    for _ in range(12):
        if listed:
            take_seat(member=desk.eve, batch=batch, state=Assignment.State.QUEUED)
        with CaptureQueriesContext(connection) as queries:
            taken = claim(desk.eve)
        counts.add(len(queries))
        hand_in(taken)
    assert max(counts) <= (2 if listed else 14)
    assert Task.objects.filter(batch__rubric_version=RubricVersion.objects.get()).count() == 19
    assert Seat.objects.filter(batch=batch, state=Seat.State.DONE).count() == 12
