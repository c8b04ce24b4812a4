"""Rankings: tau-b with ties, partial orders, leaders."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from stats.ranking import (
    count_pairs,
    kendall_tau_b,
    leaders,
    partial_order_credit,
    partial_order_tau,
    ranking_credit,
    top_overlap,
    unbeaten,
)

CHECKED = settings(max_examples=100, deadline=None, derandomize=True, database=None)

two_rankings = st.integers(0, 8).flatmap(
    lambda items: st.tuples(*[st.lists(st.integers(1, 5), min_size=items, max_size=items)] * 2)
)


def test_tau_b_of_a_textbook_pair_without_ties():
    # Ten pairs, two of them turned round.
    assert kendall_tau_b([1, 2, 3, 4, 5], [2, 1, 3, 5, 4]) == pytest.approx(0.6)


def test_tau_b_divides_by_the_untied_pairs_of_both():
    # Pairs: C = 4, D = 0, one tie on either side: 4 / sqrt(5 × 5).
    assert kendall_tau_b([1, 1, 2, 3], [1, 2, 2, 3]) == pytest.approx(4 / 5)
    pairs = count_pairs([1, 1, 2, 3], [1, 2, 2, 3])
    assert (pairs.concordant, pairs.discordant, pairs.tied_first, pairs.tied_second) == (4, 0, 1, 1)


@CHECKED
@given(two_rankings)
def test_tau_b_equals_scipys(pair):
    ours = kendall_tau_b(*pair)
    if ours is None:
        assert len(pair[0]) < 2 or 1 in (len(set(pair[0])), len(set(pair[1])))
    else:
        assert ours == pytest.approx(kendalltau(*pair).statistic)


@CHECKED
@given(two_rankings)
def test_tau_b_is_symmetric_bounded_and_turns_with_the_order(pair):
    first, second = pair
    tau = kendall_tau_b(first, second)
    assert tau == kendall_tau_b(second, first)
    reverse = kendall_tau_b(first, [-rank for rank in second])
    if tau is None:
        assert reverse is None
    else:
        assert -1 - 1e-12 <= tau <= 1 + 1e-12
        assert reverse == pytest.approx(-tau)
    if len(set(first)) > 1:
        assert kendall_tau_b(first, first) == pytest.approx(1)


def test_credit_of_a_ranking():
    assert ranking_credit([1, 2, 3], [1, 2, 3]) == 1
    assert ranking_credit([3, 2, 1], [1, 2, 3]) == 0
    assert ranking_credit([1, 1, 1], [2, 2, 2]) == 1
    assert ranking_credit([1, 1, 1], [1, 2, 3]) == 0.5
    assert ranking_credit([1, 2, 3], [1, 1, 1]) == 0.5
    assert ranking_credit([1], [1]) is None
    assert ranking_credit([], []) is None


def test_gold_that_orders_some_pairs_only():
    before = [(0, 1), (0, 2), (3, 2)]
    assert partial_order_tau([1, 2, 3, 1], before) == 1
    assert partial_order_tau([3, 2, 1, 2], before) == -1
    # One agrees, one is opposed, one is tied.
    assert partial_order_tau([1, 2, 1, 9], before) == 0
    assert partial_order_tau([1, 2, 1, 0], before) == pytest.approx(2 / 3)
    assert partial_order_credit([1, 2, 1, 0], before) == pytest.approx(5 / 6)
    assert partial_order_tau([1, 2], []) is None
    assert partial_order_credit([1, 2], []) is None


@CHECKED
@given(st.permutations(list(range(5))), st.permutations(list(range(5))))
def test_a_full_order_as_pairs_equals_tau_b(given_ranks, gold_ranks):
    before = [(i, j) for i in range(5) for j in range(5) if gold_ranks[i] < gold_ranks[j]]
    assert partial_order_tau(given_ranks, before) == pytest.approx(kendall_tau_b(given_ranks, gold_ranks))


def test_leaders_and_their_overlap():
    assert leaders([2, 1, 1, 3]) == {1, 2}
    assert leaders([]) == set()
    assert unbeaten(4, [(0, 1), (3, 1)]) == {0, 2, 3}
    assert top_overlap({1, 2}, {2}) == 0.5
    assert top_overlap({2}, {1, 2}) == 1
    assert top_overlap({0}, {1}) == 0
    assert top_overlap(set(), {1}) is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kendall_tau_b([1], [1, 2]), "1 and 2"),
        (lambda: kendall_tau_b([1, math.nan], [1, 2]), "nan"),
        (lambda: partial_order_tau([1, 2], [(0, 2)]), r"\(0, 2\)"),
        (lambda: partial_order_tau([1, 2], [(0, 1), (1, 0)]), "contradicts"),
        (lambda: partial_order_tau([1, 2], [(1, 1)]), "contradicts"),
        (lambda: partial_order_tau([1, math.inf], [(0, 1)]), "inf"),
        (lambda: unbeaten(1, [(0, 1)]), r"\(0, 1\)"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
