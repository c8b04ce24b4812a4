"""The numbers of a policy: what each does in words, and within which bounds it makes sense.

The form prints these words and the command enforces these bounds. Shares lie between 0 and 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaltool.base.errors import Problem
from projects.models import Policy
from stats.drift import design_cusum

CHOICES = {
    "on_alarm": Policy.OnAlarm,
    "qa_pass": Policy.QaPass,
    "expert_rule": Policy.ExpertRule,
    "prelabels": Policy.Prelabels,
}


@dataclass(frozen=True)
class Term:
    """One setting: its field in Policy, a short label, what it does, and its bounds (of numbers)."""

    name: str
    label: str
    does: str
    low: float = 0
    high: float = 0
    unit: str = ""

    @property
    def default(self) -> Any:
        """The product's default, as the model has it."""
        return getattr(Policy(), self.name)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Value and words where one of a few is chosen, else empty."""
        return [(value, str(label)) for value, label in CHOICES[self.name].choices] if self.name in CHOICES else []

    @property
    def is_share(self) -> bool:
        """Whether it is a share of 1, shown as a percentage."""
        return isinstance(self.default, float)

    @property
    def is_switch(self) -> bool:
        """Whether it is on or off."""
        return isinstance(self.default, bool)


@dataclass(frozen=True)
class Group:
    """Terms that are read together."""

    title: str
    terms: tuple[Term, ...]


GROUPS = (
    Group(
        "Standard",
        (
            Term(
                "competent",
                "Competent",
                "The share of gold items a competent person gets right. People see this number as the standard.",
                0.5,
                0.99,
            ),
            Term(
                "unacceptable",
                "Unacceptable",
                "The share below which work must not go on. Drift is the way from competent to here.",
                0.3,
                0.98,
            ),
            Term(
                "item_pass_mark",
                "A gold item is right from",
                "The credit, over its criteria, from which one gold item counts as right.",
                0.1,
                1,
            ),
            Term(
                "false_alarm_items",
                "Gold items between wrong alarms",
                "A competent person is alarmed wrongly about once in this many gold items. More means fewer wrong "
                "alarms and slower finding.",
                50,
                100_000,
                "items",
            ),
            Term(
                "on_alarm",
                "On an alarm",
                "What happens when drift is found. The person keeps drafts and reads the reason.",
            ),
        ),
    ),
    Group(
        "Gold among tasks",
        (
            Term(
                "gold_first_tasks",
                "First tasks",
                "How many first tasks of a person hold more gold than later ones.",
                0,
                200,
                "tasks",
            ),
            Term(
                "gold_first_count",
                "Gold among the first tasks",
                "How many of those first tasks are gold, at random places.",
                0,
                200,
                "tasks",
            ),
            Term(
                "gold_share",
                "Gold share after that",
                "The share of tasks that are gold. More finds problems sooner and costs paid time.",
                0,
                0.5,
            ),
            Term(
                "gold_floor",
                "Lowest gold share",
                "A person's share never falls below this, however well they do.",
                0,
                0.5,
            ),
            Term(
                "gold_share_watched",
                "Gold share while watched",
                "The share for a person with a warning, so that it is settled soon.",
                0,
                1,
            ),
        ),
    ),
    Group(
        "Judgments and review",
        (
            Term(
                "overlap",
                "Judgments per task",
                "How many people judge each task, each on their own.",
                1,
                9,
                "people",
            ),
            Term(
                "dynamic_overlap",
                "One more judgment while a criterion is in disagreement",
                "Off: a disagreement goes to a QA lead at once.",
            ),
            Term(
                "max_overlap",
                "At most",
                "Where one more judgment is asked for, never more than this many in all.",
                1,
                15,
                "people",
            ),
            Term(
                "qa_pass",
                "Before a row counts",
                "Which rows a third person looks at before they count.",
            ),
            Term(
                "review_share",
                "Sample for review",
                "The share of rows without a disagreement that a QA lead looks at all the same.",
                0,
                1,
            ),
            Term(
                "expert_rule",
                "Tasks that need an expert",
                "Who has to be an expert where a task asks for one.",
            ),
            Term(
                "prelabels",
                "Labels of a model",
                "When evaluators see what a model proposed. Seen first, it pulls their judgment its way.",
            ),
        ),
    ),
    Group(
        "Time on a task",
        (
            Term(
                "lease_minutes",
                "Reservation",
                "How long a task stays reserved while nothing is done. Work prolongs it.",
                5,
                1440,
                "minutes",
            ),
            Term(
                "idle_minutes",
                "Idle time",
                "After this long without a key or click the clock of a task stops.",
                1,
                60,
                "minutes",
            ),
            Term(
                "queue_days",
                "Unopened tasks",
                "A task on somebody's list that stays unopened this long goes to somebody else.",
                1,
                60,
                "days",
            ),
            Term(
                "undo_seconds",
                "Undo",
                "How long a person can take back what they just submitted.",
                0,
                600,
                "seconds",
            ),
        ),
    ),
    Group(
        "Reasons and appeals",
        (
            Term(
                "rationale_characters",
                "Length of a reason",
                "The least a written reason has, where the rubric asks for one.",
                0,
                2000,
                "characters",
            ),
            Term(
                "rationale_words",
                "Words of a reason",
                "The least number of words, so that letters alone do not pass.",
                0,
                300,
                "words",
            ),
            Term(
                "appeal_days",
                "Time to appeal",
                "How long a person can appeal after feedback.",
                1,
                90,
                "days",
            ),
            Term(
                "appeal_answer_days",
                "Time to answer",
                "How soon an appeal is answered by somebody else.",
                1,
                90,
                "days",
            ),
        ),
    ),
)
TERMS: dict[str, Term] = {term.name: term for group in GROUPS for term in group.terms}

# (smaller or equal, larger, what to say): settings that only make sense together.
ORDERED = (
    ("gold_floor", "gold_share", "The lowest gold share cannot lie above the gold share."),
    ("gold_first_count", "gold_first_tasks", "There cannot be more gold among the first tasks than first tasks."),
    ("overlap", "max_overlap", "The highest number of judgments cannot lie below the usual one."),
)


def values(policy: Policy) -> dict[str, Any]:
    """Every setting of a policy by name."""
    return {name: getattr(policy, name) for name in TERMS}


def shown(name: str, value: Any) -> str:
    """A value as a person reads it: 85%, 90 minutes, on, Ask a QA lead."""
    term = TERMS[name]
    if term.choices:
        return dict(term.choices).get(value, str(value))
    if term.is_switch:
        return "on" if value else "off"
    return f"{value * 100:g}%" if term.is_share else f"{value:,} {term.unit}"


def problems(wanted: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a whole set of settings: unknown names, bounds, order."""
    found = [problem for name, value in wanted.items() for problem in _problem(name, value)]
    return found or _order_problems(wanted)


