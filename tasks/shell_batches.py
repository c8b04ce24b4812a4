"""What batches add to the top bar."""

from django.http import HttpRequest
from django.urls import reverse

from evaltool.base.pages import NavItem
from projects.models import Role
from projects.shell import managed


def nav(request: HttpRequest) -> list[NavItem]:
    """The batches of the project an admin is setting up."""
    member = managed(request)
    if member is None:
        return []
    url = reverse("tasks:batches", args=[member.project.slug])
    return [NavItem("Batches", url, "batches", roles=frozenset({Role.ADMIN.value}))]
