"""Qualification: a truncated sequential test between competent and unacceptable work."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from stats.checks import (
    require_at_least,
    require_fraction,
    require_open_fraction,
    require_standard,
)


class Outcome(StrEnum):
    """How one gold item was answered; a critical error is a wrong answer of its own kind."""

    CORRECT = "correct"
    WRONG = "wrong"
    CRITICAL = "critical"


class Verdict(StrEnum):
    """Where a test stands."""

    CONTINUE = "continue"
    PASS = "pass"  # noqa: S105 - a verdict, not a secret
    FAIL = "fail"


class Reason(StrEnum):
    """What decided: nothing yet, the evidence, the last item allowed, or critical errors."""

    UNDECIDED = "undecided"
    EVIDENCE = "evidence"
    LAST_ITEM = "last item"
    CRITICAL_ERRORS = "critical errors"


@dataclass(frozen=True, slots=True)
class SequentialTest:
    """Parameters of the test.

    ``competent`` and ``unacceptable``: shares of items right that should pass and fail; ``alpha``:
    wrong passes of unacceptable work, ``beta``: wrong fails of competent work, both as Wald's
    approximation (`rates` gives the exact ones); no fail before item
    ``min_fail_items``, no pass before ``min_pass_items``, decided at ``max_items``;
    ``critical_errors`` end the test as a fail at any item, 0 switches the rule off.
    """

    competent: float = 0.85
    unacceptable: float = 0.70
    alpha: float = 0.10
    beta: float = 0.10
    min_fail_items: int = 5
    min_pass_items: int = 12
    max_items: int = 40
    critical_errors: int = 2

    def __post_init__(self) -> None:
        require_standard(self.competent, self.unacceptable)
        require_open_fraction("alpha", self.alpha)
        require_open_fraction("beta", self.beta)
        if self.alpha + self.beta >= 1:
            raise ValueError(f"alpha + beta must be below 1, got {self.alpha + self.beta!r}")
        require_at_least("min_fail_items", self.min_fail_items, 1)
        require_at_least("min_pass_items", self.min_pass_items, 1)
        require_at_least("max_items", self.max_items, max(self.min_fail_items, self.min_pass_items))
        require_at_least("critical_errors", self.critical_errors, 0)

    def log_ratio(self, items: int, correct: int) -> float:
        """Evidence for competent work: Σ ln(p₁/p₀) per right, ln((1−p₁)/(1−p₀)) per wrong item."""
        if not 0 <= correct <= items:
            raise ValueError(f"correct must be between 0 and items={items!r}, got {correct!r}")
        right = math.log(self.competent / self.unacceptable)
        wrong = math.log((1 - self.competent) / (1 - self.unacceptable))
        return correct * right + (items - correct) * wrong

    @property
    def pass_from(self) -> float:
        """Evidence from which the test passes, ln((1 − β)/α)."""
        return math.log((1 - self.beta) / self.alpha)

    @property
    def fail_from(self) -> float:
        """Evidence down to which the test fails, ln(β/(1 − α)); negative."""
        return math.log(self.beta / (1 - self.alpha))


STANDARD_TEST = SequentialTest()


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a test stands, why, and after how many items; later items do not count."""

    verdict: Verdict
    reason: Reason
    items: int
    correct: int
    critical: int
    log_ratio: float


@dataclass(frozen=True, slots=True)
class Boundary:
    """Right answers among ``items`` that pass (at least) or fail (at most); None if impossible."""

    items: int
    pass_at: int | None
    fail_at: int | None


@dataclass(frozen=True, slots=True)
class Rates:
    """Exact behavior of a test for one true accuracy.

    ``passing`` + ``failing`` = 1; ``items`` is the expected length; ``last_item`` the share of
    tests decided only because the last item was reached.
    """

    passing: float
    failing: float
    items: float
    last_item: float


def decide(outcomes: Iterable[bool | Outcome], test: SequentialTest = STANDARD_TEST) -> Decision:
    """Run the test over answers in order and stop at the first decision.

    Rule: L = log ratio (`SequentialTest.log_ratio`); pass at L ≥ ln((1−β)/α) from item
    ``min_pass_items``, fail at L ≤ ln(β/(1−α)) from item ``min_fail_items``; at ``max_items`` pass
    if L > 0, else fail; the n-th critical error fails at once. True counts as correct, False as
    wrong. Source: sequential probability ratio test, Wald 1945, doi:10.1214/aoms/1177731118,
    truncated. Raises ValueError for an outcome that is neither a bool nor an `Outcome`.
    """
    items = correct = critical = 0
    verdict, reason = Verdict.CONTINUE, Reason.UNDECIDED
    for outcome in outcomes:
        kind = _as_outcome(outcome)
        items += 1
        correct += kind is Outcome.CORRECT
        critical += kind is Outcome.CRITICAL
        verdict, reason = _judge(test, items, correct, critical)
        if verdict is not Verdict.CONTINUE:
            break
    return Decision(verdict, reason, items, correct, critical, test.log_ratio(items, correct))


