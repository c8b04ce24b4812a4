"""The one renderer of other people's text, and the only place that marks text safe.

Markdown (CommonMark, tables, strikethrough) with raw HTML and images off, code colored by classes, then an allow-list
over tags, attributes, classes and schemes. What could mislead a reader is shown instead of hidden: direction controls
carry a badge, and links that would leave by a back way (`//host`, other schemes, paths of our own site) become text
with their address behind them. TeX keeps every character, as text in `<span class="md-tex">`; a script makes MathML of
it in the browser. Code stands in `<div class="md-code">`, to which a script adds the button that copies it.
"""

import hashlib
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import nh3
from django.core.cache import cache
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

from evaltool.base import tex

log = logging.getLogger("evaltool.markdown")

RENDERER_VERSION = "2"
"""Part of every cache key: raise it whenever the output for some text changes."""

MAX_CHARS = 200_000
MAX_LEVEL = 60  # nesting of blocks; deeper text is shown as typed rather than cut off
MAX_MARKS = {"[": 200, "]": 400, "*": 1500, "_": 1500, "~": 600, "`": 1500, "$": 600, "<": 600}
"""Special characters one paragraph may hold: some are matched in pairs, at a cost that grows with their square."""
MAX_BRACKETS = 4000  # "[" in one text, for the same reason
MAX_CODE = 12_000  # characters of code in one text that are colored
KEEP_SECONDS = 30 * 24 * 3600
SHORT = 600  # characters of a text whose rendering is kept in the process

LANGUAGES = frozenset({
    "bash", "c", "cpp", "csharp", "css", "diff", "go", "html", "ini", "java", "javascript", "js", "json",
    "jsx", "kotlin", "php", "powershell", "py", "python", "r", "ruby", "rust", "scala", "sh", "shell", "sql",
    "swift", "toml", "ts", "tsx", "typescript", "xml", "yaml", "yml",
})  # fmt: skip
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
HALVES = re.compile("[\ud800-\udfff]")
GOOD_LINK = re.compile(r"(?:https?://[^/?#]|mailto:[^/?#]|#[\w.-]*\Z)", re.IGNORECASE)

TAGS = frozenset({
    "a", "bdi", "blockquote", "br", "code", "del", "div", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
    "pre", "s", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
})  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
FIXED_VALUES = {"a": {"target": {"_blank"}}, "pre": {"tabindex": {"0"}}, "div": {"tabindex": {"0"}}}
CODE_CLASSES = frozenset(f"hl-{name}" for name in STANDARD_TYPES.values() if name)
CLASSES: dict[str, set[str]] = {
    "span": {"md-tex", "md-off", *CODE_CLASSES},
    "div": {"md-table", "md-code"},
    "td": {"md-r", "md-c"},
    "th": {"md-r", "md-c"},
    "p": {"md-note"},
    "pre": {"md-plain"},
}


# --------------------------------------------------------------- doors


def render_markdown(text: str) -> SafeString:
    """A whole text as sanitised HTML, from the cache when it was shown before; never fails."""
    return _cached("block", text)


def render_inline(text: str) -> SafeString:
    """One line (help, a note) as sanitised HTML without blocks; line breaks become spaces."""
    return _cached("line", text)


def to_plain(text: str) -> str:
    """The words of a Markdown text on one line, without marks; plain text, not safe HTML."""
    if _too_long(text):
        return " ".join(text.split())
    found: list[str] = []
    for token in _parser.parse(text):
        if token.type == "inline":
            found.append("".join(_words(child) for child in token.children or []))
        elif token.type in {"fence", "code_block"}:
            found.append(token.content)
    return " ".join(" ".join(found).split())


def _words(token: Token) -> str:
    return " " if token.type in {"softbreak", "hardbreak"} else token.content


# --------------------------------------------------------------- cache


@dataclass(frozen=True)
class Rendered:
    """A text as sanitised HTML, and how many words it has."""

    html: SafeString
    words: int


