"""A person's own record: everything they handed in, found again and downloaded."""

from collections.abc import Callable, Iterator
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from accounts.views import me
from evaltool.base import clock
from evaltool.base.pages import render_page
from evaltool.base.paging import paginate
from reviews.forms import asked
from reviews.own import (
    REVIEW_STATES,
    get_submission_for,
    in_full,
    projects_of,
    record_figures,
    revisions_of,
    skips_of,
    submissions_of,
)
from reviews.record_file import csv_file, jsonl_file
from reviews.shown.own import entries
from tasks.models import SubmissionQuerySet

FILES: dict[str, tuple[str, Callable[[SubmissionQuerySet], Iterator[bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", csv_file),
    "jsonl": ("application/jsonl", jsonl_file),
}


@require_safe
@login_required
def record(request: HttpRequest) -> HttpResponse:
    """What the person handed in, newest first, each with its last revision."""
    filters = _filters(request)
    page = paginate(request, in_full(submissions_of(me(request), **filters).current()), per_page=25)
    context = {
        "page": page,
        "entries": entries(page, me(request)),
        "figures": record_figures(me(request)),
        "projects": projects_of(me(request)),
        "review_states": REVIEW_STATES.items(),
        "filters": filters,
        "filtered": any(filters.values()),
    }
    return render_page(request, "reviews/record.html", context, partial="record-part")


@require_safe
@login_required
def skipped(request: HttpRequest) -> HttpResponse:
    """What the person skipped and why, newest first."""
    page = paginate(request, skips_of(me(request)), per_page=25)
    return render_page(request, "reviews/skipped.html", {"page": page}, partial="skipped-rows")


@require_safe
@login_required
def record_entry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One revision of one submission: the task as the person saw it, and all they wrote."""
    found = get_submission_for(me(request), public_id)
    context = {"entry": entries([found], me(request))[0], "found": found, "revisions": revisions_of(found)}
    return render_page(request, "reviews/record_entry.html", context)


@require_safe
@login_required
def record_file(request: HttpRequest, ending: str) -> StreamingHttpResponse:
    """The record as a file, every revision, under the same filters as the page."""
    if ending not in FILES:
        raise Http404
    kind, lines = FILES[ending]
    name = f"my-record_{clock.now():%Y%m%d}.{ending}"
    rows = submissions_of(me(request), **_filters(request))
    return StreamingHttpResponse(
        lines(rows), content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _filters(request: HttpRequest) -> dict[str, str]:
    found = {name: asked(request.GET, name) for name in ("q", "project", "review")}
    if found["review"] not in REVIEW_STATES:
        found["review"] = ""
    return found
