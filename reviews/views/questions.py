"""Questions: asked beside a task or about the guideline, read and answered in a thread."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import show_problems
from accounts.models import User
from accounts.views import get_or_post, me
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from evaltool.base.pages import redirect_to, render_page, wants_part
from evaltool.base.paging import paginate
from projects.access import Permission, get_membership_for
from projects.models import Membership
from reviews.asking import answer, ask, close_question, guideline_of, reply
from reviews.asking_forms import AskForm, PostForm, question_filters
from reviews.asking_reads import (
    STATES,
    get_own_question_for,
    get_question_for,
    own_questions,
    posts_of,
    questions_for,
    section_of,
)
from reviews.models import Clarification, ClarificationPost
from reviews.shell import led_projects
from reviews.shown.task import task_read
from reviews.views.aside import aside
from tasks.models import Assignment
from tasks.selectors import get_assignment_for, title_of, work_memberships
from tasks.submitting import criteria_of

BODY = "reviews/ask_form.html"
ASKED = "Asked. A QA lead answers; you are told as soon as they do."


# ----------------------------------------------------------------- the asker


@get_or_post
@login_required
def ask_about(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask about a task of one's own; the task stays open as it is."""
    found = get_assignment_for(me(request), public_id)
    return _ask(request, found.member, found)


@get_or_post
@login_required
def ask_project(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask about the guideline of a project one works in."""
    return _ask(request, get_membership_for(me(request), slug, Permission.WORK), None)


def _ask(request: HttpRequest, member: Membership, work: Assignment | None) -> HttpResponse:
    guideline = guideline_of(member, work)
    criteria = criteria_of(work.rubric_version) if work else ()
    sections = guideline.sections.only("number", "title", "anchor") if guideline else ()
    named = {name: request.GET.get(name, "") for name in ("criterion", "section")}
    form = AskForm(criteria, sections, request.POST or None, initial=named)
    context = {
        "title": "Ask a question",
        "form": form,
        "assignment": work,
        "project": member.project,
        "headline": title_of(work.task) if work else "",
    }
    if request.method != "POST":
        return aside(request, BODY, context)
    try:
        form.is_valid()
        given = {name: request.POST.get(name, "") for name in ("question", "criterion", "section")}
        found = ask(member=member, assignment=work, **given, by=me(request))
    except RuleBroken as refusal:
        form.errors.clear()
        show_problems(form, refusal)
        return aside(request, BODY, context, status=422)
    if wants_part(request):
        return aside(request, BODY, {**context, "done": ASKED, "asked": found})
    messages.success(request, ASKED)
    if work:
        return redirect_to(request, "tasks:assignment", work.public_id)
    return redirect_to(request, "reviews:own_question", found.public_id)


@require_safe
@login_required
def own_list(request: HttpRequest) -> HttpResponse:
    """What the person asked, and where each question stands."""
    context = {
        "page": paginate(request, own_questions(me(request)), per_page=25),
        "projects": [member.project for member in work_memberships(me(request))],
    }
    return render_page(request, "reviews/own_questions.html", context, partial="question-rows")


@get_or_post
@login_required
def own_one(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One's own question with what was said to it; reply until it is closed."""
    found = get_own_question_for(me(request), public_id)

    def say(text: str) -> ClarificationPost:
        return reply(clarification=found, text=text, by=me(request))

    form = PostForm("Say more", request.POST or None)
    page = {"own": True, "title": "Your question", "back": ("reviews:own_questions", "Your questions")}
    return _thread(request, found, form, say, page, told="Sent. It waits for a QA lead again.")


@require_POST
@login_required
def close_own(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say that nothing is left open."""
    close_question(clarification=get_own_question_for(me(request), public_id), by=me(request))
    messages.success(request, "Closed. It stays here to be read.")
    return redirect_to(request, "reviews:own_question", public_id)


# -------------------------------------------------------------------- a lead


@require_safe
@login_required
def questions(request: HttpRequest) -> HttpResponse:
    """Questions of the projects the person leads, filtered by the address."""
    led = led_projects(request)
    if not led:
        raise Http404
    filters = question_filters(request.GET)
    rows = questions_for(me(request), led, **filters).select_related("project", "task", "criterion")
    context = {
        "page": paginate(request, rows, per_page=25),
        "projects": led,
        "states": STATES.items(),
        "filters": filters,
        "filtered": any(filters[name] for name in ("project", "q")),
    }
    return render_page(request, "reviews/questions.html", context, partial="questions-part")


@get_or_post
@login_required
def question_one(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One question with its task, criterion and section; answer it until it is closed."""
    found = get_question_for(me(request), public_id)

    def say(text: str) -> ClarificationPost:
        return answer(clarification=found, text=text, by=me(request))

    form = PostForm("Your answer, read by the person who asked", request.POST or None)
    page = {"own": False, "title": "Question", "back": ("reviews:questions", "Questions")}
    return _thread(request, found, form, say, page, told="Answered. The person who asked is told.")


@require_POST
@login_required
def close_one(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End a question as a lead."""
    close_question(clarification=get_question_for(me(request), public_id), by=me(request))
    messages.success(request, "Closed. The person who asked is told.")
    return redirect_to(request, "reviews:questions")


# ------------------------------------------------------------------- a thread


def _thread(
    request: HttpRequest,
    found: Clarification,
    form: PostForm,
    say: Callable[[str], ClarificationPost],
    page: dict[str, Any],
    *,
    told: str,
) -> HttpResponse:
    """The page of a question; a POST says more to it."""
    if request.method != "POST":
        return _page(request, found, form, page)
    try:
        form.is_valid()
        say(request.POST.get("text", ""))
    except Invalid as refusal:
        form.errors.clear()
        show_problems(form, refusal)
        return _page(request, found, form, page, status=422)
    except StaleState as refusal:
        found.refresh_from_db(fields=["state"])
        return _page(request, found, form, {**page, "notice": refusal.message}, status=409)
    messages.success(request, told)
    return redirect_to(request, request.path)


def _page(
    request: HttpRequest, found: Clarification, form: PostForm, page: dict[str, Any], status: int = 200
) -> HttpResponse:
    lead_reads = not page["own"]
    context = {
        **page,
        "question": found,
        "asker": asker_of(found) if lead_reads else "You",
        "posts": posts_of(found),
        "form": form,
        "section": section_of(found),
        "read": task_read(found.task, found.assignment) if found.task and lead_reads else None,
        "lost": form.data.get("text", "") if status == 409 else "",
    }
    return render_page(request, "reviews/question.html", context, status=status)


def asker_of(found: Clarification) -> str:
    """Who asked, as a lead may know it: nobody by name where a task was judged, since a lead may settle it."""
    asker: User = found.asked_by.user
    return "An evaluator" if found.task else asker.name
