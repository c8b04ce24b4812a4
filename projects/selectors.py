"""Reads over a project: its guideline as a member stands to it, its people, its keys, its decisions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import AuditEvent, User
from projects import policy_terms
from projects.models import (
    OUTSIDE,
    Acknowledgement,
    ApiKey,
    GuidelineFile,
    GuidelineVersion,
    Invitation,
    Membership,
    ModelEndpoint,
    Policy,
    Project,
    Role,
    Standing,
    StandingChange,
)

# --------------------------------------------------------------- guideline


def published_versions(project: Project) -> QuerySet[GuidelineVersion]:
    """The guideline's versions that were put in force, newest first."""
    rows = GuidelineVersion.objects.select_related("guideline__project", "created_by")
    return rows.filter(guideline__project=project, published_at__isnull=False).order_by("-number")


def current_guideline(project: Project) -> GuidelineVersion | None:
    """The guideline version in force, if any."""
    return published_versions(project).first()


def published_version(project: Project, number: str) -> GuidelineVersion | None:
    """The published version of this number, if there is one; `number` comes from an address."""
    if not number.isdecimal() or len(number) > 6:
        return None
    return published_versions(project).filter(number=int(number)).first()


def guideline_draft(project: Project) -> GuidelineVersion | None:
    """The version being written, if any."""
    rows = GuidelineVersion.objects.select_related("guideline__project", "created_by")
    return rows.filter(guideline__project=project, published_at__isnull=True).first()


def unread_guideline(member: Membership) -> GuidelineVersion | None:
    """The version in force if the member must read and confirm it before the next task, else None.

    They must when they have confirmed no version since the last one that must be read. A version that need not be
    read never blocks, and confirming the version in force covers all before it.
    """
    versions = published_versions(member.project)
    last_duty = versions.filter(must_read=True).first()
    if last_duty is None:
        return None
    done = member.acknowledgements.filter(
        version__guideline=last_duty.guideline_id, version__number__gte=last_duty.number
    )
    return None if done.exists() else versions.first()


def acknowledged_at(member: Membership, version: GuidelineVersion) -> datetime | None:
    """When the member confirmed this version, if they did."""
    return member.acknowledgements.filter(version=version).values_list("at", flat=True).first()


def with_guidelines(members: Iterable[Membership]) -> None:
    """Give each membership `guideline` (the version in force or None) and `to_confirm`; two queries for all."""
    rows = list(members)
    versions = GuidelineVersion.objects.filter(
        guideline__project__in=[member.project_id for member in rows], published_at__isnull=False
    ).select_related("guideline")
    done = dict(
        Acknowledgement.objects.filter(member__in=rows)
        .values_list("member")
        .annotate(last=Max("version__number"))
        .values_list("member", "last")
    )
    in_force: dict[int, GuidelineVersion] = {}
    duty: dict[int, int] = {}
    for version in versions.order_by("number"):
        in_force[version.guideline.project_id] = version
        if version.must_read:
            duty[version.guideline.project_id] = version.number
    for member in rows:
        member.guideline = in_force.get(member.project_id)  # type: ignore[attr-defined]
        member.to_confirm = done.get(member.pk, 0) < duty.get(member.project_id, 0)  # type: ignore[attr-defined]


# ------------------------------------------------------------------ people


def memberships_of(user: User) -> QuerySet[Membership]:
    """Where a person takes part, by project name."""
    rows = Membership.objects.present().filter(user=user, project__archived_at__isnull=True)
    return rows.select_related("project").order_by("project__name", "pk")


def seen_standing(member: Membership, viewer: User) -> Standing:
    """A member's standing as this person may see it: nobody learns that they themselves are watched."""
    hidden = member.user_id == viewer.pk and member.standing == Standing.WATCHED
    return Standing.ACTIVE if hidden else Standing(member.standing)


def members_page(
    project: Project, *, q: str = "", role: str = "", standing: str = "", viewer: User | None = None
) -> QuerySet[Membership]:
    """Members by name, with person and expertise; empty filters do not filter. Removed ones and
    applicants only when asked for.

    With a `viewer`, the filter by standing goes by what they may see.
    """
    rows = Membership.objects.filter(project=project).select_related("user", "project").prefetch_related("expertise")
    rows = rows.filter(_standing_filter(standing, viewer)) if standing else rows.exclude(standing__in=OUTSIDE)
    if role:
        rows = rows.filter(roles__contains=[role])
    if q:
        rows = rows.filter(Q(user__name__icontains=q) | Q(user__email__icontains=q) | Q(pseudonym__iexact=q))
    return rows.order_by("user__name", "pk")


def _standing_filter(standing: str, viewer: User | None) -> Q:
    own_watched = Q(user=viewer, standing=Standing.WATCHED)
    if viewer is None or standing not in {Standing.ACTIVE, Standing.WATCHED}:
        return Q(standing=standing)
    return Q(standing=standing) | own_watched if standing == Standing.ACTIVE else Q(standing=standing) & ~own_watched


def role_labels(member: Membership) -> list[str]:
    """A member's roles in words."""
    return [str(Role(role).label) for role in member.roles]


def role_counts(project: Project) -> dict[str, int]:
    """How many present members hold each role; one person may count more than once."""
    held = {role: Count("pk", filter=Q(roles__contains=[role])) for role in Role.values}
    return Membership.objects.present().filter(project=project).aggregate(**held)


