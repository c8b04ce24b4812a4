"""Documents become Markdown, whatever was sent, and nothing of them is run or fetched."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaltool.base.documents import Refused, apply_levels, bounds, convert, outline
from evaltool.base.sections import sections
from tests.document_samples import archive, chapters, docx, pdf

SCRIPT = b"<!doctype html><html><head><title>x</title><script>steal()</script></head><body>"


def titles(text: str) -> list[tuple[int, str]]:
    """Level and title of every heading."""
    return [(heading.level, heading.title) for heading in outline(text) if heading.level]


def test_word_styles_become_headings_and_the_title_stands_above() -> None:
    found = convert(
        docx([("Title", "How to judge"), ("Heading1", "Tone"), ("", "Be fair."), ("Heading2", "Irony")]), "a.docx"
    )
    assert titles(found.text) == [(1, "How to judge"), (2, "Tone"), (3, "Irony")]
    assert [(part.number, part.title) for part in sections(found.text)] == [("1", "Tone"), ("1.1", "Irony")]
    assert (found.kind, found.guessed) == ("docx", False)


def test_words_that_look_like_marks_stay_words() -> None:
    found = convert(docx([("", "Rate *this* and __init__ <b>twice</b>")]), "a.docx")
    assert sections(found.text)[0].title == "Introduction"
    from evaltool.base.markdown import to_plain

    assert to_plain(found.text) == "Rate *this* and __init__ <b>twice</b>"


def test_a_long_word_document_keeps_every_section() -> None:
    found = convert(docx(chapters(40)), "long.docx")
    assert len(titles(found.text)) == 1 + 40 * 3
    assert len(sections(found.text)) == 120


def test_a_long_pdf_has_its_headings_guessed_by_size_and_running_titles_dropped() -> None:
    body = "Every word of the answer counts, and what it leaves out counts as well as what it says."
    pages = [
        [
            (9, f"Guide to judging, page {n}"),
            (18, f"Part {n}"),
            *[(11, body)] * 6,
            (14, f"Doubts about {n}"),
            (11, body),
        ]
        for n in range(1, 36)
    ]
    found = convert(pdf(pages), "g.pdf")
    assert found.guessed
    assert found.pages == 35
    assert titles(found.text)[:4] == [(1, "Part 1"), (2, "Doubts about 1"), (1, "Part 2"), (2, "Doubts about 2")]
    assert len(titles(found.text)) == 70
    assert "Guide to judging" not in found.text
    assert found.text.count(body) == 35 * 7


def test_html_loses_whatever_runs_or_loads() -> None:
    page = SCRIPT + (
        b'<h1>Guide</h1><h2 onclick="x()">Tone</h2><p>Be <b>fair</b>. <a href="javascript:x()">a</a> '
        b'<a href="https://example.org/">b</a><img src="http://example.org/p.gif" onerror="x()"></p>'
        b"<table><tr><th>Level</th></tr><tr><td>one</td></tr></table></body></html>"
    )
    found = convert(page, "g.html")
    assert titles(found.text) == [(1, "Guide"), (2, "Tone")]
    for gone in ("steal", "javascript", "onclick", "onerror", "p.gif", "<"):
        assert gone not in found.text
    assert "[b](https://example.org/)" in found.text
    assert "| Level |" in found.text
    assert found.notes == ["1 script left out.", "1 picture left out."]


def test_markdown_comes_through_as_it_is() -> None:
    assert convert(b"\xef\xbb\xbf## Tone\r\n\r\nBe fair.", "g.md").text == "## Tone\n\nBe fair.\n"


def bomb() -> bytes:
    """A small file that unpacks to more than the limit."""
    return docx([("", "x")], extra={"word/media/a.xml": b"0" * (bounds.MAX_UNZIPPED + 1)})


def lying_sizes() -> bytes:
    """As above, with directory entries that claim one byte."""
    data = bytearray(bomb())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as made:
        real = made.getinfo("word/media/a.xml").file_size.to_bytes(4, "little")
    return bytes(data).replace(real, (1).to_bytes(4, "little"))


ENTITIES = '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "&a;&a;">]>'
REFUSED = {
    "empty": (lambda: b"  ", "g.md", "no text"),
    "wrong bytes": (lambda: b"fine\n\xff\xfe", "g.md", "wrong byte is in line 2"),
    "binary": (lambda: b"\x7fELF\0\0\0", "g.md", "not a text, Word or PDF"),
    "old Word": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "g.doc", "old Word file"),
    "liar": (lambda: pdf([[(11, "x" * 60)]]), "g.docx", "the file is PDF"),
    "other archive": (lambda: archive({"a.txt": b"x"}), "g.docx", "not a Word document"),
    "cut off": (lambda: docx([("", "x")])[:200], "g.docx", "damaged"),
    "bomb": (bomb, "g.docx", "more than 100 MB"),
    "bomb that lies": (lying_sizes, "g.docx", "(damaged|more than 100 MB)"),
    "many parts": (lambda: docx([], extra={f"p{n}": b"" for n in range(2_100)}), "g.docx", "at most 2,000"),
    "entities": (lambda: docx([("", "x")], prolog=ENTITIES), "g.docx", "document type of its own"),
    "password": (lambda: pdf([[(11, "x" * 60)]], encrypt=True), "g.pdf", "has a password"),
    "pictures only": (lambda: pdf([[]]), "g.pdf", "pictures of pages"),
    "broken": (lambda: b"%PDF-1.4\nnothing", "g.pdf", "damaged"),
    "900 pages": (lambda: pdf([[(11, "x")]] * 900), "g.pdf", "900 pages; the limit is 400"),
    "too long": (lambda: b"word " * 250_000, "g.md", "the limit is 1,000,000"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_with_the_reason(name: str) -> None:
    make, filename, reason = REFUSED[name]
    with pytest.raises(Refused, match=reason):
        convert(make(), filename)


def test_macros_are_left_out_and_said_so() -> None:
    found = convert(docx([("", "Be fair.")], extra={"word/vbaProject.bin": b"\0macro"}), "g.docx")
    assert found.notes == ["Macros left out."]


def test_a_parser_that_hangs_is_ended_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from evaltool.base.documents import child

    monkeypatch.setattr(child, "SECONDS", -9.8)
    with pytest.raises(Refused, match="could not be read within"):
        convert(docx(chapters(400)), "g.docx")


def test_headings_are_set_and_unset_by_their_line() -> None:
    text = "# Guide\n\n**Tone**\n\nBe fair.\n\nIrony\n-----\n\nNever.\n\n1.2 Doubt\n\nAsk.\n"
    found = outline(text)
    assert [(h.line, h.level, h.title) for h in found] == [
        (0, 1, "Guide"),
        (2, 0, "Tone"),
        (6, 2, "Irony"),
        (11, 0, "1.2 Doubt"),
    ]
    changed = apply_levels(text, {2: 2, 6: 0, 11: 3})
    assert titles(changed) == [(1, "Guide"), (2, "Tone"), (3, "1.2 Doubt")]
    assert "Irony" in changed
    assert apply_levels(text, {}) == text
    assert apply_levels(changed, {line.line: line.level for line in outline(changed)}) == changed


@given(st.text(alphabet="#*_ ab1.\n-=", max_size=60), st.integers(0, 8), st.integers(0, 4))
def test_no_word_is_lost_whatever_is_chosen(text: str, line: int, level: int) -> None:
    def letters(value: str) -> str:
        return "".join(c for c in value if c in "ab1")

    assert letters(apply_levels(text, {line: level})) == letters(text)
