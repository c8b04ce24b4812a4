"""Flags: raised from a task, listed and answered by leads, read again by who raised them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.forms import show_problems
from accounts.views import get_or_post, me
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from evaltool.base.pages import redirect_to, render_page, wants_part
from evaltool.base.paging import paginate
from reviews.flagging import close_flag, flag
from reviews.flagging_forms import CloseFlagForm, FlagForm, flag_filters
from reviews.flagging_reads import STATES, flags_for, get_flag_for, own_flags, own_flags_on
from reviews.models import Flag
from reviews.shell import led_projects
from reviews.shown.task import task_read
from reviews.views.aside import aside
from tasks.models import Assignment
from tasks.selectors import get_assignment_for, title_of

BODY = "reviews/flag_form.html"
FLAGGED = "Flagged. A QA lead reads it, and their answer reaches you as a message."


# ------------------------------------------------------------- an evaluator


@get_or_post
@login_required
def flag_task(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say what is wrong with a task of one's own; the task stays as it is."""
    found = get_assignment_for(me(request), public_id)
    form = FlagForm(request.POST or None)
    if request.method != "POST":
        return _form(request, found, form)
    try:
        form.is_valid()
        given = {name: request.POST.get(name, "") for name in ("kind", "text")}
        flag(assignment=found, **given, by=me(request))
    except RuleBroken as refusal:
        form.errors.clear()
        show_problems(form, refusal)
        return _form(request, found, form, status=409 if refusal.code == "already_flagged" else 422)
    if wants_part(request):
        return _form(request, found, FlagForm(), done=FLAGGED)
    messages.success(request, FLAGGED)
    return redirect_to(request, "tasks:assignment", public_id)


def _form(
    request: HttpRequest, found: Assignment, form: FlagForm, *, done: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "title": "Flag this task",
        "assignment": found,
        "headline": title_of(found.task),
        "form": form,
        "flags": own_flags_on(me(request), found.task_id),
        "done": done,
    }
    return aside(request, BODY, context, status=status)


@require_safe
@login_required
def own_list(request: HttpRequest) -> HttpResponse:
    """What the person flagged, and what they were answered."""
    page = paginate(request, own_flags(me(request)), per_page=25)
    return render_page(request, "reviews/own_flags.html", {"page": page}, partial="flag-rows")


# ------------------------------------------------------------------- a lead


@require_safe
@login_required
def flags(request: HttpRequest) -> HttpResponse:
    """Flags of the projects the person leads, filtered by the address."""
    led = led_projects(request)
    if not led:
        raise Http404
    filters = flag_filters(request.GET)
    rows = flags_for(me(request), led, **filters).select_related("task__batch", "project")
    context = {
        "page": paginate(request, rows, per_page=25),
        "projects": led,
        "kinds": Flag.Kind.choices,
        "states": STATES.items(),
        "filters": filters,
        "filtered": any(filters[name] for name in ("project", "kind", "q")),
    }
    return render_page(request, "reviews/flags.html", context, partial="flags-part")


@get_or_post
@login_required
def flag_one(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One flag with its task; answer it while it is open."""
    found = get_flag_for(me(request), public_id)
    form = CloseFlagForm(request.POST or None)
    if request.method != "POST":
        return _page(request, found, form)
    try:
        form.is_valid()
        given = {name: request.POST.get(name, "") for name in ("to", "answer")}
        close_flag(flag=found, **given, by=me(request))
    except Invalid as refusal:
        form.errors.clear()
        show_problems(form, refusal)
        return _page(request, found, form, status=422)
    except StaleState:
        found.refresh_from_db()
        return _page(request, found, form, status=409)
    messages.success(request, f"{found.get_state_display()}. The person who flagged it reads your answer.")
    return redirect_to(request, "reviews:flags")


def _page(request: HttpRequest, found: Flag, form: CloseFlagForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "flag": found,
        "form": form,
        "read": task_read(found.task, found.assignment),
        "lost": form.data.get("answer", "") if status == 409 else "",
    }
    return render_page(request, "reviews/flag.html", context, status=status)
