"""Gold keys: the only module that reads their table. Importing, placing, gold scoring and gold management use it.

A task with an active key gets gold seats only.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import MD5, Cast, Coalesce, Concat

from accounts import audit
from accounts.models import User
from evaltool.base import clock, states
from evaltool.base.errors import Invalid, RuleBroken
from projects.models import Project
from rubrics.answers import clean_key
from rubrics.models import Criterion, Rubric, RubricVersion
from rubrics.selectors import judged_differently
from tasks.models import KEY_MOVES, Batch, GoldKey, Involvement, Seat, Task


def clean_gold(criteria: Sequence[Criterion], content: dict[str, Any], gold: dict[str, Any]) -> dict[str, Any]:
    """A key `{"answers", "explanation"}` as it is stored, checked against these criteria and this content.

    Raises Invalid naming each unknown criterion, unknown target and value off the scale as `<key>.<target>`.
    """
    return {"answers": clean_key(criteria, content, gold["answers"]), "explanation": gold.get("explanation", "")}


@transaction.atomic
def add_key(*, task: Task, answers: dict[str, Any], explanation: str = "", by: User) -> GoldKey:
    """Make a task gold: store the expert's answers and close its free seats outside gold.

    Raises Invalid naming what does not fit the rubric version of the task's batch; RuleBroken when the task has a
    key already or somebody is judging it now.
    """
    criteria = list(Criterion.objects.filter(version=task.batch.rubric_version_id))
    gold = clean_gold(criteria, task.content, {"answers": answers, "explanation": explanation})
    _take_from_work(task)
    return _store(task, gold, by)


def add_clean_key(*, task: Task, gold: dict[str, Any], by: User) -> GoldKey:
    """Store a key that `clean_gold` has passed for a new task without seats: what an import does row by row."""
    return _store(task, gold, by)


def _take_from_work(task: Task) -> None:
    """Close what nobody holds; refuse if somebody holds one. Closing first locks out whoever takes one now."""
    seats = Seat.objects.wanted().filter(task=task)
    seats.filter(state=Seat.State.FREE).update(state=Seat.State.CLOSED)
    if seats.filter(state=Seat.State.HELD).exists():
        raise RuleBroken("Somebody is judging this task now. Make it gold when the judgment is in.")


def _store(task: Task, gold: dict[str, Any], by: User) -> GoldKey:
    try:
        with transaction.atomic():
            key = GoldKey.objects.create(task=task, created_by=by, created_at=clock.now(), **gold)
    except IntegrityError as error:
        raise RuleBroken("This task has a gold key already. Change that one.") from error
    audit.record("gold_key_added", by=by, target=key, scope=task.project.public_id, task=str(task.public_id))
    return key


@transaction.atomic
def set_status(*, key: GoldKey, to: str, by: User) -> GoldKey:
    """Take a key out of use (suspected, retired) or into use again.

    Out of use, nobody is given it and what is not scored yet counts for nobody; results so far stay. Its task does not
    go back among the work. Raises StaleState when it was changed meanwhile, and Invalid when a key that is to be in
    use again does not fit the rubric version its batch has now.
    """
    before = key.status
    if to == GoldKey.Status.ACTIVE:
        criteria = list(Criterion.objects.filter(version=key.task.batch.rubric_version_id))
        clean_key(criteria, key.task.content, key.answers)
    states.move(key, to=to, moves=KEY_MOVES, field="status")
    scope = key.task.project.public_id
    audit.record("gold_key_status_set", by=by, target=key, scope=scope, before=before, after=to)
    return key


def in_use_in(batches: Iterable[int]) -> QuerySet[GoldKey]:
    """Keys in use on tasks of these batches."""
    return GoldKey.objects.filter(task__batch__in=list(batches), status=GoldKey.Status.ACTIVE)


def carry_over(*, batch: Batch, before: RubricVersion, version: RubricVersion, by: User) -> int:
    """Take the batch's keys along to a newer rubric version; returns how many were set aside as suspected.

    A key stays in use where it fits the new version and no criterion it answers is judged differently there.
    """
    criteria = list(Criterion.objects.filter(version=version))
    changed = judged_differently(before, version)
    keys = in_use_in([batch.pk]).select_related("task__project")
    doubtful = [key for key in keys if changed & set(key.answers) or not _fits(criteria, key)]
    for key in doubtful:
        set_status(key=key, to=GoldKey.Status.SUSPECT, by=by)
    return len(doubtful)


def _fits(criteria: Sequence[Criterion], key: GoldKey) -> bool:
    try:
        return clean_key(criteria, key.task.content, key.answers) == key.answers
    except Invalid:
        return False


def stale_keys(rubric: Rubric, number: int) -> QuerySet[GoldKey]:
    """Keys that a version of this number leaves behind or in doubt: made for an earlier one, or suspected."""
    rows = GoldKey.objects.filter(task__batch__rubric_version__rubric=rubric).exclude(status=GoldKey.Status.RETIRED)
    earlier = Q(task__batch__rubric_version__number__lt=number)
    rows = rows.filter(earlier | Q(status=GoldKey.Status.SUSPECT))
    return rows.select_related("task__batch__rubric_version").order_by("task__batch__name", "pk")


def keys_in(project: Project) -> QuerySet[GoldKey]:
    """Every key of a project, whatever its status, with its task and batch."""
    rows = GoldKey.objects.filter(task__project=project)
    return rows.select_related("task__project", "task__batch__rubric_version__rubric", "created_by")


def keys_of(task_pks: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The stored `{"answers", "explanation"}` of these tasks, whatever their status; tasks without a key are absent."""
    rows = GoldKey.objects.filter(task__in=list(task_pks)).values_list("task_id", "answers", "explanation")
    return {task: {"answers": answers, "explanation": why} for task, answers, why in rows}


