"""The worker fills the work lists of a released batch, so that people find their next task waiting."""

from math import ceil

from django.db.models import Count, Exists, OuterRef, Q

from evaltool.base import clock, todos
from evaltool.base.models import ToDo
from evaltool.base.todos import Alive
from projects.models import Membership
from tasks import placing
from tasks.assigning import take_seat
from tasks.eligibility import eligible_members, released
from tasks.freeing import DISTRIBUTE
from tasks.models import Assignment, Batch, Seat

LIST_LENGTH = 10


def distribute_batch(batch_pk: int, alive: Alive = lambda: None) -> int:
    """Top up the lists of everybody who may work on the batch, one task each round; returns how many were given.

    A list holds up to LIST_LENGTH tasks over all batches, and of what is free no more than a fair share. Each round
    goes through the people in another order, so that many pairs of people share tasks and agreement can be estimated.
    Harmless when run twice or stopped in between.
    """
    batch = Batch.objects.select_related("rubric_version", "project").filter(released(), pk=batch_pk).first()
    room = _room(batch) if batch else {}
    given = 0
    while batch and room:
        for member in _round(room, given):
            alive()
            room[member] -= 1
            if take_seat(member=member, batch=batch, state=Assignment.State.QUEUED):
                given += 1
            else:
                room[member] = 0  # nothing more for them here
        room = {member: left for member, left in room.items() if left > 0}
    return given


def _room(batch: Batch) -> dict[Membership, int]:
    """How many tasks each eligible member may get now."""
    live = Count("assignments", filter=Q(assignments__state__in=[Assignment.State.QUEUED, Assignment.State.OPEN]))
    members = list(eligible_members(batch).annotate(live=live))
    if not members:
        return {}
    free = Seat.objects.free().wanted().filter(batch=batch)[: LIST_LENGTH * len(members)].count()
    fair = ceil(free / len(members))
    room = {member: min(LIST_LENGTH - member.live, fair) for member in members}
    return {member: wanted for member, wanted in room.items() if wanted > 0}


def _round(room: dict[Membership, int], given: int) -> list[Membership]:
    """Everybody with room, in an order of this round's own."""
    moment = clock.now().isoformat()
    return sorted(room, key=lambda member: placing.draw("round", moment, given, member.pk))


def distribute_released() -> int:
    """Ask for the distribution of every released batch that has a free seat; returns how many were asked for."""
    free = Seat.objects.free().wanted().filter(batch=OuterRef("pk"))
    waiting = ToDo.objects.filter(kind=DISTRIBUTE, object_id=OuterRef("pk"))
    batches = Batch.objects.filter(released(), Exists(free), ~Exists(waiting)).order_by("-priority", "pk")
    wanted = [(DISTRIBUTE, pk) for pk in batches.values_list("pk", flat=True)]
    todos.add_all(wanted)
    return len(wanted)
