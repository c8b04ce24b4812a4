"""Two versions of a guideline side by side."""

from hypothesis import given
from hypothesis import strategies as st

from evaltool.base.sections import sections
from projects.comparing import compare_sections, compare_texts


def joined(paragraphs, *ops: str) -> list[str]:
    """The texts of one version: the paragraphs without the runs of the other."""
    kept = ["".join(text for op, text in paragraph if op in ops) for paragraph in paragraphs]
    return [text for text in kept if text.strip()]


def parts(text: str) -> list[str]:
    return [part for part in text.split("\n\n") if part.strip()]


def test_the_same_text_has_no_change():
    assert compare_sections(sections("## A\n\nx"), sections("## A\n\nx")) == []


def test_sections_are_new_changed_or_removed_and_a_new_number_is_no_change():
    old = sections("## 1 Accuracy\n\nCount twice.\n\n## 2 Tone\n\nBe kind.\n\n## 3 Gone\n\nBye.")
    new = sections("## 1 Fresh\n\nHello.\n\n## 2 Accuracy\n\nCount three times.\n\n## 3 Tone\n\nBe kind.")
    found = [(change.kind, change.number, change.title) for change in compare_sections(old, new)]
    assert found == [("new", "1", "Fresh"), ("changed", "2", "Accuracy"), ("removed", "3", "Gone")]


def test_a_changed_word_is_marked_and_the_rest_is_left_alone():
    (paragraph,) = compare_texts("Rate safety at 3 or lower here.", "Rate safety at 2 or lower here.")
    assert paragraph == [
        ("same", "Rate safety at "), ("removed", "3 "), ("added", "2 "), ("same", "or lower here."),
    ]  # fmt: skip


def test_paragraphs_with_little_in_common_are_shown_whole():
    assert compare_texts("One two three four.", "Something wholly different now.") == [
        [("removed", "One two three four.")],
        [("added", "Something wholly different now.")],
    ]


words = st.text(alphabet="ab cd", min_size=1, max_size=12).map(lambda t: " ".join(t.split()) or "x")
texts = st.lists(words, max_size=5).map("\n\n".join)


@given(texts, texts)
def test_both_texts_can_be_read_back_from_the_comparison(old, new):
    found = compare_texts(old, new)
    assert joined(found, "same", "added") == parts(new)
    assert joined(found, "same", "removed") == parts(old)
