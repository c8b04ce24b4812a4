"""Agreement between people: raw, and corrected for what chance alone would give.

Ratings enter as *value counts*: one row per unit, one column per level, holding how many people
gave that level. Counts forget who gave what, which alpha, Fleiss' kappa and Gwet's coefficients
never need; Cohen's kappa takes the confusion table of two people instead.
"""

from stats.agreement.coefficients import (
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    percent_agreement,
    value_counts,
)
from stats.agreement.coincidences import CoincidenceMatrix, Metric
from stats.agreement.pairs import cohen_kappa, confusion_table, mean_signed_difference
from stats.agreement.summary import (
    AgreementSummary,
    Estimate,
    Reading,
    reading,
    summarize,
)
from stats.agreement.weights import WeightKind, agreement_weights

__all__ = [
    "AgreementSummary",
    "CoincidenceMatrix",
    "Estimate",
    "Metric",
    "Reading",
    "WeightKind",
    "agreement_weights",
    "cohen_kappa",
    "confusion_table",
    "fleiss_kappa",
    "gwet_ac1",
    "gwet_ac2",
    "krippendorff_alpha",
    "mean_signed_difference",
    "percent_agreement",
    "reading",
    "summarize",
    "value_counts",
]
