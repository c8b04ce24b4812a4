"""The rubric of an open task by itself: which rows there are may change with what was answered."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.views import me
from evaltool.base.pages import render_page
from rubrics.answers import row_places
from tasks import showing
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
    """Whether a draft asks about other spans than the one before it did."""
    criteria, content = criteria_of(found.rubric_version), found.task.content
    return row_places(criteria, content, before) != row_places(criteria, content, after)