def evaluators_count(project: Project) -> int:
    """How many present members are evaluators."""
    return Membership.objects.present().evaluators().filter(project=project).count()


def standing_changes(member: Membership, *, hide_watched: bool) -> QuerySet[StandingChange]:
    """A member's moves, newest first; for the person themselves without those that say watched."""
    rows = member.standing_changes.select_related("by").order_by("-at", "-pk")
    silent = Q(before=Standing.WATCHED) | Q(after=Standing.WATCHED)
    return rows.exclude(silent) if hide_watched else rows


def open_invitations(project: Project) -> QuerySet[Invitation]:
    """Links that were not used or withdrawn, newest first; expired ones among them, so that they can be renewed."""
    rows = Invitation.objects.filter(project=project, accepted_at__isnull=True, revoked_at__isnull=True)
    return rows.select_related("created_by").order_by("-created_at", "-pk")


def api_keys(project: Project) -> QuerySet[ApiKey]:
    """A project's keys, those not revoked first, then the newest."""
    rows = ApiKey.objects.filter(project=project).select_related("owner")
    return rows.order_by(F("revoked_at").desc(nulls_first=True), "-created_at", "-pk")


# --------------------------------------------------------- policy, record


@dataclass(frozen=True)
class PolicyChange:
    """One version of the policy and what it changed: (label, was, now) in words."""

    policy: Policy
    changes: list[tuple[str, str, str]]


def policy_changes(project: Project) -> list[PolicyChange]:
    """Every version of the policy, newest first."""
    rows = list(project.policies.select_related("created_by").order_by("number"))
    before: list[Policy | None] = [None, *rows[:-1]]
    found = [PolicyChange(row, _differences(old, row)) for old, row in zip(before, rows, strict=True)]
    return found[::-1]


def _differences(old: Policy | None, new: Policy) -> list[tuple[str, str, str]]:
    if old is None:
        return []
    was, now = policy_terms.values(old), policy_terms.values(new)
    return [
        (term.label, policy_terms.shown(name, was[name]), policy_terms.shown(name, now[name]))
        for name, term in policy_terms.TERMS.items()
        if was[name] != now[name]
    ]


def policy_number(project: Project, number: int) -> Policy | None:
    """The policy of this number, if there was one."""
    return project.policies.filter(number=number).first()


def decisions_for(viewer: Membership) -> QuerySet[AuditEvent]:
    """The record of decisions in the viewer's project, newest first.

    Without what would tell an admin that they are watched, or, while they judge here themselves, what is gold.
    """
    rows = AuditEvent.objects.filter(scope=viewer.project.public_id).select_related("actor")
    silent = Q(data__before=Standing.WATCHED) | Q(data__after=Standing.WATCHED)
    rows = rows.exclude(silent, target=viewer.public_id)
    if Role.EVALUATOR in viewer.roles:
        rows = rows.exclude(Q(target_kind="GoldKey") | Q(action__contains="gold"))
    return rows.order_by("-id")


def describe(events: Iterable[Any]) -> None:
    """Give each event what a page prints: `words`, `about` (a member's name) and `details`; one query for all."""
    rows = list(events)
    members = Membership.objects.filter(public_id__in=[row.target for row in rows if row.target_kind == "Membership"])
    names = dict(members.values_list("public_id", "user__name"))
    for row in rows:
        row.words = row.action.replace("_", " ").capitalize()
        row.about = names.get(row.target, "")
        row.details = _details(dict(row.data))


def _details(data: dict[str, Any]) -> list[tuple[str, str]]:
    """What an event holds, in words; a change of state as one."""
    change = []
    if {"before", "after"} <= data.keys():
        change = [("", f"{_detail(data.pop('before'))} → {_detail(data.pop('after'))}")]
    return change + [(name.replace("_", " "), _detail(value)) for name, value in data.items()]


def _detail(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def guideline_start(project: Project) -> dict[str, Any]:
    """What the form of the next version begins with: the draft, else the text in force, else nothing."""
    draft = guideline_draft(project)
    start = draft or current_guideline(project)
    initial: dict[str, Any] = {"title": f"{project.name} guideline"[:200], "must_read": True}
    if start:
        expected = draft.sha256 if draft else ""
        initial |= {"title": start.guideline.title, "source": start.source, "expected": expected}
    if draft:
        initial |= {"change_note": draft.change_note, "must_read": draft.must_read}
    return initial


def guideline_files(project: Project) -> QuerySet[GuidelineFile]:
    """The documents uploaded for a project's guideline, newest first, without their texts."""
    rows = GuidelineFile.objects.filter(project=project).select_related("uploaded_by").defer("text")
    return rows.order_by("-uploaded_at")


def guideline_file(project: Project, public_id: UUID) -> GuidelineFile:
    """One of them with its text, or Http404."""
    rows = GuidelineFile.objects.select_related("project", "uploaded_by")
    return get_object_or_404(rows, project=project, public_id=public_id)


def endpoint_of(project: Project) -> ModelEndpoint | None:
    """The model the project's prompt writers talk to, switched on or off; None when there never was one."""
    return ModelEndpoint.objects.select_related("project", "changed_by").filter(project=project).first()
