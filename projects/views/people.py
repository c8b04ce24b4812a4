"""Pages on which members are found, given roles and moved in standing."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import show_problems
from accounts.views import me
from evaltool.base.asking import asked
from evaltool.base.errors import RuleBroken, StaleState
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from projects import selectors
from projects.access import Permission, get_member_for, get_membership_for
from projects.commands import change_standing, grant_expertise, set_roles, withdraw_expertise
from projects.forms import ExpertiseForm, RolesForm, StandingForm
from projects.models import Membership, Role, Standing


@require_safe
@login_required
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """Members, found by name, role and standing, and the open invitations."""
    viewer = get_membership_for(me(request), slug, Permission.MANAGE_PEOPLE)
    filters = {name: asked(request.GET, name) for name in ("q", "role", "standing")}
    page = paginate(request, selectors.members_page(viewer.project, viewer=me(request), **filters))
    for member in page:
        member.role_labels = selectors.role_labels(member)
        member.seen = selectors.seen_standing(member, me(request))
    context = {
        "project": viewer.project,
        "page": page,
        "filters": filters,
        "filtered": any(filters.values()),
        "roles": Role.choices,
        "standings": Standing.choices,
        "counts": selectors.role_counts(viewer.project),
        "invited": selectors.open_invitations(viewer.project).count(),
    }
    return render_page(request, "projects/people.html", context, partial="member-rows")


@require_safe
@login_required
def person(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """One member: roles, standing and its history, expertise."""
    return _person_page(request, _member(request, slug, public_id))


@require_POST
@login_required
def roles(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Replace a member's roles."""
    member = _member(request, slug, public_id)
    form = RolesForm(request.POST)
    if form.is_valid():
        try:
            set_roles(member=member, roles=form.cleaned_data["roles"], by=me(request))
        except RuleBroken as error:
            show_problems(form, error)
        else:
            messages.success(request, f"The roles of {member.user.name} are saved.")
            return _after(request, member)
    return _person_page(request, member, roles_form=form)


@require_POST
@login_required
def standing(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Move a member's standing from the one the page showed."""
    member = _member(request, slug, public_id)
    form = StandingForm(member, request.POST)
    if form.data.get("seen") not in {member.standing, selectors.seen_standing(member, me(request))}:
        raise StaleState(f"{member.user.name} was moved in the meantime. Nothing of yours was saved. Reload to see it.")
    if form.is_valid():
        to, reason = form.cleaned_data["to"], form.cleaned_data["reason"]
        try:
            change_standing(member=member, to=to, reason=reason, by=me(request))
        except RuleBroken as error:
            show_problems(form, error)
        else:
            messages.success(request, f"{member.user.name}: {Standing(to).label.lower()} from now on.")
            return _after(request, member)
    return _person_page(request, member, standing_form=form)


@require_POST
@login_required
def expertise(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Grant an expertise, or take it back."""
    member = _member(request, slug, public_id)
    if "withdraw" in request.POST:
        withdraw_expertise(member=member, domain=asked(request.POST, "withdraw"), by=me(request))
        return redirect_to(request, "projects:person", slug, public_id)
    form = ExpertiseForm(member.project.domains, request.POST)
    if form.is_valid():
        try:
            grant_expertise(member=member, **form.cleaned_data, by=me(request))
        except RuleBroken as error:
            show_problems(form, error)
        else:
            return redirect_to(request, "projects:person", slug, public_id)
    return _person_page(request, member, expertise_form=form)


def _member(request: HttpRequest, slug: str, public_id: UUID) -> Membership:
    return get_member_for(me(request), slug, public_id, Permission.MANAGE_PEOPLE)


def _after(request: HttpRequest, member: Membership) -> HttpResponse:
    """Back to the person; who changed themselves may no longer see this page."""
    if member.user_id == me(request).pk:
        return redirect_to(request, "/")
    return redirect_to(request, "projects:person", member.project.slug, member.public_id)


def _person_page(request: HttpRequest, member: Membership, **forms: Any) -> HttpResponse:
    seen = selectors.seen_standing(member, me(request))
    context = {
        "project": member.project,
        "member": member,
        "seen": seen,
        "seen_label": seen.label,
        "roles_form": RolesForm(initial={"roles": member.roles}),
        "standing_form": StandingForm(member, initial={"seen": seen}),
        "expertise_form": ExpertiseForm(member.project.domains),
        "expertise": member.expertise.select_related("granted_by").order_by("domain"),
        "changes": selectors.standing_changes(member, hide_watched=member.user_id == me(request).pk)[:30],
        **forms,
    }
    status = 422 if any(form.errors for form in forms.values()) else 200
    return render_page(request, "projects/person.html", context, status=status)
