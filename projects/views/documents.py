"""A guideline that comes as a document: upload it, see what was read, confirm its headings, download it again."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import show_problems
from accounts.views import get_or_post, me
from evaltool.base.documents import apply_levels, outline
from evaltool.base.errors import RuleBroken, StaleState
from evaltool.base.pages import STOP_POLLING, redirect_to, render_page, wants_part
from evaltool.base.sections import sections
from projects import selectors
from projects.access import Permission, get_guideline_for, get_project_for
from projects.commands import upload_guideline_file, use_guideline_file
from projects.forms import DocumentForm, HeadingsForm
from projects.models import GuidelineFile
from projects.views.guideline import edit_page

S = GuidelineFile.State


@require_POST
@login_required
def upload(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a document; a worker reads it."""
    project = get_project_for(me(request), slug, Permission.SET_UP)
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            found = upload_guideline_file(project=project, data=file.read(), filename=file.name, by=me(request))
        except RuleBroken as error:
            show_problems(form, error)
        else:
            return redirect_to(request, "projects:guideline_file", slug, found.public_id)
    return edit_page(request, project, document=form, status=422)


@get_or_post
@login_required
def confirm(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """What was read from a document; its headings are confirmed here before they become the draft."""
    project = get_project_for(me(request), slug, Permission.SET_UP)
    found = selectors.guideline_file(project, public_id)
    if request.method == "POST" and found.state == S.READ:
        return _use(request, found)
    status = STOP_POLLING if wants_part(request) and found.state != S.WAITING else 200
    return _page(request, found, HeadingsForm(initial=selectors.guideline_start(project)), {}, status=status)


def _use(request: HttpRequest, found: GuidelineFile) -> HttpResponse:
    form = HeadingsForm(request.POST)
    levels = form.levels()
    if not form.is_valid() or request.POST.get("do") == "preview":
        return _page(request, found, form, levels, status=422 if form.errors else 200)
    try:
        use_guideline_file(file=found, levels=levels, by=me(request), **form.cleaned_data)
    except StaleState as stale:
        form.add_error(None, f"{stale} Saving again puts this document in its place.")
        form.data = {**request.POST.dict(), "expected": selectors.guideline_start(found.project)["expected"]}
        return _page(request, found, form, levels, status=409)
    except RuleBroken as error:
        show_problems(form, error)
        return _page(request, found, form, levels, status=422)
    messages.success(request, "The draft is made from the document. Nobody but admins sees it until you publish it.")
    return redirect_to(request, "projects:guideline_edit", found.project.slug)


def _page(
    request: HttpRequest, found: GuidelineFile, form: HeadingsForm, levels: dict[int, int], *, status: int
) -> HttpResponse:
    context: dict[str, Any] = {"project": found.project, "document": found, "form": form}
    if found.state == S.READ:
        text = apply_levels(found.text, levels) if levels else found.text
        context |= {
            "headings": [(heading, levels.get(heading.line, heading.level)) for heading in outline(found.text)],
            "found": sections(text),
        }
    return render_page(request, "projects/document.html", context, partial="document-body", status=status)


@require_safe
@login_required
def original(request: HttpRequest, slug: str, public_id: UUID) -> FileResponse:
    """The document as it was uploaded."""
    project = get_project_for(me(request), slug, Permission.SET_UP)
    return _download(selectors.guideline_file(project, public_id))


@require_safe
@login_required
def published_original(request: HttpRequest, slug: str, number: int) -> FileResponse:
    """The document a published version was made from, for everybody who may read the version."""
    _, version = get_guideline_for(me(request), slug, number)
    if version.original is None:
        raise Http404
    return _download(version.original)


def _download(found: GuidelineFile) -> FileResponse:
    """As an attachment of no particular type, so that no browser shows what a stranger wrote as a page of ours."""
    return FileResponse(
        found.file.open("rb"), as_attachment=True, filename=found.filename, content_type="application/octet-stream"
    )
