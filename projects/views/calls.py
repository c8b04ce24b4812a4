"""Pages on which projects call for people, people apply, and admins decide; and announcements."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import show_problems
from accounts.views import get_or_post, me
from evaltool.base.asking import asked
from evaltool.base.errors import Invalid, RuleBroken
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from projects import calling
from projects.access import Permission, get_membership_for, get_project_for, may
from projects.commands import calls
from projects.forms import AnnounceForm, CallForm, NoteForm
from projects.matching import unmet


@require_safe
@login_required
def open_projects(request: HttpRequest) -> HttpResponse:
    """Projects that take applications, and how one's own stand."""
    q = asked(request.GET, "q")
    page = paginate(request, calling.open_calls(me(request), q=q))
    for call in page:
        call.unmet = unmet(me(request), call)
    return render_page(request, "projects/open.html", {"page": page, "q": q}, partial="call-rows")


@get_or_post
@login_required
def apply(request: HttpRequest, slug: str) -> HttpResponse:
    """One project that takes applications: what the work is, what it asks, and the form to apply."""
    call = calling.get_call_for(me(request), slug)
    form = NoteForm(request.POST) if request.method == "POST" else NoteForm()
    if request.method == "POST" and form.is_valid():
        try:
            calls.apply_to(project=call.project, note=form.cleaned_data["note"], by=me(request))
        except RuleBroken as error:
            show_problems(form, error)
        else:
            messages.success(request, "Your application is with the project. You get a message when it is decided.")
            return redirect_to(request, "projects:open_projects")
    own = calling.own_application(me(request), call.project)
    context = {"call": call, "form": form, "unmet": unmet(me(request), call), "own": own}
    return render_page(request, "projects/apply.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    """Take one's own waiting application back."""
    found = calling.own_application(me(request), calling.get_call_for(me(request), slug).project)
    if found is None:
        raise Http404
    calls.withdraw_application(application=found, by=me(request))
    messages.success(request, "Your application is withdrawn.")
    return redirect_to(request, "projects:open_projects")


@get_or_post
@login_required
def applications(request: HttpRequest, slug: str) -> HttpResponse:
    """Who applied; and whether the project takes applications at all."""
    project = get_project_for(me(request), slug, Permission.MANAGE_PEOPLE)
    form = CallForm(request.POST) if request.method == "POST" else CallForm(initial=calling.call_start(project))
    if request.method == "POST" and form.is_valid():
        try:
            values = {**form.cleaned_data, "fields": form.cleaned_data["fields_asked"]}
            del values["fields_asked"]
            calls.set_call(project=project, by=me(request), **values)
        except Invalid as error:
            show_problems(form, error)
        else:
            opened = "People can apply now." if form.cleaned_data["is_open"] else "Saved. Nobody can apply."
            messages.success(request, opened)
            return redirect_to(request, "projects:applications", slug)
    return _applications_page(request, project, form=form, status=422 if form.errors else 200)


def _applications_page(request: HttpRequest, project: Any, *, form: CallForm, status: int, **more: Any) -> HttpResponse:
    page = paginate(request, calling.waiting(project))
    context = {"project": project, "form": form, "page": page, "call": calling.call_of(project), **more}
    return render_page(request, "projects/applications.html", context, status=status)


@require_POST
@login_required
def decide(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Accept or decline one application."""
    project = get_project_for(me(request), slug, Permission.MANAGE_PEOPLE)
    found = calling.get_application(project, public_id)
    name = found.member.user.name
    if request.POST.get("do") == "accept":
        calls.accept_application(application=found, by=me(request))
        messages.success(request, f"{name} is a member now and reads the guideline first.")
        return redirect_to(request, "projects:applications", slug)
    reason = request.POST.get("reason", "")
    try:
        calls.decline_application(application=found, reason=reason, by=me(request))
    except Invalid as error:
        form = CallForm(initial=calling.call_start(project))
        return _applications_page(request, project, form=form, status=422, refused=found.pk, problem=error.problems[0])
    messages.success(request, f"{name} reads your reason.")
    return redirect_to(request, "projects:applications", slug)


@get_or_post
@login_required
def announcements(request: HttpRequest, slug: str) -> HttpResponse:
    """What was announced; admins announce here."""
    member = get_membership_for(me(request), slug, Permission.SEE_PROJECT)
    can_write = may(member, Permission.MANAGE_PEOPLE)
    form = AnnounceForm(request.POST) if request.method == "POST" else AnnounceForm()
    if request.method == "POST":
        if not can_write:
            raise Http404
        if form.is_valid():
            calls.announce(project=member.project, by=me(request), **form.cleaned_data)
            messages.success(request, "Announced to everybody in the project.")
            return redirect_to(request, "projects:announcements", slug)
    page = paginate(request, calling.announced(member.project))
    context = {"project": member.project, "page": page, "form": form if can_write else None}
    return render_page(request, "projects/announcements.html", context, status=422 if form.errors else 200)
