"""Intervals: published values, limits at the edges, reproducibility."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from stats.intervals import (
    Interval,
    beta_lower_bound,
    bootstrap_interval,
    percentile_interval,
    trust,
    wilson_interval,
)

CHECKED = settings(max_examples=80, deadline=None, derandomize=True, database=None)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Newcombe 1998, table I, method 3 (score, no continuity correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval_repeats_newcombe_1998(successes, trials, low, high):
    interval = wilson_interval(successes, trials)
    assert round(interval.low, 4) == low
    assert round(interval.high, 4) == high


@CHECKED
@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_mirrors_and_holds_the_share(pair):
    successes, trials = pair
    interval = wilson_interval(successes, trials)
    mirror = wilson_interval(trials - successes, trials)
    assert 0 <= interval.low <= successes / trials <= interval.high <= 1
    assert interval.low == pytest.approx(1 - mirror.high, abs=1e-12)
    # Its ends are the shares that the score test just rejects.
    for end in (interval.low, interval.high):
        if 0 < end < 1:
            score = abs(successes / trials - end) / math.sqrt(end * (1 - end) / trials)
            assert score == pytest.approx(1.959964, abs=1e-4)


def test_wilson_interval_without_trials_says_nothing_is_known():
    assert wilson_interval(0, 0) == Interval(0.0, 1.0)


def test_wilson_interval_narrows_with_more_trials_and_widens_with_the_level():
    few, many = wilson_interval(8, 10), wilson_interval(80, 100)
    assert many.high - many.low < few.high - few.low
    wide = wilson_interval(8, 10, level=0.99)
    assert wide.low < few.low < few.high < wide.high
    assert wilson_interval(8, 10, z=1.959963984540054).low == pytest.approx(few.low)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"successes": 3, "trials": 2}, "3"),
        ({"successes": -1, "trials": 2}, "-1"),
        ({"successes": 1, "trials": 2, "level": 1.0}, "1.0"),
        ({"successes": 1, "trials": 2, "z": 0.0}, "0.0"),
        ({"successes": float("nan"), "trials": 2}, "nan"),
    ],
)
def test_wilson_interval_refuses_bad_input_by_name(arguments, named):
    with pytest.raises(ValueError, match=named):
        wilson_interval(**arguments)


def test_beta_lower_bound_leaves_a_tenth_of_the_posterior_below():
    bound = beta_lower_bound(18, 2, prior_mean=0.8, prior_strength=10)
    # Independent route: integrate the Beta(26, 4) density numerically.
    density = lambda p: p**25 * (1 - p) ** 3  # noqa: E731
    below = integrate.quad(density, 0, bound)[0] / integrate.quad(density, 0, 1)[0]
    assert below == pytest.approx(0.10, abs=1e-6)


def test_beta_lower_bound_has_closed_form_for_a_power_density():
    # Beta(a, 1) has distribution p^a, so its tail quantile is tail^(1/a).
    assert beta_lower_bound(9, 0, prior_mean=0.5, prior_strength=2) == pytest.approx(0.10 ** (1 / 10))


def test_beta_lower_bound_rises_with_right_and_falls_with_wrong_answers():
    start = beta_lower_bound(0, 0, prior_mean=0.85)
    assert beta_lower_bound(10, 0, prior_mean=0.85) > start > beta_lower_bound(0, 3, prior_mean=0.85)
    assert start < 0.85


def test_trust_without_gold_is_the_prior():
    nobody = trust([], prior_mean=0.85)
    assert nobody.mean == pytest.approx(0.85)
    assert nobody.weight == 0
    assert nobody.low == beta_lower_bound(0, 0, prior_mean=0.85)
    assert nobody.low < nobody.mean < nobody.high


def test_trust_forgets_old_items():
    improved = trust([0.0] * 60 + [1.0] * 60, prior_mean=0.85)
    worsened = trust([1.0] * 60 + [0.0] * 60, prior_mean=0.85)
    assert improved.mean > 0.6 > 0.4 > worsened.mean
    assert improved.weight == pytest.approx(worsened.weight)
    assert trust([1.0] * 5000, prior_mean=0.85).weight == pytest.approx(60, abs=0.01)


def test_trust_weighs_each_item_by_its_age():
    seen = trust([1.0, 0.0, 0.5], prior_mean=0.5, prior_strength=2, memory=2)
    # Weights 1/4, 1/2, 1: right 1/4 + 1/2, all 7/4.
    assert seen.weight == pytest.approx(1.75)
    assert seen.mean == pytest.approx((1 + 0.75) / (2 + 1.75))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"prior_mean": 1.0}, "1.0"),
        ({"prior_strength": 0}, "0"),
        ({"tail": 0}, "0"),
        ({"memory": 0.5}, "0.5"),
        ({"scores": [1.2]}, "1.2"),
    ],
)
def test_trust_refuses_bad_input_by_name(change, named):
    arguments = {"scores": [1.0], "prior_mean": 0.85} | change
    with pytest.raises(ValueError, match=named):
        trust(**arguments)


def test_bootstrap_interval_is_reproducible_and_near_theory():
    values = np.random.default_rng(7).normal(10, 2, 400)
    first = bootstrap_interval(values, lambda sample: float(np.mean(sample)), seed=3)
    again = bootstrap_interval(values, lambda sample: float(np.mean(sample)), seed=3)
    assert first == again
    half = 1.96 * values.std() / math.sqrt(400)
    assert first.low == pytest.approx(values.mean() - half, abs=0.04)
    assert first.high == pytest.approx(values.mean() + half, abs=0.04)


def test_bootstrap_interval_resamples_whole_units_of_a_list():
    units = [("a", 1.0), ("b", 3.0)]
    interval = bootstrap_interval(units, lambda sample: sum(value for _, value in sample) / len(sample))
    assert (interval.low, interval.high) == (1.0, 3.0)


def test_bootstrap_interval_leaves_out_undefined_replicates():
    assert bootstrap_interval([], lambda sample: 1.0) is None
    assert bootstrap_interval([1, 2], lambda sample: None) is None
    assert percentile_interval([None, 2.0, 2.0]) == Interval(2.0, 2.0)


def test_bootstrap_interval_refuses_bad_input_by_name():
    with pytest.raises(ValueError, match="replicates must be at least 1, got 0"):
        bootstrap_interval([1], lambda sample: 1.0, replicates=0)
    with pytest.raises(ValueError, match=r"level must be .* got 95"):
        bootstrap_interval([1], lambda sample: 1.0, level=95)
