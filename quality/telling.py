"""Telling those who lead a project that something waits for them."""

from accounts.commands import notify_all
from accounts.models import User
from projects.models import Membership, Project, Role
from quality.links import alert_path
from quality.models import Alert


def tell_leads(alert: Alert, text: str) -> None:
    """Send the QA leads of the alert's project a message with a link to it; never to the person it is about."""
    about = alert.member.user_id if alert.member else None
    notify_all(
        users=[user for user in leads_of(alert.project) if user.pk != about],
        kind="alert",
        text=text,
        url=alert_path(alert),
    )


def leads_of(project: Project) -> list[User]:
    """The QA leads of a project by name; its admins where there is no lead."""
    present = Membership.objects.present().filter(project=project).select_related("user").order_by("user__name", "pk")
    members = list(present)
    leads = [member.user for member in members if Role.QA_LEAD in member.roles]
    return leads or [member.user for member in members if Role.ADMIN in member.roles]
