"""Other drifts: severity on gold, speed on all tasks, rows without differences.

Each gives increments for `trace` or `advance`. Running several detectors adds their false-alarm
rates, so limits are set for longer runs than one detector alone would need.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from stats.checks import require_finite, require_positive
from stats.drift.cusum import Limits, advance
from stats.drift.design import Design, design_cusum

# In in-control standard deviations: allowance and alarm of the sums (project calibration).
SEVERITY_ALLOWANCE, SEVERITY_ALARM = 0.375, 6.625
SPEED_ALLOWANCE, SPEED_ALARM = 0.5, 6.44
SEVERITY_SD = 0.4
SPEED_SD = 0.5
FLAT_CRITERIA = 4
FLAT_USUAL, FLAT_SUSPECT, FLAT_ALARM = 0.10, 0.40, 5.0


@dataclass(frozen=True, slots=True)
class SeveritySums:
    """Evidence of rating higher (``up``) and lower (``down``) than gold; each at least 0."""

    up: float = 0.0
    down: float = 0.0


def severity_increments(signed_error: float, *, sd: float = SEVERITY_SD) -> tuple[float, float]:
    """What one gold item adds to the upper and the lower severity sum.

    Formula: (b − k, −b − k), b = ``signed_error`` in levels (given minus nearest accepted level),
    k = 0.375·sd the allowance, sd = in-control standard deviation of b. An item answered N/A on
    one side has no b and is left out. Source: two-sided CUSUM, Page 1954.
    Raises ValueError for a non-finite error or sd not positive.
    """
    require_finite("signed_error", signed_error)
    require_positive("sd", sd)
    allowance = SEVERITY_ALLOWANCE * sd
    return signed_error - allowance, -signed_error - allowance


def severity_step(sums: SeveritySums, signed_error: float, *, sd: float = SEVERITY_SD) -> SeveritySums:
    """Both severity sums after one more gold item: S± ← max(0, S± ± b − k)."""
    up, down = severity_increments(signed_error, sd=sd)
    return SeveritySums(up=advance(sums.up, up), down=advance(sums.down, down))


def severity_limits(*, sd: float = SEVERITY_SD) -> Limits:
    """Alarm at 6.625·sd (2.65 at sd 0.4), warning at half of it.

    Calibrated for about 400 gold items between false alarms of either side when b is −1, 0, 1
    with shares 0.08, 0.84, 0.08.
    """
    require_positive("sd", sd)
    return Limits(warning=SEVERITY_ALARM * sd / 2, alarm=SEVERITY_ALARM * sd)


def speed_increment(seconds: float, item_median: float, *, sd: float = SPEED_SD) -> float:
    """What one task adds to the evidence of unusual speed; slow work lowers it.

    Formula: −z − k, z = ln(``seconds``/``item_median``), k = 0.5·sd, sd = in-control standard
    deviation of z. Compare with the median of the same item or, lacking one, the time expected
    for its length. Source: one-sided CUSUM on the log ratio, Page 1954.
    Raises ValueError unless seconds, median and sd are positive.
    """
    require_positive("seconds", seconds)
    require_positive("item_median", item_median)
    require_positive("sd", sd)
    return -math.log(seconds / item_median) - SPEED_ALLOWANCE * sd


def speed_limits(*, sd: float = SPEED_SD) -> Limits:
    """Alarm at 6.44·sd (3.22 at sd 0.5), warning at half of it.

    Calibrated for about 4,000 tasks between false alarms when z is normal around 0.
    """
    require_positive("sd", sd)
    return Limits(warning=SPEED_ALARM * sd / 2, alarm=SPEED_ALARM * sd)


def is_flat(row: Sequence[Hashable]) -> bool | None:
    """Whether every criterion of a judgment got the same level.

    Undefined (None) under 4 criteria, where equal levels mean little. Leave out rows whose
    consensus is flat as well.
    """
    return None if len(row) < FLAT_CRITERIA else len(set(row)) == 1


def flat_design() -> Design:
    """The CUSUM on flat rows: score 1 for a row with differences, 0 for a flat one.

    Usual share of flat rows 0.10, suspect 0.40, alarm at 5.0, warning at half of it: about 1,260
    rows between false alarms, and an alarm after four flat rows in a row.
    """
    base = design_cusum(1 - FLAT_USUAL, 1 - FLAT_SUSPECT)
    limits = Limits(warning=FLAT_ALARM / 2, alarm=FLAT_ALARM)
    length = Design(base.competent, base.unacceptable, base.weights, limits, 0.0).expected_items(base.competent)
    return Design(base.competent, base.unacceptable, base.weights, limits, length)
