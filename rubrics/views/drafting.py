"""The builder: one criterion at a time, saved by every button, with nothing overwritten that somebody else wrote."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import show_problems
from accounts.views import get_or_post, me
from evaltool.base.errors import Invalid, Problem, RuleBroken, StaleState
from evaltool.base.pages import redirect_to, render_page
from projects.access import Permission
from projects.models import Project
from projects.selectors import current_guideline
from rubrics import building, following, sampling, selectors
from rubrics.answers import Row
from rubrics.body import DEFAULTS, check_body, criteria_of, sha256_of, tidy_body
from rubrics.commands import discard_draft, publish_version, save_version_draft
from rubrics.forms import PublishForm, ReplaceForm
from rubrics.kinds import KINDS, kind_named
from rubrics.models import Rationale, RubricVersion, Scope
from rubrics.views import buttons


@get_or_post
@login_required
def draft(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Show a criterion of the draft; a POST saves it and then does what its button says."""
    shown = _draft_or_404(request, slug, public_id)
    if request.method == "POST":
        return _save(request, shown)
    index = buttons.place_of(request.GET.get("c"), len(shown.body["criteria"]))
    criterion = shown.body["criteria"][index] if shown.body["criteria"] else None
    return _page(request, shown, shown.body, index, criterion)


def _save(request: HttpRequest, shown: RubricVersion) -> HttpResponse:
    index = _place(shown.body, request.POST)
    old = shown.body["criteria"][index] if index < len(shown.body["criteria"]) else {"kind": request.POST.get("kind")}
    mine = building.criterion_from_post(request.POST, old) if "title" in request.POST else None
    body = building.put(shown.body, index, mine) if mine is not None else shown.body
    body = {**body, "description": request.POST.get("description", body.get("description", ""))}
    button = buttons.button_of(request.POST)
    kept = buttons.Removed(request, shown)
    after, opens = buttons.press(button, body, index, kept.last)
    try:
        if after != shown.body:  # sent twice: the first time did it
            save_version_draft(
                rubric=shown.rubric, body=after, change=shown.change, change_note=shown.change_note,
                by=me(request), seen=request.POST.get("seen", ""),
            )  # fmt: skip
            kept.note(button, body, index)
    except StaleState as stale:
        return _page(request, shown, shown.body, index, mine, stale=stale.message, status=409)
    except Invalid as error:
        return _page(request, shown, body, index, mine, problems=error.problems, status=422)
    if button.do == "save":
        messages.success(request, "Saved. Nobody judges with this draft until you publish it.")
    url = reverse("rubrics:draft", args=[shown.rubric.project.slug, shown.rubric.public_id])
    return redirect_to(request, f"{url}?{'moved=1&' if button.do in buttons.MOVES else ''}c={opens}")


def _place(body: Mapping[str, Any], data: QueryDict) -> int:
    """Where the posted criterion stands now: by the key it had, since somebody may have moved it; else where it was."""
    keys = [criterion.get("key") for criterion in body["criteria"]]
    was, index = data.get("was", ""), buttons.place_of(data.get("c"), len(keys) + 1)
    if was and was in keys and keys.count(was) == 1:
        return keys.index(was)
    return index if index < len(keys) and (not was or keys[index] == was) else len(keys)


def _page(
    request: HttpRequest,
    shown: RubricVersion,
    body: Mapping[str, Any],
    index: int,
    criterion: Mapping[str, Any] | None,
    *,
    stale: str = "",
    problems: Any = (),
    status: int = 200,
) -> HttpResponse:
    found = check_body(body)
    theirs = shown.body["criteria"][index] if index < len(shown.body["criteria"]) else None
    context = {
        **_editor(shown.rubric.project, criterion),
        **_preview(criterion, index),
        "links": building.links(body, index, criterion) if criterion else [],
        "project": shown.rubric.project,
        "rubric": shown.rubric,
        "draft": shown,
        "seen": sha256_of(shown.body),
        "body": body,
        "index": index,
        "was": (theirs or {}).get("key") or "",
        "criterion": {**DEFAULTS, **criterion} if criterion is not None else None,
        "entries": building.entries(body, found),
        "to_do": len(found),
        "stale": stale,
        "removed": buttons.Removed(request, shown).last,
        "moved": request.GET.get("moved") == "1",
        "differs": building.changes_of_criterion(theirs, criterion) if stale and criterion else [],
        "problems": list(problems),
    }
    return render_page(request, "rubrics/draft.html", context, status=status)


