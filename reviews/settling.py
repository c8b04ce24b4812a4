"""Settling a task: enough judgements become a consensus, one more seat, or a disagreement for a QA lead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import randbelow
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from accounts import audit
from evaltool.base import clock, states, todos
from projects.models import Policy
from reviews.models import DISAGREEMENT_MOVES, Adjudication, Consensus, ConsensusValue, Disagreement
from rubrics import conditions
from rubrics.comparing import settle_values, worst
from rubrics.models import Criterion
from tasks.eligibility import eligible_members, experts_among
from tasks.models import Answer, Involvement, Seat, Submission, Task, Trust
from tasks.rounds import last_round, round_of, within

SETTLE = "settle_task"
LEFT = "Left to an expert"

Place = tuple[int, str]  # criterion's key in the table, target


@dataclass(frozen=True)
class Point:
    """One criterion and target on which judgements differ by more than they may."""

    criterion: Criterion
    target: str
    distance: float
    reason: str
    critical: bool

    @property
    def severity(self) -> float:
        """Distance (0..1) times the criterion's weight."""
        return self.distance * self.criterion.weight

    def as_json(self) -> dict[str, Any]:
        """The point as the disagreement stores it."""
        return {
            "criterion": self.criterion.key,
            "target": self.target,
            "distance": round(self.distance, 4),
            "reason": self.reason,
            "critical": self.critical,
        }


@dataclass
class Judgements:
    """The current judgements of one task outside gold, answers by place, with each judge's weight.

    `experts` are the submissions of experts in the task's domain.
    """

    task: Task
    submissions: list[Submission]
    weights: dict[int, float]
    experts: frozenset[int] = frozenset()
    answers: dict[Place, list[Answer]] = field(default_factory=dict)
    criteria: dict[int, Criterion] = field(default_factory=dict)

    def voices(self, place: Place) -> list[Answer]:
        """The answers that count at a place: those left to an expert no longer once an expert has answered."""
        found = self.answers.get(place, [])
        firm = [answer for answer in found if not answer.deferred]
        return firm if any(answer.submission_id in self.experts for answer in firm) else found

    def points(self) -> list[Point]:
        """What a person must decide, worst first: where the judgements differ by more than the criteria allow, and
        what everybody left to an expert.

        Differences over something that the agreed answers do not ask for are none; where it is disputed whether it is
        asked, they are.
        """
        found = {place: point for place in self.answers if (point := self._point(place))}
        settled = self.settled()
        kept = [point for place, point in found.items() if place in settled or self._rests_on_any(place, found)]
        return sorted(kept, key=lambda point: (not point.critical, -point.severity))

    def _point(self, place: Place) -> Point | None:
        criterion, voices = self.criteria[place[0]], self.voices(place)
        found = worst(criterion, [answer.value for answer in voices])
        if found.disagrees:
            return Point(criterion, place[1], found.distance, found.reason, found.critical)
        if all(answer.deferred for answer in voices):
            return Point(criterion, place[1], found.distance, LEFT, critical=False)
        return None

    def _rests_on_any(self, place: Place, disputed: Mapping[Place, Any]) -> bool:
        rests_on = conditions.rests_on(self.criteria[place[0]], place[1], self._by_key)
        below = [(criterion.pk, target) for criterion, target in rests_on]
        return any(one in disputed or self._rests_on_any(one, disputed) for one in below)

    def settled(self, ruled: Mapping[Place, Any] | None = None) -> dict[Place, Any]:
        """The agreed value at every place, by the rule of its kind, votes weighted, or what was `ruled` there.

        What these values do not ask for is left out: its condition fails, or its span is not among those agreed on.
        """
        values = {place: self._settle(place) for place in self.answers} | dict(ruled or {})

        def value_of(criterion: Criterion, target: str) -> Any:
            return values.get((criterion.pk, target))

        return {
            place: value
            for place, value in values.items()
            if conditions.is_asked(self.criteria[place[0]], place[1], self._by_key, value_of)
        }

    @property
    def _by_key(self) -> dict[str, Criterion]:
        return {criterion.key: criterion for criterion in self.criteria.values()}

    def _settle(self, place: Place) -> Any:
        voices = self.voices(place)
        weights = [self.weights[answer.submission_id] for answer in voices]
        return settle_values(self.criteria[place[0]], [answer.value for answer in voices], weights)


def judgements_of(task: Task) -> Judgements:
    """Read the current judgements of a task's last round outside gold, in the order of their seats."""
    rows = Submission.objects.current().filter(within(last_round(task.pk), "assignment__seat__ordinal"), task=task)
    return judgements_from(task, rows.exclude(assignment__seat__cause=Seat.Cause.GOLD))


def judgements_from(task: Task, rows: QuerySet[Submission]) -> Judgements:
    """These submissions of a task with their answers, in the order of their seats."""
    joined = rows.select_related("member__user", "rubric_version", "guideline_version", "assignment__seat")
    submissions = list(joined.order_by("assignment__seat__ordinal", "pk"))
    found = Judgements(task, submissions, _weights(submissions))
    answers = Answer.objects.filter(submission__in=submissions).select_related("criterion")
    deferred = False
    for answer in answers.order_by("criterion__position", "target", "submission__assignment__seat__ordinal"):
        found.criteria[answer.criterion_id] = answer.criterion
        found.answers.setdefault((answer.criterion_id, answer.target), []).append(answer)
        deferred = deferred or answer.deferred
    if deferred:
        found.experts = _experts(task, submissions)
    return found


