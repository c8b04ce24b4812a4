"""Pausing a person and letting them back: each step with the reason they read."""

from django.db import transaction

from accounts import audit
from accounts.models import User
from evaltool.base import clock, states
from evaltool.base.errors import Invalid, Problem
from projects.commands import change_standing
from projects.models import Membership, Standing
from quality.models import ALERT_MOVES, Alert, Sanction
from tasks.freeing import release_work

BY_RULE = (
    "Recent work on this project was below the agreed standard. New tasks stop until a QA lead has looked at it "
    "with you; what you have typed is kept."
)


@transaction.atomic
def pause(*, member: Membership, reason: str, alert: Alert | None = None, by: User) -> Sanction:
    """Pause a person with a reason they read; their open work goes back, their drafts stay.

    Given with an alert, the alert is confirmed. Raises Invalid without a reason, StaleState when the
    person cannot be paused now or the alert is decided already.
    """
    _check_reason(reason)
    if alert is not None:
        decide(alert, to=Alert.State.CONFIRMED, words=reason, by=by)
    return _pause(member, reason, alert, by)


def pause_by_rule(*, member: Membership, alert: Alert) -> Sanction:
    """Pause a person because the project's policy says so at an alarm; the alert stays open for a person."""
    return _pause(member, BY_RULE, alert, None)


def _pause(member: Membership, reason: str, alert: Alert | None, by: User | None) -> Sanction:
    if member.standing != Standing.PAUSED:
        change_standing(member=member, to=Standing.PAUSED, reason=reason, by=by)
    release_work(member=member, reason="Paused", by=by)
    return _step(Sanction.Step.PAUSE, member, reason, alert, by)


@transaction.atomic
def reinstate(*, member: Membership, reason: str, by: User) -> Sanction:
    """Let a paused person work again; their drift sums start afresh."""
    from quality.models import QualityState
    from quality.monitoring import reset

    _check_reason(reason)
    change_standing(member=member, to=Standing.ACTIVE, reason=reason, by=by)
    for state in QualityState.objects.filter(member=member).select_related("rubric"):
        reset(member, state.rubric)
    for alert in Alert.objects.filter(member=member, kind=Alert.Kind.DRIFT, state=Alert.State.OPEN):
        decide(alert, to=Alert.State.CONFIRMED, words=reason, by=by)
    return _step(Sanction.Step.REINSTATE, member, reason, None, by)


@transaction.atomic
def dismiss_alert(*, alert: Alert, reason: str, by: User) -> Alert:
    """Decide that an alert needs no step; a drift sum starts afresh, since a person has looked."""
    from quality.monitoring import reset

    _check_reason(reason)
    decide(alert, to=Alert.State.DISMISSED, words=reason, by=by)
    if alert.member and alert.rubric:
        reset(alert.member, alert.rubric)
    return alert


def decide(alert: Alert, *, to: str, words: str, by: User) -> None:
    """Close an alert with the words of who decided; StaleState when it is decided already."""
    states.move(alert, to=to, moves=ALERT_MOVES, decided_by=by, decided_at=clock.now(), decision=words)
    audit.record("decide_alert", by=by, target=alert, scope=alert.project.public_id, to=to)


def _step(step: str, member: Membership, reason: str, alert: Alert | None, by: User | None) -> Sanction:
    sanction = Sanction.objects.create(member=member, step=step, reason=reason, alert=alert, by=by, at=clock.now())
    audit.record(f"{step}_member", by=by, target=sanction, scope=member.project.public_id)
    return sanction


def _check_reason(reason: str) -> None:
    if len(reason.strip()) < 10:
        raise Invalid([Problem("reason", "Say why in a sentence; the person reads it.")])
