"""Pages on which people are invited and on which they accept."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import show_problems
from accounts.views import get_or_post, me
from evaltool.base import clock
from evaltool.base.errors import Invalid, RuleBroken
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from projects.access import Permission, get_invitation_for, get_project_for
from projects.commands import accept_invitation, invite, revoke_invitation
from projects.commands.invitations import account_exists, open_invitation
from projects.commands.inviting_many import Table, invite_many, read_expertise, read_table
from projects.forms import AcceptForm, InviteForm, InviteManyForm
from projects.models import Invitation, Project, Role
from projects.selectors import open_invitations

CLOSED = 410


@require_safe
@login_required
def invitation_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Links that were not used yet."""
    project = get_project_for(me(request), slug, Permission.MANAGE_PEOPLE)
    page = paginate(request, open_invitations(project))
    for row in page:
        row.labels = _labels(row)
        row.expired = row.expires_at <= clock.now()
        row.receipt = uuid4()
    context = {"project": project, "page": page, "invited": open_invitations(project).count()}
    return render_page(request, "projects/invitations.html", context)


@get_or_post
@login_required
def invite_person(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a one-time link. It is shown in the answer, once, because only its hash is kept."""
    project = get_project_for(me(request), slug, Permission.MANAGE_PEOPLE)
    form = InviteForm(request.POST or None, initial={"receipt": uuid4(), "roles": [Role.EVALUATOR]})
    context: dict[str, Any] = {"project": project, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            invitation, token = _invite(request, project, **form.cleaned_data)
        except RuleBroken as error:
            show_problems(form, error)
        else:
            shown = {"project": project, "invitation": invitation, "link": _link(request, token)}
            return render_page(request, "projects/invited.html", shown)
    return render_page(request, "projects/invite.html", context, status=422 if form.errors else 200)


def _invite(
    request: HttpRequest, project: Project, *, expertise: str, mail: bool, **values: Any
) -> tuple[Invitation, str]:
    skills, problems = read_expertise(project, expertise)
    if problems:
        raise Invalid(problems)
    link = partial(_link, request) if mail else None
    return invite(project=project, expertise=skills, link=link, by=me(request), **values)


def _link(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("projects:invitation", args=[token]))


@get_or_post
@login_required
def invite_table(request: HttpRequest, slug: str) -> HttpResponse:
    """Invite many people by a table: first what it asks for and what is wrong with it, then all of them by mail."""
    project = get_project_for(me(request), slug, Permission.MANAGE_PEOPLE)
    form = InviteManyForm(request.POST, request.FILES) if request.method == "POST" else InviteManyForm()
    context: dict[str, Any] = {"project": project, "form": form}
    if request.method == "POST" and form.is_valid():
        text, leave_out = form.cleaned_data["text"], form.cleaned_data["leave_out_bad"]
        try:
            context["table"] = read_table(project, text)
            if request.POST.get("do") == "invite":
                link = partial(_link, request)
                done = invite_many(project=project, text=text, leave_out_bad=leave_out, by=me(request), link=link)
                messages.success(request, _said(done))
                return redirect_to(request, "projects:invitations", slug)
        except Invalid as error:
            context["problems"] = error.problems
    wrong = form.errors or context.get("problems")
    return render_page(request, "projects/invite_table.html", context, status=422 if wrong else 200)


def _said(done: Table) -> str:
    """What became of a table, row by row in numbers."""
    parts = [f"{len(done.rows)} invited by mail"]
    parts += [f"{len(done.unchanged)} were members or invited already"] if done.unchanged else []
    left = len({problem.row for problem in done.problems})
    parts += [f"{left} row{'s' if left > 1 else ''} left out"] if left else []
    return ", ".join(parts) + "."


@require_POST
@login_required
def withdraw(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Make a link useless."""
    invitation = get_invitation_for(me(request), slug, public_id)
    revoke_invitation(invitation=invitation, by=me(request))
    messages.success(request, f"The link for {invitation.email} no longer works.")
    return redirect_to(request, "projects:people", slug)


@sensitive_post_parameters()
@get_or_post
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a one-time link: join as the signed-in person, or become one."""
    try:
        found = open_invitation(token)
    except RuleBroken as error:
        return render_page(request, "projects/link_closed.html", {"message": error.message}, status=CLOSED)
    if request.user.is_authenticated or account_exists(found.email):
        return _join(request, found, token)
    return _become(request, found, token)


def _join(request: HttpRequest, found: Invitation, token: str) -> HttpResponse:
    """For somebody with an account: one button, or first sign in as the person the link is for."""
    signed_in = request.user.is_authenticated
    fits = signed_in and me(request).email.lower() == found.email
    context = {"invitation": found, "roles": _labels(found), "fits": fits}
    if request.method == "POST" and fits:
        member = accept_invitation(token=token, user=me(request))
        messages.success(request, f"You are a member of {member.project.name} now.")
        return redirect_to(request, "projects:guideline", member.project.slug)
    return render_page(request, "projects/join.html", context, status=409 if request.method == "POST" else 200)


def _become(request: HttpRequest, found: Invitation, token: str) -> HttpResponse:
    """For a new person: a name and a password."""
    form = AcceptForm(request.POST or None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        name, password = form.cleaned_data["name"], form.cleaned_data["password"]
        try:
            member = accept_invitation(token=token, name=name, password=password)
        except Invalid as error:
            show_problems(form, error)
        else:
            login(request, member.user, backend="django.contrib.auth.backends.ModelBackend")
            messages.success(request, f"Welcome, {member.user.name}. You are a member of {member.project.name} now.")
            return redirect_to(request, "projects:guideline", member.project.slug)
    context = {"invitation": found, "roles": _labels(found), "form": form}
    return render_page(request, "projects/accept.html", context, status=422 if form.errors else 200)


def _labels(found: Invitation) -> str:
    return ", ".join(str(Role(role).label) for role in found.roles)
