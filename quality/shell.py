"""What quality adds to the top bar: quality and gold for those who lead, their own standing for those who judge."""

from django.http import HttpRequest
from django.urls import reverse

from evaltool.base.pages import NavItem
from projects.access import Permission, may
from projects.models import Membership, Role
from projects.shell import managed, memberships, page_membership


def nav(request: HttpRequest) -> list[NavItem]:
    """Quality and gold of the project at hand for leads and admins, "My quality" for evaluators."""
    return [*_lead_nav(request), *_admin_nav(request), *_own_nav(request)]


def _lead_nav(request: HttpRequest) -> list[NavItem]:
    """For a QA lead: the project of the page, or the only one, else a list of them."""
    only = frozenset({Role.QA_LEAD.value})
    led = [member for member in memberships(request) if Role.QA_LEAD in member.roles]
    if not led:
        return []
    here = _here(request, led)
    items = [NavItem("Quality", _quality_url(here), "quality", roles=only)]
    if here and may(here, Permission.MANAGE_GOLD):
        items.append(NavItem("Gold", reverse("quality:gold", args=[here.project.slug]), "gold", roles=only))
    return items


def _admin_nav(request: HttpRequest) -> list[NavItem]:
    """For an admin: only on the pages of a project."""
    only = frozenset({Role.ADMIN.value})
    here = managed(request) or page_membership(request)
    if here is None or Role.ADMIN not in here.roles:
        return []
    items = [NavItem("Quality", _quality_url(here), "quality", roles=only)]
    if may(here, Permission.MANAGE_GOLD):
        items.append(NavItem("Gold", reverse("quality:gold", args=[here.project.slug]), "gold", roles=only))
    return items


def _own_nav(request: HttpRequest) -> list[NavItem]:
    only = frozenset({Role.EVALUATOR.value})
    mine = [member for member in memberships(request) if Role.EVALUATOR in member.roles]
    if not mine:
        return []
    here = _here(request, mine)
    url = reverse("quality:mine", args=[here.project.slug]) if here else reverse("quality:mine_projects")
    return [NavItem("My quality", url, "my_quality", roles=only)]


def _here(request: HttpRequest, among: list[Membership]) -> Membership | None:
    """The membership of the page's project, or the only one."""
    here = page_membership(request)
    if here is not None and any(member.pk == here.pk for member in among):
        return here
    return among[0] if len(among) == 1 else None


def _quality_url(here: Membership | None) -> str:
    return reverse("quality:quality", args=[here.project.slug]) if here else reverse("quality:projects")
