"""Work that is a person's already begins or goes on: from their list, or after it expired or was released."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, IntegerField, Model, OuterRef, Q, QuerySet, When

from accounts.models import User
from evaltool.base import states
from evaltool.base.errors import StaleState
from projects.models import MAY_WORK, Membership, Project
from tasks.eligibility import eligible_members, ready, released, suitable, valid_clearances
from tasks.freeing import GIVEN_BACK
from tasks.models import ASSIGNMENT_MOVES, SEAT_MOVES, Assignment, Seat
from tasks.reading import built_once, in_full, locked
from tasks.rounds import round_of, same_round, version_now, within
from tasks.terms import policy_for

S = Assignment.State
RESUMABLE = [S.EXPIRED, S.RELEASED]
GONE = "Somebody else has this task now. Your text is kept."


def lease_of(row: Model, project: Project) -> timedelta:
    """How long a reservation lasts without a sign of life; `row` carries the policy's numbers or not."""
    return timedelta(minutes=policy_for(row, project).lease_minutes)


def own_work(member: Membership) -> QuerySet[Assignment]:
    """What the member may go on with: open work first, then their list in its order. Read in full."""
    return _workable().filter(member=member)


@built_once
def _workable() -> QuerySet[Assignment]:
    rows = in_full().filter(Q(state=S.OPEN) | startable(), member__standing__in=MAY_WORK)
    open_first = Case(When(state=S.OPEN, then=0), default=1, output_field=IntegerField())
    return rows.order_by(open_first, "turn")


def startable() -> Q:
    """Queued work that may be opened now: the person is eligible still, and the batch is given out."""
    cleared = valid_clearances().filter(
        Q(domain="") | Q(domain=OuterRef("task__domain")),
        member=OuterRef("member"),
        rubric=OuterRef("rubric_version__rubric"),
    )
    here = Q(released("batch__"), ready("member__"), state=S.QUEUED, task__taken_out_at__isnull=True)
    return here & Q(Exists(cleared))


def resumable(member: Membership) -> QuerySet[Assignment]:
    """Work of the member that ended without them saying so, in batches that are given out, with a seat free again."""
    rows = Assignment.objects.filter(member=member, state__in=RESUMABLE).exclude(end_reason=GIVEN_BACK)
    this_round = ~Q(cause=Seat.Cause.GOLD) & same_round("seat__ordinal")
    seat = Seat.objects.free().filter(Q(pk=OuterRef("seat")) | this_round, task=OuterRef("task"))
    return rows.filter(released("batch__"), Exists(seat)).order_by("turn")


@transaction.atomic
def open_assignment(*, assignment: Assignment, by: User) -> Assignment:
    """Begin, or go on with, one's own assignment: queued, open, expired or released.

    Raises StaleState when it cannot be opened any more, or its seat has gone to somebody else.
    """
    found = in_full().get(pk=assignment.pk)
    if by.pk != found.member.user_id:
        raise StaleState("This task belongs to somebody else.")
    if found.state in RESUMABLE:
        return resume(found)
    if not own_work(found.member).filter(pk=found.pk).exists():
        raise StaleState("This task cannot be opened now.")
    return go_on(found)


def go_on(found: Assignment) -> Assignment:
    """Open a queued assignment that may be started, or give an open one its time back. `found` is read in full."""
    if found.state == S.QUEUED:
        _to_open(found)
    elif found.lease_until <= found.db_now:  # type: ignore[attr-defined]
        renew(found)
    return found


def renew(found: Assignment, **changes: Any) -> None:
    """A whole reservation from now for an open assignment. Raises StaleState when it is open no more."""
    changes["lease_until"] = found.db_now + lease_of(found, found.batch.project)  # type: ignore[attr-defined]
    if not Assignment.objects.filter(pk=found.pk, state=S.OPEN).update(**changes):
        raise StaleState("This reservation has ended. Your text is kept.")
    for name, value in changes.items():
        setattr(found, name, value)


def _to_open(found: Assignment, **changes: Any) -> None:
    now = found.db_now  # type: ignore[attr-defined]
    states.move(
        found,
        to=S.OPEN,
        moves=ASSIGNMENT_MOVES,
        as_seen=["rubric_version_id"],  # unstarted work may have gone to a new version since it was read
        opened_at=found.opened_at or now,
        lease_until=now + lease_of(found, found.batch.project),
        ended_at=None,
        end_reason="",
        **changes,
    )


def resume_one(member: Membership) -> Assignment | None:
    """Take up the first of the member's interrupted tasks that still has a seat."""
    for found in resumable(member)[:5]:
        try:
            return resume(found)
        except StaleState:
            continue
    return None


@transaction.atomic
def resume(assignment: Assignment) -> Assignment:
    """Open interrupted work again on a free seat of its task. Raises StaleState when there is none for the person."""
    member = eligible_members(assignment.batch).filter(pk=assignment.member_id)
    holder = member.select_for_update(no_key=True, of=("self",)).first()
    found = locked(assignment)
    if holder is None or found.state not in RESUMABLE:
        raise StaleState("This task cannot be taken up again now. Your text is kept.")
    seat = take_back_seat(found)
    _to_open(found, seat=seat, heartbeat_at=found.db_now, **_version_of(found, seat))  # type: ignore[attr-defined]
    return found


def _version_of(found: Assignment, seat: Seat) -> dict[str, int]:
    """Whoever saw the form goes on under its version; what was never opened takes the one its task is judged under."""
    return {} if found.opened_at else {"rubric_version_id": version_now(found, seat)}


def take_back_seat(found: Assignment) -> Seat:
    """Hold a free seat of the assignment's task and round, its own if possible. StaleState when all are gone."""
    own = Q(pk=found.seat_id)
    this_round = ~Q(cause=Seat.Cause.GOLD) & within(round_of(found.seat.ordinal))
    seats = Seat.objects.free().filter(own | this_round, task=found.task_id)
    fitting = suitable(seats, found.member, found.rubric_version.rubric_id)
    own_first = Case(When(own, then=0), default=1, output_field=IntegerField())
    locking = fitting.order_by(own_first, "ordinal").select_for_update(skip_locked=True, no_key=True, of=("self",))
    seat = locking.first()
    if seat is None:
        raise StaleState(GONE)
    states.move(seat, to=Seat.State.HELD, moves=SEAT_MOVES)
    return seat