def render_texts(texts: Sequence[str]) -> list[Rendered]:
    """Several whole texts, as a conversation has; the cache is asked once for all of them. Never fails."""
    kept = _ask({_key("block", text) for text in texts if len(text) > SHORT})
    fresh: dict[str, tuple[str, int]] = {}
    found = [_one("block", text, kept, fresh) for text in texts]
    _keep(fresh)
    return [Rendered(mark_safe(html), words) for html, words in found]


def _cached(kind: str, text: str) -> SafeString:
    """The rendering from memory (short texts) or the cache (long ones); a text is readable whatever fails."""
    fresh: dict[str, tuple[str, int]] = {}
    html, _ = _one(kind, text, _ask({_key(kind, text)} if len(text) > SHORT else set()), fresh)
    _keep(fresh)
    return mark_safe(html)


def _one(kind: str, text: str, kept: Mapping[str, Any], fresh: dict[str, tuple[str, int]]) -> tuple[str, int]:
    """The rendering of a text and its words: kept in the process, kept in the cache, or made, then noted as fresh."""
    try:
        if len(text) <= SHORT:
            return _short(RENDERER_VERSION, kind, text)
        key = _key(kind, text)
        if key not in kept and key not in fresh:
            fresh[key] = _made(kind, text)
        return fresh[key] if key in fresh else kept[key]
    except Exception:
        log.exception("text %d characters long could not be formatted", len(text))
        return _as_typed(text, "This text could not be formatted."), len(text.split())


def _made(kind: str, text: str) -> tuple[str, int]:
    return RENDER[kind](text), len(text.split())


@lru_cache(maxsize=2048)
def _short(version: str, kind: str, text: str) -> tuple[str, int]:
    """Help texts, level texts, titles: dozens on a page, cheaper kept in the process than fetched."""
    return _made(kind, text)


def _key(kind: str, text: str) -> str:
    """The renderer's version and the text's hash: another version or another text is another entry."""
    return f"markdown:{RENDERER_VERSION}:{kind}:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _ask(keys: set[str]) -> dict[str, Any]:
    """What the cache has; nothing while it is away."""
    try:
        return dict(cache.get_many(keys)) if keys else {}
    except Exception:
        log.warning("the cache is away, texts are rendered without it")
        return {}


def _keep(fresh: Mapping[str, tuple[str, int]]) -> None:
    try:
        if fresh:
            cache.set_many(dict(fresh), KEEP_SECONDS)
    except Exception:
        log.warning("the cache is away, a rendering is not kept")


# ----------------------------------------------------------- rendering


def _render_blocks(text: str) -> str:
    if _too_long(text):
        return _as_typed(text, f"This text is longer than {MAX_CHARS:,} characters.")
    tokens = _parser.parse(_well_formed(text))
    if any(token.level >= MAX_LEVEL - 1 for token in tokens):
        return _as_typed(text, "This text is nested too deeply to be formatted.")
    return _clean(_parser.renderer.render(tokens, _parser.options, {}))


def _render_line(text: str) -> str:
    line = " ".join(_well_formed(text).split())
    if len(line) > 5000:
        return _show_controls(escape(line))
    tokens = _parser.parseInline(line)
    return _clean(_parser.renderer.render(tokens, _parser.options, {}))


RENDER: dict[str, Callable[[str], str]] = {"block": _render_blocks, "line": _render_line}


def _too_long(text: str) -> bool:
    return len(text) > MAX_CHARS


def _well_formed(text: str) -> str:
    """Halves of characters, which no encoding can carry, become the replacement character."""
    return HALVES.sub("\N{REPLACEMENT CHARACTER}", text)


def _as_typed(text: str, why: str) -> str:
    clean = _well_formed(text).replace("\0", "\N{REPLACEMENT CHARACTER}")
    note = f'<p class="md-note">{escape(why)} It is shown as typed.</p>'
    return f'{note}<pre class="md-plain" tabindex="0">{_show_controls(escape(clean))}</pre>'


