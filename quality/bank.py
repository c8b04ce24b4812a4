"""The gold bank: whoever has seen all of it gets no more, and the leads are told."""

from django.db import transaction

from accounts import audit
from evaltool.base import clock, states
from projects.models import Membership
from quality.models import ALERT_MOVES, Alert
from quality.telling import tell_leads
from tasks import gold_keys
from tasks.models import Assignment

KIND = Alert.Kind.GOLD_USED_UP


@transaction.atomic
def gold_used_up(member_pk: int) -> None:
    """Open an alert that this member has seen all gold: once, until items are added after it was closed."""
    found = Membership.objects.select_for_update(no_key=True, of=("self",)).select_related("project", "user")
    member = found.get(pk=member_pk)
    if _is_known(member):
        return
    alert = Alert.objects.create(project=member.project, member=member, kind=KIND, opened_at=clock.now())
    tell_leads(alert, f"{member.user.name} has seen all gold in {member.project.name}. Add items to keep checking.")


def _is_known(member: Membership) -> bool:
    last = Alert.objects.filter(member=member, kind=KIND).order_by("-opened_at", "-pk").first()
    if last is None:
        return False
    return last.decided_at is None or not gold_keys.added_since(member.project, last.decided_at)


def close_if_gold_came(assignment: Assignment) -> None:
    """Close the alert that this member has seen all gold, once they were given gold after it."""
    rows = Alert.objects.filter(member=assignment.member_id, kind=KIND, state=Alert.State.OPEN)
    for alert in rows.filter(opened_at__lt=assignment.created_at).select_related("project"):
        said = "Gold was added, and they get it again."
        states.move(alert, to=Alert.State.DISMISSED, moves=ALERT_MOVES, decided_at=clock.now(), decision=said)
        audit.record("decide_alert", by=None, target=alert, scope=alert.project.public_id, to=alert.state)
