"""The Kemeny ranking against every ranking there is, and its promises."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.median_ranking import Ranking, median_ranking

CHECKED = settings(max_examples=100, deadline=None, derandomize=True, database=None)
OUT = math.inf

several = st.integers(1, 4).flatmap(
    lambda items: st.lists(
        st.tuples(
            st.lists(st.sampled_from([1, 2, 3, OUT]), min_size=items, max_size=items), st.sampled_from([0.5, 1, 2, 0.1])
        ),
        min_size=1,
        max_size=4,
    )
)


def every_ranking(items: int):
    """All weak orders with any items out, as ranks."""
    for ranks in itertools.product([*range(items), OUT], repeat=items):
        used = sorted({rank for rank in ranks if rank != OUT})
        if used == list(range(len(used))):
            yield ranks


def apart(one, other) -> float:
    """1 for a pair in opposite order, 1/2 for one tied on one side only; the line is one more item."""
    total = 0.0
    for i, j in itertools.combinations(range(len(one) + 1), 2):
        signs = [((r := [*ranks, 1e9])[i] > r[j]) - (r[i] < r[j]) for ranks in (one, other)]
        total += abs(signs[0] - signs[1]) / 2
    return total


def as_ranks(found: Ranking, items: int):
    placed = {one: rank for rank, group in enumerate(found.groups) for one in group}
    return [placed.get(one, OUT) for one in range(items)]


def total(ranks, given_rankings) -> float:
    return sum(weight * apart(ranks, ranking) for ranking, weight in given_rankings)


@CHECKED
@given(several)
def test_no_ranking_is_nearer_to_all(found):
    rankings, weights = zip(*found, strict=True)
    items = len(rankings[0])
    own = total(as_ranks(median_ranking(rankings, weights), items), found)
    assert own == pytest.approx(min(total(ranks, found) for ranks in every_ranking(items)), abs=1e-6)


@CHECKED
@given(several)
def test_it_does_not_depend_on_the_order_of_the_rankings(found):
    rankings, weights = zip(*found, strict=True)
    assert median_ranking(rankings, weights) == median_ranking(rankings[::-1], weights[::-1])


@CHECKED
@given(several)
def test_equal_rankings_give_that_ranking(found):
    ranking = found[0][0]
    own = median_ranking([ranking] * 3, [0.1, 1, 7])
    assert apart(as_ranks(own, len(ranking)), ranking) == 0


@CHECKED
@given(several)
def test_without_ties_and_without_out_every_item_has_a_place_of_its_own(found):
    rankings, weights = zip(*found, strict=True)
    own = median_ranking(rankings, weights, ties=False, out=False)
    assert [len(group) for group in own.groups] == [1] * len(rankings[0])
    assert own.out == ()


def test_condorcet_cycle_of_three_ends_in_a_tie_where_ties_are_allowed():
    cycle = [[1, 2, 3], [3, 1, 2], [2, 3, 1]]
    assert median_ranking(cycle, [1, 1, 1], ties=False).groups == ((0,), (1,), (2,))
    assert median_ranking(cycle, [1, 1, 1.5]).groups == ((2,), (0,), (1,))


def test_majority_order_wins_and_equal_weights_on_both_sides_tie():
    assert median_ranking([[1, 2, 3], [1, 2, 3], [3, 2, 1]], [1, 1, 1]).groups == ((0,), (1,), (2,))
    assert median_ranking([[1, 2], [2, 1]], [1, 1]).groups == ((0, 1),)
    assert median_ranking([[1, 2], [2, 1]], [1, 1], ties=False).groups == ((0,), (1,))


def test_only_the_first_places_are_told_apart_with_a_top():
    own = median_ranking([[1, 2, 3, 3], [2, 1, 3, 3], [1, 2, 3, 3]], [1, 1, 1], ties=False, top=2)
    assert own.groups == ((0,), (1,), (2, 3))


def test_item_is_out_by_over_half_of_the_weight():
    assert median_ranking([[1, 2, OUT], [1, OUT, 2]], [2, 1]) == Ranking(((0,), (1,)), (2,))
    assert median_ranking([[1, OUT], [1, 2]], [1, 1]).out == ()


def test_nine_items_are_settled_exactly():
    own = median_ranking([list(range(9)), list(range(9))[::-1], list(range(9))], [1, 1, 1])
    assert own.groups == tuple((one,) for one in range(9))


@pytest.mark.parametrize(
    ("rankings", "weights"), [([], []), ([[1, 2], [1]], [1, 1]), ([[1]], [0]), ([[1]], [1, 1]), ([[1] * 11], [1])]
)
def test_what_cannot_be_settled_is_refused(rankings, weights):
    with pytest.raises(ValueError, match="must"):
        median_ranking(rankings, weights)
