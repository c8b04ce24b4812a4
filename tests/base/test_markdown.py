"""Other people's text reaches a page only in a form that can do nothing but be read."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.template import Context, Template
from django.test import override_settings

from evaltool.base import markdown
from evaltool.base.markdown import render_inline, render_markdown, render_texts, to_plain
from evaltool.base.sections import sections
from tests.base.hostile_texts import DEEP, HOSTILE

# Written out here and not imported: a slip in the renderer's own lists must show.
TAGS = {
    "a", "bdi", "blockquote", "br", "code", "del", "div", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "s", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    ("a", "href"), ("a", "target"), ("a", "rel"), ("ol", "start"), ("pre", "tabindex"), ("div", "tabindex"),
    *((tag, "class") for tag in ("span", "div", "td", "th", "p", "pre", "bdi")),
}  # fmt: skip
CLASS = re.compile(r"(?:md-(?:tex|off|table|code|r|c|note|plain|ctl|202[a-e]|206[6-9])|hl-[a-z0-9]{1,3})\Z")


class Inspector(HTMLParser):
    """Reads rendered HTML as a browser would and notes everything outside the allow-list."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.text = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if (tag, name) not in ATTRIBUTES:
                self.faults.append(f"{tag} {name}={value!r}")
            if name == "class":
                self.faults += [f"class {c}" for c in (value or "").split() if not CLASS.match(c)]
            if name == "href":
                self.links.append(value or "")
                parts = urlsplit(value or "")
                ours = (value or "").startswith("#")
                if not ours and (parts.scheme not in {"http", "https", "mailto"} or not (parts.netloc or parts.path)):
                    self.faults.append(f"link {value}")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"declaration {decl}")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"instruction {data}")

    def handle_data(self, data: str) -> None:
        self.text += data


def inspect(html: str) -> Inspector:
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    return inspector


def test_corpus_is_large_enough():
    assert len(set(HOSTILE)) >= 90


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("render", [render_markdown, render_inline])
def test_hostile_text_renders_harmless(render, text):
    assert inspect(render(text)).faults == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_harmless_between_other_text(text):
    html = render_markdown(f"Before *it*\n\n{text}\n\n- after\n\n{text} and {text}")
    assert inspect(html).faults == []


@pytest.mark.parametrize("text", HOSTILE)
def test_rendering_twice_adds_nothing(text):
    """HTML that is pasted back as text must not come alive (mutation)."""
    assert inspect(render_markdown(render_markdown(text))).faults == []


@pytest.mark.parametrize("name", DEEP)
def test_deep_or_dense_text_stays_readable_and_bounded(name):
    """The cost is bounded by structure: no paragraph with more marks than the limit reaches the pairing rules."""
    text = DEEP[name]
    found = inspect(render_markdown(text))
    assert found.faults == []
    assert len(re.sub(r"\s", "", found.text)) >= len(re.findall(r"[ax]", text))  # nothing is cut off


def test_paragraph_over_the_limit_of_marks_is_not_parsed_further():
    over, under = "*a*[" * 201, "*a*[" * 100
    assert "<em>" not in render_markdown(over)
    assert "<em>" in render_markdown(under)


def test_brackets_are_limited_over_the_whole_text():
    text = ("*a*" + "[" * 190 + "\n\n") * 30
    assert render_markdown(text).count("<em>") == 4000 // 190


def test_nesting_beyond_the_limit_is_shown_as_typed_and_not_cut_off():
    html = render_markdown("> " * 80 + "the end")
    assert "md-plain" in html
    assert "the end" in inspect(html).text


def test_text_over_the_length_limit_is_shown_as_typed():
    text = "**x** <b>\n" * 30_000
    found = inspect(render_markdown(text))
    assert found.faults == []
    assert "It is shown as typed." in found.text
    assert found.text.count("**x** <b>") == 30_000


def test_code_beyond_the_limit_is_not_colored():
    block = "```python\n" + "x = 1\n" * 1500 + "```\n\n"
    assert render_markdown(block).count("<span") > 0
    assert render_markdown(block * 3).count("<pre") == 3
    assert render_markdown(block * 3).count("<span") == render_markdown(block).count("<span")


def test_images_become_links_so_that_nobody_is_tracked():
    html = render_markdown("![chart](https://probe.example/p.gif)")
    assert "<img" not in html
    assert inspect(html).links == ["https://probe.example/p.gif"]


