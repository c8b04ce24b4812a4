"""Reads over questions: a lead's list and a person's own."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, Q, QuerySet
from django.http import Http404

from accounts.models import User
from projects.access import Permission, memberships_with, require
from projects.models import Project, Section
from reviews.models import Clarification, ClarificationPost
from reviews.selectors import in_task, judged_by

S = Clarification.State
STATES = {state.value: str(state.label) for state in S}


def questions_for(
    user: User, projects: Iterable[Project] | None = None, *, project: str = "", state: str = S.OPEN, q: str = ""
) -> QuerySet[Clarification]:
    """Questions in the projects this person leads (or these): what waits, the longest waiting first.

    Without one's own and those on tasks the person judged. In another state the last moved come first.
    """
    led = [m.project for m in memberships_with(user, Permission.ADJUDICATE)] if projects is None else list(projects)
    rows = Clarification.objects.filter(~Exists(judged_by(user)), project__in=led).exclude(asked_by__user=user)
    if project:
        rows = rows.filter(project__slug=project)
    if q:
        rows = rows.filter(in_task(q) | Q(question__icontains=q) | Q(task__external_id__icontains=q))
    rows = rows.filter(state=state if state in STATES else S.OPEN)
    return rows.order_by("moved_at", "pk") if state == S.OPEN else rows.order_by("-moved_at", "-pk")


def get_question_for(user: User, public_id: UUID) -> Clarification:
    """A question in a project the user leads, not their own and not on a task they judged, or Http404."""
    rows = _in_full().filter(~Exists(judged_by(user)), public_id=public_id).exclude(asked_by__user=user)
    found = rows.first()
    if found is None:
        raise Http404
    require(user, Permission.ADJUDICATE, found.project)
    return found


def own_questions(user: User) -> QuerySet[Clarification]:
    """What a person asked, the last moved first."""
    return _in_full().filter(asked_by__user=user).order_by("-moved_at", "-pk")


def get_own_question_for(user: User, public_id: UUID) -> Clarification:
    """One's own question, or Http404."""
    found = own_questions(user).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def posts_of(clarification: Clarification) -> QuerySet[ClarificationPost]:
    """What was said to a question, in order."""
    return clarification.posts.select_related("author").order_by("pk")


def section_of(clarification: Clarification) -> Section | None:
    """The section a question names, as the work saw it, else in the newest published version that has it."""
    if not clarification.section:
        return None
    rows = Section.objects.select_related("version").filter(
        version__guideline__project=clarification.project_id,
        version__published_at__isnull=False,
        anchor=clarification.section,
    )
    work = clarification.assignment
    shown = rows.filter(version=work.guideline_version_id).first() if work else None
    return shown or rows.order_by("-version__number").first()


def _in_full() -> QuerySet[Clarification]:
    return Clarification.objects.select_related("project", "task", "criterion", "assignment", "asked_by__user")
