"""What a lead filters by, what they write, and their decisions read from the page. Rules are in the commands."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict

from evaltool.base.errors import Invalid, Problem
from reviews.models import Cause, Disagreement
from reviews.ruling import Decision, sections_shown
from reviews.selectors import SORTS, WORST_FIRST
from reviews.shown.case import AGREED, OWN, Case, Judge, Question
from rubrics.answers import posted_at
from tasks.models import Submission

QUEUE_FILTERS = ("project", "severity", "criterion", "q", "sort")
TWICE = "There is a value of your own here besides the one you adopted. Keep one of them."
NOT_HERE = "This judgment is not part of the disagreement."


def asked(data: Mapping[str, Any], name: str) -> str:
    """A word from an address, short and without what no text may hold."""
    return str(data.get(name, "")).replace("\x00", "").strip()[:200]


def queue_filters(data: QueryDict) -> dict[str, str]:
    """The filters of the queue that an address names; an unknown order or severity counts as none."""
    found = {name: asked(data, name) for name in QUEUE_FILTERS}
    if found["severity"] not in Disagreement.Level.values:
        found["severity"] = ""
    if found["sort"] not in SORTS:
        found["sort"] = WORST_FIRST
    return found


def queue_address(filters: Mapping[str, str]) -> str:
    """The filters as the end of an address, "" when there are none."""
    given = {name: value for name, value in filters.items() if value and value != WORST_FIRST}
    return f"?{urlencode(given)}" if given else ""


class WordsForm(forms.Form):
    """The reason, its cause, the section cited, and a word to each evaluator."""

    note = forms.CharField(
        label="Reason every evaluator of this task will read",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    cause = forms.ChoiceField(label="Cause of the disagreement", required=False)
    section = forms.ChoiceField(label="Guideline section", required=False)

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        self._choices("cause", [("", "Choose a cause"), *Cause.choices])
        sections = sections_shown(judge.submission for judge in case.judges)
        self._choices("section", [("", "None"), *((section.anchor, str(section)) for section in sections)])
        for judge in case.judges:
            self.fields[_feedback_name(judge)] = forms.CharField(
                label=f"To evaluator {judge.letter}",
                required=False,
                widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
            )

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def feedback_fields(self) -> list[tuple[Judge, forms.BoundField]]:
        """The fields for a word to each evaluator."""
        return [(judge, self[_feedback_name(judge)]) for judge in self.case.judges]

    def words(self) -> dict[str, Any]:
        """What the command takes."""
        data = self.cleaned_data
        texts = {judge.submission: data[_feedback_name(judge)] for judge in self.case.judges}
        return {
            **{name: data[name] for name in ("note", "cause", "section")},
            "feedback": {submission: text for submission, text in texts.items() if text.strip()},
        }


def _feedback_name(judge: Judge) -> str:
    return f"feedback.{judge.submission.public_id}"


def decisions_of(case: Case, data: QueryDict) -> list[Decision]:
    """The decisions a posted page holds; where the agreed value is left alone there is none.

    Without a script a value may be filled in while another is chosen: that is refused rather than guessed. Raises
    Invalid naming the criteria.
    """
    raw = posted_at([(question.criterion, question.target) for question in case.questions], data)
    submissions = {str(judge.submission.public_id): judge.submission for judge in case.judges}
    decisions, problems = [], []
    for question in case.questions:
        own = raw.get(question.criterion.key, {}).get(question.target)
        try:
            decision = _decision(question, data.get(question.name), own, submissions.get)
        except Invalid as error:
            problems.extend(error.problems)
        else:
            decisions += [decision] if decision else []
    if problems:
        raise Invalid(problems)
    return decisions


def _decision(
    question: Question,
    chosen: str | None,
    own: Mapping[str, Any] | None,
    submission: Callable[[str], Submission | None],
) -> Decision | None:
    place: dict[str, Any] = {"criterion": question.criterion.key, "target": question.target}
    own = own or {}
    filled = bool(own.get("na")) or own.get("value") not in (None, "", [])
    if chosen == OWN or (filled and chosen is None):
        return Decision(**place, value={name: own.get(name) for name in ("value", "na")})
    if filled:
        raise Invalid([Problem(question.field, TWICE)])
    if chosen is None or (chosen == AGREED and not question.point):
        return None
    adopted = submission(chosen)
    if adopted is None:
        raise Invalid([Problem(question.field, NOT_HERE)])
    return Decision(**place, adopt=adopted)
