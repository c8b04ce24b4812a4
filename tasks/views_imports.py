"""Pages of an import: upload a file, watch the check, look at the report, decide."""

import csv
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.text import slugify
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import show_problems
from accounts.views import get_or_post, me
from evaltool.base.errors import RuleBroken
from evaltool.base.pages import STOP_POLLING, redirect_to, render_page
from evaltool.base.paging import paginate
from tasks import bars, selectors_batches
from tasks.forms import CommitForm, UploadForm
from tasks.importing import cancel_import, commit_import, start_import, too_large
from tasks.models import Batch, ImportRun
from tasks.views_batches import NAV

OVERHEAD = 64 * 1024  # bytes of a form around its file
RUNNING = frozenset({ImportRun.State.UPLOADED, ImportRun.State.CHECKING, ImportRun.State.COMMITTING})
PLACES = {"uploaded": 1, "checking": 1, "checked": 2, "committing": 3, "committed": 4}
RISKY = ("=", "+", "-", "@", "\t", "\r")


@csrf_exempt  # the check reads the whole body, so it comes after the limit: see `_receive`
@get_or_post
@login_required
def import_new(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Upload a file into a batch. A body above the limit is refused before a byte of it is read."""
    batch = selectors_batches.get_batch_for(me(request), slug, public_id)
    if request.method == "POST" and _length(request) > settings.IMPORT_MAX_BYTES + OVERHEAD:
        form = UploadForm({}, {}, empty_permitted=True, use_required_attribute=False)
        show_problems(form, too_large())
        return _upload_page(request, batch, form, status=413)
    return _receive(request, batch)


def _length(request: HttpRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdecimal() else 0


@csrf_protect
def _receive(request: HttpRequest, batch: Batch) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = start_import(batch=batch, file=file, filename=file.name, by=me(request))
        except RuleBroken as error:
            show_problems(form, error)
        else:
            return redirect_to(request, "tasks:import_run", batch.project.slug, run.public_id)
    return _upload_page(request, batch, form, status=422 if form.errors else 200)


def _upload_page(request: HttpRequest, batch: Batch, form: UploadForm, status: int) -> HttpResponse:
    context = {
        "project": batch.project,
        "batch": batch,
        "form": form,
        "running": selectors_batches.import_under_way(batch),
        "steps": steps_of(None),
    }
    return render_page(request, "tasks/imports/upload.html", context | NAV, status=status)


@require_safe
@login_required
def import_run(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """One import: progress while it runs, then the report and the decision."""
    run = selectors_batches.get_import_for(me(request), slug, public_id)
    return _run_page(request, run, CommitForm())


@require_safe
@login_required
def import_progress(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """The part of the page that changes while a worker is busy; says when to stop asking."""
    run = selectors_batches.get_import_for(me(request), slug, public_id)
    status = 200 if run.state in RUNNING else STOP_POLLING
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect_to(request, "tasks:import_run", slug, public_id)
    return _run_page(request, run, CommitForm(), partial="import-body", status=status)


def _run_page(
    request: HttpRequest, run: ImportRun, form: CommitForm, *, partial: str = "problem-rows", status: int = 200
) -> HttpResponse:
    checked = run.state == ImportRun.State.CHECKED
    context: dict[str, Any] = NAV | {
        "project": run.batch.project,
        "batch": run.batch,
        "run": run,
        "running": run.state in RUNNING,
        "steps": steps_of(run),
        "bar": bars.rows_bar(run),
        "page": paginate(request, selectors_batches.problems_of(run), per_page=20),
        "preview": selectors_batches.preview_of(run) if checked else [],
        "sees_gold": selectors_batches.sees_gold(me(request), run.batch.project),
        "form": form,
    }
    return render_page(request, "tasks/imports/run.html", context, partial=partial, status=status)


def steps_of(run: ImportRun | None) -> list[dict[str, str]]:
    """Where an import stands, for the stepper."""
    titles = ("File", "Check", "Decision", "Import")
    place = PLACES.get(run.state, 0) if run else 0
    states = ["done" if number < place else "now" if number == place else "" for number in range(len(titles))]
    notes = _notes(run) if run else ["JSON Lines", "Nothing comes in yet", "You decide", "All or nothing"]
    return [
        {"title": title, "note": note, "state": state} for title, note, state in zip(titles, notes, states, strict=True)
    ]


def _notes(run: ImportRun) -> list[str]:
    rows = f"{run.rows_total:,} row{'s' if run.rows_total != 1 else ''}"
    read = f"{rows} read" if run.rows_total else "Nothing comes in yet"
    left = "Bad rows left out" if run.leave_out_bad and run.rows_bad else "You decide"
    done = f"{run.rows_new:,} new" if run.state == ImportRun.State.COMMITTED else "All or nothing"
    return [run.filename, read, left, done]


@require_safe
@login_required
def import_problems(request: HttpRequest, slug: str, public_id: UUID) -> StreamingHttpResponse:
    """Every problem of a file as CSV, safe to open in a spreadsheet."""
    run = selectors_batches.get_import_for(me(request), slug, public_id)
    name = f"problems-{slugify(run.filename.rsplit('.', 1)[0])[:60] or 'file'}.csv"
    response = StreamingHttpResponse(_problem_lines(run), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        """The line itself."""
        return text


def _problem_lines(run: ImportRun) -> Iterator[str]:
    write: Callable[[list[object]], str] = csv.writer(_Echo()).writerow
    yield write(["line", "id", "field", "reason"])
    problems = selectors_batches.problems_of(run).values_list("line", "external_id", "field", "reason")
    for line, *texts in problems.iterator(chunk_size=2_000):
        yield write([line, *(_cell(text) for text in texts)])


def _cell(text: str) -> str:
    """A cell that a spreadsheet will not run as a formula."""
    return f"'{text}" if text.startswith(RISKY) else text


@require_POST
@login_required
def import_commit(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Import the good rows of a checked file."""
    run = selectors_batches.get_import_for(me(request), slug, public_id)
    form = CommitForm(request.POST)
    form.is_valid()
    try:
        commit_import(run=run, leave_out_bad=form.cleaned_data["leave_out_bad"], by=me(request))
    except RuleBroken as error:
        if error.code != "bad_rows":
            raise
        show_problems(form, error)
        return _run_page(request, run, form, partial="import-body", status=422)
    return redirect_to(request, "tasks:import_run", slug, public_id)


@require_POST
@login_required
def import_cancel(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Stop an import; the batch stays as it was."""
    run = selectors_batches.get_import_for(me(request), slug, public_id)
    cancel_import(run=run, by=me(request))
    messages.success(request, "The import is canceled. Nothing of this file came into the batch.")
    return redirect_to(request, "tasks:batch", slug, run.batch.public_id)
