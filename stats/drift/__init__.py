"""Drift: has someone's work fallen below the standard, and since when.

A CUSUM adds up evidence item by item and alarms at a threshold solved for a stated number of
items between false alarms. Only the sum needs keeping; a replay rebuilds it exactly.
"""

from stats.drift.cusum import (
    COMPETENT,
    UNACCEPTABLE,
    Limits,
    Replay,
    Weights,
    advance,
    bernoulli_weights,
    likely_onset,
    step,
    trace,
)
from stats.drift.design import (
    FALSE_ALARM_LENGTH,
    Design,
    design_cusum,
    peer_standard,
    replay,
    threshold_for,
)
from stats.drift.run_length import (
    Lattice,
    average_run_length,
    lattice_of,
    lattice_run_length,
)
from stats.drift.signals import (
    SeveritySums,
    flat_design,
    is_flat,
    severity_increments,
    severity_limits,
    severity_step,
    speed_increment,
    speed_limits,
)

__all__ = [
    "COMPETENT",
    "FALSE_ALARM_LENGTH",
    "UNACCEPTABLE",
    "Design",
    "Lattice",
    "Limits",
    "Replay",
    "SeveritySums",
    "Weights",
    "advance",
    "average_run_length",
    "bernoulli_weights",
    "design_cusum",
    "flat_design",
    "is_flat",
    "lattice_of",
    "lattice_run_length",
    "likely_onset",
    "peer_standard",
    "replay",
    "severity_increments",
    "severity_limits",
    "severity_step",
    "speed_increment",
    "speed_limits",
    "step",
    "threshold_for",
    "trace",
]
