"""Statements that say the same, found one to one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.matching import match_statements, same_words, statement_likeness

SAYINGS = """The office asks for novelty
the office  asks for novelty.
The office asked for novelty
A grace period runs one year
Costs fell
Costs fell by 3 %
Costs fell by 4 %"""
words = st.sampled_from(SAYINGS.splitlines())
lists = st.lists(st.lists(words, max_size=4), min_size=1, max_size=3)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("The EPO requires novelty.", "the EPO  requires Novelty", 1.0),
        ("abcd", "abce", 1 / 2),  # abc bcd against abc bce: 2 * 1 / 4
        ("night", "nacht", 0.0),
        ("It was founded in 1998", "It was founded in 1999", 0.0),
        ("", "", 1.0),
    ],
)
def test_likeness_by_hand(first, second, expected) -> None:
    assert statement_likeness(first, second) == statement_likeness(second, first) == pytest.approx(expected)


def test_case_spacing_and_a_last_stop_are_set_aside() -> None:
    assert same_words("  The ＥＰＯ\n requires it.") == "the epo requires it"


def test_equal_statements_match_before_alike_ones_and_each_once() -> None:
    one = ["The office asks for novelty", "The office asks for novelties"]
    other = ["The office asks for novelties", "The office asks for novelty"]
    assert match_statements([one, other]) == [{0: 1, 1: 0}, {0: 0, 1: 1}]  # of equal mean places, by the words
    assert match_statements([one, other[1:]]) == [{0: 0, 1: 0}, {0: 1}]


def test_what_nobody_else_says_stands_alone() -> None:
    assert match_statements([["Costs fell"], ["A grace period runs one year"]]) in (
        [{0: 0}, {1: 0}],
        [{1: 0}, {0: 0}],
    )
    assert match_statements([]) == match_statements([[], []]) == []


def test_group_holds_one_statement_of_each_list() -> None:
    texts = ["The office asks for novelty", "The office asked for novelty", "The office ask for novelty"]
    assert match_statements([[text] for text in texts]) == [{0: 0, 1: 0, 2: 0}]


@given(lists)
def test_every_statement_is_in_one_group_with_one_of_each_list(given_lists) -> None:
    groups = match_statements(given_lists)
    members = [member for group in groups for member in group.items()]
    assert sorted(members) == [(n, place) for n, texts in enumerate(given_lists) for place in range(len(texts))]


@given(lists, st.randoms())
def test_groups_do_not_depend_on_the_order_of_the_lists(given_lists, chance) -> None:
    order = list(range(len(given_lists)))
    chance.shuffle(order)
    again = match_statements([given_lists[n] for n in order])

    def said(groups, texts):
        return [sorted(same_words(texts[n][place]) for n, place in group.items()) for group in groups]

    assert said(again, [given_lists[n] for n in order]) == said(match_statements(given_lists), given_lists)


@given(st.lists(words, unique_by=same_words), st.integers(1, 4))
def test_equal_lists_match_place_by_place_in_their_own_order(texts, people) -> None:
    expected = [dict.fromkeys(range(people), place) for place in range(len(texts))]
    assert match_statements([texts] * people) == expected


def test_threshold_outside_0_and_1_is_refused() -> None:
    with pytest.raises(ValueError, match="threshold"):
        match_statements([], threshold=1)
