"""One disagreement as a lead reads it: who said what by letter, how far apart, and the form of the decision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import QueryDict

from evaltool.base.errors import Problem
from projects.models import GuidelineVersion
from reviews.models import Disagreement
from reviews.ruling import field_name
from reviews.settling import Judgements, judgements_from, judgements_of
from reviews.shown.names import JUDGES, level_of, question_name, response_name, seen_as
from rubrics.answers import Beside, Row, beside, posted_at, rows_at
from rubrics.answers.showing import shown_order
from rubrics.comparing import describe
from rubrics.models import Criterion
from tasks.models import Answer, Submission

OWN = "own"
AGREED = "agreed"


@dataclass(frozen=True)
class Judge:
    """One evaluator by letter, with what they handed in."""

    letter: str
    submission: Submission


@dataclass(frozen=True)
class Said:
    """What one evaluator answered and why.

    `saw_as` is what they saw the response called; of the task as a whole, `sides` says which letter was which response.
    """

    judge: Judge
    words: str
    level: str
    rationale: str
    quotes: list[str]
    deferred: bool
    saw_as: str
    sides: str


@dataclass(frozen=True)
class Choice:
    """One way to decide: an answer to adopt, the agreed value, or the lead's own; `value` is what the form posts."""

    value: str
    letter: str
    words: str
    checked: bool


@dataclass(frozen=True)
class Question:
    """One criterion and target: what was said, and the form that decides it."""

    criterion: Criterion
    target: str
    label: str
    beside: Beside
    said: list[Said]
    point: Mapping[str, Any] | None
    choices: list[Choice]
    own: Row
    decided: str

    @property
    def name(self) -> str:
        """The form field that holds the choice."""
        return f"d.{self.criterion.key}.{self.target}"

    @property
    def field(self) -> str:
        """How a Problem names it."""
        return field_name(self.criterion.key, self.target)

    @property
    def id(self) -> str:
        """The element of the page."""
        return f"d-{self.own.id}"

    @property
    def by_level(self) -> bool:
        """Whether every answer is a level or N/A, so that a table can show them side by side."""
        return all(said.level for said in self.said)

    @property
    def touched(self) -> bool:
        """Whether an agreed value is being decided otherwise, so that its form stands open."""
        return bool(self.own.errors) or any(choice.checked and choice.value != AGREED for choice in self.choices)


@dataclass(frozen=True)
class Group:
    """The questions about one response, or about the task."""

    name: str
    questions: list[Question]


