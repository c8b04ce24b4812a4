"""Pages on which a project is made, described, and given its numbers."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import show_problems
from accounts.views import get_or_post, me
from evaltool.base.errors import RuleBroken, StaleState
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from projects import policy_terms, selectors
from projects.access import Permission, get_membership_for, get_project_for, may
from projects.commands import change_policy, create_project, describe_project, set_domains
from projects.forms import DomainsForm, PolicyForm, ProjectForm, as_typed
from projects.models import Policy, Project


@get_or_post
@login_required
def project_list(request: HttpRequest) -> HttpResponse:
    """The projects the person takes part in, and the form to make another."""
    user = me(request)
    form = ProjectForm(request.POST or None) if user.may_create_projects else None
    if request.method == "POST":
        if form is None:
            raise Http404
        if form.is_valid():
            try:
                project = create_project(**form.cleaned_data, by=user)
            except RuleBroken as error:
                show_problems(form, error)
            else:
                return redirect_to(request, "admin_home", project.slug)
    page = paginate(request, selectors.memberships_of(user))
    for member in page:
        member.role_labels = selectors.role_labels(member)
        member.manages = may(member, Permission.SET_UP)
    context = {"page": page, "form": form}
    return render_page(request, "projects/projects.html", context, status=_status(form) if form else 200)


@get_or_post
@login_required
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Name, description and domains; each is its own form."""
    project = get_project_for(me(request), slug, Permission.SET_UP)
    form = ProjectForm(request.POST or None, initial={"name": project.name, "description": project.description})
    if request.method == "POST" and form.is_valid():
        try:
            describe_project(project=project, **form.cleaned_data, by=me(request))
        except RuleBroken as error:
            show_problems(form, error)
        else:
            messages.success(request, "Name and description are saved.")
            return redirect_to(request, "projects:settings", slug)
    return _settings_page(request, project, form, DomainsForm.of(project))


@require_POST
@login_required
def domains(request: HttpRequest, slug: str) -> HttpResponse:
    """Replace the project's domains."""
    project = get_project_for(me(request), slug, Permission.SET_UP)
    form = DomainsForm(request.POST)
    if form.is_valid():
        try:
            set_domains(project=project, domains=form.cleaned_data["domains"], by=me(request))
        except RuleBroken as error:
            show_problems(form, error)
        else:
            messages.success(request, "Domains are saved.")
            return redirect_to(request, "projects:settings", slug)
    described = ProjectForm(initial={"name": project.name, "description": project.description})
    return _settings_page(request, project, described, form)


@get_or_post
@login_required
def policy(request: HttpRequest, slug: str) -> HttpResponse:
    """The project's numbers; a save puts a new version in force."""
    project = get_project_for(me(request), slug, Permission.SET_UP)
    current = project.policy
    form = PolicyForm(request.POST) if request.method == "POST" else PolicyForm.of(current)
    if request.method == "POST" and form.is_valid():
        try:
            saved = change_policy(
                project=project, by=me(request), expected=form.cleaned_data["number"], **form.wanted()
            )
        except StaleState:
            return _overtaken(request, project, form)
        except RuleBroken as error:
            show_problems(form, error)
        else:
            _say_saved(request, saved, current)
            return redirect_to(request, "projects:policy", slug)
    return _policy_page(request, project, form)


@require_safe
@login_required
def policy_history(request: HttpRequest, slug: str) -> HttpResponse:
    """Every version of the policy and what it changed, newest first."""
    project = get_project_for(me(request), slug, Permission.SET_UP)
    page = paginate(request, selectors.policy_changes(project))
    return render_page(request, "projects/policy_history.html", {"project": project, "page": page})


@require_safe
@login_required
def audit(request: HttpRequest, slug: str) -> HttpResponse:
    """Who decided what, newest first."""
    member = get_membership_for(me(request), slug, Permission.SEE_AUDIT)
    page = paginate(request, selectors.decisions_for(member))
    selectors.describe(page)
    return render_page(request, "projects/audit.html", {"project": member.project, "page": page}, partial="audit-rows")


def _settings_page(request: HttpRequest, project: Project, form: ProjectForm, domains: DomainsForm) -> HttpResponse:
    context = {"project": project, "form": form, "domains_form": domains}
    return render_page(request, "projects/settings.html", context, status=max(_status(form), _status(domains)))


def _policy_page(request: HttpRequest, project: Project, form: PolicyForm, **more: Any) -> HttpResponse:
    context = {"project": project, "policy": project.policy, "form": form, **more}
    return render_page(request, "projects/policy.html", context, status=more.get("status") or _status(form))


def _say_saved(request: HttpRequest, saved: Policy, before: Policy) -> None:
    if saved.pk == before.pk:
        messages.info(request, "Nothing was different, so nothing changed.")
    else:
        messages.success(request, f"Policy version {saved.number} is in force from now on.")


def _overtaken(request: HttpRequest, project: Project, form: PolicyForm) -> HttpResponse:
    """Another admin was faster: their values and the person's side by side, the person's kept where they differ."""
    current, mine = project.policy, form.wanted()
    base = selectors.policy_number(project, form.cleaned_data["number"]) or current
    was, now = policy_terms.values(base), policy_terms.values(current)
    merged = {name: mine[name] if mine[name] != was[name] else now[name] for name in mine}
    again = PolicyForm(initial=as_typed(merged) | {"number": current.number})
    overtaken = [
        {
            "label": term.label,
            "was": policy_terms.shown(name, was[name]),
            "now": policy_terms.shown(name, now[name]),
            "yours": policy_terms.shown(name, mine[name]) if mine[name] != was[name] else "not changed by you",
        }
        for name, term in policy_terms.TERMS.items()
        if now[name] != was[name]
    ]
    return _policy_page(request, project, again, overtaken=overtaken, status=409)


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200
