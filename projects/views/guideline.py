"""Pages on which the guideline is written, and on which it is read and confirmed."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import show_problems
from accounts.views import get_or_post, me
from evaltool.base.asking import asked
from evaltool.base.errors import RuleBroken, StaleState
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from evaltool.base.sections import sections
from projects import selectors
from projects.access import Permission, get_guideline_for, get_membership_for, get_project_for
from projects.commands import acknowledge_guideline, publish_guideline, save_guideline_draft
from projects.comparing import compare_sections, compare_texts
from projects.forms import DocumentForm, GuidelineForm
from projects.models import GuidelineVersion, Membership, Project, Role
from projects.reading import search


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


@require_safe
@login_required
def guidelines(request: HttpRequest) -> HttpResponse:
    """The guidelines of the person's projects."""
    page = paginate(request, selectors.memberships_of(me(request)))
    selectors.with_guidelines(page)
    return render_page(request, "projects/guidelines.html", {"page": page})


@require_safe
@login_required
def current(request: HttpRequest, slug: str) -> HttpResponse:
    """The version in force."""
    member = get_membership_for(me(request), slug, Permission.SEE_PROJECT)
    version = selectors.current_guideline(member.project)
    if version is None:
        manages = Role.ADMIN in member.roles
        return render_page(request, "projects/no_guideline.html", {"project": member.project, "manages": manages})
    return _reader(request, member, version)


@require_safe
@login_required
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One published version, in force or earlier."""
    return _reader(request, *get_guideline_for(me(request), slug, number))


@require_POST
@login_required
def acknowledge(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The person has read this version."""
    member, shown = get_guideline_for(me(request), slug, number)
    acknowledge_guideline(member=member, version=shown, by=me(request))
    messages.success(request, f"You confirmed version {shown.number} of the guideline.")
    return redirect_to(request, "/" if Role.EVALUATOR in member.roles else "projects:guideline", *_slug(member))


@require_safe
@login_required
def drawer(request: HttpRequest, slug: str) -> HttpResponse:
    """Beside a task: what a search found, or one section. Without a script it is a page of its own."""
    member = get_membership_for(me(request), slug, Permission.SEE_PROJECT)
    number, anchor, q = (asked(request.GET, name) for name in ("version", "section", "q"))
    shown = selectors.published_version(member.project, number) or selectors.current_guideline(member.project)
    context = {
        "project": member.project,
        "version": shown,
        "q": q,
        "found": search(shown, q) if shown else [],
        "section": shown.sections.filter(anchor=anchor).first() if shown and anchor else None,
        "asked": bool(q or anchor),
    }
    return render_page(request, "projects/drawer.html", context, partial="drawer-found")


def _slug(member: Membership) -> list[str]:
    return [] if Role.EVALUATOR in member.roles else [member.project.slug]


def _reader(request: HttpRequest, member: Membership, shown: GuidelineVersion) -> HttpResponse:
    versions = selectors.published_versions(member.project).filter(number__lte=shown.number)
    q = asked(request.GET, "q")
    older = selectors.published_version(member.project, asked(request.GET, "compare"))
    parts = list(shown.sections.all())
    due = selectors.unread_guideline(member)
    context = {
        "project": member.project,
        "version": shown,
        "versions": list(selectors.published_versions(member.project)[:50]),
        "earlier": [row for row in versions[:50] if row.number < shown.number],
        "sections": parts,
        "q": q,
        "found": search(shown, q) if q else [],
        "older": older,
        "changes": compare_sections(list(older.sections.all()), parts) if older else [],
        "to_confirm": due is not None and due.pk == shown.pk,
        "newer": due if due is not None and due.number > shown.number else None,
        "confirmed": selectors.acknowledged_at(member, shown),
        "evaluates": Role.EVALUATOR in member.roles,
    }
    return render_page(request, "projects/guideline.html", context, partial="guideline-text")


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
