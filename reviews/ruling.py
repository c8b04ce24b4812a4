"""What a QA lead decides, checked: every point in dispute has a value that fits, and the reasons are given."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from evaltool.base.errors import Invalid, Problem
from projects.models import Section
from reviews.models import Cause, Disagreement, Ruling
from reviews.settling import Judgements, Place
from rubrics.answers import clean_value
from rubrics.models import Criterion
from rubrics.safe_text import fault
from tasks.models import Answer, Submission

SHORTEST_NOTE = 10
LONGEST_NOTE = 4000


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

    @property
    def field(self) -> str:
        """How a Problem names it."""
        return field_name(self.criterion, self.target)


@dataclass(frozen=True)
class Words:
    """What a lead writes: the reason every judge reads, its cause, the section cited, and a word to each judge.

    `section` is the anchor of a section of the guideline.
    """

    note: str
    cause: str
    section: str = ""
    feedback: Mapping[Submission, str] = field(default_factory=dict)


def field_name(criterion: str, target: str) -> str:
    """The name of one criterion and target in a Problem."""
    return f"{criterion}.{target}" if target else criterion


def sections_shown(submissions: Iterable[Submission]) -> QuerySet[Section]:
    """The sections of the newest guideline version that the judges were shown."""
    versions = [s.guideline_version for s in submissions if s.guideline_version]
    newest = max(versions, key=lambda version: version.number, default=None)
    return Section.objects.filter(version=newest).order_by("position") if newest else Section.objects.none()


def checked_rulings(
    disagreement: Disagreement, judgements: Judgements, decisions: Sequence[Decision], words: Words
) -> dict[Place, Ruling]:
    """The decisions as unsaved rulings by place. Raises Invalid naming everything that is missing or does not fit."""
    rulings: dict[Place, Ruling] = {}
    problems = _word_problems(words, judgements)
    places = {(judgements.criteria[pk].key, target): (pk, target) for pk, target in judgements.answers}
    for decision in decisions:
        place = places.get((decision.criterion, decision.target))
        try:
            if place is None or place in rulings:
                raise Invalid([Problem(decision.field, "This task has no such criterion, or it is decided twice.")])
            rulings[place] = _ruling(judgements.criteria[place[0]], decision, judgements)
        except Invalid as error:
            problems.extend(error.problems)
    asked = judgements.settled({place: ruling.value for place, ruling in rulings.items()})
    problems += _undecided(disagreement, decisions, {place for place in places if places[place] in asked})
    if problems:
        raise Invalid(problems)
    return rulings


def _undecided(disagreement: Disagreement, decisions: Sequence[Decision], asked: set[tuple[str, str]]) -> list[Problem]:
    """Points without a decision, but for those that the decisions no longer ask for."""
    decided = {(decision.criterion, decision.target) for decision in decisions}
    return [
        Problem(field_name(point["criterion"], point["target"]), "Decide this one.")
        for point in disagreement.points
        if (point["criterion"], point["target"]) in asked - decided
    ]


def _ruling(criterion: Criterion, decision: Decision, judgements: Judgements) -> Ruling:
    if problem := _text_problem(decision.field, decision.note):
        raise Invalid([problem])
    if decision.adopt is None:
        own = clean_value(criterion, judgements.task.content, decision.target, decision.value or {})
        return Ruling(criterion=criterion, target=decision.target, value=own, note=decision.note)
    answer = _adopted(criterion, decision, judgements)
    return Ruling(
        criterion=criterion,
        target=decision.target,
        value=answer.value,
        adopted_id=answer.submission_id,
        note=decision.note,
    )


def _adopted(criterion: Criterion, decision: Decision, judgements: Judgements) -> Answer:
    assert decision.adopt is not None
    for answer in judgements.answers.get((criterion.pk, decision.target), ()):
        if answer.submission_id == decision.adopt.pk:
            return answer
    raise Invalid([Problem(decision.field, "This judgment has no answer here to adopt.")])


def _word_problems(words: Words, judgements: Judgements) -> list[Problem]:
    problems = []
    if len(words.note.strip()) < SHORTEST_NOTE:
        problems.append(Problem("note", "Say in a sentence why: every evaluator who judged this reads it."))
    if words.cause not in Cause.values:
        problems.append(Problem("cause", "Choose the cause of the disagreement."))
    if words.section and not sections_shown(judgements.submissions).filter(anchor=words.section).exists():
        problems.append(Problem("section", "Choose a section of the guideline that the evaluators were shown."))
    if not set(judgements.submissions).issuperset(words.feedback):
        problems.append(Problem("feedback", "This is for a judgment that is not part of the disagreement."))
    texts = [("note", words.note), *((f"feedback.{s.public_id}", text) for s, text in words.feedback.items())]
    return problems + [found for name, text in texts if (found := _text_problem(name, text))]


def _text_problem(name: str, text: str) -> Problem | None:
    if damage := fault(text):
        return Problem(name, damage)
    if len(text) > LONGEST_NOTE:
        return Problem(name, f"At most {LONGEST_NOTE:,} characters fit; this has {len(text):,}.")
    return None
