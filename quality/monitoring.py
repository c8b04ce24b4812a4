"""Drift: what follows from a gold result.

A warning is quiet: it raises the share of gold the person gets. An alarm opens an alert with its
evidence for a QA lead; whether it pauses at once is the project's policy. People decide, the sum does not.
"""

from evaltool.base import clock
from projects.commands import change_standing
from projects.models import Policy, Standing
from quality.detector import calm, more_gold
from quality.models import Alert, GoldResult, QualityState
from quality.pausing import pause_by_rule
from quality.telling import tell_leads
from stats.drift import Limits

EVIDENCE = 20  # gold results kept with an alert, or all since the likely start where these are more


def act_on(state: QualityState, *, policy: Policy, limits: Limits) -> None:
    """Warn, alarm or calm down as the sum now stands. The caller holds the person's lock."""
    if state.sum >= limits.alarm:
        _alarm(state, policy, limits)
    elif state.sum >= limits.warning:
        _warn(state, policy)
    elif state.sum == 0:
        calm(state)


def _warn(state: QualityState, policy: Policy) -> None:
    more_gold(state, policy.gold_share_watched)
    state.member.refresh_from_db(fields=["standing"])
    if state.member.standing == Standing.ACTIVE:
        change_standing(member=state.member, to=Standing.WATCHED, by=None)


def _alarm(state: QualityState, policy: Policy, limits: Limits) -> None:
    _warn(state, policy)
    if _is_known(state):
        return
    alert = _open_alert(state, policy, limits)
    name, project = state.member.user.name, policy.project.name
    tell_leads(alert, f"{name} is below the standard in {project}. Look at the evidence.")
    if policy.on_alarm == Policy.OnAlarm.PAUSE:
        pause_by_rule(member=state.member, alert=alert)


def _is_known(state: QualityState) -> bool:
    """Whether this very climb of the sum has its alert, open or decided: results that were under way add none."""
    rows = Alert.objects.filter(member=state.member, rubric=state.rubric, kind=Alert.Kind.DRIFT)
    return rows.filter(evidence__onset__gt=state.zero_at).exists()


def _open_alert(state: QualityState, policy: Policy, limits: Limits) -> Alert:
    results = _results(state)
    onset = next(result for result in reversed(results) if result.number > state.zero_at)
    return Alert.objects.create(
        project=policy.project,
        member=state.member,
        rubric=state.rubric,
        kind=Alert.Kind.DRIFT,
        opened_at=clock.now(),
        onset_at=onset.at,
        evidence=_evidence(state, limits, results, onset),
    )


def _results(state: QualityState) -> list[GoldResult]:
    """The person's scored results on this rubric, the newest first, at least back to where the sum left zero."""
    found = GoldResult.objects.filter(
        member=state.member, rubric_version__rubric=state.rubric, number__lte=state.counted_to, correct__isnull=False
    )
    return list(found.order_by("-number")[: max(EVIDENCE, state.counted_to - state.zero_at)])


def _evidence(state: QualityState, limits: Limits, results: list[GoldResult], onset: GoldResult) -> dict[str, object]:
    since = [result for result in results if result.number >= onset.number]
    return {
        "sum": round(state.sum, 4),
        "alarm": round(limits.alarm, 4),
        "warning": round(limits.warning, 4),
        "onset": onset.number,
        "since": len(since),
        "since_right": sum(bool(result.correct) for result in since),
        "results": [str(result.public_id) for result in reversed(results)],
    }
