"""The first page of each role: what to do next."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.views import me
from evaltool import overview
from evaltool.base.pages import render_page
from projects.access import Permission, get_project_for, memberships_with
from projects.selectors import current_guideline


@require_safe
@login_required
def front_door(request: HttpRequest) -> HttpResponse:
    """Send each person to the page of their role; who has several roles goes to the widest."""
    user = me(request)
    managed = memberships_with(user, Permission.SET_UP)
    if len(managed) == 1 and not user.may_create_projects:
        return redirect("admin_home", managed[0].project.slug)
    if managed or user.may_create_projects:
        return redirect("projects:projects")
    return redirect("qa_home" if memberships_with(user, Permission.ADJUDICATE) else "tasks:work")


@require_safe
@login_required
def admin_home(request: HttpRequest, slug: str) -> HttpResponse:
    """A project's overview for its admins: the steps of setting up, then what needs them."""
    project = get_project_for(me(request), slug, Permission.SET_UP)
    steps = overview.setup_steps(project)
    context = {
        "project": project,
        "steps": steps,
        "next_step": next((step for step in steps if not step.done), None),
        "steps_left": sum(not step.done for step in steps),
        "needs": overview.admin_needs(project),
        "batches": overview.batch_lines(project),
        "figures": overview.figures(project),
        "guideline": current_guideline(project),
    }
    return render_page(request, "home/admin.html", context)


@require_safe
@login_required
def qa_home(request: HttpRequest) -> HttpResponse:
    """A QA lead's morning, over all their projects."""
    if not memberships_with(me(request), Permission.ADJUDICATE):
        raise Http404
    return render_page(request, "home/qa.html", {"day": overview.lead_day(me(request))})
