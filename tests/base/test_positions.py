"""What a reader selects in the rendered page is found in the source, character by character."""

import json
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evaltool.base import positions
from evaltool.base.markdown import render_markdown
from evaltool.base.positions import FORMULA, SPACES, source_map, source_maps, visible
from tests.base.hostile_texts import DEEP, HOSTILE

DAMAGED = {"\0", "\ud800"}
"""What is shown as a replacement character."""


class Reader(HTMLParser):
    """The visible characters of a page without white space, a formula as one: what the script on the page counts."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.shown, self.hidden = "", []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        css = dict(attrs).get("class") or ""
        if tag not in {"br", "hr"} and (self.hidden or css in {"md-tex", "md-note"}):
            self.hidden.append(tag)
            self.shown += FORMULA if css == "md-tex" else ""

    def handle_endtag(self, tag) -> None:
        if self.hidden and tag not in {"br", "hr"}:
            self.hidden.pop()

    def handle_data(self, data) -> None:
        self.shown += "" if self.hidden else "".join(c for c in data if c not in SPACES)


def check(text: str) -> None:
    seen = visible(text)
    assert "".join(c for c, _, _ in seen) == Reader(render_markdown(text)).shown
    at, before = 0, (0, 0)
    for character, start, end in seen:
        assert 0 <= start <= end <= len(text)
        assert start >= at or (start, end) == before
        if end - start == 1 and text[start] not in DAMAGED:
            assert character == text[start]
        at, before = end, (start, end)


RICH = """# A *title* with `code` #

Some **bold _and_ slanted** words, a \\*literal\\* star, &amp; an entity, 1 &lt; 2.\x20\x20
A [link](https://a.example/is.good "is good") is good. See [this][ref], [that](/away), <https://b.example/x?y=1>.

[ref]: https://c.example/ref 'this'

> quoted lines
and a lazy one
> - item *one*
>   goes on
>
>   1. number `a | b`

| Name | Value \\| more | |
|:--|--:|---|
| a | **b** `c\\|d` | e |
| a | a
- | x |

Setext *heading*
---

    indented code
      more

```python
def f(x):
	return "x" * 2
```

It costs $5 or $6, but $x_1 + *y*$ is a formula. $$
a * b * c
$$

~~gone~~ ~~~~~odd~~~~~ ***both*** __strong__ a*b*c snake_case_name
1. 1
2. 2
- # in a list
* * *
	tabbed
-	tab item
"""


@pytest.mark.parametrize("text", [RICH, *HOSTILE, *DEEP, *RICH.split("\n\n")])
def test_every_visible_character_is_found_in_the_source(text) -> None:
    check(text.replace("\r\n", "\n").replace("\r", "\n"))


pieces = st.sampled_from([
    "word", "a", "is", " ", " ", "\n", "\n\n", "  \n", "\\\n", "*", "**", "_", "__", "~~", "~", "`", "``", "$", "$$",
    "[", "]", "](", ")", "](https://a.example/is)", "](/away)", "][ref]", "[ref]: /x\n", "<https://a.example/ä>",
    "&amp;", "&#960;", "&nbsp;", "\\*", "\\|", "\\", "|", "| a | b |\n|---|---|\n| c | d |\n", "# ", "## ", " #",
    "- ", "1. ", "> ", "    ", "\t", "```\n", "```py\n", "~~~\n", "---\n", "===\n", "<b>", "!", ".", "é", "e\u0301",
    "😀", "👩\u200d👩", "שלום", "مرحبا", "\u202e", "\ufeff",
])  # fmt: skip


@settings(max_examples=400)
@given(st.lists(pieces, max_size=25).map("".join))
@example("- | a |\n  |---|\n  | a |")
def test_any_mixture_of_marks_is_followed(text) -> None:
    check(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_is_followed(text) -> None:
    check(text.replace("\r\n", "\n").replace("\r", "\n"))


def test_runs_for_the_script_say_the_same_as_the_characters() -> None:
    text = "An **in&amp;out** of $x$ and [it](/y) \U0001f600."
    found, at = [], 0
    for skip, shown, *length in json.loads(source_map(text)):
        start = at + skip
        one = (start, start + length[0]) if length else None
        found += [one or (start + index, start + index + 1) for index in range(shown)]
        at = start + (length[0] if length else shown)
    assert found == [(start, end) for _, start, end in visible(text)]
    assert source_map("one  two") == "[[0,3],[2,3]]"


def test_line_ends_of_any_kind_count_as_one_character() -> None:
    assert source_map("a\r\nb\rc") == source_map("a\nb\nc")


def test_positions_of_several_texts_come_at_once_also_when_two_are_equal() -> None:
    texts = ["a b", RICH, "c", "a b", RICH]
    for _ in range(2):  # the second time from memory and cache
        assert source_maps(texts) == [source_map(text) for text in texts]
    assert source_maps([]) == []


def test_text_without_positions_can_still_be_read(monkeypatch) -> None:
    monkeypatch.setattr(positions, "visible", int)
    assert source_maps(["never seen before", "x" * 700]) == ["[]", "[]"]
