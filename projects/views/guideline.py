"""Pages on which the guideline is written."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from accounts.forms import show_problems
from accounts.views import get_or_post, me
from evaltool.base.errors import RuleBroken, StaleState
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.sections import sections
from projects import selectors
from projects.access import Permission, get_project_for
from projects.commands import publish_guideline, save_guideline_draft
from projects.comparing import compare_texts
from projects.forms import DocumentForm, GuidelineForm
from projects.models import GuidelineVersion, Project


@get_or_post
@login_required
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Write the next version: preview it, or keep it as the draft."""
    project = get_project_for(me(request), slug, Permission.SET_UP)
    form = GuidelineForm(request.POST) if request.method == "POST" else _form(project)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("do") == "preview":
            return edit_page(request, project, form, preview=sections(form.cleaned_data["source"]))
        try:
            _save(request, project, form)
        except StaleState:
            return _overtaken(request, project, form)
        except RuleBroken as error:
            show_problems(form, error)
        else:
            messages.success(request, "The draft is saved. Nobody but admins sees it until you publish it.")
            return redirect_to(request, "projects:guideline_edit", slug)
    return edit_page(request, project, form)


@require_POST
@login_required
def publish(request: HttpRequest, slug: str) -> HttpResponse:
    """Put the draft the page showed in force."""
    project = get_project_for(me(request), slug, Permission.SET_UP)
    draft = selectors.guideline_draft(project)
    if draft is None or draft.sha256 != request.POST.get("sha256"):
        raise StaleState("The draft was changed or published in the meantime. Reload to see it as it is now.")
    version = publish_guideline(version=draft, by=me(request))
    messages.success(request, f"Version {version.number} is in force.")
    return redirect_to(request, "projects:guideline", slug)


def _form(project: Project) -> GuidelineForm:
    return GuidelineForm(initial=selectors.guideline_start(project))


def _save(request: HttpRequest, project: Project, form: GuidelineForm) -> GuidelineVersion:
    data = form.cleaned_data
    return save_guideline_draft(
        project=project,
        title=data["title"],
        source=data["source"],
        change_note=data["change_note"],
        must_read=data["must_read"],
        expected=data["expected"],
        by=me(request),
    )


def edit_page(request: HttpRequest, project: Project, form: GuidelineForm | None = None, **more: Any) -> HttpResponse:
    """The page on which the next version is written, with what was typed."""
    draft, in_force = selectors.guideline_draft(project), selectors.current_guideline(project)
    form = form or _form(project)
    context = {
        "project": project,
        "form": form,
        "draft": draft,
        "in_force": in_force,
        "found": sections(draft.source) if draft else [],
        "readers": selectors.evaluators_count(project),
        "document": DocumentForm(),
        "uploads": selectors.guideline_files(project)[:5],
        **more,
    }
    status = more.get("status") or (422 if form.errors else 200)
    return render_page(request, "projects/guideline_edit.html", context, partial="guideline-preview", status=status)


def _overtaken(request: HttpRequest, project: Project, form: GuidelineForm) -> HttpResponse:
    """Another admin saved first: both texts stay, and saving again is a choice."""
    stored = selectors.guideline_draft(project)
    text = stored.source if stored else ""
    data = form.cleaned_data | {"expected": stored.sha256 if stored else ""}
    more = {
        "overtaken": compare_texts(text, data["source"].replace("\r\n", "\n")),
        "stored_text": text,
        "status": 409,
    }
    return edit_page(request, project, GuidelineForm(initial=data), **more)