def _clean(html: str) -> str:
    """The allow-list over whatever the parser made; attributes hold no direction controls afterwards."""
    safe = nh3.clean(
        html,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        tag_attribute_values=FIXED_VALUES,
        allowed_classes=CLASSES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        attribute_filter=_attribute,
        clean_content_tags=set(),
    )
    return _show_controls(safe)


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if GOOD_LINK.match(value) and not BIDI.search(value) else None
    if name == "start":
        return value if value.isdecimal() and len(value) < 10 else None
    return value


def _show_controls(html: str) -> str:
    """Each direction control sits in its own `<bdi>` with a badge: seen, and without effect beyond it."""
    return BIDI.sub(lambda found: f'<bdi class="md-ctl md-{ord(found[0]):x}">{found[0]}</bdi>', html)


# ------------------------------------------------------------- parser


def _inline(state: StateCore) -> None:
    """Inline parsing as ever, except that a paragraph made of marks stays text (bounds the cost)."""
    brackets = 0
    for token in state.tokens:
        if token.type == "inline":
            token.children = []
            brackets += token.content.count("[")
            if brackets > MAX_BRACKETS or any(token.content.count(m) > limit for m, limit in MAX_MARKS.items()):
                token.children.append(Token("text", "", 0, content=token.content))
            else:
                state.md.inline.parse(token.content, state.md, state.env, token.children)


def _links(state: StateCore) -> None:
    """Links to other sites open apart; links by a back way become text with their address behind them."""
    for block in state.tokens:
        if block.type == "inline" and block.children:
            open_links: list[str | None] = []
            block.children = [new for token in block.children for new in _link_tokens(token, open_links)]


def _link_tokens(token: Token, open_links: list[str | None]) -> list[Token]:
    """What stands for one token; `open_links` holds the refused address of each open link, None for a good one."""
    if token.type == "link_open":
        href = str(token.attrGet("href") or "")
        good = bool(GOOD_LINK.match(href))
        open_links.append(None if good else href)
        return [_outward(token, href) if good else _span("md-off")]
    if token.type == "link_close" and open_links and (refused := open_links.pop()) is not None:
        return [Token("text", "", 0, content=f" ({refused})"), Token("off_close", "span", -1)]
    return [token]


def _span(css: str) -> Token:
    token = Token("off_open", "span", 1)
    token.attrSet("class", css)
    return token


def _outward(token: Token, href: str) -> Token:
    token.attrs = {"href": href}
    if not href.startswith("#"):
        token.attrSet("target", "_blank")
    return token


def _shape(state: StateCore) -> None:
    """Headings start below our own, and cells are aligned by class: style attributes are not allowed."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        elif token.type in {"td_open", "th_open"} and "style" in token.attrs:
            align = {"text-align:right": "md-r", "text-align:center": "md-c"}.get(str(token.attrs.pop("style")))
            if align:
                token.attrSet("class", align)


def _tex_html(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return f'<span class="md-tex">{escape(tokens[index].content)}</span>'


def _code_html(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    language = token.info.strip().split(" ")[0].lower() if token.info.strip() else ""
    env["colored"] = env.get("colored", 0) + len(token.content)
    code = escape(token.content) if env["colored"] > MAX_CODE else _colored(token.content, language)
    return f'<div class="md-code"><pre tabindex="0"><code>{code}</code></pre></div>\n'


def _colored(code: str, language: str) -> str:
    """Code with classes per kind of word, for the languages we know."""
    if language not in LANGUAGES:
        return escape(code)
    return str(highlight(code, get_lexer_by_name(language, stripnl=False), _formatter))


def _table_open(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return '<div class="md-table" tabindex="0"><table>\n'


def _table_close(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return "</table></div>\n"


def _build() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_LEVEL})
    parser.enable(["table", "strikethrough"]).disable("image")
    tex.add_to(parser)
    parser.core.ruler.at("inline", _inline)
    parser.core.ruler.push("links", _links)
    parser.core.ruler.push("shape", _shape)
    for name, rule in {
        "tex": _tex_html, "fence": _code_html, "code_block": _code_html,
        "table_open": _table_open, "table_close": _table_close,
    }.items():  # fmt: skip
        parser.add_render_rule(name, rule)
    return parser


_formatter = HtmlFormatter(nowrap=True, classprefix="hl-")
_parser = _build()
