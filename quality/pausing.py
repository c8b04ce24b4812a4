"""Pausing a person and letting them back: each step with the reason they read.

Nobody decides about themselves. The member's row is locked first, as scoring does, so that a decision and a new
result come one after the other.
"""

from django.db import transaction

from accounts import audit
from accounts.commands import notify
from accounts.models import User
from evaltool.base import clock, states
from evaltool.base.errors import Invalid, Problem, RuleBroken, StaleState
from projects.commands import change_standing
from projects.links import my_quality_path
from projects.models import MAY_WORK, Membership, Standing
from quality.detector import restart, restart_all
from quality.models import ALERT_MOVES, Alert, Sanction
from tasks.freeing import release_work

SHORTEST_REASON = 10
LONGEST_REASON = 2000
BY_RULE = (
    "Recent work in this project was below the agreed standard. New tasks stop until a QA lead has looked at it "
    "with you. What you have typed is kept."
)


@transaction.atomic
def pause(*, member: Membership, reason: str, alert: Alert | None = None, by: User) -> Sanction:
    """Pause a person with a reason they read; their open work goes back, their drafts stay.

    With an alert, the alert is confirmed; if the project's rule has paused them already, they read the new reason.
    Raises Invalid without a reason, RuleBroken when it is about `by`, StaleState when the person cannot be paused
    now or the alert is decided already.
    """
    reason, member = _checked(reason), _locked(member, by)
    if alert is not None:
        _decide(alert, to=Alert.State.CONFIRMED, words=reason, by=by)
    elif member.standing == Standing.PAUSED:
        raise StaleState(f"{member.user.name} is paused already.")
    return _pause(member, reason, alert, by)


def pause_by_rule(*, member: Membership, alert: Alert) -> Sanction | None:
    """Pause a person because the project's policy says so at an alarm; the alert stays open for a person.

    The caller holds the member's lock. None when they do not work any more.
    """
    return _pause(member, BY_RULE, alert, None) if member.standing in MAY_WORK else None


def _pause(member: Membership, reason: str, alert: Alert | None, by: User | None) -> Sanction:
    if member.standing == Standing.PAUSED:
        text = f"Your work in {member.project.name} stays paused. The reason: {reason}"
        notify(user=member.user, kind="standing_paused", text=text, url=my_quality_path(member.project))
    else:
        change_standing(member=member, to=Standing.PAUSED, reason=reason, by=by)
    release_work(member=member, reason="Paused", by=by)
    return _step(Sanction.Step.PAUSE, member, reason, alert, by)


@transaction.atomic
def reinstate(*, member: Membership, reason: str, by: User) -> Sanction:
    """Let a paused person work again; their drift sums start afresh and open drift alerts are confirmed.

    Raises Invalid without a reason, RuleBroken when it is about `by`, StaleState when the person is not paused.
    """
    reason, member = _checked(reason), _locked(member, by)
    if member.standing != Standing.PAUSED:
        raise StaleState(f"{member.user.name} is not paused.")
    for alert in Alert.objects.filter(member=member, kind=Alert.Kind.DRIFT, state=Alert.State.OPEN):
        _decide(alert, to=Alert.State.CONFIRMED, words=reason, by=by)
    return _reinstate(member, reason, None, by)


def _reinstate(member: Membership, reason: str, alert: Alert | None, by: User) -> Sanction:
    change_standing(member=member, to=Standing.ACTIVE, reason=reason, by=by)
    restart_all(member)
    return _step(Sanction.Step.REINSTATE, member, reason, alert, by)


@transaction.atomic
def dismiss_alert(*, alert: Alert, reason: str, by: User) -> Alert:
    """Decide that an alert needs no step; its drift sum starts afresh, since a person has looked.

    If the project's rule had paused the person at this alert, they work again and read the reason. Raises Invalid
    without a reason, RuleBroken when it is about `by`, StaleState when the alert is decided already.
    """
    reason = _checked(reason)
    member = _locked(alert.member, by) if alert.member else None
    _decide(alert, to=Alert.State.DISMISSED, words=reason, by=by)
    if member and paused_by_rule(member, alert):
        _reinstate(member, reason, alert, by)
    elif member and alert.rubric:
        restart(member=member, rubric=alert.rubric)
    return alert


def paused_by_rule(member: Membership, alert: Alert) -> bool:
    """Whether the member is paused, and by the project's rule at this alert."""
    if member.standing != Standing.PAUSED:
        return False
    last = Sanction.objects.filter(member=member).order_by("-at", "-pk").first()
    return last is not None and last.step == Sanction.Step.PAUSE and last.by_id is None and last.alert_id == alert.pk


def _decide(alert: Alert, *, to: str, words: str, by: User) -> None:
    states.move(alert, to=to, moves=ALERT_MOVES, decided_by=by, decided_at=clock.now(), decision=words)
    audit.record("decide_alert", by=by, target=alert, scope=alert.project.public_id, to=to)


def _step(step: str, member: Membership, reason: str, alert: Alert | None, by: User | None) -> Sanction:
    sanction = Sanction.objects.create(member=member, step=step, reason=reason, alert=alert, by=by, at=clock.now())
    audit.record(f"{step}_member", by=by, target=sanction, scope=member.project.public_id)
    return sanction


def _locked(member: Membership, by: User) -> Membership:
    if member.user_id == by.pk:
        raise RuleBroken("This is about your own work. Another QA lead decides it.", code="own_work")
    rows = Membership.objects.select_for_update(no_key=True, of=("self",)).select_related("project", "user")
    return rows.get(pk=member.pk)


def _checked(reason: str) -> str:
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise Invalid([Problem("reason", "Say why in a sentence; the person reads it.")])
    if len(reason) > LONGEST_REASON:
        raise Invalid([Problem("reason", f"At most {LONGEST_REASON:,} characters.")])
    return reason
