"""Checks of written reasons."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.text import (
    NearCopy,
    character_count,
    likeness,
    near_copy,
    quotes,
    shingles,
    word_count,
    words,
)

CHECKED = settings(max_examples=100, deadline=None, derandomize=True, database=None)

REASON = "The second answer names the right dose, but leaves out the interaction with alcohol."


@pytest.mark.parametrize(
    ("text", "characters", "counted"),
    [
        ("", 0, 0),
        ("   \n\t ", 0, 0),
        ("two  words\n", 9, 2),
        ("don't well-known 3,5", 20, 4),
        ("- dash, ... dots!", 17, 2),
        ("naïve café", 10, 2),
        ("nai\u0308ve cafe\u0301", 10, 2),
        ("हिन्दी में लिखा है", 14, 4),
        ("это хороший ответ", 17, 3),
        ("הוא טוב", 7, 2),
        ("这个回答很好。", 7, 6),
        ("日本語の答え", 6, 6),
        ("ประเทศไทย", 9, 2),
        ("in\u00advisible soft\u200bhyphen", 20, 2),
        ("ﬁne", 3, 1),
    ],
)
def test_lengths_are_counted_as_a_reader_would(text, characters, counted):
    assert character_count(text) == characters
    assert word_count(text) == counted


def test_words_join_apostrophes_and_hyphens_inside_only():
    assert words("Well-known 'quoted' don’t - stop") == ["well-known", "quoted", "don’t", "stop"]


@CHECKED
@given(st.text(max_size=60), st.text(max_size=60))
def test_counts_do_not_depend_on_case_or_spacing(first, second):
    joined = word_count(f"{first} \n {second}")
    assert joined == word_count(f"  {first} {second} ")
    assert character_count(f" {first}\t") == character_count(first)
    assert joined == word_count(first) + word_count(second)


def test_shingles_are_runs_of_five_characters():
    assert shingles("abcdefg") == {"abcde", "bcdef", "cdefg"}
    assert shingles("ab") == {"ab"}
    assert shingles("  ") == frozenset()


def test_likeness_by_hand():
    # abcde bcdef cdefg against bcdef cdefg defgh: two of four.
    assert likeness("abcdefg", "bcdefgh") == 0.5
    assert likeness("ABC  def", "abc def") == 1
    assert likeness("", "") == 1
    assert likeness("", "a") == 0


@CHECKED
@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_symmetric_bounded_and_one_for_the_same(first, second):
    value = likeness(first, second)
    assert value == likeness(second, first)
    assert 0 <= value <= 1
    assert likeness(first, first) == 1


def test_a_reason_with_one_short_word_changed_is_a_near_copy():
    changed = REASON.replace("dose", "drug")
    found = near_copy(changed, ["Something else altogether, written about tone.", REASON])
    assert found.place == 1
    assert found.likeness == likeness(changed, REASON) >= 0.8


def test_a_reason_in_other_words_is_not():
    other = "It leaves out what happens with alcohol, though the dose in the second answer is right."
    assert near_copy(other, [REASON]) is None
    assert near_copy(REASON, []) is None
    assert near_copy("", ["", REASON]) is None


def test_the_most_alike_wins_and_the_first_on_a_tie():
    assert near_copy(REASON, [REASON + " Yes.", REASON, REASON]) == NearCopy(1, 1.0)


def test_quotes_need_three_words_in_a_row():
    source = "Take two tablets, then wait four hours."
    assert quotes('It says "two tablets then" without a reason', source)
    assert not quotes("It says two tablets and four hours", source)
    assert quotes("four hours", source, length=2)
    assert not quotes("", source)
    assert not quotes("two tablets then", "")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: shingles("a", 0), "got 0"),
        (lambda: near_copy("a", [], threshold=1.0), "1.0"),
        (lambda: quotes("a", "b", length=0), "got 0"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