@dataclass(frozen=True)
class Case:
    """A disagreement ready to be read and decided."""

    disagreement: Disagreement
    judges: list[Judge]
    questions: list[Question]

    @property
    def content(self) -> dict[str, Any]:
        """The task's content."""
        return self.disagreement.task.content

    @cached_property
    def disputed(self) -> list[Question]:
        """The questions that need a decision, worst first."""
        order = [(point["criterion"], point["target"]) for point in self.disagreement.points]
        found = {(q.criterion.key, q.target): q for q in self.questions if q.point}
        return [found[place] for place in order if place in found]

    @property
    def agreed(self) -> list[Question]:
        """The questions whose agreed value stands unless it is changed."""
        return [question for group in self.groups for question in group.questions if not question.point]

    @property
    def retouched(self) -> bool:
        """Whether an agreed value is being changed."""
        return any(question.touched for question in self.agreed)

    @cached_property
    def groups(self) -> list[Group]:
        """All questions by response, in the task's order."""
        targets = dict.fromkeys(q.target for q in self.questions)
        return [
            Group(response_name(self.content, target), [q for q in self.questions if q.target == target])
            for target in sorted(targets, key=lambda target: (not target, target))
        ]

    @property
    def responses(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The responses with the names a lead uses."""
        return [(response_name(self.content, one["id"]), one) for one in self.content.get("responses", ())]

    @property
    def guideline(self) -> GuidelineVersion | None:
        """The newest guideline version the judges were shown."""
        versions = [judge.submission.guideline_version for judge in self.judges if judge.submission.guideline_version]
        return max(versions, key=lambda version: version.number, default=None)

    @property
    def misfits(self) -> list[Question]:
        """Questions whose decision cannot be taken as it is."""
        return [question for question in self.questions if question.own.errors]


def case_of(disagreement: Disagreement, data: QueryDict | None = None, problems: Iterable[Problem] = ()) -> Case:
    """The case as it stands, with a posted form and its problems where there is one."""
    judgements = _judgements(disagreement)
    judges = [Judge(letter, s) for letter, s in zip(JUDGES, judgements.submissions, strict=False)]
    content = disagreement.task.content
    at = [(judgements.criteria[pk], target) for pk, target in judgements.answers]
    raw = posted_at(at, data) if data is not None else {}
    rows = {(row.criterion.pk, row.target): row for row in rows_at(at, content, raw, problems)}
    settled = _decided(disagreement) or judgements.settled()
    questions = [
        _question(disagreement, judgements, judges, rows[place], settled.get(place), data)
        for place in judgements.answers
    ]
    return Case(disagreement, judges, questions)


def _judgements(disagreement: Disagreement) -> Judgements:
    """The current judgements while it is open; those it was about once it is closed."""
    if disagreement.state == Disagreement.State.OPEN:
        return judgements_of(disagreement.task)
    return judgements_from(disagreement.task, disagreement.submissions.all())


def _decided(disagreement: Disagreement) -> dict[tuple[int, str], Any]:
    """The values an adjudication settled on, once there is one."""
    if disagreement.state != Disagreement.State.RESOLVED:
        return {}
    consensus = disagreement.task.consensuses.filter(adjudication__disagreement=disagreement).first()
    rows = consensus.values.values_list("criterion", "target", "value") if consensus else ()
    return {(criterion, target): value for criterion, target, value in rows}


def _question(
    disagreement: Disagreement,
    judgements: Judgements,
    judges: Sequence[Judge],
    own: Row,
    settled: Any,
    data: QueryDict | None,
) -> Question:
    criterion, target, content = own.criterion, own.target, disagreement.task.content
    answers = {a.submission_id: a for a in judgements.answers[criterion.pk, target]}
    given = [(judge, answers[judge.submission.pk]) for judge in judges if judge.submission.pk in answers]
    points = disagreement.points if disagreement.state != Disagreement.State.WITHDRAWN else ()
    point = next((p for p in points if (p["criterion"], p["target"]) == (criterion.key, target)), None)
    chosen = data.get(f"d.{criterion.key}.{target}") if data is not None else None if point else AGREED
    return Question(
        criterion=criterion,
        target=target,
        label=question_name(criterion, content, response_name(content, target)),
        beside=beside(
            criterion,
            [(judge.letter, answer.value) for judge, answer in given],
            target,
            [judge.letter for judge, answer in given if answer.deferred],
        ),
        said=[_said(judge, answer, content) for judge, answer in given],
        point=point,
        choices=_choices(criterion, given, settled, chosen, agreed=point is None),
        own=own,
        decided=describe(criterion, settled),
    )


def _said(judge: Judge, answer: Answer, content: Mapping[str, Any]) -> Said:
    saw_as = seen_as(content, answer.target, judge.submission.assignment.response_order)
    quotes = [str(part.get("quote") or part.get("text") or "") for part in answer.evidence]
    return Said(
        judge=judge,
        words=describe(answer.criterion, answer.value),
        level=level_of(answer.criterion, answer.value),
        rationale=answer.rationale,
        quotes=[quote for quote in quotes if quote],
        deferred=answer.deferred,
        saw_as=saw_as if len(content.get("responses", ())) > 1 else "",
        sides=_sides(content, judge.submission.assignment.response_order) if not answer.target else "",
    )


def _sides(content: Mapping[str, Any], order: Sequence[str]) -> str:
    """Which letter was which response for this judge: A is Response 2, B is Response 1; "" for a single response."""
    shown = shown_order(content, order)
    pairs = [(seen_as(content, one, order), response_name(content, one)) for one in shown]
    return ", ".join(f"{seen.split()[-1]} is {name}" for seen, name in pairs) if len(pairs) > 1 else ""


def _choices(
    criterion: Criterion, given: Sequence[tuple[Judge, Answer]], settled: Any, chosen: str | None, *, agreed: bool
) -> list[Choice]:
    """The ways to decide: what they agree on, each differing answer, a value of the lead's own."""
    found = [Choice(AGREED, "", describe(criterion, settled), chosen == AGREED)] if agreed else []
    for judge, answer in given:
        value = str(judge.submission.public_id)
        if not (agreed and answer.value == settled):
            found.append(Choice(value, judge.letter, describe(criterion, answer.value), chosen == value))
    return [*found, Choice(OWN, "", "", chosen == OWN)]