def _editor(project: Project, criterion: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the form of a criterion offers."""
    kind = kind_named((criterion or {}).get("kind"))
    return {
        "kinds": KINDS.values(),
        "kind": kind,
        "config": kind.config_context((criterion or {}).get("config")),
        "scopes": [(scope, label) for scope, label in Scope.choices if scope in kind.scopes],
        "rationales": Rationale.choices,
        "sections": _sections(project, criterion or {}),
    }


def _sections(project: Project, criterion: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sections of the guideline in force, and those the criterion names besides."""
    version = current_guideline(project)
    known = {s.anchor: f"{s.number} {s.title}".strip() for s in version.sections.all()} if version else {}
    named = criterion.get("sections")
    named = [name for name in named if isinstance(name, str)] if isinstance(named, list) else []
    missing = {name: f"{name} (not in the guideline in force)" for name in named if name not in known}
    return [{"anchor": a, "title": t, "checked": a in named} for a, t in {**known, **missing}.items()]


def _preview(criterion: Mapping[str, Any] | None, index: int) -> dict[str, Any]:
    row, problems = sampling.preview(criterion, index) if criterion else (None, [])
    return {"row": row, "row_problems": problems}


@require_POST
@login_required
def preview(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """The unsaved criterion as an evaluator would see it; writes nothing."""
    shown = _draft_or_404(request, slug, public_id)
    old = {"kind": request.POST.get("kind")}
    index = buttons.place_of(request.POST.get("c"), len(shown.body["criteria"]))
    context = _preview(building.criterion_from_post(request.POST, old), index)
    return render_page(request, "rubrics/preview.html", context)


@require_safe
@login_required
def whole(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """The whole draft as an evaluator would see it; what cannot be shown yet says why."""
    shown = _draft_or_404(request, slug, public_id)
    found, lines = check_body(shown.body), list[tuple[Row | None, list[Problem]]]()
    if found:
        lines += [sampling.preview(criterion, index) for index, criterion in enumerate(shown.body["criteria"])]
    else:
        lines += [(row, []) for row in sampling.sample_rows(criteria_of(tidy_body(shown.body)))]
    entries = building.entries(shown.body, found)
    context = {
        "project": shown.rubric.project,
        "rubric": shown.rubric,
        "draft": shown,
        "lines": [
            {"entry": entry, "row": row, "problems": found} for entry, (row, found) in zip(entries, lines, strict=True)
        ],
    }
    return render_page(request, "rubrics/whole.html", context)


@get_or_post
@login_required
def replace(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Put a file in the draft's place."""
    shown = _draft_or_404(request, slug, public_id)
    form = ReplaceForm(request.POST or None, request.FILES or None, initial={"seen": sha256_of(shown.body)})
    if request.method == "POST" and form.is_valid() and form.parsed:
        try:
            save_version_draft(
                rubric=shown.rubric, body=form.parsed[1], change=shown.change, change_note=shown.change_note,
                by=me(request), seen=form.cleaned_data["seen"],
            )  # fmt: skip
        except RuleBroken as error:
            show_problems(form, error)
        else:
            messages.success(request, "The draft holds what the file says.")
            return redirect_to(request, "rubrics:draft", slug, public_id)
    context = {"project": shown.rubric.project, "rubric": shown.rubric, "draft": shown, "form": form}
    return render_page(request, "rubrics/replace.html", context, status=422 if form.errors else 200)


@get_or_post
@login_required
def publish(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """What stands in the way, what is worth a look, what changes; and the button that freezes it."""
    shown = _draft_or_404(request, slug, public_id)
    initial = {"seen": sha256_of(shown.body), "change": shown.change, "change_note": shown.change_note}
    work = following.forecast(shown.rubric, shown.number)
    form = PublishForm(request.POST or None, initial=initial, ask_for_work=work.anything)
    if request.method == "POST" and form.is_valid():
        try:
            version = _publish(request, shown, form.cleaned_data)
        except RuleBroken as error:
            show_problems(form, error)
        else:
            messages.success(request, f"Version {version.number} is published. {_followed(form)}")
            return redirect_to(request, "rubrics:version", slug, public_id, version.number)
    return _check_page(request, shown, form, work)


def _followed(form: PublishForm) -> str:
    if form.cleaned_data.get("work") == PublishForm.UNSTARTED:
        return "Work that nobody has begun goes to it now."
    return "New batches can use it."


@transaction.atomic
def _publish(request: HttpRequest, shown: RubricVersion, given: Mapping[str, Any]) -> RubricVersion:
    saved = save_version_draft(
        rubric=shown.rubric, body=shown.body, change=given["change"], change_note=given["change_note"],
        by=me(request), seen=given["seen"],
    )  # fmt: skip
    unstarted_too = given.get("work") == PublishForm.UNSTARTED
    return publish_version(version=saved, by=me(request), seen=given["seen"], unstarted_too=unstarted_too)


def _check_page(
    request: HttpRequest, shown: RubricVersion, form: PublishForm, work: following.Forecast
) -> HttpResponse:
    problems = check_body(shown.body)
    guideline = current_guideline(shown.rubric.project)
    anchors = {section.anchor for section in guideline.sections.all()} if guideline else None
    last = selectors.versions_of(shown.rubric).exclude(state=RubricVersion.State.DRAFT).first()
    entries = building.entries(shown.body, problems)
    context = {
        "project": shown.rubric.project,
        "rubric": shown.rubric,
        "draft": shown,
        "form": form,
        "problems": [problem for problem in problems if not any(problem in entry.problems for entry in entries)],
        "entries": entries,
        "ready": not problems,
        "notes": [] if problems else building.notes(tidy_body(shown.body), anchors),
        "guideline": guideline,
        "work": work,
        "last": last,
        "changes": building.changes_of_draft(last.body if last else None, shown.body),
    }
    return render_page(request, "rubrics/publish.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def discard(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Throw the draft away."""
    shown = _draft_or_404(request, slug, public_id)
    discard_draft(version=shown, by=me(request))
    messages.success(request, "The draft is gone. Published versions stay as they are.")
    return redirect_to(request, "rubrics:rubric", slug, public_id)


def _draft_or_404(request: HttpRequest, slug: str, public_id: UUID) -> RubricVersion:
    shown = selectors.draft_of(selectors.get_rubric_for(me(request), slug, public_id, Permission.SET_UP))
    if shown is None:
        raise Http404
    return shown
