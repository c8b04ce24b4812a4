"""The gold bank: whoever has seen all of it gets no more, and the leads are told."""

from django.db import transaction
from django.urls import reverse

from accounts.commands import notify_all
from evaltool.base import clock
from projects.models import Membership
from quality.models import Alert
from quality.monitoring import users_who_lead


@transaction.atomic
def gold_used_up(member_pk: int) -> None:
    """Open an alert that this member has seen all gold; once, while it is open."""
    member = Membership.objects.select_related("project", "user").get(pk=member_pk)
    alert, created = Alert.objects.get_or_create(
        project=member.project,
        member=member,
        rubric=None,
        kind=Alert.Kind.GOLD_USED_UP,
        state=Alert.State.OPEN,
        defaults={"opened_at": clock.now()},
    )
    if created:
        notify_all(
            users=users_who_lead(member.project_id),
            kind="alert",
            text=f"{member.user.name} has seen all gold in {member.project.name}. Add items to keep checking.",
            url=reverse("quality:alert", args=[alert.public_id]),
        )
