"""Pages on which the guideline is read and confirmed."""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.views import me
from evaltool.base.asking import asked
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from projects import selectors
from projects.access import Permission, get_guideline_for, get_membership_for
from projects.commands import acknowledge_guideline, answer_checks, note_reading
from projects.comparing import compare_sections
from projects.confirming import last_confirmed, missed, open_questions, progress
from projects.models import GuidelineVersion, Membership, Role
from projects.questions import Asked
from projects.reading import search


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
    """The person has read this version; check questions they answer come along."""
    member, shown = get_guideline_for(me(request), slug, number)
    posted = {name: request.POST.getlist(name) for name in request.POST if name.startswith("q.")}
    given = answer_checks(member=member, version=shown, answers=posted, by=me(request))
    if open_questions(member, shown):
        return _reader(request, member, shown, given=given, status=422)
    acknowledge_guideline(member=member, version=shown, by=me(request))
    messages.success(request, f"You confirmed version {shown.number} of the guideline.")
    return redirect_to(request, "/" if Role.EVALUATOR in member.roles else "projects:guideline", *_slug(member))


@require_POST
@login_required
def reading(request: HttpRequest, slug: str, number: int) -> JsonResponse:
    """The script tells which sections were on the screen to their end."""
    member, shown = get_guideline_for(me(request), slug, number)
    note_reading(member=member, version=shown, anchors=request.POST.getlist("section"), by=me(request))
    found = progress(member, shown)
    return JsonResponse({"read": sorted(found.read), "done": found.done, "wanted": len(found.wanted)})


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


def _older(
    request: HttpRequest, member: Membership, shown: GuidelineVersion, to_confirm: bool
) -> GuidelineVersion | None:
    """The version to compare with: the one asked for, else, for an update to confirm, the one confirmed last."""
    if "compare" in request.GET or not to_confirm or asked(request.GET, "q"):
        return selectors.published_version(member.project, asked(request.GET, "compare"))
    return last_confirmed(member, shown)


def _reader(
    request: HttpRequest,
    member: Membership,
    shown: GuidelineVersion,
    *,
    given: Sequence[Asked] = (),
    status: int = 200,
) -> HttpResponse:
    versions = selectors.published_versions(member.project).filter(number__lte=shown.number)
    q = asked(request.GET, "q")
    due = selectors.unread_guideline(member)
    to_confirm = due is not None and due.pk == shown.pk
    older = _older(request, member, shown, to_confirm)
    parts = list(shown.sections.all())
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
        "to_confirm": to_confirm,
        "progress": progress(member, shown),
        "open_questions": open_questions(member, shown, {one.name: [str(n) for n in one.chosen] for one in given}),
        "given": given,
        "missed": missed(shown) if Role.ADMIN in member.roles or Role.QA_LEAD in member.roles else [],
        "newer": due if due is not None and due.number > shown.number else None,
        "confirmed": selectors.acknowledged_at(member, shown),
        "evaluates": Role.EVALUATOR in member.roles,
    }
    return render_page(request, "projects/guideline.html", context, partial="guideline-text", status=status)
