"""Who is cleared for which rubric: a page for admins."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.views import me
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from projects.access import Permission, get_project_for
from projects.models import Membership, Project
from rubrics.models import Rubric
from tasks.clearing import grant_clearance, revoke_clearance
from tasks.models import Clearance


@login_required
@require_safe
def clearances(request: HttpRequest, slug: str) -> HttpResponse:
    """Evaluators and the rubrics they are cleared for."""
    project = get_project_for(me(request), slug, Permission.MANAGE_PEOPLE)
    held = Clearance.objects.order_by("domain")
    members = Membership.objects.present().evaluators().filter(project=project).select_related("user")
    members = members.prefetch_related(Prefetch("clearances", queryset=held)).order_by("user__name", "pk")
    context = {
        "project": project,
        "rubrics": list(Rubric.objects.filter(project=project).order_by("name")),
        "page": paginate(request, members),
    }
    return render_page(request, "tasks/clearances.html", context)


@login_required
@require_POST
def grant(request: HttpRequest, slug: str, member_id: UUID, rubric_id: UUID) -> HttpResponse:
    """Clear a member for a rubric."""
    project, member, rubric = _three(request, slug, member_id, rubric_id)
    grant_clearance(member=member, rubric=rubric, by=me(request))
    messages.success(request, f"{member.user.name} is cleared for {rubric.name}.")
    return redirect_to(request, "clearances:clearances", project.slug)


@login_required
@require_POST
def revoke(request: HttpRequest, slug: str, member_id: UUID, rubric_id: UUID) -> HttpResponse:
    """Take a member's clearance for a rubric back."""
    project, member, rubric = _three(request, slug, member_id, rubric_id)
    revoke_clearance(member=member, rubric=rubric, by=me(request))
    messages.success(request, f"{member.user.name} gets no new tasks of {rubric.name}. Open ones may be finished.")
    return redirect_to(request, "clearances:clearances", project.slug)


def _three(request: HttpRequest, slug: str, member_id: UUID, rubric_id: UUID) -> tuple[Project, Membership, Rubric]:
    project = get_project_for(me(request), slug, Permission.MANAGE_PEOPLE)
    member = Membership.objects.select_related("project", "user").filter(project=project, public_id=member_id).first()
    rubric = Rubric.objects.filter(project=project, public_id=rubric_id).first()
    if member is None or rubric is None:
        raise Http404
    return project, member, rubric
