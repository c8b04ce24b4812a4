"""While a task is open: drafts, the clock, the reservation, and the ways out other than submitting."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.models import User
from evaltool.base import clock
from evaltool.base.errors import Invalid, Problem, RuleBroken, StaleState
from rubrics.safe_text import fault
from tasks.freeing import GIVEN_BACK, end, expire_leases
from tasks.models import Assignment, Draft, WorkSpan
from tasks.opening import open_assignment, renew
from tasks.reading import locked
from tasks.terms import policy_for

__all__ = [
    "DraftStale",
    "count_time",
    "expire_leases",
    "extend_lease",
    "give_back",
    "give_back_list",
    "heartbeat",
    "keep_text",
    "open_assignment",
    "save_draft",
    "skip",
]

LONGEST_DRAFT = 400_000
SHORTEST_REASON = 3
LONGEST_REASON = 500
S = Assignment.State
NOT_YOURS = "This task belongs to somebody else."


class DraftStale(StaleState):
    """Another draft was saved since this one was read. `draft` is the stored one."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("This task was saved somewhere else. Both versions are kept.")
        self.draft = draft


# -------------------------------------------------------------------- drafts


@transaction.atomic
def save_draft(*, assignment: Assignment, data: dict[str, Any], revision: int, by: User) -> Draft:
    """Keep what was typed, valid or not, if nothing newer was saved since `revision` (0: nothing yet).

    Works for open work and for work that ended without a submission, so that no text is lost. Raises DraftStale
    with the stored draft, Invalid for a text that cannot be stored, RuleBroken when there is nothing to draft.
    """
    row = _own(assignment, by)
    _check_draft(data)
    draft = Draft.objects.filter(assignment=row).first()
    _check_draftable(row, draft)
    now = clock.now()
    if draft is None:
        return Draft.objects.create(assignment=row, revision=1, data=data, saved_at=now)
    if draft.revision == revision + 1 and draft.data == data:
        return draft  # the answer to the first try was lost on its way
    if draft.revision != revision:
        raise DraftStale(draft)
    Draft.objects.filter(pk=draft.pk).update(revision=revision + 1, data=data, saved_at=now)
    draft.revision, draft.data, draft.saved_at = revision + 1, data, now
    return draft


def _own(assignment: Assignment, by: User) -> Assignment:
    row = locked(assignment)
    if row.member.user_id != by.pk:
        raise StaleState(NOT_YOURS)
    return row


def _check_draft(data: dict[str, Any]) -> None:
    if damage := fault(data):
        raise Invalid([Problem("draft", damage)])
    size = len(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))
    if size > LONGEST_DRAFT:
        raise Invalid([Problem("draft", f"The draft has {size:,} bytes; at most {LONGEST_DRAFT:,} can be kept.")])


def _check_draftable(row: Assignment, draft: Draft | None) -> None:
    if row.state == S.QUEUED:
        raise RuleBroken("Open this task first.", code="not_open")
    if row.state == S.SUBMITTED and (draft is None or draft.late):
        raise RuleBroken("This task is submitted. What you sent is kept.", code="already_submitted")


@transaction.atomic
def keep_text(assignment: Assignment, data: dict[str, Any], *, late: bool) -> None:
    """Keep a text that could not be submitted, over whatever draft there is; `late` when its seat is gone for good."""
    row, now = locked(assignment), clock.now()
    draft = Draft.objects.filter(assignment=row).first()
    if draft is None:
        Draft.objects.create(assignment=row, revision=1, data=data, saved_at=now, late=late)
        return
    being_changed = row.state == S.SUBMITTED and not draft.late  # a change under way stays one
    Draft.objects.filter(pk=draft.pk).update(
        revision=F("revision") + 1, data=data, saved_at=now, late=late and not being_changed
    )


# ---------------------------------------------------------------------- time


