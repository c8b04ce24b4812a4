"""Settled work is put back: judged anew by other people under a newer rubric version.

Nothing of before is changed or lost: judgments and consensus stay on record, and the consensus counts until a new one
supersedes it. The task gets the seats of a new round (`tasks.rounds`), which nobody who judged it may take.
"""

from collections.abc import Sequence
from secrets import randbelow

from django.db import models, transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts import audit
from accounts.models import User
from evaltool.base import todos
from evaltool.base.errors import Invalid, Problem, RuleBroken
from reviews.models import Consensus
from reviews.settling import current_consensus, lock
from rubrics.models import Rubric, RubricVersion
from rubrics.selectors import last_that_changes_judgment
from tasks.batches import resume_batch
from tasks.freeing import DISTRIBUTE
from tasks.models import Batch, Seat, Submission, Task
from tasks.reversioning import move_to_version
from tasks.rounds import ROUND, awaited, last_round

PUT_BACK = "put_back_stale"
CHUNK = 200
STILL_HERE = [Batch.State.RELEASED, Batch.State.PAUSED, Batch.State.COMPLETED]


class Reason(models.TextChoices):
    """Why settled work is judged anew."""

    RUBRIC = "rubric", "The rubric asks something else now"
    GUIDELINE = "guideline", "The guideline says something else now"
    ERROR = "error", "Something was wrong with these judgments"


def stale(rubric: Rubric, number: int) -> QuerySet[Consensus]:
    """Consensuses that stand and rest on versions from before judgment last changed, up to this number.

    Without those whose task is put back already, or whose batch is canceled or archived.
    """
    since = last_that_changes_judgment(rubric, number)
    older = Submission.objects.filter(
        consensuses=OuterRef("pk"), rubric_version__rubric=rubric, rubric_version__number__lt=since
    )
    rows = Consensus.objects.standing().filter(Exists(older), ~Exists(awaited("task")))
    rows = rows.filter(batch__state__in=STILL_HERE, task__taken_out_at__isnull=True)
    return rows.filter(project=rubric.project_id).select_related("task", "batch").order_by("task_id")


def put_back(*, version: RubricVersion, reason: str, tasks: Sequence[Task] | None = None, by: User) -> int:
    """Have settled tasks judged anew under this version: these, or all that are stale; returns how many it will be.

    Their batches go to the version with what nobody has begun in them, and completed ones are reopened. All that are
    stale are put back by the to-do `put_back_stale`, a few tasks by this call. What is put back already, or is not
    settled, is left alone, so that twice is once. Raises Invalid for an unknown reason or a version that is not
    published, RuleBroken while a file is on its way into one of the batches.
    """
    _check(version, reason)
    found = stale(version.rubric, version.number)
    chosen = found if tasks is None else found.filter(task__in=[task.pk for task in tasks])
    with transaction.atomic():
        count = chosen.count()
        if not count:
            return 0
        batches = list(
            Batch.objects.filter(pk__in=chosen.order_by().values("batch")).select_related("rubric_version", "project")
        )
        ids = None if tasks is None else list(chosen.values_list("task_id", flat=True))
        _open_again(batches, version, by)
        facts = {"reason": reason, "tasks": count, "batches": len(batches)}
        audit.record("work_put_back", by=by, target=version, scope=version.rubric.project.public_id, **facts)
        if ids is None:
            todos.add(PUT_BACK, version.pk)
        else:
            _put_back(ids, version)
    return count


def _check(version: RubricVersion, reason: str) -> None:
    problems = []
    if reason not in Reason.values:
        problems.append(Problem("reason", "Say why this work is judged anew."))
    if version.state != RubricVersion.State.PUBLISHED:
        problems.append(Problem("version", "Choose a published version."))
    if problems:
        raise Invalid(problems)


def _open_again(batches: Sequence[Batch], version: RubricVersion, by: User) -> None:
    """Batches in which seats under the version may be given out."""
    for batch in batches:
        if batch.state == Batch.State.COMPLETED:
            resume_batch(batch=batch, by=by)
    move_to_version(batches=batches, version=version, by=by)
    left = Batch.objects.filter(pk__in=[b.pk for b in batches], rubric_version__number__lt=version.number).first()
    if left is not None:
        raise RuleBroken(f"A file is on its way into {left.name}. Import or cancel it first.")


def put_back_stale(version_pk: int, alive: todos.Alive = lambda: None) -> int:
    """Put back whatever is stale in batches that are under this version; returns how many tasks it was."""
    version = RubricVersion.objects.select_related("rubric__project").get(pk=version_pk)
    done = last = 0
    while tasks := _next(version, last):
        alive()
        with transaction.atomic():
            done += _put_back(tasks, version)
        last = tasks[-1]
    return done


def _next(version: RubricVersion, after: int) -> list[int]:
    rows = stale(version.rubric, version.number).filter(batch__rubric_version=version, task__gt=after)
    return list(rows.values_list("task_id", flat=True)[:CHUNK])


def _put_back(tasks: Sequence[int], version: RubricVersion) -> int:
    """Give each task that is still settled the seats of its next round; the caller holds a transaction."""
    found = [task for pk in sorted(tasks) if (task := lock(pk)) and _is_settled(task)]
    for task in found:
        Seat.objects.bulk_create(_seats(task))
        scope = task.project.public_id
        audit.record("task_put_back", by=None, target=task, scope=scope, version=str(version.public_id))
    todos.add_all((DISTRIBUTE, task.batch_id) for task in found)
    return len(found)


def _is_settled(task: Task) -> bool:
    waiting = Task.objects.filter(Exists(awaited("pk")), pk=task.pk)
    return current_consensus(task) is not None and not waiting.exists()


def _seats(task: Task) -> list[Seat]:
    start, place = (last_round(task.pk) + 1) * ROUND, randbelow(2**62)
    return [
        Seat(task=task, batch=task.batch, ordinal=start + number, cause=Seat.Cause.PUT_BACK, place=place)
        for number in range(1, task.batch.overlap + 1)
    ]


def being_judged_anew(rubric: Rubric) -> int:
    """How many settled tasks of the rubric wait for judgments of a later round."""
    rows = Consensus.objects.current().filter(batch__rubric_version__rubric=rubric)
    again = awaited("task").filter(cause=Seat.Cause.PUT_BACK)
    return rows.filter(Exists(again)).count()
