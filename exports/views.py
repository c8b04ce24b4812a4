"""Pages of exports: ask for one, watch it being built, download it with its manifest."""

import json
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.views import get_or_post, me
from evaltool.base.errors import Invalid
from evaltool.base.pages import STOP_POLLING, redirect_to, render_page, wants_part
from evaltool.base.paging import paginate
from exports.building import request_export
from exports.forms import ExportForm
from exports.models import Export
from exports.selectors import exports_of, filename, get_export_for
from projects.access import Permission, get_project_for
from projects.models import Project

RUNNING = (Export.State.QUEUED, Export.State.BUILDING)


@get_or_post
@login_required
def exports(request: HttpRequest, slug: str) -> HttpResponse:
    """The list of exports and the form for a new one."""
    project = get_project_for(me(request), slug, Permission.EXPORT)
    if request.method != "POST":
        return _list_page(request, project, ExportForm(project))
    form = ExportForm(project, request.POST)
    if form.is_valid():
        try:
            export = request_export(project=project, by=me(request), **form.cleaned_data)
        except Invalid as error:
            for problem in error.problems:
                form.add_error(problem.field, problem.reason)
        else:
            return redirect_to(request, "exports:export", project.slug, export.public_id)
    return _list_page(request, project, form, status=422)


def _list_page(request: HttpRequest, project: Project, form: ExportForm, status: int = 200) -> HttpResponse:
    context = {"project": project, "form": form, "page": paginate(request, exports_of(project), per_page=25)}
    return render_page(request, "exports/exports.html", context, partial="export-rows", status=status)


@login_required
@require_safe
def export(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """One export: progress while it is built, then its dataset card."""
    found = get_export_for(me(request), slug, public_id)
    running = found.state in RUNNING
    context = {"project": found.project, "export": found, "running": running, "name": filename(found, found.format)}
    status = STOP_POLLING if wants_part(request) and not running else 200
    return render_page(request, "exports/export.html", context, partial="export-card", status=status)


@login_required
@require_safe
def download(request: HttpRequest, slug: str, public_id: UUID) -> FileResponse:
    """The file itself, as an attachment."""
    found = _ready(request, slug, public_id)
    kind = "application/jsonl" if found.format == Export.Format.JSONL else "text/csv; charset=utf-8"
    response = FileResponse(
        found.file.open("rb"), as_attachment=True, filename=filename(found, found.format), content_type=kind
    )
    response["X-Checksum-SHA256"] = found.sha256
    return response


@login_required
@require_safe
def manifest(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """The manifest as a JSON file."""
    found = _ready(request, slug, public_id)
    text = json.dumps(found.manifest, indent=2, ensure_ascii=False)
    name = filename(found, "manifest.json")
    return HttpResponse(
        text, content_type="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _ready(request: HttpRequest, slug: str, public_id: UUID) -> Export:
    found = get_export_for(me(request), slug, public_id)
    if found.state != Export.State.READY:
        raise Http404
    return found
