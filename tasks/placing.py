"""Where gold is mixed into a person's work: fixed per turn, random to everybody who does not hold the secret.

`gold_first_count` of the first `gold_first_tasks` turns are gold at random places; later turns are gold with the
probability of the person's share. The draw is an HMAC over member and turn, so that a retry draws the same.
"""

import hashlib
import hmac
from functools import lru_cache

from django.conf import settings

from evaltool.base import todos
from projects.models import Membership, Policy, Standing
from tasks import gold_keys
from tasks.models import Seat, Task

USED_UP = "gold_used_up"
# After every other seat of a batch, so that gold seats that came free again are never in the way of "next".
LAST_PLACE = 2**62


def draw(*parts: object) -> float:
    """A number in 0..1 that is always the same for these parts and cannot be guessed without the secret."""
    return int.from_bytes(_digest(*parts)[:8], "big") / 2**64


def _digest(*parts: object) -> bytes:
    text = ":".join(map(str, parts))
    return hmac.digest(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256)


def is_gold_turn(*, member: int, turn: int, policy: Policy, share: float) -> bool:
    """Whether this turn (1, 2, 3 …) of the member is to be gold; `share` is 0..1 and holds after the first tasks."""
    if turn <= policy.gold_first_tasks:
        return turn in _first_turns(member, policy.gold_first_tasks, policy.gold_first_count)
    return draw("turn", member, turn) < share


@lru_cache(maxsize=4096)
def _first_turns(member: int, tasks: int, count: int) -> frozenset[int]:
    turns = sorted(range(1, tasks + 1), key=lambda turn: draw("first", member, turn))
    return frozenset(turns[:count])


def share_of(member: Membership, policy: Policy, trusted_share: float | None) -> float:
    """The share of gold among later tasks: what quality has set, else the policy's; more while watched."""
    share = policy.gold_share if trusted_share is None else trusted_share
    if member.standing == Standing.WATCHED:
        share = max(share, policy.gold_share_watched)
    return max(share, policy.gold_floor)


def gold_for(member: Membership, *, turn: int, policy: Policy, share: float, version: int, like: Task) -> Task | None:
    """The gold task for this turn, None when the turn is ordinary work or the person has seen all gold.

    The bank is asked at every turn, so that gold and work take the same queries. When a turn is due and nothing
    unseen is left, the to-do `gold_used_up` tells the leads.
    """
    salt = _digest("bank", member.pk).hex()
    found = gold_keys.next_for(user=member.user_id, rubric_version=version, like=like, salt=salt)
    if found is None or not is_gold_turn(member=member.pk, turn=turn, policy=policy, share=share):
        return None
    if found.seen:  # type: ignore[attr-defined]  # annotated by next_for
        todos.add(USED_UP, member.pk)
        return None
    return found


def seat_gold(task: Task) -> Seat:
    """A held gold seat on the task, outside overlap and progress.

    Raises IntegrityError when somebody else takes the same ordinal at the same moment: the caller tries again.
    """
    ordinal: int = task.last_ordinal + 1  # type: ignore[attr-defined]  # annotated by next_for
    return Seat.objects.create(
        task=task,
        batch_id=task.batch_id,
        ordinal=ordinal,
        cause=Seat.Cause.GOLD,
        state=Seat.State.HELD,
        place=LAST_PLACE,
    )


def shuffled(ids: list[str], *parts: object) -> list[str]:
    """The ids in a random order that is always the same for these parts."""
    return sorted(ids, key=lambda one: draw("order", *parts, one))
