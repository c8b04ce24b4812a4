"""The evaluation screen, and what can be done from it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import show_problems
from accounts.views import me
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from evaltool.base.middleware import wants_json
from evaltool.base.pages import redirect_to, render_page, wants_part
from projects.models import Membership
from rubrics.answers import from_post, to_post
from tasks import showing
from tasks.assigning import claim_next
from tasks.forms_work import SkipForm
from tasks.models import Assignment
from tasks.opening import open_assignment
from tasks.selectors import get_assignment_for, last_submission, title_of
from tasks.submitting import TextKept, criteria_of, submit, undo
from tasks.versions import differences
from tasks.views_home import just_submitted, submitted
from tasks.views_rows import rows_changed
from tasks.working import DraftStale, extend_lease, give_back, heartbeat, save_draft, skip

S = Assignment.State
STALE = "This task was saved somewhere else. What you see here is not saved yet; save again to keep this version."


def number(request: HttpRequest, name: str) -> int:
    """A whole number that a script posted; 0 for anything else."""
    given = request.POST.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0


# ---------------------------------------------------------------- the screen


@require_safe
@login_required
def assignment(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The evaluation screen, or for a task that is not open, what happened and the text that is kept."""
    found = get_assignment_for(me(request), public_id)
    if _is_workable(found):
        return bench_page(request, found, after=just_submitted(request))
    return _ended(request, found)


def _is_workable(found: Assignment) -> bool:
    """Open, or being changed after an undo."""
    draft = showing.draft_of(found)
    return found.state == S.OPEN or (found.state == S.SUBMITTED and draft is not None and not draft.late)


def bench_page(request: HttpRequest, found: Assignment, *, status: int = 200, **more: Any) -> HttpResponse:
    form = {name: more.pop(name) for name in ("raw", "problems") if name in more}
    sent = last_submission(found) if found.state == S.SUBMITTED else None
    context = {
        **showing.bench(found, receipt=sent.revision + 1 if sent else 1, **form),
        "leave_url": reverse("tasks:work"),
        "guideline_url": _guideline_url(found),
        "skip_form": SkipForm(),
        **more,
    }
    wrong = "Not submitted yet: " if form.get("problems") else ""
    context["page_title"] = f"{wrong}{context['bench_title']}, {context['place']}"
    context["is_part"] = "partial" in more and wants_part(request)
    return render_page(request, "tasks/work/bench.html", context, partial=more.get("partial"), status=status)


def _guideline_url(found: Assignment) -> str:
    """The guideline's page at the version this work stands under."""
    version, slug = found.guideline_version, found.batch.project.slug
    return reverse("projects:guideline_version", args=[slug, version.number]) if version else ""


def _ended(request: HttpRequest, found: Assignment, *, refusal: str = "", status: int = 200) -> HttpResponse:
    context = {
        "ending": showing.ending_of(found),
        "assignment": found,
        "project": found.batch.project,
        "title": title_of(found.task),
        "kept": showing.kept_form(found),
        "refusal": refusal,
    }
    return render_page(request, "tasks/work/ended.html", context, status=status)


# -------------------------------------------------------------------- submit


