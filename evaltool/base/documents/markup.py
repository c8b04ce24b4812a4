"""HTML to Markdown: what may run or load is taken out first, then the rest is written as Markdown."""

import re

import nh3
from bs4 import BeautifulSoup
from markdownify import ATX, MarkdownConverter

from evaltool.base.documents.reading import Converted

TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "ul", "ol", "li", "dl", "dt", "dd", "blockquote"),
    *("strong", "b", "em", "i", "code", "pre", "kbd", "sub", "sup", "del", "s", "a"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "div", "section", "article", "main"),
}
DROPPED = {"script", "style", "template", "noscript", "iframe", "object", "title", "svg", "math", "form", "nav"}
BLANKS = re.compile(r"\n{3,}")


def from_html(data: bytes) -> Converted:
    """An HTML page; its declared or likely encoding is used."""
    soup = BeautifulSoup(data, "html.parser")
    notes = []
    for tags, words in (("script", "script"), ("img", "picture"), ("iframe, object, embed", "embedded frame")):
        count = len(soup.select(tags))
        if count:
            notes.append(f"{count} {words}{'s' if count > 1 else ''} left out.")
    return Converted(markdown_of(str(soup)), notes)


def markdown_of(markup: str) -> str:
    """Markdown of HTML that nobody vouches for: only plain marks and links to web and mail addresses survive."""
    clean = nh3.clean(
        markup,
        tags=TAGS,
        clean_content_tags=DROPPED,
        attributes={"a": {"href"}, "td": {"colspan"}, "th": {"colspan"}},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    text = MarkdownConverter(heading_style=ATX, bullets="-", escape_misc=False).convert(clean)
    lines = [line.rstrip() for line in text.replace("\xa0", " ").split("\n")]
    return BLANKS.sub("\n\n", "\n".join(lines)).strip() + "\n"
