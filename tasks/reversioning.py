"""Unstarted work goes to a newer rubric version; whoever has begun finishes under the version they saw.

First the batches change, in one transaction with an audit row each: from then on new tasks are given out under the
new version. Then a job moves what is on work lists. Both may run twice or beside people who claim, open and submit:
a task is never judged under two versions in one round.
"""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts import audit
from accounts.models import User
from evaltool.base import todos
from evaltool.base.errors import Invalid, Problem, StaleState
from rubrics.following import Forecast
from rubrics.models import Rubric, RubricVersion
from tasks import gold_keys
from tasks.batches import LIVE
from tasks.importing import UNDER_WAY
from tasks.models import Assignment, Batch, GoldKey, ImportRun, Seat, Task
from tasks.rounds import begun, begun_tasks, same_round

MOVE = "move_unstarted_work"
CHUNK = 500
ATTEMPTS = 5


def forecast(rubric: Rubric, number: int) -> Forecast:
    """What `move_to_version` would do with every batch of the rubric under versions before this number."""
    found = behind(rubric, number)
    batches = list(_free_to_move(found).values_list("pk", "rubric_version__number"))
    tasks = Task.objects.filter(batch__in=[pk for pk, _ in batches], taken_out_at__isnull=True)
    work = tasks.filter(Exists(Seat.objects.wanted().filter(task=OuterRef("pk")).exclude(state=Seat.State.CLOSED)))
    counted = work.annotate(has_begun=begun_tasks()).aggregate(
        begun=Count("pk", filter=Q(has_begun=True)), unstarted=Count("pk", filter=Q(has_begun=False))
    )
    return Forecast(
        batches=len(batches),
        keys=gold_keys.in_use_in([pk for pk, _ in batches]).count(),
        numbers=sorted({number for _, number in batches}),
        waiting=list(found.exclude(pk__in=[pk for pk, _ in batches]).order_by("name").values_list("name", flat=True)),
        **counted,
    )


def behind(rubric: Rubric, number: int) -> QuerySet[Batch]:
    """Batches of the rubric that are not at their end, under versions before this number."""
    rows = Batch.objects.filter(rubric_version__rubric=rubric, rubric_version__number__lt=number)
    return rows.filter(state__in=[*LIVE, Batch.State.IMPORTING])


def _free_to_move(batches: QuerySet[Batch]) -> QuerySet[Batch]:
    """Those without a file on its way: its rows were checked against the version the batch has now."""
    under_way = ImportRun.objects.filter(batch=OuterRef("pk"), state__in=UNDER_WAY)
    return batches.filter(~Exists(under_way), state__in=LIVE)


@transaction.atomic
def move_to_version(*, batches: Iterable[Batch], version: RubricVersion, by: User) -> list[Batch]:
    """Give these batches a newer version of their rubric; returns those that changed, so that twice is once.

    What nobody has begun goes with them (the to-do `move_unstarted_work`); tasks somebody has open or has judged stay
    under the version their first judge saw. Batches at their end, and those with a file on its way, stay. Gold keys
    that the change makes doubtful are set aside as suspected. Raises Invalid when a batch is of another rubric or the
    version is not published.
    """
    given = list(batches)
    _check(given, version)
    locked = _lock(given, version)
    _wait_for_claims(locked)
    Batch.objects.filter(pk__in=[batch.pk for batch in locked]).update(rubric_version=version)
    for batch in locked:
        before = batch.rubric_version
        set_aside = gold_keys.carry_over(batch=batch, before=before, version=version, by=by)
        facts = {"before": before.number, "after": version.number, "keys_set_aside": set_aside}
        audit.record("batch_moved_to_version", by=by, target=batch, scope=version.rubric.project.public_id, **facts)
        batch.rubric_version = version
    if locked:
        todos.add(MOVE, version.pk)
    return locked


