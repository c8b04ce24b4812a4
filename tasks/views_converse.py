"""The conversation with the project's model inside a task: said by POST, looked at by GET; htmx saves the reload."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from accounts.views import get_or_post, me
from evaltool.base.errors import Invalid
from evaltool.base.pages import STOP_POLLING, redirect_to, render_page
from rubrics.answers import from_post
from rubrics.answers.showing import Row
from rubrics.kinds import kind_of
from rubrics.models import Criterion
from rubrics.targets import prefix_of, targets
from tasks import showing, views_work
from tasks.conversing import say, stop_waiting
from tasks.models import Assignment, Exchange
from tasks.selectors import get_assignment_for
from tasks.submitting import criteria_of
from tasks.transcripts import converses
from tasks.working import DraftStale, save_draft

Place = tuple[Criterion, str]


@get_or_post
@login_required
def converse(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """GET `?talk=` answers the conversation of one answer; POST says something (`say`), asks `again`, or `stop`s.

    The value of these names is the start of the answer's field names; without a script the whole form comes along,
    and what is typed in it is kept as the draft.
    """
    found = get_assignment_for(me(request), public_id)
    if request.method == "GET":
        return _look(request, found)
    prefix = next((given for name in ("say", "again", "stop") if (given := request.POST.get(name))), "")
    criterion, target = _place(found, prefix)
    try:
        left = _act(request, found, criterion, target, prefix)
    except Invalid as invalid:
        return _refused(request, found, prefix, invalid)
    fresh = get_assignment_for(me(request), public_id)
    raw = from_post(criteria_of(fresh.rubric_version), fresh.task.content, left)
    if getattr(request, "htmx", None):
        return _answer(request, fresh, _row(fresh, prefix, raw))
    return _keep(request, fresh, raw, prefix)


def _act(request: HttpRequest, found: Assignment, criterion: Criterion, target: str, prefix: str) -> QueryDict:
    """Do what was asked; the form as it is after it, without a message that was sent."""
    left = request.POST.copy()
    said = Exchange.objects.filter(assignment=found, criterion=criterion, target=target)
    last = said.order_by("-number").first()
    if "stop" in request.POST:
        if last is not None:
            stop_waiting(exchange=last, by=me(request))
        return left
    number = views_work.number(request, f"{prefix}.number")
    text = left.pop(f"{prefix}.message", [""])[-1] if "say" in request.POST else last.said if last else ""
    say(assignment=found, criterion=criterion, target=target, text=text, number=number, by=me(request))
    return left


def _look(request: HttpRequest, found: Assignment) -> HttpResponse:
    """The conversation as it stands; polling ends when nothing is awaited."""
    prefix = request.GET.get("talk", "")
    _place(found, prefix)
    if not getattr(request, "htmx", None):
        return redirect_to(request, "tasks:assignment", found.public_id)
    row = _row(found, prefix)
    waiting = bool((row.control.get("talk") or {}).get("waiting"))
    return _answer(request, found, row, status=200 if waiting else STOP_POLLING)


def _refused(request: HttpRequest, found: Assignment, prefix: str, invalid: Invalid) -> HttpResponse:
    """What does not fit, at its place, with everything that was typed."""
    raw = from_post(criteria_of(found.rubric_version), found.task.content, request.POST)
    if getattr(request, "htmx", None):
        return _answer(request, found, _row(found, prefix, raw, invalid), status=422)
    known = {"draft_revision": views_work.number(request, "revision")}
    return views_work.bench_page(request, found, raw=raw, problems=invalid.problems, status=422, **known)


def _keep(request: HttpRequest, found: Assignment, raw: dict[str, Any], prefix: str) -> HttpResponse:
    """Without a script the whole form was sent: its text is saved as a draft is."""
    try:
        save_draft(assignment=found, data=raw, revision=views_work.number(request, "revision"), by=me(request))
    except DraftStale as stale:
        return views_work.stale_page(request, found, raw, stale)
    row = _row(found, prefix)
    return redirect_to(request, f"{reverse('tasks:assignment', args=[found.public_id])}#{row.id}")


def _answer(request: HttpRequest, found: Assignment, row: Row, *, status: int = 200) -> HttpResponse:
    context = {
        "criterion": row.criterion,
        "target": row.target,
        "prefix": row.prefix,
        "id": row.id,
        "label": row.label,
        "control": row.control,
        "invalid": row.errors,
        "errors": row.errors,
    }
    return render_page(request, kind_of(row.criterion).conversation_template, context, status=status)


def _row(found: Assignment, prefix: str, raw: Any = None, invalid: Invalid | None = None) -> Row:
    form = showing.form_of(found, raw, invalid.problems if invalid else ())
    row = next((row for row in form.rows if row.prefix == prefix), None)
    if row is None:
        raise Http404
    return row


def _place(found: Assignment, prefix: str) -> Place:
    """The criterion and target whose fields begin so; Http404 where nobody talks with a model."""
    for criterion in filter(converses, criteria_of(found.rubric_version)):
        for target in targets(criterion, found.task.content):
            if prefix_of(criterion, target) == prefix:
                return criterion, target
    raise Http404
