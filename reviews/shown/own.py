"""A person's own work as they see it: what they answered, what was decided, and where each answer is found again."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from projects.models import Section
from reviews.models import Feedback, Ruling
from reviews.own import FEEDBACK, NO_CHANGE, REVIEW_STATES, latest_feedback
from reviews.shown.names import level_of, question_name, response_name, seen_as
from rubrics.answers import Beside, beside
from rubrics.answers.showing import shown_order
from rubrics.comparing import compare, describe
from rubrics.kinds import kind_of
from rubrics.kinds.base import is_na
from rubrics.models import Criterion
from tasks.models import Answer, Submission

# A difference in more characters than this is said by the two answers themselves.
SHORT = 20


@dataclass(frozen=True)
class OwnAnswer:
    """One answer in words. `levels` are its numbers, or N/A, for the short view of a list."""

    label: str
    response: str
    words: str
    rationale: str
    deferred: bool
    level: str


@dataclass(frozen=True)
class Entry:
    """One submission in a person's record."""

    submission: Submission
    answers: list[OwnAnswer]
    feedback: Feedback | None

    @property
    def state(self) -> str:
        """The review state in words."""
        return REVIEW_STATES[FEEDBACK if self.feedback else NO_CHANGE]

    @property
    def levels(self) -> dict[str, list[str]]:
        """Numbers by response, in the rubric's order."""
        found: dict[str, list[str]] = {}
        for answer in self.answers:
            if answer.level:
                found.setdefault(answer.response, []).append(answer.level)
        return found

    @property
    def responses(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The responses as this person saw them: their names, in their order."""
        return responses_seen(self.submission)


def entries(rows: Iterable[Submission], user: Any) -> list[Entry]:
    """Entries of a record (one more query). Rows come from `reviews.own.in_full`."""
    found = list(rows)
    feedback = latest_feedback(user, [row.assignment_id for row in found])
    return [Entry(row, list(own_answers(row)), feedback.get(row.assignment_id)) for row in found]


def own_answers(submission: Submission) -> Iterator[OwnAnswer]:
    """The answers as the form asked for them: response by response as this person saw them, then the task."""
    named = [(called(submission, answer.target), answer) for answer in submission.answers.all()]
    for response, answer in sorted(named, key=lambda pair: (not pair[0], pair[0], pair[1].criterion.position)):
        yield OwnAnswer(
            label=question_name(answer.criterion, submission.task.content, response),
            response=response,
            words=words_seen(submission, answer.criterion, answer.value),
            rationale=answer.rationale,
            deferred=answer.deferred,
            level=level_of(answer.criterion, answer.value),
        )


def called(submission: Submission, target: str) -> str:
    """What this person saw a response called; "" for the task."""
    return seen_as(submission.task.content, target, submission.assignment.response_order)


def words_seen(submission: Submission, criterion: Criterion, value: Any) -> str:
    """A value in words, responses by the names this person saw."""
    content = submission.task.content
    return describe(criterion, value, {one["id"]: called(submission, one["id"]) for one in content["responses"]})


def value_seen(submission: Submission, criterion: Criterion, value: Any) -> Any:
    """A value where r1 is the response this person saw first: elsewhere in their record ids do not appear."""
    order = shown_order(submission.task.content, submission.assignment.response_order)
    if value is None or is_na(value):
        return value
    return kind_of(criterion).renamed(value, {one: f"r{place}" for place, one in enumerate(order, start=1)})


def responses_seen(submission: Submission) -> list[tuple[str, Mapping[str, Any]]]:
    """The responses of the task by the names and in the order this person saw."""
    named = [(called(submission, one["id"]), one) for one in submission.task.content.get("responses", ())]
    return sorted(named, key=lambda pair: pair[0])


# ---------------------------------------------------------------- feedback


@dataclass(frozen=True)
class Verdict:
    """What became of one answer: the person's own (●), the decision (◇), how far they lie apart, and why.

    `beside` draws levels; words say the rest.
    """

    label: str
    in_decision: str
    yours: str
    decided: str
    beside: Beside | None
    kept: bool
    apart: str
    note: str
    rationale: str


@dataclass(frozen=True)
class FeedbackPage:
    """One feedback as its reader sees it."""

    feedback: Feedback
    verdicts: list[Verdict]
    section: Section | None

    @property
    def title(self) -> str:
        """What changed, in a line."""
        changed = list(dict.fromkeys(verdict.label for verdict in self.verdicts if not verdict.kept))
        if not changed:
            return "Your answers were kept"
        if len(changed) > 2:
            return f"{len(changed)} of your answers were changed"
        return f"{' and '.join(changed)} {'was' if len(changed) == 1 else 'were'} changed"

    @property
    def responses(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The responses as this person saw them."""
        return responses_seen(self.feedback.submission)


def feedback_page(feedback: Feedback) -> FeedbackPage:
    """The decision beside the person's own answers (three queries)."""
    submission = feedback.submission
    own = {(a.criterion_id, a.target): a for a in submission.answers.select_related("criterion")}
    rulings = Ruling.objects.filter(adjudication=feedback.adjudication_id).select_related("criterion")
    ordered = rulings.order_by("criterion__position", "target")
    verdicts = [
        _verdict(submission, own[ruling.criterion_id, ruling.target], ruling)
        for ruling in ordered
        if (ruling.criterion_id, ruling.target) in own
    ]
    return FeedbackPage(feedback, sorted(verdicts, key=lambda verdict: verdict.kept), _section(feedback))


def _verdict(submission: Submission, answer: Answer, ruling: Ruling) -> Verdict:
    criterion, content = ruling.criterion, submission.task.content
    several = len(content.get("responses", ())) > 1
    drawn = level_of(criterion, answer.value) and level_of(criterion, ruling.value)
    apart = compare(criterion, answer.value, ruling.value).reason
    return Verdict(
        label=question_name(criterion, content, called(submission, answer.target)),
        in_decision=response_name(content, answer.target) if several else "",
        yours=words_seen(submission, criterion, answer.value),
        decided=words_seen(submission, criterion, ruling.value),
        beside=beside(criterion, [("Y", answer.value), ("D", ruling.value)], answer.target) if drawn else None,
        kept=answer.value == ruling.value,
        apart=apart if len(apart) <= SHORT else "",
        note=ruling.note,
        rationale=answer.rationale,
    )


def _section(feedback: Feedback) -> Section | None:
    """The guideline section the decision cites, in the version this person was shown if it has it, else the newest."""
    decision, shown = feedback.adjudication, feedback.submission.guideline_version
    if decision is None or not decision.section or shown is None:
        return None
    rows = Section.objects.filter(
        version__guideline=shown.guideline_id, version__published_at__isnull=False, anchor=decision.section
    ).select_related("version")
    return rows.filter(version=shown).first() or rows.order_by("-version__number").first()
