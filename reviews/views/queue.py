"""A lead's queue: disagreements, the worst first."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.views import me
from evaltool.base.errors import StaleState
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from reviews.adjudicating import hand_back, hold
from reviews.forms import queue_address, queue_filters
from reviews.models import Disagreement
from reviews.selectors import criteria_in_dispute, get_disagreement_for, queue_figures, queue_for
from reviews.shell import led_projects
from reviews.shown.queue import queue_rows

PER_PAGE = 25


@require_safe
@login_required
def queue(request: HttpRequest) -> HttpResponse:
    """Open disagreements of the projects the person leads, filtered and sorted by the address."""
    led = led_projects(request)
    if not led:
        raise Http404
    filters = queue_filters(request.GET)
    joined = queue_for(me(request), led, **filters).select_related("task", "batch", "project", "held_by")
    page = paginate(request, joined, per_page=PER_PAGE)
    rows = queue_rows(list(page), me(request))
    context = {
        "page": page,
        "rows": rows,
        "first": next((row for row in rows if row.taken_until is None), None),
        "figures": queue_figures(me(request), led),
        "criteria": criteria_in_dispute(me(request), led),
        "projects": led,
        "levels": Disagreement.Level.choices,
        "filters": filters,
        "filtered": any(filters[name] for name in ("project", "severity", "criterion", "q")),
        "address": queue_address(filters),
        "acknowledged": arrived(request),
    }
    return render_page(request, "reviews/queue.html", context, partial="queue-part")


@require_POST
@login_required
def hold_one(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Reserve a disagreement and open it; where that fails the page says who has it or what became of it."""
    found = get_disagreement_for(me(request), public_id)
    try:
        hold(disagreement=found, by=me(request))
    except StaleState as refusal:
        messages.warning(request, refusal.message)
    return to_case(request, found)


@require_POST
@login_required
def hand_one_back(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let others have a disagreement, and go back to the queue."""
    hand_back(disagreement=get_disagreement_for(me(request), public_id), by=me(request))
    messages.info(request, "Handed back. It stays in the queue for any QA lead.")
    return to_queue(request)


def to_queue(request: HttpRequest, resolved: Disagreement | None = None) -> HttpResponse:
    """To the queue as it was filtered; `resolved` is what was just settled."""
    return _with_filters(request, redirect_to(request, "reviews:queue"), resolved)


def to_case(request: HttpRequest, disagreement: Disagreement, resolved: Disagreement | None = None) -> HttpResponse:
    """To one disagreement, keeping the filters of the queue in the address."""
    return _with_filters(request, redirect_to(request, "reviews:adjudicate", disagreement.public_id), resolved)


def arrived(request: HttpRequest) -> str:
    """The disagreement that was just settled, so that the browser may let go of the text it kept."""
    try:
        return str(UUID(request.GET.get("resolved", "")))
    except ValueError:
        return ""


def _with_filters(request: HttpRequest, response: HttpResponse, resolved: Disagreement | None) -> HttpResponse:
    address = queue_address(queue_filters(request.GET))
    if resolved is not None:
        address += f"{'&' if address else '?'}resolved={resolved.public_id}"
    response["HX-Redirect" if "HX-Redirect" in response else "Location"] += address
    return response
