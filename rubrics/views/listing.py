"""A project's rubrics, and how a new one begins."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import show_problems
from accounts.models import User
from accounts.views import get_or_post, me
from evaltool.base.errors import RuleBroken
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from projects.access import Permission, get_project_for
from projects.models import Project
from rubrics import selectors
from rubrics.body import criteria_of, tidy_body
from rubrics.building import blank_body
from rubrics.commands import create_rubric, save_version_draft
from rubrics.forms import NewRubricForm
from rubrics.kinds import kind_of
from rubrics.models import Rubric
from rubrics.sampling import sample_rows
from rubrics.starting import StartingPoint, starting_points


@require_safe
@login_required
def rubrics(request: HttpRequest, slug: str) -> HttpResponse:
    """Every rubric of the project with its versions."""
    project = get_project_for(me(request), slug, Permission.SET_UP)
    page = paginate(request, selectors.rubrics_of(project), per_page=20)
    return render_page(request, "rubrics/rubrics.html", {"project": project, "page": page}, partial="rubric-rows")


@get_or_post
@login_required
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin a rubric: empty, from one to start from (`?start=` chooses it), or from a file."""
    project = get_project_for(me(request), slug, Permission.SET_UP)
    form = NewRubricForm(request.POST or None, request.FILES or None, initial={"start": request.GET.get("start", "")})
    if request.method == "POST" and form.is_valid():
        try:
            rubric = _begin(project, form, me(request))
        except RuleBroken as error:
            show_problems(form, error)
        else:
            messages.success(request, "The rubric has a draft. Nobody judges with it until you publish it.")
            return redirect_to(request, "rubrics:draft", slug, rubric.public_id)
    status = 422 if form.errors else 200
    context = {"project": project, "form": form, "starts": [_offer(point) for point in starting_points()]}
    return render_page(request, "rubrics/new.html", context, status=status)


def _offer(point: StartingPoint) -> dict[str, Any]:
    """What the page says about a rubric to start from."""
    criteria = criteria_of(tidy_body(point.body))
    rows = [{"criterion": criterion, "kind": kind_of(criterion)} for criterion in criteria]
    return {"slug": point.slug, "name": point.name, "description": point.description, "rows": rows}


@require_safe
@login_required
def start(request: HttpRequest, slug: str, start: str) -> HttpResponse:
    """A rubric to start from, as evaluators would see it."""
    project = get_project_for(me(request), slug, Permission.SET_UP)
    found = next((point for point in starting_points() if point.slug == start), None)
    if found is None:
        raise Http404
    rows = sample_rows(criteria_of(tidy_body(found.body)))
    return render_page(request, "rubrics/start.html", {"project": project, "start": found, "rows": rows})


@transaction.atomic
def _begin(project: Project, form: NewRubricForm, by: User) -> Rubric:
    rubric = create_rubric(project=project, name=form.cleaned_data["name"], by=by)
    body = form.parsed[1] if form.parsed else blank_body()
    save_version_draft(rubric=rubric, body=body, by=by)
    return rubric


@require_safe
@login_required
def rubric(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """One rubric's versions."""
    shown = selectors.get_rubric_for(me(request), slug, public_id, Permission.SET_UP)
    page = paginate(request, selectors.versions_of(shown), per_page=30)
    draft = selectors.draft_of(shown)
    context = {"project": shown.project, "rubric": shown, "page": page, "draft": draft}
    return render_page(request, "rubrics/rubric.html", context, partial="version-rows")


@require_POST
@login_required
def begin_draft(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """A draft of the next version, from the newest one; an existing draft is simply opened."""
    shown = selectors.get_rubric_for(me(request), slug, public_id, Permission.SET_UP)
    if selectors.draft_of(shown) is None:
        last = selectors.versions_of(shown).first()
        save_version_draft(rubric=shown, body=last.body if last else blank_body(), by=me(request), seen="")
    return redirect_to(request, "rubrics:draft", slug, public_id)
