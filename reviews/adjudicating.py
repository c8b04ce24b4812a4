"""Adjudication: a QA lead settles a disagreement, criterion by criterion, blind to names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.commands import notify
from accounts.models import User
from evaltool.base import clock, states
from evaltool.base.errors import Invalid, Problem, RuleBroken, StaleState
from reviews.models import DISAGREEMENT_MOVES, Adjudication, Cause, Disagreement, Feedback, Ruling
from reviews.settling import Judgements, Place, current_consensus, judgements_of, write_consensus
from rubrics.answers import clean_value
from rubrics.models import Criterion
from tasks.models import Answer, Involvement, Submission, Task

HOLD = timedelta(minutes=45)


@dataclass(frozen=True)
class Decision:
    """What a lead decides for one criterion and target: adopt a submission's answer, or a value of their own.

    `value` is in the raw shape of `rubrics.answers` ({"value": …} or {"na": true}).
    """

    criterion: str
    target: str = ""
    adopt: Submission | None = None
    value: Mapping[str, Any] | None = None
    note: str = ""


def involve(task: Task, by: User) -> None:
    """Record that `by` adjudicates the task; refused when they judged it (the table forbids both)."""
    found, _ = Involvement.objects.get_or_create(
        task=task, user=by, defaults={"how": Involvement.How.ADJUDICATOR, "at": clock.now()}
    )
    if found.how == Involvement.How.JUDGE:
        raise RuleBroken("You judged this task, so somebody else settles it.", code="own_work")


@transaction.atomic
def hold(*, disagreement: Disagreement, by: User) -> Disagreement:
    """Reserve an open disagreement for `by` for 45 minutes, so that two leads do not read the same one."""
    involve(disagreement.task, by)
    mine_or_free = Q(held_by=by) | Q(held_by=None) | Q(held_until__lt=clock.db_now())
    open_ones = Disagreement.objects.filter(pk=disagreement.pk, state=Disagreement.State.OPEN)
    until = clock.now() + HOLD
    if not open_ones.filter(mine_or_free).update(held_by=by, held_until=until):
        raise StaleState("Another QA lead has this one open, or has settled it. Take the next.")
    disagreement.held_by, disagreement.held_until = by, until
    return disagreement


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
    by: User,
) -> Adjudication:
    """Settle a disagreement: write the adjudication, the new consensus and the feedback to each judge.

    Every point in dispute needs a decision; elsewhere the agreed value stands unless decided otherwise.
    The same lead sending it again gets the first result. Raises Invalid naming what is missing,
    StaleState when somebody else was first, RuleBroken when `by` judged the task.
    """
    task = Task.objects.select_for_update(no_key=True).select_related("batch", "project").get(pk=disagreement.task_id)
    disagreement.refresh_from_db()
    done = Adjudication.objects.filter(disagreement=disagreement).first()
    if done is not None:
        return _repeated(done, by)
    involve(task, by)
    judgements = judgements_of(task)
    rulings = _rulings(disagreement, judgements, decisions)
    _check_words(note, cause, section)
    states.move(disagreement, to=Disagreement.State.RESOLVED, moves=DISAGREEMENT_MOVES, closed_at=clock.now())
    adjudication = Adjudication.objects.create(
        disagreement=disagreement, task=task, adjudicator=by, note=note, cause=cause, section=section, at=clock.now()
    )
    for ruling in rulings.values():
        ruling.adjudication = adjudication
    Ruling.objects.bulk_create(rulings.values())
    values = judgements.settled() | {place: ruling.value for place, ruling in rulings.items()}
    write_consensus(task, values, judgements=judgements, current=current_consensus(task), adjudication=adjudication)
    _tell_judges(adjudication, judgements, rulings, feedback or {})
    audit.record(
        "adjudicate", by=by, target=adjudication, scope=task.project.public_id, cause=cause, rulings=len(rulings)
    )
    return adjudication


def _repeated(done: Adjudication, by: User) -> Adjudication:
    if done.adjudicator_id != by.pk:
        raise StaleState("Somebody else settled this disagreement first. Their decision stands.")
    return done


def _check_words(note: str, cause: str, section: str) -> None:
    problems = []
    if len(note.strip()) < 10:
        problems.append(Problem("note", "Say in a sentence why: both evaluators read it."))
    if cause not in Cause.values:
        problems.append(Problem("cause", "Choose the cause of the disagreement."))
    if len(section) > 120:
        problems.append(Problem("section", "Choose a section of the guideline."))
    if problems:
        raise Invalid(problems)


def _rulings(disagreement: Disagreement, judgements: Judgements, decisions: Sequence[Decision]) -> dict[Place, Ruling]:
    """The decisions as rulings by place, checked; an undecided point in dispute is a problem."""
    by_key = {(c.key, target): (c, target) for c, target in _places(judgements)}
    rulings: dict[Place, Ruling] = {}
    problems: list[Problem] = []
    for decision in decisions:
        place = by_key.get((decision.criterion, decision.target))
        if place is None:
            problems.append(Problem(_name(decision.criterion, decision.target), "This task has no such criterion."))
            continue
        try:
            rulings[place[0].pk, place[1]] = _ruling(*place, decision, judgements)
        except Invalid as error:
            problems.extend(error.problems)
    decided = {(ruling.criterion.key, ruling.target) for ruling in rulings.values()}
    for point in disagreement.points:
        if (point["criterion"], point["target"]) not in decided:
            problems.append(Problem(_name(point["criterion"], point["target"]), "Decide this one."))
    if problems:
        raise Invalid(problems)
    return rulings


def _places(judgements: Judgements) -> list[tuple[Criterion, str]]:
    return [(judgements.criteria[criterion], target) for criterion, target in judgements.answers]


def _name(criterion: str, target: str) -> str:
    return f"{criterion}.{target}" if target else criterion


def _ruling(criterion: Criterion, target: str, decision: Decision, judgements: Judgements) -> Ruling:
    if decision.adopt is None:
        value = clean_value(criterion, judgements.task.content, target, decision.value or {})
    else:
        value = _adopted(criterion, target, decision.adopt, judgements).value
    return Ruling(criterion=criterion, target=target, value=value, adopted=decision.adopt, note=decision.note)


def _adopted(criterion: Criterion, target: str, submission: Submission, judgements: Judgements) -> Answer:
    for answer in judgements.answers[criterion.pk, target]:
        if answer.submission_id == submission.pk:
            return answer
    raise Invalid([Problem(_name(criterion.key, target), "This judgment has no answer here to adopt.")])


def _tell_judges(
    adjudication: Adjudication,
    judgements: Judgements,
    rulings: Mapping[Place, Ruling],
    words: Mapping[Submission, str],
) -> None:
    """One feedback per judge: what they said, what was decided, why. Nobody reads another's."""
    for submission in judgements.submissions:
        Feedback.objects.create(
            submission=submission,
            member=submission.member,
            adjudication=adjudication,
            text=words.get(submission, "").strip(),
            changes=_changes(submission, judgements, rulings),
            by=adjudication.adjudicator,
            at=adjudication.at,
        )
        notify(user=submission.member.user, kind="feedback", text="A QA lead has decided on a task you judged.")


def _changes(submission: Submission, judgements: Judgements, rulings: Mapping[Place, Ruling]) -> list[dict[str, Any]]:
    found = []
    for place, ruling in rulings.items():
        for answer in judgements.answers[place]:
            if answer.submission_id == submission.pk and answer.value != ruling.value:
                found.append(
                    {
                        "criterion": ruling.criterion.key,
                        "target": ruling.target,
                        "yours": answer.value,
                        "decided": ruling.value,
                        "note": ruling.note,
                    }
                )
    return found
