"""Who may do what: one table, and the getters through which pages and API get their objects.

A getter returns an object only to somebody who may act on it; to everybody else the object does not
exist (404), whatever the reason.
"""

from enum import Enum
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import Http404

from accounts.models import User
from projects.models import OUTSIDE, ApiKey, GuidelineVersion, Invitation, Membership, Project, Role

Row = TypeVar("Row", bound=Model)


class Permission(Enum):
    """Everything a member may do in a project; search for a name to find every use."""

    SEE_PROJECT = "see the project and its guideline"
    SET_UP = "change the project, its policy, guideline, rubric and domains"
    MANAGE_PEOPLE = "invite people, set roles, standing and clearance"
    MANAGE_BATCHES = "create, import, release and pause batches"
    MANAGE_GOLD = "see and change gold standards"
    EXPORT = "build and download exports"
    MANAGE_KEYS = "make and revoke keys to the API"
    SEE_AUDIT = "read the record of decisions"
    WORK = "take and submit tasks"
    ADJUDICATE = "see disagreements and settle them"
    SEE_QUALITY = "see quality by person and criterion"
    DECIDE_QUALITY = "decide alerts, pause and reinstate people"


P = Permission
TABLE: dict[Permission, frozenset[str]] = {
    P.SEE_PROJECT: frozenset({Role.ADMIN, Role.QA_LEAD, Role.EVALUATOR}),
    P.SET_UP: frozenset({Role.ADMIN}),
    P.MANAGE_PEOPLE: frozenset({Role.ADMIN}),
    P.MANAGE_BATCHES: frozenset({Role.ADMIN}),
    P.MANAGE_GOLD: frozenset({Role.ADMIN, Role.QA_LEAD}),
    P.EXPORT: frozenset({Role.ADMIN}),
    P.MANAGE_KEYS: frozenset({Role.ADMIN}),
    P.SEE_AUDIT: frozenset({Role.ADMIN}),
    P.WORK: frozenset({Role.EVALUATOR}),
    P.ADJUDICATE: frozenset({Role.QA_LEAD}),
    P.SEE_QUALITY: frozenset({Role.ADMIN, Role.QA_LEAD}),
    P.DECIDE_QUALITY: frozenset({Role.QA_LEAD}),
}
# Whoever takes tasks in a project sees nothing that would tell gold from work there, whatever else they are.
BLINDED: frozenset[Permission] = frozenset({P.MANAGE_GOLD})
del P


def may(member: Membership, permission: Permission) -> bool:
    """Whether the member's roles include the permission."""
    if member.standing in OUTSIDE:
        return False
    if permission in BLINDED and Role.EVALUATOR in member.roles:
        return False
    return bool(TABLE[permission].intersection(member.roles))


def get_membership_for(user: User, slug: str, permission: Permission) -> Membership:
    """The user's membership (with project) in the project of this slug, or Http404."""
    found = Membership.objects.select_related("project", "user").filter(user=user, project__slug=slug).first()
    if found is None or not may(found, permission):
        raise Http404
    return found


def get_project_for(user: User, slug: str, permission: Permission) -> Project:
    """The project of this slug if the user holds the permission there, or Http404."""
    return get_membership_for(user, slug, permission).project


def require(user: User, permission: Permission, project: Project) -> Membership:
    """The user's membership if they hold the permission in `project`, or Http404. Getters end here."""
    found = Membership.objects.select_related("project", "user").filter(user=user, project=project).first()
    if found is None or not may(found, permission):
        raise Http404
    return found


def memberships_with(user: User, permission: Permission) -> list[Membership]:
    """The user's memberships in projects where they hold the permission, by project name."""
    found = Membership.objects.select_related("project").filter(user=user, project__archived_at__isnull=True)
    return [m for m in found.order_by("project__name") if may(m, permission)]


def get_member_for(user: User, slug: str, public_id: UUID, permission: Permission) -> Membership:
    """A member, removed ones too, of a project where the user holds the permission, or Http404."""
    project = get_project_for(user, slug, permission)
    return _found(Membership.objects.select_related("project", "user").filter(project=project, public_id=public_id))


def get_invitation_for(user: User, slug: str, public_id: UUID) -> Invitation:
    """An invitation into a project whose people the user manages, or Http404."""
    project = get_project_for(user, slug, Permission.MANAGE_PEOPLE)
    return _found(Invitation.objects.select_related("project").filter(project=project, public_id=public_id))


def get_api_key_for(user: User, slug: str, public_id: UUID) -> ApiKey:
    """One's own key in a project, or any of a project whose keys the user manages; else Http404."""
    member = get_membership_for(user, slug, Permission.SEE_PROJECT)
    rows = ApiKey.objects.select_related("project", "owner").filter(project=member.project, public_id=public_id)
    return _found(rows if may(member, Permission.MANAGE_KEYS) else rows.filter(owner=user))


def get_guideline_for(user: User, slug: str, number: int) -> tuple[Membership, GuidelineVersion]:
    """The user's membership and a published version of the project's guideline, or Http404."""
    member = get_membership_for(user, slug, Permission.SEE_PROJECT)
    rows = GuidelineVersion.objects.select_related("guideline__project", "created_by", "original")
    return member, _found(rows.filter(guideline__project=member.project, number=number, published_at__isnull=False))


def _found(rows: QuerySet[Row]) -> Row:
    row = rows.first()
    if row is None:
        raise Http404
    return row