def _problem(name: str, value: Any) -> list[Problem]:
    term = TERMS.get(name)
    if term is None:
        return [Problem(name, "This is not a setting of the policy.")]
    if term.choices:
        return [] if value in dict(term.choices) else [Problem(name, "This is not one of the choices.")]
    if term.is_switch:
        return [] if isinstance(value, bool) else [Problem(name, "This is on or off.")]
    if not isinstance(value, int | float if term.is_share else int) or isinstance(value, bool):
        return [Problem(name, "This is a number." if term.is_share else "This is a whole number.")]
    fits = term.low <= value <= term.high
    return [] if fits else [Problem(name, f"Between {shown(name, term.low)} and {shown(name, term.high)}.")]


def _order_problems(wanted: Mapping[str, Any]) -> list[Problem]:
    found = [Problem(small, said) for small, large, said in ORDERED if wanted[small] > wanted[large]]
    if wanted["unacceptable"] >= wanted["competent"]:
        found.append(Problem("unacceptable", "Unacceptable must lie below competent."))
    return found or _standard_problems(wanted)


def _standard_problems(wanted: Mapping[str, Any]) -> list[Problem]:
    """A standard that no drift detector can be solved for: the two shares too near to each other or to 0 or 1."""
    try:
        design_cusum(wanted["competent"], wanted["unacceptable"], wanted["false_alarm_items"])
    except ValueError:
        said = "Nobody can be watched by this standard: move the two shares apart, or allow wrong alarms more often."
        return [Problem("unacceptable", said)]
    return []