def _experts(task: Task, submissions: list[Submission]) -> frozenset[int]:
    members = experts_among([submission.member_id for submission in submissions], task.domain)
    return frozenset(submission.pk for submission in submissions if submission.member_id in members)


def _weights(submissions: list[Submission]) -> dict[int, float]:
    trust = {
        (row.member_id, row.rubric_id): row.weight
        for row in Trust.objects.filter(member__in=[s.member_id for s in submissions])
    }
    return {s.pk: trust.get((s.member_id, s.rubric_version.rubric_id), 1.0) for s in submissions}


@transaction.atomic
def settle_task(task_pk: int) -> None:
    """Settle the task if its wanted judgements are all in; harmless when there is nothing to do or run twice.

    A task an adjudication has settled stays as ruled until it is put back. A revision before that settles again.
    """
    task = lock(task_pk)
    if not _all_in(task):
        return
    judgements = judgements_of(task)
    current = current_consensus(task)
    if _already_settled(current, judgements.submissions):
        return
    points = judgements.points()
    if not points:
        _withdraw_disagreement(task)
        write_consensus(task, judgements.settled(), judgements=judgements, current=current)
    elif _one_more(task, len(judgements.submissions)):
        todos.add("distribute_batch", task.batch_id)
    else:
        _open_disagreement(task, points, judgements.submissions)


def lock(task_pk: int) -> Task:
    """The task with its batch and project, held until the end of the transaction; other tasks stay free."""
    rows = Task.objects.select_related("batch", "project")
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=task_pk)


def _all_in(task: Task) -> bool:
    """Whether as many judgements are in as the batch asks for, in the last round, and none is still to come.

    A task that became gold before that has closed seats instead: it is never settled.
    """
    seats = list(Seat.objects.wanted().filter(task=task).values_list("ordinal", "state"))
    last = max((round_of(ordinal) for ordinal, _ in seats), default=0)
    found = [state for ordinal, state in seats if round_of(ordinal) == last]
    waiting = Seat.State.FREE in found or Seat.State.HELD in found
    return found.count(Seat.State.DONE) >= task.batch.overlap and not waiting


def current_consensus(task: Task) -> Consensus | None:
    """The consensus of a task that none supersedes."""
    return Consensus.objects.current().filter(task=task).first()


def _already_settled(current: Consensus | None, submissions: list[Submission]) -> bool:
    if current is None:
        return False
    before = dict(current.submissions.values_list("pk", "assignment__seat__ordinal"))
    if {round_of(ordinal) for ordinal in before.values()} != {round_of(s.assignment.seat.ordinal) for s in submissions}:
        return False  # put back since, and judged anew
    return current.method == Consensus.Method.ADJUDICATION or set(before) == {s.pk for s in submissions}


def _one_more(task: Task, judged: int) -> bool:
    """Ask for one more judgement where the policy does so before a QA lead is asked, and somebody could give it."""
    policy: Policy = task.project.policy
    if not policy.dynamic_overlap or judged >= policy.max_overlap:
        return False
    involved = Involvement.objects.filter(task=task, user=OuterRef("user"))
    if not eligible_members(task.batch).filter(~Exists(involved)).exists():
        return False
    last = Seat.objects.filter(task=task).aggregate(top=Max("ordinal"))["top"] or 0
    Seat.objects.create(task=task, batch=task.batch, ordinal=last + 1, cause=Seat.Cause.EXTRA, place=randbelow(2**62))
    return True


def write_consensus(
    task: Task,
    values: dict[Place, Any],
    *,
    judgements: Judgements,
    current: Consensus | None,
    adjudication: Adjudication | None = None,
) -> Consensus:
    """Write the task's next consensus with its values; the caller holds the task's lock."""
    consensus = Consensus.objects.create(
        project=task.project,
        batch=task.batch,
        task=task,
        number=current.number + 1 if current else 1,
        supersedes=current,
        method=Consensus.Method.ADJUDICATION if adjudication else Consensus.Method.AGREEMENT,
        adjudication=adjudication,
        at=clock.now(),
    )
    consensus.submissions.set(judgements.submissions)
    ConsensusValue.objects.bulk_create(
        ConsensusValue(
            consensus=consensus,
            criterion_id=criterion,
            target=target,
            value=value,
            votes=len(judgements.voices((criterion, target))),
        )
        for (criterion, target), value in values.items()
    )
    return consensus


def _withdraw_disagreement(task: Task) -> None:
    """A revision has made the judges agree before a lead decided."""
    found = Disagreement.objects.filter(task=task, state=Disagreement.State.OPEN).first()
    if found:
        states.move(found, to=Disagreement.State.WITHDRAWN, moves=DISAGREEMENT_MOVES, closed_at=clock.now())
        audit.record("withdraw_disagreement", by=None, target=found, scope=task.project.public_id)


def _open_disagreement(task: Task, points: list[Point], submissions: list[Submission]) -> None:
    """Open a disagreement, or bring the open one up to date after a revision."""
    facts = {
        "severity": sum(point.severity for point in points),
        "critical": any(point.critical for point in points),
        "points": [point.as_json() for point in points],
    }
    found, created = Disagreement.objects.update_or_create(
        task=task,
        state=Disagreement.State.OPEN,
        defaults=facts,
        create_defaults={**facts, "project": task.project, "batch": task.batch, "opened_at": clock.now()},
    )
    found.submissions.set(submissions)
    if created:
        audit.record("open_disagreement", by=None, target=found, scope=task.project.public_id, points=len(points))