def boundary(items: int, test: SequentialTest = STANDARD_TEST) -> Boundary:
    """How many right answers decide at this item, critical errors apart."""
    require_at_least("items", items, 1)
    verdicts = {correct: _judge(test, items, correct, 0)[0] for correct in range(items + 1)}
    passing = [correct for correct, verdict in verdicts.items() if verdict is Verdict.PASS]
    failing = [correct for correct, verdict in verdicts.items() if verdict is Verdict.FAIL]
    return Boundary(items, min(passing, default=None), max(failing, default=None))


@lru_cache(maxsize=256)
def rates(accuracy: float, test: SequentialTest = STANDARD_TEST, *, critical_share: float | None = None) -> Rates:
    """Exact pass and fail rates and expected length at one true accuracy.

    Method: recursion over (items, correct, critical errors), each item right with probability
    ``accuracy``; a wrong one is critical with probability ``critical_share``. None leaves the
    critical rule out, so that rates can be shown with and without it.
    Raises ValueError for an accuracy or share outside 0..1.
    """
    require_fraction("accuracy", accuracy)
    require_fraction("critical_share", critical_share or 0.0)
    grave = (1 - accuracy) * (critical_share or 0.0)
    moves = ((1, 0, accuracy), (0, 0, 1 - accuracy - grave), (0, 1, grave))
    running: dict[tuple[int, int], float] = {(0, 0): 1.0}
    ended: dict[str, float] = defaultdict(float)
    for items in range(1, test.max_items + 1):
        reached: dict[tuple[int, int], float] = defaultdict(float)
        for (correct, critical), mass in running.items():
            for right, bad, chance in moves:
                reached[correct + right, critical + bad] += mass * chance
        running = {}
        for state, mass in reached.items():
            verdict, reason = _judge(test, items, *state)
            if verdict is Verdict.CONTINUE:
                running[state] = mass
            else:
                ended[verdict] += mass
                ended[reason] += mass
                ended["items"] += mass * items
    return Rates(
        passing=ended[Verdict.PASS],
        failing=ended[Verdict.FAIL],
        items=ended["items"],
        last_item=ended[Reason.LAST_ITEM],
    )


def fixed_test_pass_rate(accuracy: float, items: int, required: int) -> float:
    """Chance to get at least ``required`` of ``items`` right: the upper binomial tail.

    At the unacceptable accuracy it is the rate of wrong passes, at the competent one 1 minus the
    rate of wrong fails. Raises ValueError for values outside their ranges.
    """
    require_fraction("accuracy", accuracy)
    require_at_least("items", items, 1)
    if not 0 <= required <= items:
        raise ValueError(f"required must be between 0 and items={items!r}, got {required!r}")
    return math.fsum(
        math.comb(items, right) * accuracy**right * (1 - accuracy) ** (items - right)
        for right in range(required, items + 1)
    )


def pass_rate_with_retakes(passing: float, retakes: int) -> float:
    """Chance to pass at least once in 1 + ``retakes`` independent tries on fresh items."""
    require_fraction("passing", passing)
    require_at_least("retakes", retakes, 0)
    return 1 - (1 - passing) ** (1 + retakes)


def _judge(test: SequentialTest, items: int, correct: int, critical: int) -> tuple[Verdict, Reason]:
    if test.critical_errors and critical >= test.critical_errors:
        return Verdict.FAIL, Reason.CRITICAL_ERRORS
    evidence = test.log_ratio(items, correct)
    if items >= test.min_pass_items and evidence >= test.pass_from:
        return Verdict.PASS, Reason.EVIDENCE
    if items >= test.min_fail_items and evidence <= test.fail_from:
        return Verdict.FAIL, Reason.EVIDENCE
    if items >= test.max_items:
        return (Verdict.PASS if evidence > 0 else Verdict.FAIL), Reason.LAST_ITEM
    return Verdict.CONTINUE, Reason.UNDECIDED


def _as_outcome(outcome: bool | Outcome) -> Outcome:
    if isinstance(outcome, Outcome):
        return outcome
    if isinstance(outcome, bool):
        return Outcome.CORRECT if outcome else Outcome.WRONG
    raise ValueError(f"outcome must be a bool or an Outcome, got {outcome!r}")