@pytest.mark.parametrize("target", ["//evil.example/login", "/work/next/", "ftp://evil.example/", "https:evil.example"])
def test_link_by_a_back_way_is_shown_with_its_address(target):
    found = inspect(render_markdown(f"[help]({target})"))
    assert found.links == []
    assert f"help ({target})" in found.text


def test_links_to_other_sites_open_apart_and_tell_nothing():
    html = render_markdown("[x](https://ok.example/?a=1&b=2)")
    assert 'rel="noopener noreferrer nofollow"' in html
    assert 'target="_blank"' in html


def test_links_within_the_text_stay_in_it():
    html = render_markdown("[see](#groups-at-risk)")
    assert 'href="#groups-at-risk"' in html
    assert "target" not in html


@pytest.mark.parametrize("control", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_direction_controls_are_marked_and_kept_in_place(control):
    html = render_markdown(f"a {control}b `{control}c`")
    assert html.count(f'<bdi class="md-ctl md-{ord(control):x}">{control}</bdi>') == 2
    assert inspect(html).text.strip() == f"a {control}b {control}c"  # offsets of marked passages stay right


def test_tex_keeps_every_character():
    found = inspect(render_markdown(r"So $a_1*b_2$ and \(x_{1}*y_{2}\) and \[\sum_i x_i\] and $$a*b*c$$."))
    assert found.text.strip() == r"So $a_1*b_2$ and \(x_{1}*y_{2}\) and \[\sum_i x_i\] and $$a*b*c$$."


FORMULAS = [
    "$x$", r"$2 \times 3$", "$3x + 2y$", r"$5 \text{ and } 6$", "the $n$th term", r"$100\% - x$", "$12 a$", "($x$)",
    r"$$\sum_i x_i$$", r"\(a\)", r"\[a\]", "so $a$, $b$",
]  # fmt: skip
PRICES = [
    "It costs $5 to $10, or $3 a piece.", "A range of $5-$10.", "$5 and $10", "$20,000 and $30,000",
    "US$5 or CA$6 at most$", "From $5 to 6$ each.", "$1.5 million and 2$", "from $$ to $$$", "$ 5 and 6 $",
    "\\$5 and \\$6",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_marked_for_the_script(text):
    assert "md-tex" in render_markdown(text)


@pytest.mark.parametrize("text", PRICES)
def test_prices_are_not_formulas(text):
    assert "md-tex" not in render_markdown(text)


def test_a_formula_on_its_own_lines_is_no_list_and_no_heading():
    formula = "$$\na = b\n- c\n\n# d_1 * e_1 *\n$$"
    assert render_markdown(f"so\n{formula}\n\n*then*") == (
        f'<p>so</p>\n<p><span class="md-tex">{formula}</span></p>\n<p><em>then</em></p>\n'
    )
    assert to_plain(formula) == " ".join(formula.split())
    assert inspect(render_markdown("$$\nnever closed\n\n- c")).text.split() == ["$$", "never", "closed", "c"]
    assert "md-tex" not in render_markdown(f"$${'x' * 2000}$$")


def test_code_stands_in_a_box_that_can_hold_the_button_that_copies_it():
    html = render_markdown("```python\nx = 1\n```")
    assert re.sub("<span[^>]*>|</span>", "", html) == (
        '<div class="md-code"><pre tabindex="0"><code>x = 1\n</code></pre></div>\n'
    )


def test_headings_start_below_those_of_the_page():
    html = render_markdown("# One\n\n## Two\n\n##### Five")
    assert re.findall(r"<(h\d)>", html) == ["h3", "h4", "h6"]


def test_table_cells_are_aligned_by_class():
    html = render_markdown("|a|b|c|\n|-|:-:|-:|\n|1|2|3|")
    assert '<td>1</td>\n<td class="md-c">2</td>\n<td class="md-r">3</td>' in html


@pytest.mark.parametrize("length", [1, 500])
def test_rendering_is_kept_until_the_renderer_changes(monkeypatch, length):
    text = "*kept* " * length + "here"
    first = render_markdown(text)
    monkeypatch.setattr(markdown._parser.renderer, "render", lambda *_: "<p>made anew</p>")
    assert render_markdown(text) == first
    monkeypatch.setattr(markdown, "RENDERER_VERSION", f"next {length}")
    assert render_markdown(text) == "<p>made anew</p>"


def test_line_and_block_of_one_text_are_kept_apart():
    assert render_markdown("*one* text") == "<p><em>one</em> text</p>\n"
    assert render_inline("*one* text") == "<em>one</em> text"


@override_settings(
    CACHES={"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}
)
def test_page_is_shown_while_the_cache_is_away():
    assert render_markdown("*still* here " * 100).startswith("<p><em>still</em> here")


def test_a_failing_parser_shows_the_text_as_typed(monkeypatch):
    def fail(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(markdown._parser, "parse", fail)
    assert "&lt;b&gt; unseen so far" in render_markdown("<b> unseen so far")
    monkeypatch.undo()
    assert render_markdown("<b> unseen so far") == "<p>&lt;b&gt; unseen so far</p>\n"  # a failure is not kept


def test_half_a_character_does_not_stop_the_rest_from_being_formatted():
    assert render_markdown("*a* \ud800 b") == "<p><em>a</em> \N{REPLACEMENT CHARACTER} b</p>\n"
    assert render_inline("*a* \ud800") == "<em>a</em> \N{REPLACEMENT CHARACTER}"


def test_one_line_has_no_blocks():
    assert render_inline("# not *a*\nheading") == "# not <em>a</em> heading"


def test_plain_text_has_the_words_only():
    text = "# Title\n\nSome *words* and [a link](https://x.example).\n\n- `code`\n\n```\nblock\n```"
    assert to_plain(text) == "Title Some words and a link. code block"


def test_template_filter_renders_and_other_text_is_escaped():
    html = Template("{% load evaltool_text %}{{ text|markdown }}{{ text }}").render(Context({"text": "*a* <b>"}))
    assert html == "<p><em>a</em> &lt;b&gt;</p>\n*a* &lt;b&gt;"


GUIDELINE = """# Clinical answers

Read this first.

## 1. What you rate
One.

### 1.1 Prompts
Two.

## 5 Safety

### 5.3 Groups at risk
Rate *low*.

```
# not a heading
```

> # quoted, not a heading

### Groups at risk
Again.
"""


def test_sections_carry_the_authors_numbers_and_unique_anchors():
    found = [(s.number, s.anchor, s.title, s.level) for s in sections(GUIDELINE)]
    assert found == [
        ("", "introduction", "Introduction", 1),
        ("1", "what-you-rate", "What you rate", 1),
        ("1.1", "prompts", "Prompts", 2),
        ("5", "safety", "Safety", 1),
        ("5.3", "groups-at-risk", "Groups at risk", 2),
        ("5.4", "groups-at-risk-2", "Groups at risk", 2),
    ]


def test_sections_lose_no_text():
    bodies = "\n".join(s.body for s in sections(GUIDELINE))
    for line in ("Read this first.", "Rate *low*.", "# not a heading", "> # quoted, not a heading", "Again."):
        assert line in bodies


def test_unnumbered_headings_are_counted():
    found = [(s.number, s.title) for s in sections("## A\n\n### B\n\n### C\n\n## D\n\n### E")]
    assert found == [("1", "A"), ("1.1", "B"), ("1.2", "C"), ("2", "D"), ("2.1", "E")]


def test_anchor_survives_renumbering():
    before, after = sections("## 4 Safety\n\nx"), sections("## 5 Safety\n\nx")
    assert before[0].anchor == after[0].anchor == "safety"


def test_text_without_headings_is_one_section():
    assert [(s.title, s.body) for s in sections("Only text.")] == [("Introduction", "Only text.")]
    assert sections("") == []


def test_headings_in_other_scripts_get_anchors():
    assert [s.anchor for s in sections("## Sécurité\n\n## 安全\n\n## ???")] == ["sécurité", "安全", "section"]


def test_texts_of_one_page_are_rendered_once_and_asked_for_together():
    texts = ["short *one*", "*long* " * 200, "*other* " * 300, "*long* " * 200]
    first = render_texts(texts)
    assert [found.html for found in first] == [render_markdown(text) for text in texts]
    assert [found.words for found in first] == [2, 200, 300, 200]
    kept = cache.get_many([markdown._key("block", text) for text in texts[1:]])
    cache.set_many(dict.fromkeys(kept, ("<p>from the cache</p>", 7)))
    assert [found.html for found in render_texts(texts)][1:] == ["<p>from the cache</p>"] * 3
    cache.clear()
    assert render_texts(texts) == first