@require_POST
@login_required
def submit_task(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Hand the judgement in; the answer is the next task."""
    found = get_assignment_for(me(request), public_id)
    raw = _raw(request, found)
    try:
        sent = submit(
            assignment=found,
            raw=raw,
            revision=number(request, "receipt") or 1,
            active_seconds=number(request, "active_seconds"),
            by=me(request),
        )
    except Invalid as invalid:
        return _corrected(request, found, raw, invalid)
    except TextKept as refusal:
        fresh = get_assignment_for(me(request), public_id)
        return _swapped(request, _ended(request, fresh, refusal=refusal.message, status=409))
    found.db_now = sent.at  # type: ignore[attr-defined]
    return _go_on(request, found.member, submitted(found, showing.seconds_to_undo(found, sent)))


def _corrected(request: HttpRequest, found: Assignment, raw: dict[str, Any], invalid: Invalid) -> HttpResponse:
    """The form again with every problem named; the reading pane stays where it is."""
    # The draft's revision stays the one the browser knew: what another tab saved since must not be overwritten.
    known = {"draft_revision": number(request, "revision"), "partial": "rate"}
    response = bench_page(request, found, raw=raw, problems=invalid.problems, status=422, **known)
    if getattr(request, "htmx", None):
        response["HX-Retarget"], response["HX-Reswap"] = "#rate", "outerHTML"
    return response


def _raw(request: HttpRequest, found: Assignment) -> dict[str, Any]:
    return from_post(criteria_of(found.rubric_version), found.task.content, request.POST)


def _go_on(request: HttpRequest, member: Membership, after: dict[str, Any]) -> HttpResponse:
    """To the next task: for htmx it is the answer itself, else a redirect; home when there is none."""
    found = claim_next(member=member, by=me(request))
    query = f"?after={after['assignment'].public_id}"
    if found is None:
        return redirect_to(request, reverse("tasks:work") + query)
    url = reverse("tasks:assignment", args=[found.public_id])
    if not getattr(request, "htmx", None):
        return redirect_to(request, url + query)
    response = _swapped(request, bench_page(request, found, after=after))
    response["HX-Push-Url"] = url
    return response


def _swapped(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """For htmx: this whole page takes the place of the one at hand."""
    if getattr(request, "htmx", None):
        response["HX-Retarget"], response["HX-Reswap"] = "body", "innerHTML"
    return response


@require_POST
@login_required
def undo_submission(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a fresh submission up again, to change it."""
    found = get_assignment_for(me(request), public_id)
    try:
        undo(assignment=found, by=me(request))
    except RuleBroken as refusal:
        messages.warning(request, refusal.message)
    return redirect_to(request, "tasks:assignment", public_id)


# -------------------------------------------------------- while it is open


@require_POST
@login_required
def draft(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Keep what was typed: for the script in JSON, without a script by a button."""
    found = get_assignment_for(me(request), public_id)
    raw, before = _raw(request, found), getattr(showing.draft_of(found), "data", {})
    try:
        saved = save_draft(assignment=found, data=raw, revision=number(request, "revision"), by=me(request))
    except DraftStale as stale:
        return stale_page(request, found, raw, stale)
    except RuleBroken as refusal:
        if wants_json(request):
            return JsonResponse({"code": refusal.code, "message": refusal.message}, status=422)
        raise
    if wants_json(request):
        changed = rows_changed(found, before, raw)
        return JsonResponse(
            {"revision": saved.revision, "saved_at": saved.saved_at.isoformat(), "rows_changed": changed}
        )
    messages.success(request, "Draft saved.")
    return redirect_to(request, "tasks:assignment", public_id)


def stale_page(request: HttpRequest, found: Assignment, raw: dict[str, Any], stale: DraftStale) -> HttpResponse:
    stored = stale.draft
    if wants_json(request):
        fields = to_post(criteria_of(found.rubric_version), found.task.content, stored.data)
        return JsonResponse({"revision": stored.revision, "data": fields}, status=409)
    found.draft = stored
    versions = differences(found, raw, stored.data)
    return bench_page(request, found, raw=raw, stale=STALE, versions=versions, status=409)


@require_POST
@login_required
def compare(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What is on the page beside the draft that is stored, where they differ; changes nothing."""
    found = get_assignment_for(me(request), public_id)
    kept = showing.draft_of(found)
    versions = differences(found, _raw(request, found), kept.data if kept else {})
    return render_page(request, "tasks/work/versions.html", {"versions": versions})


@require_POST
@login_required
def beat(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Active seconds since the last beat; the answer is the time counted and the reservation."""
    found = get_assignment_for(me(request), public_id)
    try:
        row = heartbeat(assignment=found, seconds=number(request, "active_seconds"), by=me(request))
    except RuleBroken as refusal:
        return JsonResponse({"code": refusal.code, "reason": refusal.message}, status=409)
    assert row.lease_until is not None
    return JsonResponse({"reserved_until": row.lease_until.isoformat(), "active_seconds": row.active_seconds})


@require_POST
@login_required
def extend(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A whole reservation from now."""
    row = extend_lease(assignment=get_assignment_for(me(request), public_id), by=me(request))
    if getattr(request, "htmx", None):
        return render_page(request, "tasks/work/reserved.html", {"reserved_until": row.lease_until})
    return redirect_to(request, "tasks:assignment", public_id)


@require_POST
@login_required
def open_task(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Begin a task of one's list, or take an interrupted one up again."""
    found = get_assignment_for(me(request), public_id)
    try:
        open_assignment(assignment=found, by=me(request))
    except StaleState as refusal:
        messages.warning(request, refusal.message)
    return redirect_to(request, "tasks:assignment", public_id)


@require_POST
@login_required
def skip_task(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Leave a task to somebody else, with a reason, and go on with the next."""
    found = get_assignment_for(me(request), public_id)
    form = SkipForm(request.POST)
    try:
        form.is_valid()
        given = {name: request.POST.get(name, "") for name in ("reason", "kind")}
        skip(assignment=found, **given, by=me(request))
    except Invalid as invalid:
        form.errors.clear()
        show_problems(form, invalid)
        return bench_page(request, found, skip_form=form, status=422)
    following = claim_next(member=found.member, by=me(request))
    messages.info(request, "Skipped. Somebody else gets it.")
    if following is None:
        return redirect_to(request, "tasks:work")
    return redirect_to(request, "tasks:assignment", following.public_id)


@require_POST
@login_required
def give_task_back(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Hand a task back without a reason."""
    give_back(assignment=get_assignment_for(me(request), public_id), by=me(request))
    messages.info(request, "Given back. Somebody else gets it, and your text is kept.")
    return redirect_to(request, "tasks:work")
