"""Projects, their policy, their members, their guideline, and keys to the API."""

from projects.models.calls import APPLICATION_MOVES, Announcement, Application, Call
from projects.models.guidelines import (
    FILE_MOVES,
    Acknowledgement,
    CheckAnswer,
    Guideline,
    GuidelineFile,
    GuidelineVersion,
    Section,
    SectionRead,
)
from projects.models.outside import ApiKey, ModelEndpoint
from projects.models.people import (
    MAY_WORK,
    OUTSIDE,
    STANDING_MOVES,
    Expertise,
    Invitation,
    Membership,
    MembershipQuerySet,
    Role,
    Standing,
    StandingChange,
)
from projects.models.project import Policy, Project

__all__ = [
    "APPLICATION_MOVES",
    "FILE_MOVES",
    "MAY_WORK",
    "OUTSIDE",
    "STANDING_MOVES",
    "Acknowledgement",
    "Announcement",
    "ApiKey",
    "Application",
    "Call",
    "CheckAnswer",
    "Expertise",
    "Guideline",
    "GuidelineFile",
    "GuidelineVersion",
    "Invitation",
    "Membership",
    "MembershipQuerySet",
    "ModelEndpoint",
    "Policy",
    "Project",
    "Role",
    "Section",
    "SectionRead",
    "Standing",
    "StandingChange",
]
