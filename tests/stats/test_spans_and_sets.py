"""Passages and label sets."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.sets import jaccard, set_f1
from stats.spans import ModeCounts, Span, match_spans, score_spans

CHECKED = settings(max_examples=100, deadline=None, derandomize=True, database=None)

some_spans = st.lists(
    st.builds(
        lambda start, length, label: Span(start, start + length, label),
        st.integers(0, 12),
        st.integers(1, 6),
        st.sampled_from("ab"),
    ),
    max_size=5,
)
label_sets = st.sets(st.sampled_from("abcdef"))


def test_span_counts_repeat_the_semeval_2013_scenarios():
    # The six scenarios by which the SemEval-2013 measures are usually explained, and a second
    # exact pair: the published totals are COR/INC/PAR/MIS/SPU per mode as below.
    gold = [
        Span(0, 7, "brand"),  # missed
        Span(33, 41, "drug"),  # given with a word before it
        Span(50, 61, "drug"),  # given as a brand
        Span(70, 79, "drug"),  # given as it is
        Span(90, 104, "group"),  # given longer, as a drug
        Span(110, 121, "drug"),  # given as it is
    ]
    given_spans = [
        Span(20, 27, "brand"),  # not in gold
        Span(30, 41, "drug"),
        Span(50, 61, "brand"),
        Span(70, 79, "drug"),
        Span(85, 104, "drug"),
        Span(110, 121, "drug"),
    ]
    score = score_spans(given_spans, gold)
    assert score.type == ModeCounts(3, 2, 0, 1, 1)
    assert score.partial == ModeCounts(3, 0, 2, 1, 1)
    assert score.exact == ModeCounts(3, 2, 0, 1, 1)
    assert score.strict == ModeCounts(2, 3, 0, 1, 1)
    published = {"type": 0.5, "partial": 2 / 3, "exact": 0.5, "strict": 1 / 3}
    for mode, value in published.items():
        counts = getattr(score, mode)
        assert (counts.precision, counts.recall, counts.f1) == pytest.approx((value,) * 3)


def test_an_exact_match_comes_before_a_larger_neighbor_in_any_order():
    gold = [Span(5, 10, "a")]
    for order in ([Span(0, 30, "a"), Span(5, 10, "a")], [Span(5, 10, "a"), Span(0, 30, "a")]):
        score = score_spans(order, gold)
        assert (score.strict.correct, score.strict.spurious) == (1, 1)


def test_same_place_and_label_comes_before_same_place():
    gold = [Span(5, 10, "a"), Span(5, 10, "b")]
    assert score_spans([Span(5, 10, "b"), Span(5, 10, "a")], gold).strict.correct == 2


def test_larger_overlap_comes_first_and_each_span_once():
    long_one, left, right = Span(0, 20, "a"), Span(0, 5, "a"), Span(6, 20, "a")
    assert match_spans([long_one], [left, right]) == [(long_one, right)]
    score = score_spans([long_one], [left, right])
    assert (score.type.correct, score.type.missed) == (1, 1)


def test_the_same_label_breaks_a_tie_of_overlap():
    gold = [Span(0, 5, "a"), Span(5, 10, "b")]
    for order in (gold, gold[::-1]):
        assert score_spans([Span(0, 10, "b")], order).type.correct == 1
        assert score_spans([Span(0, 10, "a")], order).type.correct == 1


def test_a_full_tie_is_settled_by_the_spans_not_by_their_order():
    # The first gold span shares two characters with each given one.
    given_spans, gold = [Span(0, 4), Span(6, 10)], [Span(2, 8), Span(9, 13)]
    for mine in (given_spans, given_spans[::-1]):
        assert sorted(match_spans(mine, gold)) == [(Span(0, 4), Span(2, 8)), (Span(6, 10), Span(9, 13))]
        assert sorted(match_spans(gold, mine)) == [(Span(2, 8), Span(0, 4)), (Span(9, 13), Span(6, 10))]


def test_touching_spans_do_not_overlap():
    assert score_spans([Span(0, 5)], [Span(5, 9)]).partial == ModeCounts(0, 0, 0, 1, 1)


def test_empty_sides():
    assert score_spans([], []).partial.f1 == 1
    assert score_spans([], []).strict.precision == score_spans([], []).strict.recall == 1
    only_gold = score_spans([], [Span(0, 3)])
    assert (only_gold.partial.f1, only_gold.partial.recall, only_gold.partial.precision) == (0, 0, 0)
    only_given = score_spans([Span(0, 3)], [])
    assert (only_given.partial.f1, only_given.partial.recall, only_given.partial.precision) == (0, 0, 0)


@CHECKED
@given(some_spans, some_spans)
def test_span_scores_are_symmetric_ordered_and_bounded(first, second):
    here, there = score_spans(first, second), score_spans(second, first)
    for mode in ("strict", "exact", "partial", "type"):
        counts, mirror = getattr(here, mode), getattr(there, mode)
        assert counts.f1 == mirror.f1
        assert counts.precision == mirror.recall
        assert 0 <= counts.f1 <= 1
        assert counts.correct + counts.incorrect + counts.partial + counts.missed == len(second)
        assert counts.correct + counts.incorrect + counts.partial + counts.spurious == len(first)
    assert here.strict.f1 <= here.exact.f1 <= here.partial.f1
    assert here.strict.f1 <= here.type.f1


@CHECKED
@given(some_spans)
def test_equal_spans_score_one_in_any_order(spans):
    score = score_spans(spans, spans[::-1])
    assert [score.strict.f1, score.exact.f1, score.partial.f1, score.type.f1] == [1, 1, 1, 1]


@CHECKED
@given(some_spans, some_spans, st.randoms(use_true_random=False))
def test_matching_does_not_depend_on_the_order_of_lists(first, second, shuffler):
    mixed = shuffler.sample(first, len(first))
    assert score_spans(mixed, second) == score_spans(first, second)


@pytest.mark.parametrize(("start", "end"), [(3, 3), (4, 3), (-1, 3)])
def test_impossible_spans_are_refused(start, end):
    with pytest.raises(ValueError, match=f"{start}..{end}"):
        Span(start, end)


def test_jaccard_and_f1_of_label_sets():
    assert jaccard({"a", "b"}, {"b", "c"}) == pytest.approx(1 / 3)
    assert set_f1({"a", "b"}, {"b", "c"}) == 0.5
    assert jaccard([], []) == set_f1([], []) == 1
    assert jaccard({"a"}, []) == set_f1([], {"a"}) == 0


def test_optional_labels_count_on_neither_side():
    assert jaccard({"a", "o"}, {"a"}, optional={"o"}) == 1
    assert jaccard({"a"}, {"a", "o"}, optional={"o"}) == 1
    assert set_f1({"o"}, set(), optional={"o"}) == 1


@CHECKED
@given(label_sets, label_sets)
def test_set_measures_are_symmetric_bounded_and_one_only_for_equal_sets(first, second):
    for measure in (jaccard, set_f1):
        value = measure(first, second)
        assert value == measure(second, first)
        assert 0 <= value <= 1
        assert (value == 1) == (first == second)
    share = jaccard(first, second)
    assert set_f1(first, second) == pytest.approx(2 * share / (1 + share))
