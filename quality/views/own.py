"""How an evaluator stands, for their own eyes."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.views import me
from evaltool.base.pages import redirect_to, render_page
from projects.access import Permission, get_membership_for, memberships_with
from projects.selectors import seen_standing
from quality.standing import own_standing


@require_safe
@login_required
def mine(request: HttpRequest, slug: str) -> HttpResponse:
    """Where I stand in this project, why, what is kept, and what comes next."""
    member = get_membership_for(me(request), slug, Permission.WORK)
    context = {"project": member.project, "own": own_standing(member), "nav_current": "my_quality"}
    return render_page(request, "quality/mine.html", context)


@require_safe
@login_required
def projects(request: HttpRequest) -> HttpResponse:
    """Where I stand in each project; straight to it when there is one."""
    found = memberships_with(me(request), Permission.WORK)
    if not found:
        raise Http404
    if len(found) == 1:
        return redirect_to(request, "quality:mine", found[0].project.slug)
    rows = [(member, seen_standing(member, me(request))) for member in found]
    return render_page(request, "quality/mine_projects.html", {"rows": rows, "nav_current": "my_quality"})
