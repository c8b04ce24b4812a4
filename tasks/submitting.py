"""Handing a judgement in: once, whole, never lost.

The receipt is (assignment, revision): the same content under it gives the same submission again, however often it is
sent; other content is refused.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from evaltool.base import clock, states, todos
from evaltool.base.errors import RuleBroken, StaleState
from projects.models import MAY_WORK, Policy
from rubrics.answers import CleanAnswer, RationaleRule, as_raw, clean_answers
from rubrics.models import Criterion, RubricVersion
from tasks.labels import label_states
from tasks.models import ASSIGNMENT_MOVES, SEAT_MOVES, Answer, Assignment, Draft, Seat, Submission
from tasks.opening import GONE, RESUMABLE, take_back_seat
from tasks.reading import locked
from tasks.terms import policy_for
from tasks.transcripts import with_transcripts
from tasks.working import count_time, keep_text

SETTLE, SCORE = "settle_task", "score_gold"
S = Assignment.State


class TextKept(RuleBroken):
    """A submission that cannot be taken; its text is kept with the assignment."""

    def __init__(self, message: str, code: str, *, late: bool = False) -> None:
        super().__init__(message, code)
        self.late = late


def submit(
    *, assignment: Assignment, raw: dict[str, Any], revision: int = 1, active_seconds: int = 0, by: User
) -> Submission:
    """Hand in answers as revision 1, or change what was handed in (2 and up) while that is allowed.

    `raw` has the raw shape of `rubrics.answers`; `active_seconds` are those since the last heartbeat, bounded by the
    server's clock. Raises Invalid naming every problem with the answers, and TextKept (the text is kept as a draft):
    `already_submitted` for other content under the same receipt, `expired_seat_taken` when somebody else has the task
    now, `too_late` for a change after the time for it, `paused`, `ended`, `not_open`.
    """
    if by.pk != assignment.member.user_id:
        raise StaleState("This task belongs to somebody else.")
    try:
        with transaction.atomic():
            row = locked(assignment)
            return _submit(row, _clean(assignment, raw, row), revision, active_seconds)
    except TextKept as refusal:
        keep_text(assignment, raw, late=refusal.late)
        raise


def criteria_of(version: RubricVersion) -> tuple[Criterion, ...]:
    """The criteria of a published version in order, kept in memory: the database never lets them change."""
    return _criteria(version.pk, version.public_id)


@lru_cache(maxsize=256)
def _criteria(pk: int, public_id: UUID) -> tuple[Criterion, ...]:
    return tuple(Criterion.objects.filter(version__public_id=public_id, version=pk))


def rule_of(policy: Policy) -> RationaleRule:
    """How long a required reason has to be."""
    return RationaleRule(characters=policy.rationale_characters, words=policy.rationale_words)


def _clean(assignment: Assignment, raw: dict[str, Any], row: Assignment) -> list[CleanAnswer]:
    """Check against the version the person saw and the policy now in force (`row` is fresh)."""
    rule = rule_of(policy_for(row, row.batch.project))
    criteria = criteria_of(assignment.rubric_version)
    answers = clean_answers(criteria, with_transcripts(assignment, criteria), raw, rule)
    states = label_states(assignment, criteria, answers)
    return [replace(answer, prelabel=states.get((answer.criterion.key, answer.target), "")) for answer in answers]


def content_sha256(answers: Sequence[CleanAnswer]) -> str:
    """The fingerprint of clean answers, whatever order or spelling they were sent in."""
    text = json.dumps(as_raw(answers), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _submit(row: Assignment, answers: Sequence[CleanAnswer], revision: int, seconds: int) -> Submission:
    digest = content_sha256(answers)
    if row.state == S.SUBMITTED:
        return _again(row, answers, digest, revision)
    if revision != 1:
        raise TextKept("There is no submission to change yet.", "not_open")
    _take_up(row)
    time = count_time(row, seconds)
    states.move(row.seat, to=Seat.State.DONE, moves=SEAT_MOVES)
    ended = {"ended_at": row.db_now, "lease_until": None}  # type: ignore[attr-defined]
    states.move(row, to=S.SUBMITTED, moves=ASSIGNMENT_MOVES, **ended, **time)
    return _write(row, answers, digest, revision=1, supersedes=None)


def _take_up(row: Assignment) -> None:
    """Make sure that the assignment is open on a held seat; an ended one gets a free seat of its task back."""
    if row.member.standing not in MAY_WORK:
        raise TextKept("Your work in this project is paused. Your text is kept.", "paused")
    if row.state == S.OPEN:
        return
    if row.opened_at is None:
        raise TextKept("Open this task first. Your text is kept.", "not_open")
    if row.state not in RESUMABLE:
        raise TextKept("You skipped this task. Your text is kept.", "ended")
    try:
        seat = take_back_seat(row)
    except StaleState as gone:
        raise TextKept(GONE, "expired_seat_taken", late=True) from gone
    states.move(row, to=S.OPEN, moves=ASSIGNMENT_MOVES, seat=seat, lease_until=row.db_now)  # type: ignore[attr-defined]


def _again(row: Assignment, answers: Sequence[CleanAnswer], digest: str, revision: int) -> Submission:
    """The same receipt again, or a change while that is allowed."""
    found = list(Submission.objects.filter(assignment=row).order_by("revision"))
    last = found[-1]
    if 1 <= revision <= last.revision:
        first = found[revision - 1]
        if first.content_sha256 == digest:
            return first
        said = "This task is submitted already, with other answers. Those count."
        raise TextKept(said, "already_submitted", late=True)
    if revision != last.revision + 1 or not may_change(row, last):
        raise TextKept("The time to change this submission is over. What you sent counts.", "too_late", late=True)
    return _write(row, answers, digest, revision=revision, supersedes=last)


def may_change(row: Assignment, last: Submission) -> bool:
    """Whether a submission may be changed: for `undo_seconds`, or, once undone in that time, for one reservation."""
    policy, now = policy_for(row, row.batch.project), row.db_now  # type: ignore[attr-defined]
    undo = timedelta(seconds=policy.undo_seconds)
    if now <= last.at + undo:
        return True
    being_changed = Draft.objects.filter(assignment=row, late=False).exists()
    return being_changed and now <= last.at + undo + timedelta(minutes=policy.lease_minutes)


def _write(
    row: Assignment, answers: Sequence[CleanAnswer], digest: str, *, revision: int, supersedes: Submission | None
) -> Submission:
    submission = Submission.objects.create(
        assignment=row,
        task_id=row.task_id,
        member_id=row.member_id,
        revision=revision,
        supersedes=supersedes,
        rubric_version_id=row.rubric_version_id,
        guideline_version_id=row.guideline_version_id,
        content_sha256=digest,
        active_seconds=row.active_seconds,
        at=row.db_now,  # type: ignore[attr-defined]
    )
    Answer.objects.bulk_create(
        Answer(
            submission=submission,
            criterion=answer.criterion,
            target=answer.target,
            value=answer.value,
            rationale=answer.rationale,
            evidence=answer.evidence,
            deferred=answer.deferred,
            prelabel=answer.prelabel,
        )
        for answer in answers
    )
    Draft.objects.filter(assignment=row).delete()
    todos.add_all([(SETTLE, row.task_id), (SCORE, submission.pk)])
    return submission


@transaction.atomic
def undo(*, assignment: Assignment, by: User) -> Draft:
    """Take a fresh submission up again to change it; it counts until the changed one is handed in.

    Twice gives the same draft. Raises RuleBroken (code `too_late`) when its time is over.
    """
    row = locked(assignment)
    if row.member.user_id != by.pk or row.state != S.SUBMITTED:
        raise StaleState("There is no submission of yours to take back.")
    last = Submission.objects.filter(assignment=row).order_by("-revision")[0]
    if not may_change(row, last):
        raise RuleBroken("The time to change this submission is over. It counts as you sent it.", code="too_late")
    draft = Draft.objects.filter(assignment=row).first()
    if draft is None:
        raw = as_raw(last.answers.select_related("criterion"))
        return Draft.objects.create(assignment=row, revision=1, data=raw, saved_at=clock.now())
    if draft.late:  # a later text of theirs that could not be taken: that is what they want to send
        Draft.objects.filter(pk=draft.pk).update(late=False)
        draft.late = False
    return draft
