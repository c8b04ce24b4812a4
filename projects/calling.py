"""Reads over calls, applications and announcements."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import User
from projects.models import Announcement, Application, Call, Membership, Project


def open_calls(user: User, *, q: str = "") -> QuerySet[Call]:
    """Calls of projects the person is no member of, each with `applied`, by name."""
    member = Membership.objects.present().filter(project=OuterRef("project"), user=user)
    own = Application.objects.filter(member__project=OuterRef("project"), member__user=user, state="waiting")
    rows = Call.objects.filter(~Exists(member), is_open=True, project__archived_at__isnull=True)
    if q:
        rows = rows.filter(Q(project__name__icontains=q) | Q(text__icontains=q))
    return rows.select_related("project").annotate(applied=Exists(own)).order_by("project__name", "pk")


def get_call_for(user: User, slug: str) -> Call:
    """The open call of this project, or Http404; members of the project find it too."""
    rows = Call.objects.filter(is_open=True, project__archived_at__isnull=True).select_related("project")
    return get_object_or_404(rows, project__slug=slug)


def own_application(user: User, project: Project) -> Application | None:
    """The person's waiting application, if any."""
    rows = Application.objects.filter(member__project=project, member__user=user, state=Application.State.WAITING)
    return rows.select_related("member__project", "member__user").first()


def waiting(project: Project) -> QuerySet[Application]:
    """Applications to decide, the longest waiting first."""
    rows = Application.objects.filter(member__project=project, state=Application.State.WAITING)
    return rows.select_related("member__user", "member__project").order_by("at", "pk")


def get_application(project: Project, public_id: UUID) -> Application:
    """One application to the project, or Http404."""
    rows = Application.objects.select_related("member__user", "member__project")
    return get_object_or_404(rows, member__project=project, public_id=public_id)


def call_of(project: Project) -> Call | None:
    """The project's call, open or not."""
    return Call.objects.filter(project=project).first()


def call_start(project: Project) -> dict[str, Any]:
    """What the form of the call begins with."""
    call = call_of(project)
    if call is None:
        return {}
    values = {name: getattr(call, name) for name in ("is_open", "text", "languages", "degree", "hours")}
    return {**values, "fields_asked": call.fields}


def announced(project: Project) -> QuerySet[Announcement]:
    """What was announced, newest first."""
    return Announcement.objects.filter(project=project).select_related("by").order_by("-at", "-pk")
