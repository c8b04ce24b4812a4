"""One disagreement: read it, reserve it, decide it, and go on with the next."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from accounts.forms import show_problems
from accounts.views import get_or_post, me
from evaltool.base import clock
from evaltool.base.errors import Invalid, Problem, StaleState
from evaltool.base.pages import render_page
from projects.reading import drawer
from reviews.adjudicating import JudgementsChanged, adjudicate, hold
from reviews.forms import WordsForm, decisions_of, queue_address, queue_filters
from reviews.models import Adjudication, Disagreement
from reviews.selectors import get_disagreement_for, neighbors, next_for
from reviews.shown.case import Case, case_of
from reviews.views.queue import arrived, to_case, to_queue

RESOLVED = "Resolved. Everybody who judged this task is told what was decided and why."


@get_or_post
@login_required
def adjudicate_one(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Look at a disagreement; decide it when it is one's own to decide."""
    found = get_disagreement_for(me(request), public_id)
    if request.method == "POST":
        return _decide(request, found)
    return _page(request, case_of(found))


def _decide(request: HttpRequest, found: Disagreement) -> HttpResponse:
    """Take the decision as posted. What cannot be taken comes back with everything that was typed."""
    case = case_of(found, request.POST)
    form = WordsForm(case, request.POST)
    try:
        if not form.is_valid():
            return _page(request, case, form, status=422)
        adjudicate(
            disagreement=found,
            decisions=decisions_of(case, request.POST),
            seen=_seen(request),
            by=me(request),
            **form.words(),
        )
    except JudgementsChanged as refusal:
        still_mine = hold(disagreement=found, by=me(request))
        return _page(request, case_of(still_mine, request.POST), form, status=409, notice=refusal.message)
    except Invalid as refusal:
        return _not_yet(request, found, form, refusal.problems)
    messages.success(request, RESOLVED)
    return _open_next(request, found)


def _not_yet(request: HttpRequest, found: Disagreement, form: WordsForm, problems: list[Problem]) -> HttpResponse:
    """The page with every problem at its place; who is at work keeps the reservation."""
    case = case_of(hold(disagreement=found, by=me(request)), request.POST, problems)
    answers = {question.field for question in case.questions}
    strays = [problem for problem in problems if problem.field not in answers]
    if strays:
        show_problems(form, Invalid(strays))
    return _page(request, case, form, status=422)


def _seen(request: HttpRequest) -> list[UUID]:
    """The submissions the page showed; what is no id was not shown."""
    found = []
    for text in request.POST.get("seen", "").split():
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _open_next(request: HttpRequest, resolved: Disagreement) -> HttpResponse:
    """Reserve and open the next of the same queue; back to the queue when nothing is left to take."""
    for following in next_for(me(request), **queue_filters(request.GET)):
        try:
            return to_case(request, hold(disagreement=following, by=me(request)), resolved)
        except StaleState:
            continue
    return to_queue(request, resolved)


def _page(
    request: HttpRequest, case: Case, form: WordsForm | None = None, status: int = 200, notice: str = ""
) -> HttpResponse:
    found, filters = case.disagreement, queue_filters(request.GET)
    holder = found.holder(clock.now())
    mine = holder == me(request)
    place = neighbors(me(request), found, **filters)
    context: dict[str, Any] = {
        "case": case,
        "found": found,
        "form": form or WordsForm(case),
        "deciding": mine or form is not None,
        "taken_until": found.held_until if holder and not mine else None,
        "reserved_until": found.held_until if mine else None,
        "adjudication": _adjudication(found),
        "place": place,
        "drawer": drawer(case.guideline) if case.guideline else {},
        "address": queue_address(filters),
        "notice": notice,
        "acknowledged": arrived(request),
        "leave_url": resolve_url("reviews:queue") + queue_address(filters),
        "leave_label": "Queue",
    }
    return render_page(request, "reviews/adjudicate.html", context, status=status)


def _adjudication(found: Disagreement) -> Adjudication | None:
    if found.state != Disagreement.State.RESOLVED:
        return None
    return Adjudication.objects.select_related("adjudicator").filter(disagreement=found).first()
