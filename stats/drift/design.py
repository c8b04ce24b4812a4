"""From a project's standard to thresholds with a stated false-alarm rate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from stats.checks import require_fraction, require_open_fraction, require_standard
from stats.drift.cusum import (
    COMPETENT,
    UNACCEPTABLE,
    Limits,
    Replay,
    Weights,
    bernoulli_weights,
    trace,
)
from stats.drift.run_length import (
    Lattice,
    alarm_units,
    average_run_length,
    lattice_of,
    lattice_run_length,
)

FALSE_ALARM_LENGTH = 700.0


@dataclass(frozen=True, slots=True)
class Design:
    """A calibrated accuracy CUSUM.

    ``competent`` and ``unacceptable`` are shares of gold items right; ``weights`` and ``limits``
    follow from them; ``false_alarm_length`` is the exact mean number of gold items between false
    alarms of someone exactly at the standard, at least the length asked for.
    """

    competent: float
    unacceptable: float
    weights: Weights
    limits: Limits
    false_alarm_length: float

    def expected_items(self, accuracy: float) -> float:
        """Mean gold items until the alarm at this true accuracy, from a sum of 0.

        Below the standard it is the worst-case mean delay; see `average_run_length`.
        """
        return average_run_length(accuracy, self.limits.alarm, self.weights)

    def expected_tasks(self, accuracy: float, *, gold_share: float = 0.10, watched_share: float = 0.40) -> float:
        """Mean tasks until the alarm when the gold share rises while the sum is over the warning.

        Formula: the run length of `lattice_run_length` where an item costs 1/share tasks, share
        being ``watched_share`` at or above the warning and ``gold_share`` below it.
        Raises ValueError for an accuracy or share outside 0..1, or a share of 0.
        """
        for name, share in (("gold_share", gold_share), ("watched_share", watched_share)):
            require_fraction(name, share)
            if share == 0:
                raise ValueError(f"{name} must be above 0, got {share!r}")
        require_fraction("accuracy", accuracy)
        lattice = lattice_of(self.weights)
        warning = lattice.units(self.limits.warning)
        return lattice_run_length(
            lattice.steps(accuracy),
            lattice.units(self.limits.alarm),
            cost=lambda state: 1 / (watched_share if state >= warning else gold_share),
        )


@lru_cache(maxsize=256)
def design_cusum(
    competent: float = COMPETENT,
    unacceptable: float = UNACCEPTABLE,
    false_alarm_length: float = FALSE_ALARM_LENGTH,
) -> Design:
    """Solve the thresholds of an accuracy CUSUM for a stated false-alarm length in gold items.

    The alarm is the lowest threshold at which someone exactly at ``competent`` meets a false alarm
    no more often than once in ``false_alarm_length`` items on average. The warning is half the
    alarm. Both lie half a lattice step below a reachable sum, so rounding never decides.
    Source: Page 1954; Moustakides 1986, doi:10.1214/aos/1176350164 (no rule has a smaller worst
    mean delay at the same false-alarm length); Brook & Evans 1972.
    Raises ValueError unless 0 < unacceptable < competent < 1 and the length is 1..100,000, and for a
    standard that `lattice_of` or `alarm_units` refuses.
    """
    weights = bernoulli_weights(competent, unacceptable)
    lattice = lattice_of(weights)
    units = alarm_units(competent, false_alarm_length, lattice)
    return Design(
        competent=competent,
        unacceptable=unacceptable,
        weights=weights,
        limits=_limits(lattice, units),
        false_alarm_length=lattice_run_length(lattice.steps(competent), units),
    )


def threshold_for(
    competent: float = COMPETENT,
    unacceptable: float = UNACCEPTABLE,
    false_alarm_length: float = FALSE_ALARM_LENGTH,
) -> float:
    """The alarm threshold alone; see `design_cusum`, which also gives warning and run lengths."""
    return design_cusum(competent, unacceptable, false_alarm_length).limits.alarm


def replay(scores: Iterable[float], design: Design | None = None, *, start: float = 0.0) -> Replay:
    """Run the accuracy CUSUM over gold scores, oldest first; ``design`` defaults to the standard.

    The sums are identical to feeding the same scores to `step` one at a time.
    Raises ValueError for a score outside 0..1 or a negative start.
    """
    chosen = design or design_cusum()
    return trace((chosen.weights.of(score) for score in scores), chosen.limits, start=start)


def peer_standard(
    competent: float = COMPETENT,
    unacceptable: float = UNACCEPTABLE,
    *,
    consensus_accuracy: float = 0.93,
    coinciding: float = 0.25,
) -> tuple[float, float]:
    """How often competent and unacceptable people agree with the consensus of their peers.

    Formula: a(p) = p·c + (1 − p)(1 − c)·e, c = ``consensus_accuracy`` (how often the consensus is
    right), e = ``coinciding`` (how often two errors are the same). Give both to `design_cusum` for
    a CUSUM on agreement with peers, with the leave-one-out consensus as the outcome. Peers who
    err together agree with each other: such a sum may warn, gold must confirm.
    Source: project convention. Raises ValueError for values outside their ranges.
    """
    require_standard(competent, unacceptable)
    require_open_fraction("consensus_accuracy", consensus_accuracy)
    require_fraction("coinciding", coinciding)
    high, low = (
        p * consensus_accuracy + (1 - p) * (1 - consensus_accuracy) * coinciding for p in (competent, unacceptable)
    )
    require_standard(high, low)
    return high, low


def _limits(lattice: Lattice, units: int) -> Limits:
    half = max(1, round(units / 2))
    return Limits(warning=lattice.threshold(half), alarm=lattice.threshold(units))
