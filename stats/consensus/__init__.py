"""Consensus: one answer from several people, and whether another person is needed."""

from stats.consensus.dawid_skene import DawidSkene, dawid_skene
from stats.consensus.voting import (
    Median,
    Next,
    Posterior,
    Tally,
    gold_accuracy,
    majority,
    next_judgment,
    posterior,
    vote_weight,
    weighted_median,
    weighted_vote,
)

__all__ = [
    "DawidSkene",
    "Median",
    "Next",
    "Posterior",
    "Tally",
    "dawid_skene",
    "gold_accuracy",
    "majority",
    "next_judgment",
    "posterior",
    "vote_weight",
    "weighted_median",
    "weighted_vote",
]
