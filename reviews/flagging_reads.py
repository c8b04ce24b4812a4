"""Reads over flags: a lead's list, blind to names, and a person's own."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, Q, QuerySet
from django.http import Http404

from accounts.models import User
from projects.access import Permission, memberships_with, require
from projects.models import Project
from reviews.models import Flag
from reviews.selectors import in_task, judged_by

OPEN, CLOSED = "open", "closed"
STATES = {OPEN: "Open", CLOSED: "Answered"}


def flags_for(
    user: User,
    projects: Iterable[Project] | None = None,
    *,
    project: str = "",
    kind: str = "",
    state: str = OPEN,
    q: str = "",
) -> QuerySet[Flag]:
    """Flags in the projects this person leads (or these), the oldest open one or the newest closed one first.

    Without those on tasks the person judged. Nobody's name is read: who settles a task must not learn who judged it.
    """
    led = [m.project for m in memberships_with(user, Permission.ADJUDICATE)] if projects is None else list(projects)
    rows = Flag.objects.filter(~Exists(judged_by(user)), project__in=led)
    if project:
        rows = rows.filter(project__slug=project)
    if kind:
        rows = rows.filter(kind=kind)
    if q:
        rows = rows.filter(in_task(q) | Q(task__external_id__icontains=q) | Q(text__icontains=q))
    if state == CLOSED:
        return rows.exclude(state=Flag.State.OPEN).order_by("-closed_at", "-pk")
    return rows.filter(state=Flag.State.OPEN).order_by("at", "pk")


def get_flag_for(user: User, public_id: UUID) -> Flag:
    """A flag in a project the user leads, on a task they did not judge, or Http404."""
    rows = Flag.objects.select_related("task", "project", "closed_by", "assignment", "member__user")
    found = rows.filter(~Exists(judged_by(user)), public_id=public_id).first()
    if found is None:
        raise Http404
    require(user, Permission.ADJUDICATE, found.project)
    return found


def own_flags(user: User) -> QuerySet[Flag]:
    """What a person flagged, the newest first."""
    return Flag.objects.filter(member__user=user).select_related("project", "task").order_by("-at", "-pk")


def own_flags_on(user: User, task: int) -> QuerySet[Flag]:
    """What a person flagged about one task, by its key."""
    return Flag.objects.filter(member__user=user, task=task).order_by("at", "pk")
