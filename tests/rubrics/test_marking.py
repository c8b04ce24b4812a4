"""One text per name, counted in code points, and quotes found in it as their reader saw them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaltool.base.positions import visible
from rubrics.marking import Pane, locate, names, occurrences, panes, plain_text, reads_as

CONTENT = {
    "messages": [{"role": "user", "content": "Hi\r\nthere"}, {"role": "assistant", "content": "Yes?"}],
    "context": [{"title": "Leaflet", "text": "Take one."}, {"text": "Or two."}],
    "responses": [
        {"id": "r1", "text": "One\rtext"},
        {"id": "r2", "messages": [{"role": "user", "content": "A"}, {"role": "assistant", "content": "B\r\nC"}]},
    ],
}


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("m1", "Hi\nthere"), ("m2", "Yes?"), ("prompt", "Hi\nthere\n\nYes?"), ("c1", "Take one."), ("c2", "Or two."),
        ("documents", "Take one.\n\nOr two."),
        ("r1", "One\ntext"), ("r1-m1", "One\ntext"), ("r2", "A\n\nB\nC"), ("r2-m2", "B\nC"),
        ("r1-m2", ""), ("r3", ""), ("m3", ""), ("m0", ""), ("c9", ""), ("", ""), ("r", ""), ("x1", ""), ("r1-", ""),
    ],
)  # fmt: skip
def test_each_name_stands_for_one_text(target, text) -> None:
    assert plain_text(CONTENT, target) == text


def test_prompt_is_the_prompt_where_there_is_one() -> None:
    assert plain_text({"prompt": "Say\r\nso."}, "prompt") == "Say\nso."
    assert plain_text({"prompt": "Say so."}, "m1") == ""


def test_texts_shown_apart_know_where_they_begin_in_the_whole() -> None:
    found = panes(CONTENT, "r2")
    assert found == [Pane("r2-m1", 0, "A"), Pane("r2-m2", 3, "B\nC")]
    whole = plain_text(CONTENT, "r2")
    assert all(whole[pane.start :].startswith(pane.text) for pane in found)
    assert panes(CONTENT, "r1-m1") == [Pane("r1", 0, "One\ntext")]


def test_texts_that_are_shown_have_names() -> None:
    assert names(CONTENT) == ["m1", "m2", "c1", "c2", "r1", "r2-m1", "r2-m2"]
    assert all(panes(CONTENT, name) for name in names(CONTENT))


@pytest.mark.parametrize(
    ("words", "same"),
    [
        ("the **dose** & $x^2$", False), ("the **dose** &amp; $x^2$", True), ("the dose & $x^2$", True),
        ("the dose\n&amp;  $x^2$", False), ("thedose&$x^2$", True), ("the dose", False), ("", False),
    ],
)  # fmt: skip
def test_words_are_those_at_a_place_as_written_or_as_seen(words, same) -> None:
    text = "It is the **dose** &amp; $x^2$ that counts."
    assert reads_as(text, 6, 30, words) is same


def quoted(text: str, quote: str, **where: int) -> str | None:
    found = locate(text, quote, **where)
    return found and text[found[0] : found[1]]


@pytest.mark.parametrize(
    ("text", "quote", "found"),
    [
        ("The dose is 5 mg.", "dose is", "dose is"),
        ("The dose\nis 5 mg.", "  dose   is\r\n", "dose\nis"),
        ("The **dose** is 5 mg.", "dose is 5", "dose** is 5"),
        (
            "See [the leaflet](https://a.example/x) first.",
            "the leaflet first",
            "the leaflet](https://a.example/x) first",
        ),
        ("It said “stop”, didn’t it", 'said "stop", didn\'t', "said “stop”, didn’t"),
        ("a cafe\u0301 here", "caf\u00e9", "cafe\u0301"),
        ("a caf\u00e9 here", "cafe\u0301", "caf\u00e9"),
        ("👩\u200d👩\u200d👧 and 😀 there", "😀 there", "😀 there"),
        ("هذا שלום نص", "שלום", "שלום"),
        ("[The leaflet](https://a.example/x) first.", "a.example/x", "a.example/x"),
        ("|dose|5 mg|\n|---|---|\n|a|b|", "dose 5", "dose|5"),
        ("the rapist", "therapist", None),
        ("therapist", "the rapist", None),
        ("Wait… what", "Wait... what", "Wait… what"),
        ("A dose.", "doses", None),
        ("A dose.", " \n", None),
        ("", "dose", None),
    ],
)
def test_quote_is_found_as_its_reader_saw_it(text, quote, found) -> None:
    assert quoted(text, quote) == found


def test_offsets_count_code_points() -> None:
    assert locate("😀😀 x", "x") == (3, 4)
    assert locate("e\u0301 x", "x") == (3, 4)
    assert locate("x" + "e\u0301", "e") is None  # an accent stays with its letter


def test_which_of_several_places_can_be_said() -> None:
    text = "one two one two one"
    assert occurrences(text, "one") == [(0, 3), (8, 11), (16, 19)]
    assert [locate(text, "one", number=n) for n in (1, 2, 3, 4, 0)] == [(0, 3), (8, 11), (16, 19), None, None]
    assert locate(text, "one", near=9) == (8, 11)
    assert locate(text, "one", near=99) == (16, 19)


marked = st.lists(
    st.sampled_from(["dose", "**not**", "`x`", "é", "e\u0301", "😀", "שלום", "[a](https://b.example)", "&amp;", "\\*"])
)


def reader_copies(text: str, seen) -> str:
    """What a selection on the page puts on the clipboard: the visible characters, with the spaces between them."""
    copied, at = "", None
    for character, start, end in seen:
        gap = text[at:start] if at is not None else ""
        copied += " " * (gap != gap.strip() or " " in gap) + character
        at = end
    return copied


@given(marked, st.data())
def test_any_words_a_reader_can_select_are_found_where_they_read_the_same(parts, data) -> None:
    text = "A " + " ".join(parts) + " end"
    seen = visible(text)
    first = data.draw(st.integers(0, len(seen) - 1))
    last = data.draw(st.integers(first, len(seen) - 1))
    whole = "\u0301" not in [c for c, _, _ in (seen[first], *seen[last + 1 : last + 2])]
    quote = reader_copies(text, seen[first : last + 1])
    place = locate(text, quote, near=seen[first][1])
    if whole:
        assert place is not None
        read = reader_copies(text, [one for one in seen if place[0] <= one[1] and one[2] <= place[1]])
        assert unicodedata.normalize("NFC", read) == unicodedata.normalize("NFC", quote)