def _check(batches: Sequence[Batch], version: RubricVersion) -> None:
    if version.state != RubricVersion.State.PUBLISHED:
        raise Invalid([Problem("version", "Choose a published version.")])
    foreign = [batch.name for batch in batches if batch.rubric_version.rubric_id != version.rubric_id]
    if foreign:
        raise Invalid([Problem("batches", f"“{foreign[0]}” is judged under another rubric.")])


def _lock(given: Sequence[Batch], version: RubricVersion) -> list[Batch]:
    """The batches among these that may change, held; while they are, no import begins in them."""
    rows = behind(version.rubric, version.number).filter(pk__in=[batch.pk for batch in given]).order_by("pk")
    held = list(rows.select_related("rubric_version").select_for_update(no_key=True, of=("self",)))
    free = set(_free_to_move(Batch.objects.filter(pk__in=[batch.pk for batch in held])).values_list("pk", flat=True))
    return [batch for batch in held if batch.pk in free]


def _wait_for_claims(batches: Sequence[Batch]) -> None:
    """Lock every free seat: claims under way end first, and later ones read the new version when they write."""
    seats = Seat.objects.free().wanted().filter(batch__in=batches).order_by("pk").select_for_update(no_key=True)
    for _ in seats.values_list("pk").iterator(chunk_size=5000):
        pass


def move_all(*, version: RubricVersion, by: User) -> list[Batch]:
    """`move_to_version` for every batch of the rubric under an earlier version."""
    found = behind(version.rubric, version.number).select_related("rubric_version")
    return move_to_version(batches=found, version=version, by=by)


# ------------------------------------------------------------------- the job


def move_lists(version_pk: int, alive: todos.Alive = lambda: None) -> int:
    """Move what is on work lists to the version of its batch where nobody has begun; returns how many moved.

    Harmless when run twice or stopped in between. Raises StaleState when people claim faster than it can look.
    """
    last = moved = 0
    while tasks := _next_tasks(version_pk, last):
        alive()
        moved += _patiently(tasks, version_pk)
        last = tasks[-1]
    return moved


def _listed(version_pk: int) -> QuerySet[Assignment]:
    rows = Assignment.objects.filter(state=Assignment.State.QUEUED, batch__rubric_version=version_pk)
    return rows.exclude(rubric_version=version_pk)


def _next_tasks(version_pk: int, after: int) -> list[int]:
    tasks = _listed(version_pk).filter(task__gt=after).order_by("task").values_list("task", flat=True)
    return list(tasks.distinct()[:CHUNK])


def _patiently(tasks: list[int], version_pk: int) -> int:
    for attempt in range(ATTEMPTS):
        try:
            return _move(tasks, version_pk)
        except StaleState:
            if attempt == ATTEMPTS - 1:
                raise
    return 0


@transaction.atomic
def _move(tasks: list[int], version_pk: int) -> int:
    """Move the queued assignments of tasks nobody has begun. Locks are taken in the order of every other command."""
    rows = _listed(version_pk).filter(task__in=tasks)
    locked = set(rows.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
    free = Seat.objects.free().filter(task__in=tasks).order_by("pk").select_for_update(no_key=True)
    list(free.values_list("pk"))  # from here on nobody else comes to these tasks
    others = Assignment.objects.filter(begun(), same_round("seat__ordinal", "seat__ordinal"), task=OuterRef("task"))
    alone = Q(seat__cause=Seat.Cause.GOLD)
    unstarted = set(rows.filter(alone | ~Exists(others)).values_list("pk", flat=True))
    if not unstarted <= locked:
        raise StaleState("A task came to somebody's list in the meantime.")
    return Assignment.objects.filter(pk__in=unstarted, state=Assignment.State.QUEUED).update(rubric_version=version_pk)


def stale_keys(rubric: Rubric, number: int) -> QuerySet[GoldKey]:
    """Keys that a version of this number leaves behind or in doubt, for those who may see gold."""
    return gold_keys.stale_keys(rubric, number)
