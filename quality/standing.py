"""How an evaluator stands, as they read it themselves: never gold, never watched."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from projects.commands.people import SILENT
from projects.models import Membership, Standing, StandingChange
from projects.selectors import seen_standing
from quality.models import Sanction
from quality.selectors import submitted
from quality.telling import leads_of
from tasks.models import Assignment, Draft


@dataclass(frozen=True)
class Pause:
    """Why somebody is paused, in the words they read; `by` is None when the project's rule did it."""

    reason: str
    at: datetime
    by: User | None


@dataclass(frozen=True)
class OwnStanding:
    """What the page says to a person about themselves in one project."""

    member: Membership
    standing: Standing
    pause: Pause | None
    changes: list[StandingChange]
    leads: list[User]
    drafts: int
    submitted: int


def own_standing(member: Membership) -> OwnStanding:
    """How this member stands, for their own eyes."""
    standing = seen_standing(member, member.user)
    return OwnStanding(
        member=member,
        standing=standing,
        pause=_pause(member) if standing == Standing.PAUSED else None,
        changes=list(own_changes(member)[:30]),
        leads=[lead for lead in leads_of(member.project) if lead.pk != member.user_id],
        drafts=Draft.objects.filter(assignment__member=member)
        .exclude(assignment__state=Assignment.State.SUBMITTED)
        .count(),
        submitted=submitted(member),
    )


def own_changes(member: Membership) -> QuerySet[StandingChange]:
    """The member's moves without those between active and watched; only where they led is shown, not from where."""
    rows = member.standing_changes.exclude(before__in=SILENT, after__in=SILENT)
    return rows.select_related("by").order_by("-at", "-pk")


def _pause(member: Membership) -> Pause | None:
    """The newest reason: a lead may have confirmed, with other words, a pause that the rule set."""
    moved = member.standing_changes.filter(after=Standing.PAUSED).select_related("by").order_by("-at", "-pk").first()
    steps = Sanction.objects.filter(member=member, step=Sanction.Step.PAUSE).select_related("by")
    step = steps.order_by("-at", "-pk").first()
    newest = step if step and (moved is None or step.at >= moved.at) else moved
    return Pause(newest.reason, newest.at, newest.by) if newest else None
