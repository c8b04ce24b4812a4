"""Drift: one running sum per person and rubric over gold results (Bernoulli CUSUM, see docs/measures.md).

A warning is quiet: it raises the share of gold the person gets. An alarm opens an alert with its
evidence for a QA lead; whether it pauses at once is the project's policy. People decide, the sum does not.
"""

from django.urls import reverse

from accounts.commands import notify_all
from accounts.models import User
from evaltool.base import clock
from projects.commands import change_standing
from projects.models import Membership, Policy, Role, Standing
from quality.models import Alert, GoldResult, QualityState
from quality.pausing import pause_by_rule
from rubrics.models import Rubric
from stats.drift import Design, design_cusum, step
from tasks.models import Trust

EVIDENCE = 20  # gold results shown with an alert


def design_of(policy: Policy) -> Design:
    """The detector's weights and limits for a project's standard."""
    return design_cusum(policy.competent, policy.unacceptable, policy.false_alarm_items)


def watch(result: GoldResult) -> None:
    """Count a new gold result into the person's sum, and act on a warning or an alarm.

    The caller holds the person's lock. An unscored result (no criterion applied) counts nothing.
    """
    if result.correct is None:
        return
    policy = result.project.policy
    design = design_of(policy)
    state = _state_of(result.member, result.rubric_version.rubric)
    state.sum = step(state.sum, float(result.correct), design.weights)
    state.counted_to = result.number
    if state.sum == 0:
        state.zero_at = result.number
    state.updated_at = clock.now()
    state.save(update_fields=["sum", "counted_to", "zero_at", "updated_at"])
    if state.sum >= design.limits.alarm:
        _alarm(state, result, policy, design)
    elif state.sum >= design.limits.warning:
        _warn(state, policy)
    elif state.sum == 0:
        _calm(state, policy)


def _state_of(member: Membership, rubric: Rubric) -> QualityState:
    state, _ = QualityState.objects.select_for_update().get_or_create(
        member=member, rubric=rubric, defaults={"updated_at": clock.now()}
    )
    return state


def reset(member: Membership, rubric: Rubric) -> None:
    """Start the sum afresh after a person has reviewed it: what came before is judged."""
    state = _state_of(member, rubric)
    state.sum, state.zero_at, state.updated_at = 0.0, state.counted_to, clock.now()
    state.save(update_fields=["sum", "zero_at", "updated_at"])
    _calm(state, member.project.policy)


def _set_gold_share(state: QualityState, share: float) -> None:
    Trust.objects.update_or_create(member=state.member, rubric=state.rubric, defaults={"gold_share": share})


def _warn(state: QualityState, policy: Policy) -> None:
    _set_gold_share(state, policy.gold_share_watched)
    state.member.refresh_from_db(fields=["standing"])
    if state.member.standing == Standing.ACTIVE:
        change_standing(member=state.member, to=Standing.WATCHED, by=None)


def _calm(state: QualityState, policy: Policy) -> None:
    """The sum is back at zero: gold at the usual rate, and nobody watched without a cause."""
    Trust.objects.filter(member=state.member, rubric=state.rubric).update(gold_share=policy.gold_share)
    state.member.refresh_from_db(fields=["standing"])
    elsewhere = QualityState.objects.filter(member=state.member, sum__gt=0).exclude(pk=state.pk)
    if state.member.standing == Standing.WATCHED and not elsewhere.exists():
        change_standing(member=state.member, to=Standing.ACTIVE, by=None)


def _alarm(state: QualityState, result: GoldResult, policy: Policy, design: Design) -> None:
    _warn(state, policy)
    alert, created = Alert.objects.get_or_create(
        project=result.project,
        member=state.member,
        rubric=state.rubric,
        kind=Alert.Kind.DRIFT,
        state=Alert.State.OPEN,
        defaults={"opened_at": clock.now(), "evidence": _evidence(state, design), "onset_at": _onset_at(state)},
    )
    if not created:
        return
    leads = [m.user for m in _leads(result.project_id)]
    notify_all(
        users=leads,
        kind="alert",
        text=f"{state.member.user.name} is below the standard in {result.project.name}. Look at the evidence.",
        url=reverse("quality:alert", args=[alert.public_id]),
    )
    if policy.on_alarm == Policy.OnAlarm.PAUSE:
        pause_by_rule(member=state.member, alert=alert)


def _results(state: QualityState) -> "list[GoldResult]":
    """The person's gold results on this rubric, the newest first, as many as an alert shows."""
    found = GoldResult.objects.filter(
        member=state.member, rubric_version__rubric=state.rubric, number__lte=state.counted_to
    )
    return list(found.order_by("-number")[: max(EVIDENCE, state.counted_to - state.zero_at)])


def _evidence(state: QualityState, design: Design) -> dict[str, object]:
    results = _results(state)
    return {
        "sum": round(state.sum, 4),
        "alarm": round(design.limits.alarm, 4),
        "warning": round(design.limits.warning, 4),
        "onset": state.zero_at + 1,
        "results": [str(result.public_id) for result in reversed(results)],
    }


def _onset_at(state: QualityState) -> object:
    first = GoldResult.objects.filter(
        member=state.member, rubric_version__rubric=state.rubric, number=state.zero_at + 1
    ).first()
    return first.at if first else None


def _leads(project_id: int) -> "list[Membership]":
    members = Membership.objects.present().filter(project_id=project_id, roles__contains=[Role.QA_LEAD])
    return list(members.select_related("user"))


def users_who_lead(project_id: int) -> list[User]:
    """The QA leads of a project, for messages."""
    return [member.user for member in _leads(project_id)]
