"""Seats get people, one at a time. The database makes it right at any speed.

A seat is found with SKIP LOCKED, taken by a conditional update and bound to the person by unique rows; what collides
is rolled back and tried again. The cost does not grow with the batch: the search looks at a few seats at the front,
then goes on where this person was last.
"""

from collections.abc import Iterator, Sequence

from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, Exists, ExpressionWrapper, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from evaltool.base import clock, states
from evaltool.base.errors import StaleState
from projects.models import GuidelineVersion, Membership
from tasks import placing
from tasks.eligibility import eligible, eligible_members, free_seats, open_batches
from tasks.freeing import release_work
from tasks.models import SEAT_MOVES, Assignment, Batch, Involvement, Seat, Task, Trust
from tasks.opening import go_on, lease_of, own_work, resumable, resume_one
from tasks.reading import in_full
from tasks.rounds import version_for
from tasks.terms import numbers_of, policy_for

__all__ = ["claim_first", "claim_next", "eligible", "eligible_members", "release_work", "take_seat"]

ATTEMPTS = 12
# How many seats at the front of a batch are looked at before the search goes on where the person was last.
WINDOW = 16


class Collision(Exception):
    """Somebody was faster; nothing was written, try again."""


def claim_next(*, member: Membership, by: User) -> Assignment | None:
    """The member's next piece of work, open: their own, then what had expired, then a new seat; None without any.

    Asking twice, or twice at once, gives the same. People take work for themselves: `by` is the member's person.
    """
    assert by.pk == member.user_id
    for _ in range(ATTEMPTS):
        try:
            found = own_work(member).first()
            if found is not None:
                return go_on(found)
            fresh = resume_one(member) or _pull(member)
        except StaleState:
            continue
        if fresh is not None:
            return in_full().get(pk=fresh.pk)
        if not own_work(member).exists():
            return None
    return None


def claim_first(*, members: Sequence[Membership], by: User) -> Assignment | None:
    """`claim_next` over several projects: where something is open first, then in the order given."""
    opened = Assignment.objects.filter(member__in=members, state=Assignment.State.OPEN)
    begun = set(opened.values_list("member", flat=True))
    ordered = sorted(members, key=lambda member: member.pk not in begun)
    found = (claim_next(member=member, by=by) for member in ordered)
    return next((assignment for assignment in found if assignment), None)


def _pull(member: Membership) -> Assignment | None:
    taken = (take_seat(member=member, batch=batch) for batch in open_batches(member))
    return next((assignment for assignment in taken if assignment), None)


def finds_something(member: Membership) -> bool:
    """Whether asking for the next task would give one beyond the member's list; takes nothing and locks nothing."""
    if resumable(member).exists():
        return True
    return any(seats.exists() for batch in open_batches(member)[:10] for seats in _searches(member, batch))


def take_seat(*, member: Membership, batch: Batch, state: str = Assignment.State.OPEN) -> Assignment | None:
    """Give the member one more seat of the batch (or gold in its place), open or queued on their list.

    None when they are not eligible, nothing is left for them, or, for an open one, they hold an open task already.
    """
    for _ in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _take(member, batch, state)
        except (IntegrityError, StaleState, Collision):
            continue
    return None


def _take(member: Membership, batch: Batch, state: str) -> Assignment | None:
    holder = _lock(member, batch, state)
    seat = _find(holder, batch) if holder else None
    if holder is None or seat is None:
        return None
    turn, policy = holder.last_turn + 1, policy_for(holder, batch.project)  # type: ignore[attr-defined]
    share = placing.share_of(holder, policy, holder.trusted_share)  # type: ignore[attr-defined]
    gold = placing.gold_for(
        holder, turn=turn, policy=policy, share=share, version=batch.rubric_version_id, like=seat.task
    )
    if gold is None:
        states.move(seat, to=Seat.State.HELD, moves=SEAT_MOVES)
    return _bind(holder, batch, seat if gold is None else placing.seat_gold(gold), gold or seat.task, turn, state)


def _lock(member: Membership, batch: Batch, state: str) -> Membership | None:
    """The member as the rule and the next turn need them, locked so that their turns come one after the other.

    After waiting for the lock the annotations may be old; the unique turn refuses what was decided on them.
    """
    own = Assignment.objects.filter(member=OuterRef("pk"))
    guideline = GuidelineVersion.objects.filter(guideline__project=OuterRef("project"), published_at__isnull=False)
    trust = Trust.objects.filter(member=OuterRef("pk"), rubric=batch.rubric_version.rubric_id)
    rows = eligible_members(batch).annotate(
        last_turn=Coalesce(Subquery(own.order_by("-turn").values("turn")[:1]), 0),
        trusted_share=Subquery(trust.values("gold_share")),
        guideline_in_force=Subquery(guideline.order_by("-number").values("pk")[:1]),
        policy_numbers=numbers_of("project"),
        db_now=ExpressionWrapper(clock.db_now(), output_field=DateTimeField()),
    )
    if state == Assignment.State.OPEN:
        rows = rows.filter(~Exists(own.live()))
    return rows.select_for_update(no_key=True, of=("self",)).filter(pk=member.pk).first()


def _find(member: Membership, batch: Batch) -> Seat | None:
    """A free seat for the member, locked; seats that others are taking at this moment are passed over."""
    for seats in _searches(member, batch):
        locking = seats.select_related("task").select_for_update(skip_locked=True, no_key=True, of=("self",))
        seat = locking.first()
        if seat is not None:
            _keep_expert_seat(seat, member, batch)
            return seat
    return None


def _searches(member: Membership, batch: Batch) -> Iterator[QuerySet[Seat]]:
    seats = free_seats(member, batch)
    front = Seat.objects.free().wanted().filter(batch=batch).order_by("place", "ordinal").values("place")
    yield seats.filter(place__lte=Coalesce(Subquery(front[WINDOW - 1 : WINDOW]), placing.LAST_PLACE))
    last = Assignment.objects.filter(member=member, batch=batch).exclude(seat__cause=Seat.Cause.GOLD)
    place = last.order_by("-turn").values_list("seat__place", flat=True).first()
    if place is None:
        yield seats
    else:
        yield seats.filter(place__gt=place)
        yield seats.filter(place__lte=place)


def _keep_expert_seat(seat: Seat, member: Membership, batch: Batch) -> None:
    """Look again under the task's lock: two people must not take the last two seats an expert is wanted on."""
    if not seat.task.needs_expert:
        return
    rows = Task.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=seat.task_id)
    if not rows or not free_seats(member, batch).filter(pk=seat.pk).exists():
        raise Collision


def _bind(member: Membership, batch: Batch, seat: Seat, task: Task, turn: int, state: str) -> Assignment:
    now = member.db_now  # type: ignore[attr-defined]
    is_open = state == Assignment.State.OPEN
    Involvement.objects.create(task=task, user_id=member.user_id, how=Involvement.How.JUDGE, at=now)
    ids = [response["id"] for response in task.content.get("responses", ())]
    made = Assignment.objects.create(
        seat=seat,
        task=task,
        batch=batch,
        member=member,
        state=state,
        turn=turn,
        rubric_version_id=version_for(task=task.pk, seat=seat, batch=batch.pk),
        guideline_version_id=member.guideline_in_force,  # type: ignore[attr-defined]
        response_order=placing.shuffled(ids, member.pk, task.pk),
        created_at=now,
        opened_at=now if is_open else None,
        lease_until=now + lease_of(member, batch.project) if is_open else None,
    )
    del made.__dict__["rubric_version_id"]  # the expression: the value is read by whoever asks for it
    return made