def key_of(task_pk: int) -> GoldKey | None:
    """The task's key, whatever its status; None when the task is not gold."""
    return GoldKey.objects.select_related("task__batch__rubric_version").filter(task=task_pk).first()


def is_gold(task_pk: int) -> bool:
    """Whether the task has an active key, so that it gets gold seats only."""
    return GoldKey.objects.filter(task=task_pk, status=GoldKey.Status.ACTIVE).exists()


def bank(rubric_version: int) -> QuerySet[Task]:
    """Gold tasks in use under a rubric version: those of gold banks that are ready, and of batches once released."""
    given_out = Q(batch__state__in=[Batch.State.RELEASED, Batch.State.PAUSED, Batch.State.COMPLETED])
    in_bank = Q(batch__purpose=Batch.Purpose.GOLD, batch__state=Batch.State.READY)
    return Task.objects.filter(
        given_out | in_bank,
        batch__purpose__in=[Batch.Purpose.GOLD, Batch.Purpose.WORK],
        batch__rubric_version=rubric_version,
        gold_key__status=GoldKey.Status.ACTIVE,
        taken_out_at__isnull=True,
    )


def bank_size(rubric_version: int) -> int:
    """How many gold tasks are in use under a rubric version."""
    return bank(rubric_version).count()


def added_since(project: Project, moment: datetime) -> bool:
    """Whether a gold key came into use in the project after this moment."""
    rows = GoldKey.objects.filter(task__project=project, status=GoldKey.Status.ACTIVE, created_at__gt=moment)
    return rows.exists()


def next_for(*, user: int, rubric_version: int, like: Task, salt: str) -> Task | None:
    """The gold task this person should have next, None when there is none at all. `seen`: they have had all of them.

    As like to `like` in domain and batch as there is; the rest of the order is each person's own (`salt`), so that two
    people cannot tell each other what comes. `last_ordinal` is the highest ordinal of the task's seats.
    """
    seen = Involvement.objects.filter(task=OuterRef("pk"), user=user)
    seats = Seat.objects.filter(task=OuterRef("pk")).order_by("-ordinal").values("ordinal")[:1]
    near = Case(When(domain=like.domain, batch=like.batch_id, then=0), When(domain=like.domain, then=1), default=2)
    mixed = MD5(Concat(Cast("pk", CharField()), Value(salt)))
    rows = bank(rubric_version).annotate(seen=Exists(seen), last_ordinal=Coalesce(Subquery(seats), 0))
    return rows.order_by("seen", near, mixed).first()