@transaction.atomic
def heartbeat(*, assignment: Assignment, seconds: int, by: User) -> Assignment:
    """Count active seconds, bounded by the database's clock, and renew the reservation.

    Raises RuleBroken (code `ended`) when the assignment is open no more.
    """
    row = _own_open(assignment, by)
    renew(row, **count_time(row, seconds))
    return row


@transaction.atomic
def extend_lease(*, assignment: Assignment, by: User) -> Assignment:
    """A whole reservation from now. Raises RuleBroken (code `ended`) when the assignment is open no more."""
    row = _own_open(assignment, by)
    renew(row)
    return row


def _own_open(assignment: Assignment, by: User) -> Assignment:
    row = _own(assignment, by)
    if row.state != S.OPEN:
        raise RuleBroken(f"This task is not open any more: {row.get_state_display().lower()}.", code="ended")
    return row


def count_time(row: Assignment, seconds: int) -> dict[str, Any]:
    """Write the span of active time before now; returns the changes to the locked, stamped assignment, still to save.

    Never more than passed since the last beat of this or of any other task of the person, nor than the idle cut-off.
    """
    now: datetime = row.db_now  # type: ignore[attr-defined]
    last: datetime | None = row.counted_until  # type: ignore[attr-defined]
    since = max(moment for moment in (row.opened_at, row.heartbeat_at, last) if moment)
    idle = policy_for(row, row.batch.project).idle_minutes * 60
    counted = min(seconds, idle, int((now - since).total_seconds()))
    if counted <= 0:
        return {}
    WorkSpan.objects.create(assignment=row, started_at=now - timedelta(seconds=counted), ended_at=now)
    return {"active_seconds": row.active_seconds + counted, "heartbeat_at": now}


# ------------------------------------------------------------------ ways out


@transaction.atomic
def skip(*, assignment: Assignment, reason: str = "", kind: str = Assignment.Skip.OTHER, by: User) -> Assignment:
    """Leave an open task to somebody else: by a kind of Assignment.Skip, or another reason in writing.

    It does not come back; its draft is kept. No kind counts against anybody. Raises Invalid naming `kind` or
    `reason`, StaleState when the task is not open.
    """
    reason = " ".join(reason.split())
    _check_skip(reason, kind)
    row = _own(assignment, by)
    if row.state != S.OPEN:
        raise StaleState("This task is not open any more. Nothing was skipped.")
    end([row], to=S.SKIPPED, reason=reason, finally_=True, skip=kind)
    row.state, row.skip, row.end_reason = S.SKIPPED, kind, reason
    return row


def _check_skip(reason: str, kind: str) -> None:
    if kind not in Assignment.Skip.values:
        raise Invalid([Problem("kind", "This is not one of the reasons.")])
    if len(reason) > LONGEST_REASON or fault(reason):
        raise Invalid([Problem("reason", f"Say it in {LONGEST_REASON} characters at most.")])
    if kind == Assignment.Skip.OTHER and len(reason) < SHORTEST_REASON:
        raise Invalid([Problem("reason", "Choose a reason, or say yours in a few words.")])


@transaction.atomic
def give_back(*, assignment: Assignment, by: User) -> Assignment:
    """Hand an open or queued task back, without a reason. It does not come back; a draft is kept.

    Raises StaleState when it is the person's no more.
    """
    row = _own(assignment, by)
    if row.state not in {S.OPEN, S.QUEUED}:
        raise StaleState("This task is not on your list any more.")
    end([row], to=S.RELEASED, reason=GIVEN_BACK, finally_=True)
    row.state = S.RELEASED
    return row


@transaction.atomic
def give_back_list(*, assignments: list[Assignment], by: User) -> int:
    """Hand back what is queued among these; open tasks stay. Returns how many."""
    pks = [assignment.pk for assignment in assignments]
    queued = Assignment.objects.filter(pk__in=pks, member__user=by, state=S.QUEUED)
    rows = list(queued.select_for_update(no_key=True, of=("self",)))
    end(rows, to=S.RELEASED, reason=GIVEN_BACK, finally_=True)
    return len(rows)
