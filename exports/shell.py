"""What exports add to the top bar: the project's files, for its admins."""

from django.http import HttpRequest
from django.urls import reverse

from evaltool.base.pages import NavItem
from projects.models import Role
from projects.shell import managed


def nav(request: HttpRequest) -> list[NavItem]:
    """The exports of the project at hand."""
    here = managed(request)
    if here is None:
        return []
    url = reverse("exports:exports", args=[here.project.slug])
    return [NavItem("Exports", url, "exports", roles=frozenset({Role.ADMIN.value}))]
