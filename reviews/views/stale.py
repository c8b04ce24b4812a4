"""Settled work that a newer rubric version makes stale: listed, counted, and put back to be judged anew."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from accounts.views import get_or_post, me
from evaltool.base.errors import RuleBroken
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from projects.access import Permission
from reviews.putting_back import Reason, being_judged_anew, put_back, stale
from rubrics.models import RubricVersion
from rubrics.selectors import get_rubric_for, versions_of
from tasks.models import Task


@get_or_post
@login_required
def stale_work(request: HttpRequest, slug: str, public_id: UUID, number: int) -> HttpResponse:
    """What stands from before judgment changed; a POST puts back all of it, or the tasks that were ticked."""
    version = _version_or_404(request, slug, public_id, number)
    if request.method == "POST":
        return _put_back(request, slug, version)
    context = {
        "project": version.rubric.project,
        "rubric": version.rubric,
        "version": version,
        "page": paginate(request, stale(version.rubric, number), per_page=25),
        "again": being_judged_anew(version.rubric),
        "reasons": Reason.choices,
        "is_draft": version.state == RubricVersion.State.DRAFT,
    }
    return render_page(request, "reviews/stale.html", context, partial="stale-work")


def _put_back(request: HttpRequest, slug: str, version: RubricVersion) -> HttpResponse:
    ticked = None if request.POST.get("all") else _ticked(request, version)
    try:
        count = put_back(version=version, reason=request.POST.get("reason", ""), tasks=ticked, by=me(request))
    except RuleBroken as error:
        messages.error(request, error.message)
    else:
        many = "1 task is" if count == 1 else f"{count:,} tasks are"
        said = f"{many} judged anew under version {version.number}. What was decided before stays on record."
        messages.success(request, said if count else "There was nothing to put back.")
    return redirect_to(request, "reviews:stale", slug, version.rubric.public_id, version.number)


def _ticked(request: HttpRequest, version: RubricVersion) -> list[Task]:
    """The tasks ticked on the page, as far as they are settled work of this rubric."""
    wanted = set(request.POST.getlist("task"))
    rows = stale(version.rubric, version.number)
    return [row.task for row in rows.filter(task__public_id__in=[pk for pk in wanted if _is_uuid(pk)])]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _version_or_404(request: HttpRequest, slug: str, public_id: UUID, number: int) -> RubricVersion:
    rubric = get_rubric_for(me(request), slug, public_id, Permission.MANAGE_BATCHES)
    found = versions_of(rubric).filter(number=number).exclude(state=RubricVersion.State.RETIRED).first()
    if found is None:
        raise Http404
    return found
