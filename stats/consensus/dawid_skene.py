"""Dawid and Skene's estimate of true labels and of each person's confusions, by EM."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stats.checks import FloatArray, IntArray, require_at_least, require_positive, require_same_length

# Without smoothing a confusion can be exactly 0; its logarithm must stay finite.
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class DawidSkene:
    """What EM found.

    ``posterior[u, t]``: probability that unit u truly has label t; ``labels[u]`` the most probable
    (the lowest on a tie); ``marginals[t]`` share of label t; ``confusion[r, t, l]`` how often
    person r gives l where t is true; ``log_likelihood`` of the answers (without the smoothing);
    ``iterations`` done and whether they ``converged``.
    """

    posterior: FloatArray
    labels: IntArray
    marginals: FloatArray
    confusion: FloatArray
    log_likelihood: float
    iterations: int
    converged: bool


def dawid_skene(
    units: Sequence[int],
    people: Sequence[int],
    labels: Sequence[int],
    *,
    categories: int,
    spread: float = 1.0,
    diagonal: float = 2.0,
    most_iterations: int = 200,
    tolerance: float = 1e-6,
) -> DawidSkene:
    """Estimate true labels from labels of many people, each with a confusion matrix of their own.

    Answer n says that person ``people[n]`` gave ``labels[n]`` to ``units[n]``; all are whole
    numbers from 0, and units and people up to the largest number count. One person may label a
    unit several times. EM starts from the shares of labels per unit and repeats
    M: marginal_t = mean_u T_ut; confusion_rtl ∝ Σ T_ut + spread/k + diagonal·1[t = l];
    E: T_ut ∝ marginal_t Π confusion_rtl, until no T moves by ``tolerance``.
    ``spread`` imaginary answers per true label, shared among all labels, and ``diagonal`` right
    ones keep people with few labels near plausible; both 0 give the original method.
    A unit without answers gets the marginals. No answers at all: even posteriors.
    It loses against the vote under about 100 labels a person: keep it only where it does better
    on held-out gold. Source: Dawid & Skene 1979, doi:10.2307/2346806; smoothing is ours.
    Raises ValueError for unequal lengths, numbers out of range, or negative smoothing.
    """
    require_at_least("categories", categories, 2)
    require_at_least("spread", spread, 0)
    require_at_least("diagonal", diagonal, 0)
    require_at_least("most_iterations", most_iterations, 1)
    require_positive("tolerance", tolerance)
    answers = _Answers(units, people, labels, categories)
    prior = spread / categories + diagonal * np.eye(categories)
    truth, iterations, moved = answers.shares(), 0, math.inf
    while iterations < most_iterations and moved >= tolerance:
        before, iterations = truth, iterations + 1
        marginals = truth.mean(axis=0) if len(truth) else np.full(categories, 1 / categories)
        confusion = answers.confusion(truth, prior)
        truth, likelihood = answers.posterior(marginals, confusion)
        moved = float(np.abs(truth - before).max(initial=0.0))
    return DawidSkene(
        posterior=truth,
        labels=truth.argmax(axis=1),
        marginals=marginals,
        confusion=confusion,
        log_likelihood=likelihood,
        iterations=iterations,
        converged=moved < tolerance,
    )


class _Answers:
    """The answers as arrays, and the sums over them, one bincount per label."""

    def __init__(self, units: Sequence[int], people: Sequence[int], labels: Sequence[int], categories: int) -> None:
        require_same_length("units and people", units, people)
        require_same_length("units and labels", units, labels)
        self.categories = categories
        self.units = _codes("unit", units)
        self.people = _codes("person", people)
        self.labels = _codes("label", labels)
        if self.labels.max(initial=0) >= categories:
            raise ValueError(f"label must be below {categories}, got {int(self.labels.max())}")
        self.unit_count = int(self.units.max(initial=-1)) + 1
        self.person_count = int(self.people.max(initial=-1)) + 1
        self.cells = self.people * categories + self.labels

    def shares(self) -> FloatArray:
        """Share of each label among a unit's answers; even for a unit without any."""
        flat = self.units * self.categories + self.labels
        counts = np.bincount(flat, minlength=self.unit_count * self.categories)
        table = counts.reshape(self.unit_count, self.categories).astype(np.float64)
        totals = table.sum(axis=1, keepdims=True)
        return np.asarray(np.where(totals > 0, table / np.maximum(totals, 1), 1 / self.categories))

    def confusion(self, truth: FloatArray, prior: FloatArray) -> FloatArray:
        """Person × true label × given label, rows summing to 1 (even where nothing is known)."""
        size = self.person_count * self.categories
        sums = np.stack(
            [
                np.bincount(self.cells, weights=truth[self.units, true], minlength=size)
                for true in range(self.categories)
            ]
        )
        by_truth = sums.reshape(self.categories, self.person_count, self.categories)
        table = by_truth.transpose(1, 0, 2) + prior
        totals = table.sum(axis=2, keepdims=True)
        even = 1 / self.categories
        return np.asarray(np.where(totals > _TINY, table / np.maximum(totals, _TINY), even))

    def posterior(self, marginals: FloatArray, confusion: FloatArray) -> tuple[FloatArray, float]:
        """Probability of each true label per unit, and the log likelihood of all answers."""
        logs = np.log(np.maximum(confusion, _TINY))
        score = np.empty((self.unit_count, self.categories))
        for true in range(self.categories):
            given = logs[:, true, :].ravel()[self.cells]
            score[:, true] = np.bincount(self.units, weights=given, minlength=self.unit_count)
        score += np.log(np.maximum(marginals, _TINY))
        top = score.max(axis=1, keepdims=True) if self.unit_count else score[:, :1]
        odds = np.exp(score - top)
        totals = odds.sum(axis=1, keepdims=True)
        return odds / totals, float((top + np.log(totals)).sum())


def _codes(name: str, values: Sequence[int]) -> IntArray:
    raw = np.asarray(values)
    if raw.size == 0:
        return np.zeros(0, dtype=np.int64)
    if raw.ndim != 1 or not np.issubdtype(raw.dtype, np.integer):
        raise ValueError(f"each {name} must be a whole number, got {raw.dtype} values")
    if raw.min() < 0:
        raise ValueError(f"each {name} must be at least 0, got {int(raw.min())}")
    return raw.astype(np.int64)
