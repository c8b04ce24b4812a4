"""The life of a batch: made, filled by imports, released to evaluators, paused, completed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q

from accounts import audit
from accounts.models import User
from evaltool.base import clock, todos
from evaltool.base.errors import Invalid, Problem, RuleBroken
from evaltool.base.states import move
from projects.models import Project
from rubrics.models import RubricVersion
from tasks.freeing import DISTRIBUTE
from tasks.importing import UNDER_WAY
from tasks.models import BATCH_MOVES, Assignment, Batch, Seat, Task

MAX_OVERLAP = 20
MAX_NAME = 120
LIVE = frozenset({Batch.State.DRAFT, Batch.State.READY, Batch.State.RELEASED, Batch.State.PAUSED})


@transaction.atomic
def create_batch(
    *,
    project: Project,
    name: str,
    rubric_version: RubricVersion,
    overlap: int | None = None,
    deadline: datetime | None = None,
    purpose: str = Batch.Purpose.WORK,
    priority: int = 0,
    by: User,
) -> Batch:
    """An empty batch whose tasks will be judged `overlap` times (None: as the policy says) under one rubric version.

    Raises Invalid naming each field that does not fit.
    """
    overlap = project.policy.overlap if overlap is None else overlap
    problems = [*_name_problems(name), *_number_problems(overlap, priority), *_deadline_problems(deadline)]
    if rubric_version.rubric.project_id != project.pk or rubric_version.state != RubricVersion.State.PUBLISHED:
        problems.append(Problem("rubric_version", "Choose a published rubric version of this project."))
    if purpose not in Batch.Purpose.values:
        problems.append(Problem("purpose", "Choose one of the purposes."))
    if problems:
        raise Invalid(problems)
    batch = _insert(
        Batch(
            project=project,
            name=name.strip(),
            rubric_version=rubric_version,
            purpose=purpose,
            overlap=overlap,
            deadline=deadline,
            priority=priority,
            created_by=by,
            created_at=clock.now(),
        )
    )
    audit.record("batch_created", by=by, target=batch, scope=project.public_id, overlap=overlap, purpose=purpose)
    return batch


def _insert(batch: Batch) -> Batch:
    try:
        with transaction.atomic():
            batch.save(force_insert=True)
    except IntegrityError as error:  # batch_name_unique_in_project
        raise Invalid([Problem("name", "Another batch of this project has this name.")]) from error
    return batch


def _name_problems(name: str) -> list[Problem]:
    if 0 < len(name.strip()) <= MAX_NAME and name.strip().isprintable():
        return []
    return [Problem("name", f"A batch has a name of 1 to {MAX_NAME} characters on one line.")]


def _number_problems(overlap: int, priority: int) -> list[Problem]:
    problems = []
    if not 1 <= overlap <= MAX_OVERLAP:
        problems.append(Problem("overlap", f"Each task is judged between 1 and {MAX_OVERLAP} times."))
    if not -1000 <= priority <= 1000:
        problems.append(Problem("priority", "The priority lies between −1000 and 1000."))
    return problems


def _deadline_problems(deadline: datetime | None) -> list[Problem]:
    if deadline is None or deadline > clock.now():
        return []
    return [Problem("deadline", "This moment has passed. Choose a later one, or none.")]


@transaction.atomic
def change_batch(*, batch: Batch, deadline: datetime | None, priority: int, by: User) -> Batch:
    """Give a batch that is not at its end another deadline and priority. Raises Invalid, or RuleBroken at its end."""
    moved = deadline != batch.deadline
    problems = [*_number_problems(batch.overlap, priority), *(_deadline_problems(deadline) if moved else [])]
    if problems:
        raise Invalid(problems)
    if not Batch.objects.filter(pk=batch.pk, state__in=[*LIVE, Batch.State.IMPORTING]).update(
        deadline=deadline, priority=priority
    ):
        raise RuleBroken(f"This batch is {batch.get_state_display().lower()} and cannot be changed.")
    batch.deadline, batch.priority = deadline, priority
    audit.record("batch_changed", by=by, target=batch, scope=batch.project.public_id, priority=priority)
    return batch


@transaction.atomic
def release_batch(*, batch: Batch, by: User) -> Batch:
    """Hand a batch out: from now on evaluators get its tasks, by the worker's distribution or by claim.

    Raises RuleBroken when it has no task or its rubric version is not published; StaleState when it is not ready.
    """
    if not Task.objects.filter(batch=batch).exists():
        raise RuleBroken("This batch has no tasks. Upload a file first.")
    if batch.rubric_version.state != RubricVersion.State.PUBLISHED:
        raise RuleBroken(f"Rubric {batch.rubric_version} is not published. Make a batch with a published version.")
    move(batch, to=Batch.State.RELEASED, moves=BATCH_MOVES, released_at=batch.released_at or clock.now())
    audit.record("batch_released", by=by, target=batch, scope=batch.project.public_id)
    todos.add(DISTRIBUTE, batch.pk)
    return batch


@transaction.atomic
def pause_batch(*, batch: Batch, by: User) -> Batch:
    """Hand out nothing more of a batch. Open tasks may finish; what is on work lists waits there, out of sight."""
    move(batch, to=Batch.State.PAUSED, moves=BATCH_MOVES)
    audit.record("batch_paused", by=by, target=batch, scope=batch.project.public_id)
    return batch


@transaction.atomic
def resume_batch(*, batch: Batch, by: User) -> Batch:
    """Go on with a paused batch, or reopen a completed one so that it takes more tasks."""
    move(batch, to=Batch.State.RELEASED, moves=BATCH_MOVES)
    audit.record("batch_resumed", by=by, target=batch, scope=batch.project.public_id)
    todos.add(DISTRIBUTE, batch.pk)
    return batch


@transaction.atomic
def complete_batch(*, batch: Batch, by: User) -> Batch:
    """Close a batch whose wanted judgments are all in. Raises RuleBroken while some are missing."""
    _lock(batch)
    missing = progress(batch).missing
    if missing:
        are = "1 judgment is" if missing == 1 else f"{missing:,} judgments are"
        raise RuleBroken(f"{are} still wanted. The batch is complete when they are in.")
    _ask_no_import(batch)
    move(batch, to=Batch.State.COMPLETED, moves=BATCH_MOVES)
    audit.record("batch_completed", by=by, target=batch, scope=batch.project.public_id)
    return batch


@transaction.atomic
def cancel_batch(*, batch: Batch, by: User) -> Batch:
    """Drop a batch that nobody has begun; tasks on work lists go. Its tasks stay on record under their ids.

    Raises RuleBroken once somebody has opened one of its tasks: judgments are kept, so such a batch is paused.
    """
    _lock(batch)
    _ask_no_import(batch)
    begun = Assignment.objects.filter(batch=batch).exclude(state=Assignment.State.QUEUED)
    if begun.exists():
        raise RuleBroken(
            "People have begun to judge this batch. Pause it: what they wrote stays, nothing more goes out."
        )
    move(batch, to=Batch.State.CANCELED, moves=BATCH_MOVES)
    Assignment.objects.filter(batch=batch, state=Assignment.State.QUEUED).update(
        state=Assignment.State.RELEASED, ended_at=clock.now(), end_reason="The batch was canceled."
    )
    seats = Seat.objects.filter(Q(batch=batch) | Q(assignments__batch=batch))
    Seat.objects.filter(pk__in=seats.values("pk"), state__in=[Seat.State.FREE, Seat.State.HELD]).update(
        state=Seat.State.CLOSED
    )
    audit.record("batch_canceled", by=by, target=batch, scope=batch.project.public_id)
    return batch


@transaction.atomic
def archive_batch(*, batch: Batch, by: User) -> Batch:
    """Put a completed or canceled batch out of the way."""
    move(batch, to=Batch.State.ARCHIVED, moves=BATCH_MOVES)
    audit.record("batch_archived", by=by, target=batch, scope=batch.project.public_id)
    return batch


def _lock(batch: Batch) -> None:
    """Hold the batch row until the end of the transaction, so that no import begins in between."""
    Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)


def _ask_no_import(batch: Batch) -> None:
    if batch.imports.filter(state__in=UNDER_WAY).exists():
        raise RuleBroken("A file is on its way into this batch. Import or cancel it first.")


@dataclass(frozen=True)
class BatchProgress:
    """A batch in numbers, gold left out: wanted judgments by where they stand, and tasks that have any.

    `open` and `queued` are held seats (being judged; on a work list), `free` ones nobody holds.
    """

    tasks: int = 0
    done: int = 0
    open: int = 0
    queued: int = 0
    free: int = 0

    @property
    def wanted(self) -> int:
        """All judgments the batch asks for; closed seats are no longer asked for."""
        return self.done + self.open + self.queued + self.free

    @property
    def missing(self) -> int:
        """Judgements still to come."""
        return self.wanted - self.done

    @property
    def share(self) -> float:
        """Judgements in hand over judgments wanted, 0 to 1; 0 when none are wanted."""
        return self.done / self.wanted if self.wanted else 0.0


def progress(batch: Batch) -> BatchProgress:
    """How far a batch is (two queries)."""
    return progress_of([batch]).get(batch.pk, BatchProgress())


def progress_of(batches: Iterable[Batch]) -> dict[int, BatchProgress]:
    """How far each of these batches is, by primary key; two queries however many. Batches without seats are absent."""
    pks = [batch.pk for batch in batches]
    seats = Seat.objects.wanted().filter(batch__in=pks)
    found = seats.values("batch").annotate(
        tasks=Count("task", distinct=True),
        done=Count("pk", filter=Q(state=Seat.State.DONE)),
        held=Count("pk", filter=Q(state=Seat.State.HELD)),
        free=Count("pk", filter=Q(state=Seat.State.FREE)),
    )
    waiting = Assignment.objects.filter(seat__in=seats.filter(state=Seat.State.HELD), state=Assignment.State.QUEUED)
    queued = dict(waiting.values_list("seat__batch").annotate(Count("pk")))
    return {row["batch"]: _progress(row, queued.get(row["batch"], 0)) for row in found}


def _progress(row: Mapping[str, Any], queued: int) -> BatchProgress:
    return BatchProgress(
        tasks=row["tasks"], done=row["done"], open=max(row["held"] - queued, 0), queued=queued, free=row["free"]
    )
