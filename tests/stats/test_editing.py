"""Edit distance and the words that changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.editing import edit_distance, edited_words, runs

words = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=12)
texts = st.text(st.sampled_from("ab 日本\n."), max_size=30)


@pytest.mark.parametrize(
    ("old", "new", "distance"),
    [("kitten", "sitting", 3), ("saturday", "sunday", 3), ("", "abc", 3), ("abc", "", 3), ("same", "same", 0)],
)
def test_levenshtein_of_the_textbook_words(old, new, distance) -> None:
    """Letters stand for words here; the examples are those every account of the measure repeats."""
    assert edit_distance(old, new) == distance


def slow(old, new) -> int:
    """The definition itself: the cheaper of putting in, taking out and replacing, at every pair of prefixes."""
    row = list(range(len(new) + 1))
    for i, a in enumerate(old, start=1):
        last, row[0] = row[0], i
        for j, b in enumerate(new, start=1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


@given(words, words)
def test_edit_distance_is_the_definition_and_symmetric(old, new) -> None:
    assert edit_distance(old, new) == slow(old, new) == edit_distance(new, old)


@given(texts, texts)
def test_runs_hold_both_texts_word_for_word(old, new) -> None:
    found = runs(old, new)
    assert edited_words("".join(run.text for run in found if run.change != "removed")) == edited_words(new)
    assert edited_words("".join(f"{run.text} " for run in found if run.change != "added")) == edited_words(old)


def test_a_word_is_what_stands_between_spaces_or_one_ideograph() -> None:
    assert edited_words("U.S.C[2]. § 102(b)") == ["U.S.C[2].", "§", "102(b)"]
    assert edited_words("日本 go") == ["日", "本", "go"]


def test_changed_words_are_named() -> None:
    found = runs("It is generally not possible.", "It is not possible.")
    assert [(run.change, run.text.strip()) for run in found] == [
        ("same", "It is"), ("removed", "generally"), ("same", "not possible."),
    ]  # fmt: skip


def test_long_texts_are_bounded() -> None:
    old, new = ["a"] * 6000, ["b"] * 6001
    assert edit_distance(old, new) == 6001
    assert len(runs(" ".join(old), " ".join(new))) == 2
