"""Seats come free again: by a lease that ends, a list that stays unopened, or a person who may not go on."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Case, QuerySet, Value, When

from accounts import audit
from accounts.models import User
from evaltool.base import clock, todos
from projects.models import MAY_WORK, Membership, Policy, Project
from tasks.models import Assignment, Seat
from tasks.reading import ago

GIVEN_BACK = "Given back"
UNOPENED = "Not opened in time"
LEASE_ENDED = "The reservation ended"
STOPPED = "Work stopped"
CHUNK = 200
DISTRIBUTE = "distribute_batch"
S = Assignment.State


@transaction.atomic
def release_work(*, member: Membership, by: User | None, reason: str) -> int:
    """Give back all a member holds, queued or open, and keep every draft. Returns how many assignments.

    `by` is None for the system. Called when somebody is paused; harmless when they hold nothing.
    """
    rows = _locked(Assignment.objects.live().filter(member=member))
    end(rows, to=S.RELEASED, reason=reason)
    if rows:
        audit.record("work_released", by=by, target=member, scope=member.project.public_id, count=len(rows))
    return len(rows)


def end(rows: Iterable[Assignment], *, to: str, reason: str, finally_: bool = False, skip: str = "") -> None:
    """End live assignments that are locked, free their seats, and let the worker give these out again.

    A gold seat serves its own person only: it closes when they will not come back (`finally_`). `skip` is the kind
    of a skip (Assignment.Skip).
    """
    rows = list(rows)
    if not rows:
        return
    live = Assignment.objects.live().filter(pk__in=[row.pk for row in rows])
    live.update(state=to, ended_at=clock.db_now(), end_reason=reason, skip=skip, lease_until=None)
    gold_to = Seat.State.CLOSED if finally_ else Seat.State.FREE
    after = Case(When(cause=Seat.Cause.GOLD, then=Value(gold_to)), default=Value(Seat.State.FREE))
    Seat.objects.filter(pk__in=[row.seat_id for row in rows], state=Seat.State.HELD).update(state=after)
    todos.add_all((DISTRIBUTE, row.batch_id) for row in rows)


def expire_leases() -> int:
    """Give back what nobody works on: leases that ended, lists unopened too long, work of people who may not go on.

    Drafts are kept. Safe beside itself and beside people who submit at the same moment; returns how many ended.
    """
    ended = _sweep(lease_ended(), to=S.EXPIRED, reason=LEASE_ENDED)
    unopened = [_sweep(rows, to=S.RELEASED, reason=UNOPENED) for rows in _unopened()]
    return ended + sum(unopened) + _sweep(_stopped(), to=S.RELEASED, reason=STOPPED)


def lease_ended() -> QuerySet[Assignment]:
    """Open work whose lease is over by the database's clock."""
    return Assignment.objects.filter(state=S.OPEN, lease_until__lt=clock.db_now())


def _unopened() -> Iterable[QuerySet[Assignment]]:
    """Queued work older than its project allows, project by project."""
    queued = Assignment.objects.filter(state=S.QUEUED)
    newest = Policy.objects.filter(project__in=Project.objects.filter(archived_at__isnull=True))
    for policy in newest.order_by("project", "-number").distinct("project"):
        before = ago(timedelta(days=policy.queue_days))
        yield queued.filter(member__project=policy.project_id, created_at__lt=before)


def _stopped() -> QuerySet[Assignment]:
    """Live work of people whose standing does not let them work, however they came there."""
    return Assignment.objects.live().exclude(member__standing__in=MAY_WORK)


def _sweep(rows: QuerySet[Assignment], *, to: str, reason: str) -> int:
    total = 0
    while True:
        with transaction.atomic():
            found = _locked(rows.order_by("pk"), skip=True)
            end(found, to=to, reason=reason)
        total += len(found)
        if len(found) < CHUNK:
            return total


def _locked(rows: QuerySet[Assignment], *, skip: bool = False) -> list[Assignment]:
    locking = rows.select_for_update(no_key=True, skip_locked=skip, of=("self",))
    return list(locking[:CHUNK] if skip else locking)
