"""Reads over alerts, results and decisions, and the getters through which pages and API reach them.

Nobody reads about themselves here, whatever roles they hold: it would tell them what was gold.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, QuerySet, When
from django.http import Http404

from accounts.models import User
from projects.access import Permission, may, memberships_with, require
from projects.models import Expertise, Membership, Project
from quality.models import Alert, GoldResult, Sanction
from reviews.models import Feedback
from rubrics.models import Rubric, RubricVersion
from tasks.models import Assignment, Submission


def sees_gold(viewer: Membership) -> bool:
    """Whether the viewer may read gold items: not while they take tasks in this project themselves."""
    return may(viewer, Permission.MANAGE_GOLD)


def decides(viewer: Membership) -> bool:
    """Whether the viewer decides alerts, pauses and reinstates."""
    return may(viewer, Permission.DECIDE_QUALITY)


def projects_seen(user: User) -> list[Membership]:
    """Where the user may read quality."""
    return memberships_with(user, Permission.SEE_QUALITY)


def alerts_for(viewer: Membership) -> QuerySet[Alert]:
    """Alerts of the viewer's project, without those about themselves; open ones first, then the newest."""
    rows = Alert.objects.filter(project=viewer.project).exclude(member=viewer)
    open_first = Case(When(state=Alert.State.OPEN, then=0), default=1, output_field=IntegerField())
    return rows.select_related("member__user", "member__project", "rubric", "project", "decided_by").order_by(
        open_first, "-opened_at", "-pk"
    )


def open_alerts(viewer: Membership) -> QuerySet[Alert]:
    """Those that wait for a decision: about drift first (by name of the kind), then the oldest."""
    return alerts_for(viewer).filter(state=Alert.State.OPEN).order_by("kind", "opened_at", "pk")


def get_alert_for(
    user: User, public_id: UUID, permission: Permission = Permission.SEE_QUALITY
) -> tuple[Alert, Membership]:
    """An alert and the user's membership in its project if they hold the permission there, or Http404."""
    rows = Alert.objects.select_related("member__user", "member__project", "rubric", "project", "decided_by")
    alert = rows.filter(public_id=public_id).first()
    if alert is None:
        raise Http404
    viewer = require(user, permission, alert.project)
    if alert.member_id == viewer.pk:
        raise Http404
    return alert, viewer


def get_person_for(
    user: User, public_id: UUID, permission: Permission = Permission.SEE_QUALITY
) -> tuple[Membership, Membership]:
    """A member and the user's own membership in that project if they hold the permission there, or Http404."""
    member = Membership.objects.select_related("user", "project").filter(public_id=public_id).first()
    if member is None:
        raise Http404
    viewer = require(user, permission, member.project)
    if member.pk == viewer.pk:
        raise Http404
    return member, viewer


# --------------------------------------------------------------- one person


def results_of(member: Membership, rubric: Rubric | None = None) -> QuerySet[GoldResult]:
    """A member's gold results, the newest first; of one rubric if given."""
    rows = GoldResult.objects.filter(member=member).select_related(
        "submission__task", "submission__assignment", "rubric_version__rubric"
    )
    if rubric is not None:
        rows = rows.filter(rubric_version__rubric=rubric)
    return rows.order_by("-at", "-number", "-pk")


def results_in(alert: Alert) -> QuerySet[GoldResult]:
    """The gold results an alert was opened on, the newest first."""
    ids = alert.evidence.get("results", [])
    rows = GoldResult.objects.filter(project=alert.project_id, member=alert.member_id, public_id__in=ids)
    return rows.select_related("submission__task", "submission__assignment", "rubric_version__rubric").order_by(
        "-number"
    )


def sanctions_of(member: Membership) -> QuerySet[Sanction]:
    """What was decided about a member, the newest first."""
    return Sanction.objects.filter(member=member).select_related("by", "alert").order_by("-at", "-pk")


def alerts_about(member: Membership) -> QuerySet[Alert]:
    """Every alert about a member, the newest first."""
    return Alert.objects.filter(member=member).select_related("decided_by", "rubric").order_by("-opened_at", "-pk")


def submitted_since(member: Membership, moment: datetime) -> int:
    """How many tasks the member handed in from this moment on."""
    return Submission.objects.filter(member=member, revision=1, at__gte=moment).count()


def submitted(member: Membership) -> int:
    """How many tasks the member has handed in, gold among them."""
    return Assignment.objects.filter(member=member, state=Assignment.State.SUBMITTED).count()


def feedback_counts(member: Membership) -> dict[str, int]:
    """How much feedback the member was sent and has read."""
    return Feedback.objects.filter(member=member).aggregate(sent=Count("pk"), read=Count("read_at"))


def skips_of(member: Membership) -> list[tuple[str, int]]:
    """How often the member skipped a task, by kind of reason in words, the most frequent first."""
    rows = Assignment.objects.filter(member=member, state=Assignment.State.SKIPPED).order_by()
    counted = rows.values_list("skip").annotate(number=Count("pk")).order_by("-number", "skip")
    return [(str(Assignment.Skip(kind).label), number) for kind, number in counted]


def expertise_of(member: Membership) -> list[Expertise]:
    """What the member is an expert in."""
    return list(member.expertise.order_by("domain"))


def versions_used(project: Project) -> QuerySet[RubricVersion]:
    """Rubric versions that were judged under in the project, the newest first."""
    used = Submission.objects.filter(rubric_version=OuterRef("pk"))
    rows = RubricVersion.objects.filter(Exists(used), rubric__project=project)
    return rows.select_related("rubric").order_by("-published_at", "-pk")
