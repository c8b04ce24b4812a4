"""Pages of batches: the list, a new one, one batch with what it waits for, and its moves."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import show_problems
from accounts.views import get_or_post, me
from evaltool.base.errors import RuleBroken
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from projects.access import Permission, get_project_for
from projects.models import Project
from tasks import bars, batches, selectors_batches, waiting
from tasks.forms import BatchForm, ChangeForm
from tasks.models import Batch

S = Batch.State
MOVES = {
    "release": (batches.release_batch, S.RELEASED, "{} is released. Evaluators get its tasks from now on."),
    "pause": (batches.pause_batch, S.PAUSED, "{} is paused. Open tasks may finish; nothing more is given out."),
    "resume": (batches.resume_batch, S.RELEASED, "{} goes on."),
    "complete": (batches.complete_batch, S.COMPLETED, "{} is completed."),
    "cancel": (batches.cancel_batch, S.CANCELED, "{} is canceled. Nobody gets its tasks."),
    "archive": (batches.archive_batch, S.ARCHIVED, "{} is archived."),
}
NAV = {"nav_current": "batches"}


@require_safe
@login_required
def batch_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The project's batches with their progress."""
    project = get_project_for(me(request), slug, Permission.MANAGE_BATCHES)
    filters = selectors_batches.read_filters(request.GET)
    page = paginate(request, selectors_batches.batches_of(project, filters), per_page=25)
    lines = [(line, bars.progress_bar(line.progress)) for line in selectors_batches.lines_of(page)]
    context = {
        "project": project,
        "filters": filters,
        "tabs": selectors_batches.tabs_of(project),
        "states": Batch.State.choices,
        "page": page,
        "lines": lines,
        "has_rubric": bool(lines) or selectors_batches.published_rubrics(project).exists(),
    }
    return render_page(request, "tasks/batches/list.html", context, partial="batch-rows")


@get_or_post
@login_required
def batch_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a batch, then go on to its file."""
    project = get_project_for(me(request), slug, Permission.MANAGE_BATCHES)
    form = BatchForm(project, request.POST or None)
    if request.method == "POST" and form.is_valid():
        batch = _made(request, project, form)
        if batch:
            return redirect_to(request, "tasks:import_new", slug, batch.public_id)
    context = {"project": project, "form": form, "has_rubric": selectors_batches.published_rubrics(project).exists()}
    return render_page(request, "tasks/batches/new.html", context | NAV, status=422 if form.errors else 200)


def _made(request: HttpRequest, project: Project, form: BatchForm) -> Batch | None:
    try:
        return batches.create_batch(project=project, **form.cleaned_data, by=me(request))
    except RuleBroken as error:
        show_problems(form, error)
        return None


@require_safe
@login_required
def batch(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """One batch: how far it is, what it waits for, who works on it, and what can be done."""
    found = selectors_batches.get_batch_for(me(request), slug, public_id)
    return render_page(request, "tasks/batches/batch.html", _batch_context(request, found))


def _batch_context(request: HttpRequest, found: Batch) -> dict[str, Any]:
    progress = batches.progress(found)
    people, people_count = selectors_batches.workers_on(found)
    return NAV | {
        "project": found.project,
        "batch": found,
        "progress": progress,
        "bar": bars.progress_bar(progress),
        "waits": waiting.waits(found, progress),
        "people": people,
        "people_count": people_count,
        "imports": paginate(request, selectors_batches.imports_of(found), per_page=10),
        "tasks": selectors_batches.count_tasks(found),
        "running": selectors_batches.import_under_way(found),
        "complete": found.state == Batch.State.RELEASED and progress.wanted > 0 and not progress.missing,
    }


@get_or_post
@login_required
def batch_change(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Another deadline or priority."""
    found = selectors_batches.get_batch_for(me(request), slug, public_id)
    form = ChangeForm(request.POST or None, initial={"deadline": found.deadline, "priority": found.priority})
    if request.method == "POST" and form.is_valid():
        try:
            batches.change_batch(batch=found, **form.cleaned_data, by=me(request))
        except RuleBroken as error:
            show_problems(form, error)
        else:
            messages.success(request, "Deadline and priority are saved.")
            return redirect_to(request, "tasks:batch", slug, public_id)
    context = {"project": found.project, "batch": found, "form": form}
    return render_page(request, "tasks/batches/change.html", context | NAV, status=422 if form.errors else 200)


@require_POST
@login_required
def batch_move(request: HttpRequest, slug: str, public_id: UUID, do: str) -> HttpResponse:
    """Release, pause, resume, complete, cancel or archive a batch. A refusal is told on the batch's own page."""
    found = selectors_batches.get_batch_for(me(request), slug, public_id)
    command, target, words = MOVES[do]
    try:
        if found.state != target:  # a second click finds the work done
            command(batch=found, by=me(request))
            messages.success(request, words.format(found.name))
    except RuleBroken as error:
        messages.error(request, error.message)
    return redirect_to(request, "tasks:batch", slug, public_id)
