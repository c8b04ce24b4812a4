"""The difference view of two responses: loaded beside the task by a script, a page of its own without one."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.views import me
from evaltool.base.pages import render_page
from tasks.differing import differences
from tasks.models import Assignment
from tasks.selectors import get_assignment_for

READABLE = (Assignment.State.OPEN, Assignment.State.SUBMITTED)


@require_safe
@login_required
def difference(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What only one of two responses says; 404 for work that is not open yet, or has fewer than two."""
    found = get_assignment_for(me(request), public_id)
    shown = differences(found, request.GET.get("left", ""), request.GET.get("right", ""))
    if found.state not in READABLE or shown is None:
        raise Http404
    context = {"assignment": found, "shown": shown}
    return render_page(request, "tasks/work/difference.html", context, partial="difference")
