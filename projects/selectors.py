"""Reads over a project: its guideline as a member stands to it, its people, its keys, its decisions."""

from django.db.models import F, Q, QuerySet

from accounts.models import AuditEvent
from projects.models import ApiKey, GuidelineVersion, Invitation, Membership, Project, Standing


def published_versions(project: Project) -> QuerySet[GuidelineVersion]:
    """The guideline's versions that were put in force, newest first."""
    rows = GuidelineVersion.objects.select_related("guideline__project", "created_by")
    return rows.filter(guideline__project=project, published_at__isnull=False).order_by("-number")


def current_guideline(project: Project) -> GuidelineVersion | None:
    """The guideline version in force, if any."""
    return published_versions(project).first()


def guideline_draft(project: Project) -> GuidelineVersion | None:
    """The version being written, if any."""
    rows = GuidelineVersion.objects.select_related("guideline__project", "created_by")
    return rows.filter(guideline__project=project, published_at__isnull=True).first()


def unread_guideline(member: Membership) -> GuidelineVersion | None:
    """The version in force if the member has not confirmed it or a version that must be read came since; else None.

    A version that need not be read never blocks; confirming the version in force covers all before it.
    """
    versions = published_versions(member.project)
    last_duty = versions.filter(must_read=True).first()
    if last_duty is None:
        return None
    done = member.acknowledgements.filter(
        version__guideline=last_duty.guideline_id, version__number__gte=last_duty.number
    )
    return None if done.exists() else versions.first()


def members_page(project: Project, *, q: str = "", role: str = "", standing: str = "") -> QuerySet[Membership]:
    """Members by name, with person and expertise; empty filters do not filter. Removed ones only when asked for."""
    rows = Membership.objects.filter(project=project).select_related("user").prefetch_related("expertise")
    rows = rows.filter(standing=standing) if standing else rows.exclude(standing=Standing.REMOVED)
    if role:
        rows = rows.filter(roles__contains=[role])
    if q:
        rows = rows.filter(Q(user__name__icontains=q) | Q(user__email__icontains=q) | Q(pseudonym__iexact=q))
    return rows.order_by("user__name", "pk")


def open_invitations(project: Project) -> QuerySet[Invitation]:
    """Links that were not used or withdrawn, newest first; expired ones among them, so that they can be renewed."""
    rows = Invitation.objects.filter(project=project, accepted_at__isnull=True, revoked_at__isnull=True)
    return rows.select_related("created_by").order_by("-created_at", "-pk")


def api_keys(project: Project) -> QuerySet[ApiKey]:
    """A project's keys, those not revoked first, then the newest."""
    rows = ApiKey.objects.filter(project=project).select_related("owner")
    return rows.order_by(F("revoked_at").desc(nulls_first=True), "-created_at", "-pk")


def decisions(project: Project) -> QuerySet[AuditEvent]:
    """The record of decisions in a project, newest first."""
    return AuditEvent.objects.filter(scope=project.public_id).select_related("actor").order_by("-id")
