"""What is still under earlier versions of a rubric: unstarted work, which can be moved, and gold keys to look at."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from accounts.views import get_or_post, me
from evaltool.base.errors import RuleBroken
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from projects.access import Permission, get_membership_for, may
from rubrics.models import RubricVersion
from rubrics.selectors import get_rubric_for, versions_of
from tasks import reversioning


@get_or_post
@login_required
def version_work(request: HttpRequest, slug: str, public_id: UUID, number: int) -> HttpResponse:
    """Count what moves to this version and what stays, and list the keys it leaves in doubt; a POST moves."""
    version = _version_or_404(request, slug, public_id, number)
    if request.method == "POST":
        return _moved(request, slug, version)
    member = get_membership_for(me(request), slug, Permission.MANAGE_BATCHES)
    keys = reversioning.stale_keys(version.rubric, number) if may(member, Permission.MANAGE_GOLD) else None
    context = {
        "project": version.rubric.project,
        "rubric": version.rubric,
        "version": version,
        "work": reversioning.forecast(version.rubric, number),
        "page": paginate(request, keys, per_page=25) if keys is not None else None,
    }
    return render_page(request, "tasks/version_work.html", context, partial="version-work")


def _moved(request: HttpRequest, slug: str, version: RubricVersion) -> HttpResponse:
    try:
        found = reversioning.move_all(version=version, by=me(request))
    except RuleBroken as error:
        messages.error(request, error.message)
    else:
        many = "1 batch is" if len(found) == 1 else f"{len(found):,} batches are"
        said = f"{many} under version {version.number} now. Tasks somebody has begun stay as they were shown."
        messages.success(request, said if found else "There was nothing to move.")
    return redirect_to(request, "rubrics:version", slug, version.rubric.public_id, version.number)


def _version_or_404(request: HttpRequest, slug: str, public_id: UUID, number: int) -> RubricVersion:
    rubric = get_rubric_for(me(request), slug, public_id, Permission.MANAGE_BATCHES)
    found = versions_of(rubric).filter(number=number, state=RubricVersion.State.PUBLISHED).first()
    if found is None:
        raise Http404
    return found
