"""An evaluator's home, and the ways from it into work."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.views import me
from evaltool.base import clock
from evaltool.base.pages import redirect_to, render_page
from tasks import showing
from tasks.assigning import claim_first
from tasks.models import Assignment
from tasks.selectors import get_assignment_for, last_submission, places_of, title_of, today_of, work_memberships
from tasks.working import give_back_list

S = Assignment.State
NOTHING = "There is nothing for you right now. New tasks appear here when a batch is released or a task comes back."


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Where a person continues, what waits in each project, and why there may be nothing."""
    places = places_of(me(request))
    opened = [one for place in places for one in place.opened]
    context = {
        "places": places,
        "resume": opened[0] if opened else None,
        "resume_title": title_of(opened[0].task) if opened else "",
        "opened_count": len(opened),
        "now": clock.now(),
        "greeting": _greeting(),
        "first_name": me(request).name.split()[0],
        "others": [(one, title_of(one.task)) for one in opened[1:]],
        "lists": {place.member.pk: [(one, title_of(one.task)) for one in place.listed] for place in places},
        "today": today_of(me(request)),
        "after": just_submitted(request),
    }
    return render_page(request, "tasks/work/home.html", context)


def _greeting() -> str:
    """Good morning, by the person's own clock."""
    hour = timezone.localtime(clock.now()).hour
    return "Good morning" if 5 <= hour < 12 else "Good afternoon" if 12 <= hour < 18 else "Good evening"


@require_POST
@login_required
def next_task(request: HttpRequest) -> HttpResponse:
    """Claim the next task, in the project named or in any, and go there."""
    found = claim_first(members=work_memberships(me(request), request.POST.get("project", "")), by=me(request))
    if found is None:
        messages.info(request, NOTHING)
        return redirect_to(request, "tasks:work")
    return redirect_to(request, "tasks:assignment", found.public_id)


@require_POST
@login_required
def give_list_back(request: HttpRequest) -> HttpResponse:
    """Hand back everything on the list in one project that was not opened."""
    members = work_memberships(me(request), request.POST.get("project", "") or "-")
    listed = list(Assignment.objects.filter(member__in=members, state=S.QUEUED))
    count = give_back_list(assignments=listed, by=me(request))
    messages.success(request, f"You gave back {count} task{'s' if count != 1 else ''}. Others get them.")
    return redirect_to(request, "tasks:work")


def just_submitted(request: HttpRequest) -> dict[str, Any] | None:
    """The task that was just submitted, named by `?after=`: it may be taken back for some seconds."""
    try:
        found = get_assignment_for(me(request), UUID(request.GET.get("after", "")))
    except (ValueError, Http404):
        return None
    sent = last_submission(found) if found.state == S.SUBMITTED else None
    return submitted(found, showing.seconds_to_undo(found, sent)) if sent else None


def submitted(found: Assignment, seconds: int) -> dict[str, Any]:
    """What `tasks/work/after.html` shows."""
    return {"assignment": found, "seconds": seconds, "time": f"0:{seconds:02}" if seconds < 60 else f"{seconds} s"}
