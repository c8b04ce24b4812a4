"""Consensus: votes, medians, when to stop, and Dawid and Skene's anesthetists."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.consensus import (
    Next,
    dawid_skene,
    gold_accuracy,
    majority,
    next_judgment,
    posterior,
    vote_weight,
    weighted_median,
    weighted_vote,
)

CHECKED = settings(max_examples=80, deadline=None, derandomize=True, database=None)

# Dawid & Skene 1979, table 1: 45 patients; the first anesthetist saw each form three times,
# the other four once. One digit per answer, in that order.
ANESTHETISTS = """
    1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223
    2322223 4444444 2223343 1111111 2223212 1211111 1112111 1111111 1111111
    2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222
    1111111 1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343
    2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 2222222
"""
SEEN_BY = (0, 0, 0, 1, 2, 3, 4)

ballots = st.lists(st.tuples(st.integers(1, 5), st.floats(0, 10, allow_subnormal=False)), min_size=1, max_size=9)


def anesthetist_answers():
    units, people, labels = [], [], []
    for patient, row in enumerate(ANESTHETISTS.split()):
        for person, mark in zip(SEEN_BY, row, strict=True):
            units.append(patient)
            people.append(person)
            labels.append(int(mark) - 1)
    return units, people, labels


# --- votes -------------------------------------------------------------------------------------


def test_without_gold_a_person_counts_as_right_four_times_in_five():
    assert gold_accuracy(0, 0) == 0.8
    assert gold_accuracy(45, 45) == 0.98
    assert gold_accuracy(500, 500) == 0.98
    assert gold_accuracy(0, 1000) == 0.02
    assert gold_accuracy(16, 20) == 0.8


def test_a_vote_weighs_its_log_odds_and_never_less_than_nothing():
    assert vote_weight(0, 0, 2) == pytest.approx(math.log(4))
    assert vote_weight(0, 0, 5) == pytest.approx(math.log(16))
    assert vote_weight(0, 40, 2) == 0.0
    assert vote_weight(40, 40, 2) > vote_weight(30, 40, 2) > 0


def test_majority_names_the_most_given_label_and_reports_ties():
    assert majority(["a", "b", "a"]).label == "a"
    tie = majority(["b", "a", "a", "b", "c"])
    assert (tie.label, tie.leaders, tie.share) == (None, ("b", "a"), 0.4)
    nobody = majority([])
    assert (nobody.label, nobody.leaders, nobody.share) == (None, (), 0.0)


def test_weight_outvotes_number():
    tally = weighted_vote(["a", "a", "b"], [1.0, 1.0, 3.0])
    assert (tally.label, tally.share) == ("b", 0.6)
    assert tally.totals == {"a": 2.0, "b": 3.0}


def test_equal_weights_tie_in_spite_of_rounding():
    assert weighted_vote(["a", "a", "a", "b"], [0.1, 0.1, 0.1, 0.3]).label is None


def test_votes_without_weight_decide_nothing():
    assert weighted_vote(["a", "b"], [0.0, 0.0]).label is None
    assert weighted_median([1, 2], [0.0, 0.0]) is None
    assert weighted_median([]) is None


@CHECKED
@given(ballots)
def test_a_vote_does_not_depend_on_order_or_scale(ballot):
    labels, weights = zip(*ballot, strict=True)
    tally = weighted_vote(labels, weights)
    turned = weighted_vote(labels[::-1], weights[::-1])
    scaled = weighted_vote(labels, [4 * weight for weight in weights])
    assert set(tally.leaders) == set(turned.leaders) == set(scaled.leaders)
    assert tally.label == turned.label == scaled.label


# --- median ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("levels", "weights", "level", "tied"),
    [
        ([4], None, 4, False),
        ([1, 5, 5], None, 5, False),
        ([1, 2, 5], None, 2, False),
        ([3, 4], None, 3, True),
        ([4, 3], None, 3, True),
        ([2, 3, 4, 5], None, 3, True),
        ([3, 3, 4, 4], None, 3, True),
        ([3, 4], [1.0, 1.1], 4, False),
        ([1, 2, 5], [1.0, 1.0, 5.0], 5, False),
        ([1, 2, 3], [0.1, 0.2, 0.3], 2, True),
        ([1, 9, 2], [1.0, 0.0, 1.0], 1, True),
    ],
)
def test_weighted_median(levels, weights, level, tied):
    median = weighted_median(levels, weights)
    assert (median.level, median.tied) == (level, tied)


@CHECKED
@given(ballots)
def test_the_median_is_a_given_level_with_half_the_weight_on_either_side(ballot):
    levels, weights = zip(*ballot, strict=True)
    median, whole = weighted_median(levels, weights), math.fsum(weights)
    if whole == 0:
        assert median is None
        return
    at_or_below = math.fsum(weight for level, weight in ballot if level <= median.level)
    below = math.fsum(weight for level, weight in ballot if level < median.level)
    assert median.level in levels
    assert at_or_below >= whole / 2 * (1 - 1e-8)
    assert below <= whole / 2 * (1 + 1e-8)
    assert median.low <= median.level <= median.high


@CHECKED
@given(st.lists(st.integers(1, 7), min_size=1, max_size=15))
def test_unweighted_median_is_numpys_lower_median(levels):
    assert weighted_median(levels).level == np.quantile(levels, 0.5, method="inverted_cdf")


# --- posterior and stopping --------------------------------------------------------------------


def test_posterior_follows_bayes_for_two_people():
    # a = .8 and .9 of five labels disagree: .8 × .1/4 against .2/4 × .9, the rest .2/4 × .1/4.
    weights = [math.log(4 * a / (1 - a)) for a in (0.8, 0.9)]
    result = posterior(["x", "y"], weights, 5)
    parts = {"x": 0.8 * 0.025, "y": 0.05 * 0.9}
    whole = sum(parts.values()) + 3 * 0.05 * 0.025
    for label, part in parts.items():
        assert result.probabilities[label] == pytest.approx(part / whole)
    assert result.rest == pytest.approx(3 * 0.05 * 0.025 / whole)
    assert (result.label, result.probability) == ("y", pytest.approx(0.045 / whole))


def test_posterior_without_votes_is_even():
    result = posterior([], None, 4)
    assert (result.label, result.probability, result.rest) == (None, 0.25, 1.0)


@CHECKED
@given(ballots)
def test_posterior_sums_to_one_and_its_leader_wins_the_vote(ballot):
    labels, weights = zip(*ballot, strict=True)
    result = posterior(labels, weights, 5)
    assert math.fsum(result.probabilities.values()) + result.rest == pytest.approx(1)
    assert result.label == weighted_vote(labels, weights).label
    assert result.probability == pytest.approx(max(result.probabilities.values()))


def test_two_typical_people_who_agree_settle_and_who_differ_call_a_third():
    typical = vote_weight(0, 0, 5)
    assert next_judgment(["a"], [typical], 5) is Next.MORE
    assert next_judgment(["a", "a"], [typical] * 2, 5) is Next.SETTLED
    assert next_judgment(["a", "b"], [typical] * 2, 5) is Next.MORE
    assert next_judgment(["a", "b", "c", "d"], [typical] * 4, 5) is Next.MORE
    assert next_judgment(["a", "b", "c", "d", "e"], [typical] * 5, 5) is Next.UNRESOLVED


def test_two_weak_people_who_agree_are_not_enough():
    weak = vote_weight(30, 55, 2)
    assert next_judgment(["a", "a"], [weak] * 2, 2) is Next.MORE
    assert next_judgment(["a", "a"], [weak] * 2, 2, maximum=2) is Next.UNRESOLVED
    assert next_judgment(["a", "a"], [weak] * 2, 2, certainty=0.5) is Next.SETTLED


def test_the_minimum_holds_however_certain_one_person_is():
    assert next_judgment(["a"], [50.0], 2) is Next.MORE
    assert next_judgment(["a"], [50.0], 2, minimum=1) is Next.SETTLED


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gold_accuracy(3, 2), "got 3"),
        (lambda: vote_weight(1, 2, 1), "categories must be at least 2, got 1"),
        (lambda: weighted_vote(["a"], [1.0, 2.0]), "1 and 2"),
        (lambda: weighted_vote(["a"], [-1.0]), "-1.0"),
        (lambda: weighted_vote(["a"], [float("nan")]), "nan"),
        (lambda: weighted_median([float("nan")]), "nan"),
        (lambda: posterior(["a", "b", "c"], None, 2), "3 labels"),
        (lambda: next_judgment(["a"], None, 2, minimum=3, maximum=2), "at least 3, got 2"),
        (lambda: next_judgment(["a"], None, 2, certainty=1.0), "1.0"),
        (lambda: dawid_skene([0], [0], [2], categories=2), "below 2, got 2"),
        (lambda: dawid_skene([0], [0, 1], [1], categories=2), "1 and 2"),
        (lambda: dawid_skene([-1], [0], [1], categories=2), "-1"),
        (lambda: dawid_skene([0.5], [0], [1], categories=2), "whole number"),
        (lambda: dawid_skene([0], [0], [1], categories=2, spread=-1.0), "-1.0"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# --- Dawid and Skene ---------------------------------------------------------------------------


def test_dawid_skene_repeats_the_published_anesthetists():
    result = dawid_skene(*anesthetist_answers(), categories=4, spread=0.0, diagonal=0.0)
    assert result.converged
    assert [round(share, 2) for share in result.marginals] == [0.40, 0.42, 0.11, 0.07]
    # The first patient got only ones, the eleventh only fours.
    assert result.posterior[0, 0] > 0.999
    assert result.posterior[10, 3] > 0.999


def plain_em(units, people, labels, categories, rounds):
    """The published method in loops over single answers: an independent route to the same numbers."""
    answers = list(zip(units, people, labels, strict=True))
    span = range(categories)
    seen = [[label for unit, _, label in answers if unit == place] for place in range(max(units) + 1)]
    truth = [[labels_seen.count(t) / len(labels_seen) for t in span] for labels_seen in seen]
    for _ in range(rounds):
        shares = [sum(row[t] for row in truth) / len(truth) for t in span]
        rate = {}
        for person in set(people):
            for t in span:
                given = [sum(truth[u][t] for u, *who in answers if who == [person, label]) for label in span]
                rate[person, t] = [part / sum(given) if sum(given) else 1 / categories for part in given]
        odds = [[shares[t] for t in span] for _ in truth]
        for unit, person, label in answers:
            for t in span:
                odds[unit][t] *= rate[person, t][label]
        truth = [[part / sum(row) for part in row] for row in odds]
    return shares, rate, truth


def test_dawid_skene_equals_the_method_written_out_in_loops():
    answers = anesthetist_answers()
    shares, rate, truth = plain_em(*answers, 4, rounds=6)
    result = dawid_skene(*answers, categories=4, spread=0.0, diagonal=0.0, most_iterations=6)
    assert not result.converged
    assert result.marginals == pytest.approx(shares, abs=1e-6)
    assert result.posterior == pytest.approx(np.array(truth), abs=1e-6)
    assert result.confusion[3, 1] == pytest.approx(rate[3, 1], abs=1e-6)


def test_smoothing_moves_only_disputed_anesthetist_labels():
    plain = dawid_skene(*anesthetist_answers(), categories=4, spread=0.0, diagonal=0.0)
    smooth = dawid_skene(*anesthetist_answers(), categories=4)
    moved = np.flatnonzero(plain.labels != smooth.labels)
    rows = ANESTHETISTS.split()
    assert [rows[patient] for patient in moved] == ["3334334", "2223343", "2323233"]


def crowd(seed, *, units=300, people=12, spammers=0, per_unit=5, categories=3):
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, categories, units)
    who = np.concatenate([generator.permutation(people)[:per_unit] for _ in range(units)])
    where = np.repeat(np.arange(units), per_unit)
    right = generator.random(len(who)) < np.where(who < spammers, 1 / categories, 0.85)
    wrong = (truth[where] + generator.integers(1, categories, len(who))) % categories
    return truth, where, who, np.where(right, truth[where], wrong)


def test_dawid_skene_beats_the_majority_among_spammers():
    truth, units, people, labels = crowd(4, spammers=6)
    result = dawid_skene(units, people, labels, categories=3)
    votes = [majority(labels[units == unit].tolist()).label for unit in range(len(truth))]
    assert (result.labels == truth).mean() > np.mean(np.array(votes, dtype=object) == truth) + 0.05
    # It tells the spammers apart.
    hits = np.einsum("rtt,t->r", result.confusion, result.marginals)
    assert hits[:6].max() < 0.6 < 0.7 < hits[6:].min()


def test_likelihood_never_falls_without_smoothing():
    _, units, people, labels = crowd(5, units=60)
    likelihoods = [
        dawid_skene(
            units, people, labels, categories=3, spread=0.0, diagonal=0.0, most_iterations=rounds
        ).log_likelihood
        for rounds in range(1, 8)
    ]
    assert likelihoods == sorted(likelihoods)


def test_dawid_skene_does_not_depend_on_the_order_of_answers():
    _, units, people, labels = crowd(6, units=40)
    order = np.random.default_rng(1).permutation(len(units))
    first = dawid_skene(units, people, labels, categories=3)
    second = dawid_skene(units[order], people[order], labels[order], categories=3)
    assert first.posterior == pytest.approx(second.posterior, abs=1e-6)


def test_dawid_skene_at_the_edges():
    nothing = dawid_skene([], [], [], categories=3)
    assert nothing.posterior.shape == (0, 3)
    assert nothing.confusion.shape == (0, 3, 3)
    one = dawid_skene([0], [0], [1], categories=3)
    assert one.labels.tolist() == [1]
    constant = dawid_skene([0, 0, 1, 1], [0, 1, 0, 1], [2, 2, 2, 2], categories=3)
    assert constant.labels.tolist() == [2, 2]
    assert constant.posterior[0, 2] > 0.9
    skipped = dawid_skene([0, 2], [0, 0], [1, 1], categories=2)
    assert skipped.posterior[1] == pytest.approx(skipped.marginals, abs=0.01)
    for result in (one, constant, skipped):
        assert result.posterior.sum(axis=1) == pytest.approx(1)
        assert result.confusion.sum(axis=2) == pytest.approx(1)
