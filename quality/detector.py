"""The drift detector of one person on one rubric: a running sum over gold results, kept between them.

Bernoulli CUSUM, see docs/measures.md. This room only keeps the sum; what follows from it is in `monitoring`, and
what people decide in `pausing`. Both start it afresh here.
"""

from evaltool.base import clock
from projects.commands import change_standing
from projects.models import Membership, Policy, Standing
from quality.models import QualityState
from rubrics.models import Rubric
from stats.drift import Design, design_cusum, step
from tasks.models import Trust


def design_of(policy: Policy) -> Design:
    """The detector's weights and limits for a project's standard."""
    return design_cusum(policy.competent, policy.unacceptable, policy.false_alarm_items)


def count(*, member: Membership, rubric: Rubric, number: int, correct: bool, design: Design) -> QualityState:
    """The state after one more scored gold item, the `number`-th of the member's gold on this rubric.

    The caller holds the member's lock, so that items are counted one after the other.
    """
    state = _locked_state(member, rubric)
    state.sum = step(state.sum, float(correct), design.weights)
    state.counted_to = number
    if state.sum == 0:
        state.zero_at = number
    state.updated_at = clock.now()
    state.save(update_fields=["sum", "counted_to", "zero_at", "updated_at"])
    return state


def restart(*, member: Membership, rubric: Rubric) -> None:
    """Start the sum afresh after a person has looked: what came before is judged."""
    state = _locked_state(member, rubric)
    state.sum, state.zero_at, state.updated_at = 0.0, state.counted_to, clock.now()
    state.save(update_fields=["sum", "zero_at", "updated_at"])
    calm(state)


def restart_all(member: Membership) -> None:
    """Start every sum of a member afresh."""
    for state in QualityState.objects.filter(member=member).select_related("rubric"):
        restart(member=member, rubric=state.rubric)


def more_gold(state: QualityState, share: float) -> None:
    """Raise the share (0..1) of gold this person gets under this rubric."""
    Trust.objects.update_or_create(member=state.member, rubric=state.rubric, defaults={"gold_share": share})


def calm(state: QualityState) -> None:
    """The sum is at zero: gold at the project's own share again, and nobody watched without a cause."""
    # Quality alone writes these rows, and for this alone: without one the policy's share holds.
    Trust.objects.filter(member=state.member, rubric=state.rubric).delete()
    state.member.refresh_from_db(fields=["standing"])
    elsewhere = QualityState.objects.filter(member=state.member, sum__gt=0).exclude(pk=state.pk)
    if state.member.standing == Standing.WATCHED and not elsewhere.exists():
        change_standing(member=state.member, to=Standing.ACTIVE, by=None)


def _locked_state(member: Membership, rubric: Rubric) -> QualityState:
    state, _ = QualityState.objects.select_for_update().get_or_create(
        member=member, rubric=rubric, defaults={"updated_at": clock.now()}
    )
    state.member, state.rubric = member, rubric  # read already, and one object in memory for one row
    return state
