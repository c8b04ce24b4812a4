"""Where in its source each visible character of a rendered text stands.

A reader selects words of the rendered page, a mark counts characters of the source. Both sides agree on the visible
characters that are no white space, in reading order; a formula counts as one. The parser is the renderer's own, with
every rule of a line noting where it began and ended, so that nothing has to be guessed from the result.
"""

import hashlib
import json
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from django.core.cache import cache
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from evaltool.base.markdown import (
    GOOD_LINK,
    KEEP_SECONDS,
    MAX_LEVEL,
    RENDERER_VERSION,
    SHORT,
    _build,
    _too_long,
    _well_formed,
)

log = logging.getLogger("evaltool.positions")

VERSION = "1"
"""Part of every cache key, beside the renderer's: raise it whenever the positions of some text change."""
SPACES = frozenset(
    "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
)
"""What counts as white space: the characters of JavaScript's `\\s`."""
FORMULA = "\N{OBJECT REPLACEMENT CHARACTER}"
CELL_END = re.compile(r"(?<!\\)\|")

Seen = tuple[str, int, int]
"""A visible character and the half-open range of the source that it stands for."""


def source_maps(texts: Sequence[str]) -> list[str]:
    """`source_map` of several texts; the cache is asked once for the long ones and may be away."""
    keys = {text: _key(text) for text in texts if len(text) > SHORT}
    try:
        kept = dict(cache.get_many(keys.values())) if keys else {}
    except Exception:
        log.warning("the cache is away, positions are found without it")
        kept = {}
    fresh = {key: _map_or_none(text) for text, key in keys.items() if key not in kept}
    try:
        if fresh:
            cache.set_many(fresh, KEEP_SECONDS)
    except Exception:
        log.warning("the cache is away, positions are not kept")
    return [(kept | fresh)[keys[text]] if text in keys else _short_map(text) for text in texts]


@lru_cache(maxsize=1024)
def _short_map(text: str) -> str:
    return _map_or_none(text)


def _map_or_none(text: str) -> str:
    """A text is readable whatever fails; without positions its words can still be quoted."""
    try:
        return source_map(text)
    except Exception:
        log.exception("the positions of a text %d characters long could not be found", len(text))
        return "[]"


