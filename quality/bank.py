"""The gold bank: whoever has seen all of it gets no more, and the leads are told."""

from django.db import transaction

from evaltool.base import clock
from projects.models import Membership
from quality.models import Alert
from quality.telling import tell_leads
from tasks import gold_keys

KIND = Alert.Kind.GOLD_USED_UP


@transaction.atomic
def gold_used_up(member_pk: int) -> None:
    """Open an alert that this member has seen all gold: once, until items are added after a lead closed it."""
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
