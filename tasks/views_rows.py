"""The rubric of an open task by itself: which rows there are may change with what was answered."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.views import me
from evaltool.base.pages import redirect_to, render_page
from rubrics.answers import row_places
from tasks import showing
from tasks.labels import confirm_labels, shown_labels
from tasks.models import Assignment
from tasks.selectors import get_assignment_for
from tasks.submitting import criteria_of


@require_safe
@login_required
def rows(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The form of the saved draft, for a script to take from it the rows that the page has not."""
    found = get_assignment_for(me(request), public_id)
    version, slug = found.guideline_version, found.batch.project.slug
    url = reverse("projects:guideline_version", args=[slug, version.number]) if version else ""
    context = {"rubric_form": showing.form_of(found), "guideline_url": url}
    return render_page(request, "rubrics/form.html", context)


def rows_changed(found: Assignment, before: Any, after: Any) -> bool:
    """Whether a draft asks about other spans than the one before it did, or shows other labels of a model."""
    criteria, content = criteria_of(found.rubric_version), found.task.content
    if row_places(criteria, content, before) != row_places(criteria, content, after):
        return True
    labels = (shown_labels(found, criteria, draft).keys() for draft in (before, after))
    return next(labels) != next(labels)


@require_POST
@login_required
def confirm(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Put the model's label wherever nothing is answered yet."""
    found = get_assignment_for(me(request), public_id)
    confirm_labels(assignment=found, criteria=criteria_of(found.rubric_version), by=me(request))
    messages.success(request, "Every criterion you left open has the model's label now. What you changed stays.")
    return redirect_to(request, "tasks:assignment", public_id)