def _key(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"positions:{RENDERER_VERSION}.{VERSION}:{digest}"


def source_map(text: str) -> str:
    """The positions of a text for a script, as JSON: runs in reading order, each after `skip` characters of the source.

    `[skip, n]` are n visible characters that stand for n of the source; `[skip, n, length]` are n visible characters
    that stand together for `length` of the source (an entity, a formula; 0 for what the source does not have).
    """
    runs: list[list[int]] = []
    at = 0
    for _, start, end in visible(text.replace("\r\n", "\n").replace("\r", "\n")):
        plain = end - start == 1
        if (runs and plain and start == at and len(runs[-1]) == 2) or (
            runs and len(runs[-1]) == 3 and not plain and (start, end) == (at - runs[-1][2], at)
        ):
            runs[-1][1] += 1
        else:
            runs.append([start - at, 1] if plain else [start - at, 1, end - start])
        at = end
    return json.dumps(runs, separators=(",", ":"))


@lru_cache(maxsize=2)  # the marks of one answer ask for one text many times
def visible(text: str) -> tuple[Seen, ...]:
    """The visible characters of a text with "\\n" as its line end, without white space, in reading order.

    A text that is shown as typed (too long, nested too deeply) stands for itself.
    """
    tokens = [] if _too_long(text) else _parser().parse(_well_formed(text))
    if _too_long(text) or any(token.level >= MAX_LEVEL - 1 for token in tokens):
        return tuple((c, at, at + 1) for at, c in enumerate(text) if c not in SPACES)
    return tuple(seen for seen in _Reader(text).read(tokens) if seen[0] not in SPACES)


# ------------------------------------------------------------------ parser


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    """The renderer's parser up to the tokens of a line, before they are joined and shaped."""
    parser = _build()
    rules = parser.inline.ruler
    for name, rule in list(zip(rules.get_active_rules(), rules.getRules(""), strict=True)):
        rules.at(name, _noting(rule))
    parser.block.ruler.at("table", _noting_rows(table), {"alt": ["paragraph", "reference"]})
    parser.core.ruler.enableOnly(["normalize", "block", "inline"])
    return parser


def _noting(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    """The rule, which also notes on its tokens from where to where they stand in the line."""

    def run(state: StateInline, silent: bool) -> bool:
        start, known = state.pos, len(state.tokens)
        done = rule(state, silent)
        if done and not silent:
            for token in state.tokens[known:]:
                if token.type != "text":  # words before the construct, and marks that may yet become emphasis
                    token.meta.setdefault("at", (start, state.pos))
        return done

    return run


def _noting_rows(rule: Callable[[StateBlock, int, int, bool], bool]) -> Callable[[StateBlock, int, int, bool], bool]:
    """The rule, which also notes where each row begins, behind the marks of the lists and quotes it stands in."""

    def run(state: StateBlock, first: int, last: int, silent: bool) -> bool:
        known = len(state.tokens)
        done = rule(state, first, last, silent)
        for token in state.tokens[known:] if done and not silent else ():
            if token.type == "tr_open" and token.map:
                token.meta["at"] = state.bMarks[token.map[0]] + state.tShift[token.map[0]]
        return done

    return run


# ------------------------------------------------------------------ reading


class _Reader:
    """Walks the blocks of one text."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def read(self, tokens: Sequence[Token]) -> Iterator[Seen]:
        """Every visible character of these blocks."""
        before, cell = Token("", "", 0), 0
        for token in tokens:
            if token.type == "tr_open":
                cell = token.meta["at"] - self.starts[_first(token)]
                cell += self.lines[_first(token)].startswith("|", cell)
            elif token.type in {"fence", "code_block"}:
                skipped = 1 if token.type == "fence" else 0
                places = self._lines(token.content, _first(token) + skipped)
                yield from ((c, places[at], places[at] + 1) for at, c in enumerate(token.content))
            elif token.type == "inline" and before.type in {"th_open", "td_open"}:
                places, cell = self._cell(token.content, _first(token), cell)
                yield from _placed(token, places)
            elif token.type == "inline":
                marks = before.markup if before.type == "heading_open" and "#" in before.markup else ""
                yield from _placed(token, self._lines(token.content, _first(token), marks))
            before = token

    def _lines(self, content: str, first: int, marks: str = "") -> list[int]:
        """The place in the source of each character of lines that lost what stood before them, and of their end."""
        places: list[int] = []
        for number, line in enumerate(content.split("\n"), first):
            words = line.strip(" \t")
            source = self.lines[number] if number < len(self.lines) else ""
            after = source.find(marks) + len(marks) if marks else 0
            at = source.find(words, after) if marks else source.rfind(words)
            start = self.starts[min(number, len(self.lines))] + max(at, 0) - line.find(words)
            places += [start + index for index in range(len(line) + 1)]
        return places

    def _cell(self, content: str, number: int, at: int) -> tuple[list[int], int]:
        """The same for a cell of a table that begins at `at` in its line, and where the next one begins."""
        source = self.lines[number]
        end = next((m.start() for m in CELL_END.finditer(source, at)), len(source))
        places, where = [], at
        while where < end and source[where] in " \t":
            where += 1
        for character in content:
            if character == "|" and source.startswith("\\|", where):
                where += 1
            places.append(self.starts[number] + where)
            where += 1
        return [*places, self.starts[number] + where], end + 1


def _first(token: Token) -> int:
    return token.map[0] if token.map else 0


# A line: what its tokens show, and where the construct that each came from stood.


def _placed(token: Token, places: list[int]) -> Iterator[Seen]:
    """The visible characters of a line, whose character n stands at `places[n]` of the source."""
    for shown, start, end in _line(token):
        first = places[start]
        yield shown, first, places[end - 1] + 1 if end > start else first


def _line(token: Token) -> Iterator[Seen]:
    source, at, refused = token.content, 0, list[str]()
    for child in token.children or ():
        begin, end = child.meta.get("at", (at, at + len(child.markup)))
        if child.type == "text":
            yield from _text(child.content, source, at)
            at = _text_end(child.content, source, at)
        elif child.type in SHOWN:
            yield from SHOWN[child.type](child, source, begin, end)
            at = end
        elif child.type == "link_open":
            href = str(child.attrGet("href") or "")
            refused.append("" if GOOD_LINK.match(href) else f"({href})")
            at = begin + 1
        elif child.type == "link_close":
            yield from ((c, end, end) for c in (refused.pop() if refused else ""))
            at = end
        else:
            at = end


def _text(content: str, source: str, at: int) -> Iterator[Seen]:
    found = source.find(content, at)
    if found < 0:  # an address that is shown otherwise than it is typed: it stands for the whole
        yield from ((c, at, _text_end(content, source, at)) for c in content)
    else:
        yield from ((c, found + index, found + index + 1) for index, c in enumerate(content))


def _text_end(content: str, source: str, at: int) -> int:
    found = source.find(content, at)
    if found >= 0:
        return found + len(content)
    closing = source.find(">", at)
    return closing if closing >= 0 else len(source)


def _whole(child: Token, source: str, begin: int, end: int) -> Iterator[Seen]:
    """An escape or an entity: what it shows stands for all of it."""
    yield from ((c, begin, end) for c in child.content)


def _code(child: Token, source: str, begin: int, end: int) -> Iterator[Seen]:
    inner = range(begin + len(child.markup), end - len(child.markup))
    yield from ((source[at], at, at + 1) for at in inner)


def _formula(child: Token, source: str, begin: int, end: int) -> Iterator[Seen]:
    yield FORMULA, begin, end


SHOWN: dict[str, Callable[[Token, str, int, int], Iterator[Seen]]] = {
    "text_special": _whole,
    "code_inline": _code,
    "tex": _formula,
}
