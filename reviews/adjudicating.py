"""Adjudication: a QA lead settles a disagreement, criterion by criterion, blind to names."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.commands import notify
from accounts.models import User
from evaltool.base import clock, states
from evaltool.base.errors import RuleBroken, StaleState
from reviews.links import feedback_path
from reviews.models import DISAGREEMENT_MOVES, Adjudication, Disagreement, Feedback, Ruling
from reviews.ruling import Decision, Words, checked_rulings
from reviews.settling import Judgements, Place, current_consensus, judgements_of, lock, write_consensus
from tasks.models import Involvement, Submission, Task

__all__ = ["Decision", "JudgementsChanged", "adjudicate", "hand_back", "hold"]

HOLD = timedelta(minutes=45)
TOLD = "A QA lead has decided on a task you judged."


class JudgementsChanged(StaleState):
    """A judge changed their judgement while the lead was reading."""

    def __init__(self) -> None:
        super().__init__("A judgment was changed while you were reading. Look at it again, then send your decision.")


@transaction.atomic
def hold(*, disagreement: Disagreement, by: User) -> Disagreement:
    """Reserve an open disagreement for `by` for 45 minutes, so that two leads do not read the same one.

    Again, it lasts 45 minutes from now. Raises StaleState when another lead has it or it is open no more, RuleBroken
    when `by` judged the task.
    """
    _reserve(disagreement, by)
    involve(disagreement.task, by)
    return disagreement


def _reserve(disagreement: Disagreement, by: User) -> None:
    """Take or renew the reservation in one conditional update, which also locks the row."""
    until = clock.now() + HOLD
    if not Disagreement.objects.takeable_by(by).filter(pk=disagreement.pk).update(held_by=by, held_until=until):
        disagreement.refresh_from_db()
        raise StaleState(why_not(disagreement))
    disagreement.held_by, disagreement.held_until = by, until


def why_not(disagreement: Disagreement) -> str:
    """Why a disagreement cannot be taken, in words."""
    if disagreement.state == Disagreement.State.RESOLVED:
        return "Another QA lead resolved this in the meantime. Their decision stands."
    if disagreement.state == Disagreement.State.WITHDRAWN:
        return "The evaluators agree now, so there is nothing left to decide."
    return "Another QA lead has this open. Take the next, or come back when their reservation ends."


def involve(task: Task, by: User) -> None:
    """Record that `by` adjudicates the task; refused when they judged it (the table forbids both)."""
    found, _ = Involvement.objects.get_or_create(
        task=task, user=by, defaults={"how": Involvement.How.ADJUDICATOR, "at": clock.now()}
    )
    if found.how == Involvement.How.JUDGE:
        raise RuleBroken("You judged this task, so somebody else settles it.", code="own_work")


@transaction.atomic
def hand_back(*, disagreement: Disagreement, by: User) -> None:
    """Give up one's reservation of a disagreement; harmless when there is none."""
    Disagreement.objects.filter(pk=disagreement.pk, held_by=by).update(held_by=None, held_until=None)


@transaction.atomic
def adjudicate(
    *,
    disagreement: Disagreement,
    decisions: Sequence[Decision],
    note: str,
    cause: str,
    section: str = "",
    feedback: Mapping[Submission, str] | None = None,
    seen: Collection[UUID] | None = None,
    by: User,
) -> Adjudication:
    """Settle a disagreement: write the adjudication, the new consensus and the feedback to each judge.

    Every point in dispute needs a decision; elsewhere the agreed value stands unless decided otherwise. `section` is
    the anchor of a section of the guideline; `seen` are the public ids of the submissions the decision was made on.
    The same lead sending it again gets the first result. Raises Invalid naming all that is missing, JudgementsChanged
    when other submissions count by now, StaleState when somebody else has it or was first, RuleBroken when `by`
    judged the task.
    """
    task = lock(disagreement.task_id)
    disagreement.refresh_from_db()
    done = Adjudication.objects.filter(disagreement=disagreement, adjudicator=by).first()
    if done is not None:
        return done
    _reserve(disagreement, by)
    involve(task, by)
    judgements = judgements_of(task)
    if seen is not None and set(seen) != {submission.public_id for submission in judgements.submissions}:
        raise JudgementsChanged
    words = Words(note=note.strip(), cause=cause, section=section, feedback=feedback or {})
    rulings = checked_rulings(disagreement, judgements, decisions, words)
    adjudication = _write(disagreement, judgements, rulings, words, by)
    _tell_judges(adjudication, judgements, rulings, words.feedback)
    audit.record(
        "adjudicate", by=by, target=adjudication, scope=task.project.public_id, cause=cause, rulings=len(rulings)
    )
    return adjudication


def _write(
    disagreement: Disagreement, judgements: Judgements, rulings: Mapping[Place, Ruling], words: Words, by: User
) -> Adjudication:
    """The adjudication with its rulings, the consensus it makes, and the end of the disagreement."""
    task, now = judgements.task, clock.now()
    adjudication = Adjudication.objects.create(
        disagreement=disagreement,
        task=task,
        adjudicator=by,
        note=words.note,
        cause=words.cause,
        section=words.section,
        at=now,
    )
    for ruling in rulings.values():
        ruling.adjudication = adjudication
    Ruling.objects.bulk_create(rulings.values())
    values = judgements.settled({place: ruling.value for place, ruling in rulings.items()})
    write_consensus(task, values, judgements=judgements, current=current_consensus(task), adjudication=adjudication)
    states.move(
        disagreement,
        to=Disagreement.State.RESOLVED,
        moves=DISAGREEMENT_MOVES,
        held_by=None,
        held_until=None,
        closed_at=now,
    )
    return adjudication


def _tell_judges(
    adjudication: Adjudication,
    judgements: Judgements,
    rulings: Mapping[Place, Ruling],
    texts: Mapping[Submission, str],
) -> None:
    """One feedback per judge: what they said, what was decided, why. Nobody reads another's."""
    for submission in judgements.submissions:
        feedback = Feedback.objects.create(
            submission=submission,
            member=submission.member,
            adjudication=adjudication,
            text=texts.get(submission, "").strip(),
            changes=_changes(submission, judgements, rulings),
            by=adjudication.adjudicator,
            at=adjudication.at,
        )
        notify(
            user=submission.member.user,
            kind="feedback",
            text=f"{TOLD} “{adjudication.task.headline}”",
            url=feedback_path(feedback),
        )


def _changes(submission: Submission, judgements: Judgements, rulings: Mapping[Place, Ruling]) -> list[dict[str, Any]]:
    """Where the decision is another than this judge's answer."""
    return [
        {
            "criterion": ruling.criterion.key,
            "target": ruling.target,
            "yours": answer.value,
            "decided": ruling.value,
            "note": ruling.note,
        }
        for place, ruling in rulings.items()
        for answer in judgements.answers[place]
        if answer.submission_id == submission.pk and answer.value != ruling.value
    ]
