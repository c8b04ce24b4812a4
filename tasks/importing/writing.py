"""Staged rows become tasks inside the database: nothing of their content travels to this process and back.

A portion is a range of lines of one run. Every statement is part of the caller's transaction.
"""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform

from evaltool.base.errors import RuleBroken
from tasks.models import Batch, ImportRun, StagedRow, Task

# Rows whose id is taken are left alone here; `_ask_same` asks whether they say the same.
TASKS = """
    INSERT INTO tasks_task (public_id, project_id, batch_id, import_run_id, external_id, content, content_sha256,
                            domain, needs_expert, created_at, taken_out_reason)
    SELECT gen_random_uuid(), %(project)s, %(batch)s, %(run)s, r.external_id, r.task->'content',
           r.task->>'content_sha256', r.task->>'domain', (r.task->>'needs_expert')::boolean, %(now)s, ''
    FROM tasks_stagedrow r
    WHERE r.run_id = %(run)s AND r.line BETWEEN %(first)s AND %(last)s AND r.task <> '{}'
    ORDER BY r.line
    ON CONFLICT (project_id, external_id) DO NOTHING
"""

# The tasks this run has just made out of a portion, with the rows they came from. They are found by their id, a row
# at a time; IS NOT DISTINCT FROM keeps the planner, which knows nothing of rows this new, from reading the whole run.
WRITTEN = """
    FROM tasks_stagedrow r JOIN tasks_task t ON t.project_id = %(project)s AND t.external_id = r.external_id
    WHERE r.run_id = %(run)s AND r.line BETWEEN %(first)s AND %(last)s AND t.import_run_id IS NOT DISTINCT FROM %(run)s
"""

ORIGINS = f"""
    INSERT INTO tasks_responseorigin (task_id, response, origin)
    SELECT w.id, o.key, o.value FROM (SELECT t.id, r.origins {WRITTEN}) w, jsonb_each_text(w.origins) o
"""  # noqa: S608  two constants put together

# One random place per task, the same for its seats: 48 bits of the server's secure random numbers (the part of a
# version 4 UUID before its fixed bits), so that the order of work says nothing about the order of the file.
SEATS = f"""
    INSERT INTO tasks_seat (task_id, batch_id, ordinal, cause, state, place)
    SELECT p.id, %(batch)s, s.ordinal, 'overlap', 'free', p.place
    FROM (SELECT t.id, ('x' || translate(left(gen_random_uuid()::text, 13), '-', ''))::bit(48)::bigint AS place
          {WRITTEN} AND r.gold IS NULL) p,
         generate_series(1, %(overlap)s) AS s(ordinal)
"""  # noqa: S608


class Portion:
    """The statements for one range of lines of a run."""

    def __init__(self, run: ImportRun, batch: Batch, first: int, last: int, now: datetime) -> None:
        self.run, self.batch = run, batch
        self.lines = (first, last)
        self.values: dict[str, int | datetime] = {
            "run": run.pk,
            "batch": batch.pk,
            "project": batch.project_id,
            "overlap": batch.overlap,
            "first": first,
            "last": last,
            "now": now,
        }

    def write_tasks(self) -> int:
        """Make the tasks that are new; how many. Raises RuleBroken when an id was taken for other content."""
        written = self._run(TASKS)
        if written < self._rows().count():
            self._ask_same()
        return written

    def write_origins(self) -> int:
        """Note who wrote the responses."""
        return self._run(ORIGINS)

    def write_seats(self) -> int:
        """Make the seats of tasks without a gold key, as many each as the batch's overlap."""
        return self._run(SEATS)

    def gold(self) -> list[tuple[Task, dict[str, Any]]]:
        """The new tasks that came with a gold key, and their keys."""
        rows = self._rows().filter(gold__isnull=False)
        keys: dict[str, Any] = dict(rows.values_list("external_id", "gold"))
        tasks = Task.objects.filter(import_run=self.run, external_id__in=keys).select_related("project")
        return [(task, keys[task.external_id]) for task in tasks.defer("content").order_by("pk")]

    def _rows(self) -> QuerySet[StagedRow]:
        """The staged rows of this portion that were new at the check."""
        return StagedRow.objects.filter(run=self.run, line__range=self.lines).exclude(task={})

    def _ask_same(self) -> None:
        """Some ids were taken since the check: fine for the same content, else the import cannot go on."""
        rows = self._rows().values_list("external_id", "line", KeyTextTransform("content_sha256", "task"))
        here = {name: (line, sha256) for name, line, sha256 in rows}
        taken = Task.objects.filter(project=self.batch.project_id, external_id__in=here)
        for name, sha256 in taken.values_list("external_id", "content_sha256"):
            if sha256 != here[name][1]:
                raise RuleBroken(
                    f"Since the check another import brought a task {name} with other content (line {here[name][0]} "
                    "here). Nothing was imported. Upload the file again to see what differs."
                )

    def _run(self, sql: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql, self.values)
            return int(cursor.rowcount)
