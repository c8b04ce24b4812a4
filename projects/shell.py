"""What projects add to the top bar: the person's roles, their projects, and the pages of the project at hand."""

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from evaltool.base.pages import NavItem, ProjectItem, RoleItem
from projects.access import Permission, may
from projects.models import Membership, Role
from projects.selectors import memberships_of


def memberships(request: HttpRequest) -> list[Membership]:
    """The person's memberships with their projects, read once for each request."""
    found = getattr(request, "memberships", None)
    if found is None:
        assert isinstance(request.user, User)
        found = list(memberships_of(request.user))
        request.memberships = found  # type: ignore[attr-defined]
    return found


def page_membership(request: HttpRequest) -> Membership | None:
    """The person's membership in the project whose page this is."""
    slug = request.resolver_match.kwargs.get("slug") if request.resolver_match else None
    return next((member for member in memberships(request) if member.project.slug == slug), None)


def managed(request: HttpRequest) -> Membership | None:
    """The membership as an admin in the project of a page under /manage/, for links of the top bar."""
    member = page_membership(request) if request.path.startswith("/manage/") else None
    return member if member and may(member, Permission.SET_UP) else None


def roles(request: HttpRequest) -> list[RoleItem]:
    """The roles a person holds in any project, widest first."""
    assert isinstance(request.user, User)
    held = {role for member in memberships(request) for role in member.roles}
    if request.user.may_create_projects:
        held.add(Role.ADMIN)
    homes = {Role.ADMIN: reverse("projects:projects"), Role.QA_LEAD: "/qa/", Role.EVALUATOR: "/work/"}
    return [RoleItem(role, Role(role).label, url) for role, url in homes.items() if role in held]


def projects(request: HttpRequest) -> list[ProjectItem]:
    """The projects an admin may switch between; only on the pages of setting up."""
    if not request.path.startswith("/manage/"):
        return []
    here = page_membership(request)
    return [
        ProjectItem(member.project.name, f"/manage/{member.project.slug}/", here is not None and member.pk == here.pk)
        for member in memberships(request)
        if may(member, Permission.SET_UP)
    ]


def nav(request: HttpRequest) -> list[NavItem]:
    """For an admin the pages of the project at hand; for those who judge, the guideline."""
    return [*_admin_nav(request), *_guideline_nav(request)]


def _admin_nav(request: HttpRequest) -> list[NavItem]:
    only = frozenset({Role.ADMIN.value})
    member = managed(request)
    if member is None:
        return [NavItem("Projects", reverse("projects:projects"), "projects", roles=only, place=10)]
    slug = member.project.slug
    return [
        NavItem("Overview", f"/manage/{slug}/", "overview", roles=only, place=10),
        NavItem("Guideline", reverse("projects:guideline_edit", args=[slug]), "guideline", roles=only),
        NavItem("People", reverse("projects:people", args=[slug]), "people", roles=only),
    ]


def _guideline_nav(request: HttpRequest) -> list[NavItem]:
    judging = frozenset({Role.QA_LEAD.value, Role.EVALUATOR.value})
    mine = [member for member in memberships(request) if judging.intersection(member.roles)]
    if not mine:
        return []
    one = reverse("projects:guideline", args=[mine[0].project.slug])
    url, label = (one, "Guideline") if len(mine) == 1 else (reverse("projects:guidelines"), "Guidelines")
    return [NavItem(label, url, "guidelines", roles=judging)]
