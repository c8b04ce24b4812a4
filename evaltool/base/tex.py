r"""Where a text holds TeX: `$x$`, `$$x$$`, `\(x\)`, `\[x\]`, in a line or as a paragraph of its own.

Rules for a single `$`, so that prices stay prices. The first is Pandoc's, the others follow from what people write:
no space inside the marks and no digit after the closing one ("$5 and $10"); no letter or digit right before the
opening one ("US$5 or CA$6"); and what begins with a number holds no plain word ("$5 to 6$"). `$$$` is no mark at all
("restaurants from $$ to $$$").
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

MAX_TEX = 2000
"""Characters of one formula; longer ones stay text."""

PAIRS = (("$$", "$$"), ("\\(", "\\)"), ("\\[", "\\]"))
BLOCK_PAIRS = (("$$", "$$"), ("\\[", "\\]"))
NAMED_TEXT = re.compile(r"\\(?:text|mathrm|operatorname|mbox)\w*\s*\{[^{}]*\}")
PRICE = re.compile(r"[\d.,]+%?\s[^\\]*?(?<![\\A-Za-z])[A-Za-z]{2,}")


def add_to(parser: MarkdownIt) -> None:
    """Teach the parser both rules; it makes tokens of type `tex` whose content is the source with its marks."""
    parser.inline.ruler.before("escape", "tex", _inline)
    parser.block.ruler.before("fence", "tex", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]})


def formula_end(src: str, pos: int, limit: int) -> int | None:
    """Where the formula that begins at `pos` ends, its closing mark included; None when none begins there."""
    for opening, closing in PAIRS:
        if src.startswith(opening, pos):
            return _pair_end(src, pos, limit, closing)
    return _dollar_end(src, pos, limit) if src.startswith("$", pos) else None


def _pair_end(src: str, pos: int, limit: int, closing: str) -> int | None:
    end = src.find(closing, pos + 2, limit)
    inner = src[pos + 2 : end] if end > 0 else ""
    if not inner.strip() or "$" in (inner[0], src[end + 2 : end + 3]):
        return None
    return end + 2


def _dollar_end(src: str, pos: int, limit: int) -> int | None:
    if src[pos + 1 : pos + 2].isspace() or src[max(0, pos - 1) : pos].isalnum():
        return None
    end = src.find("$", pos + 1, limit)
    if end <= pos + 1 or src[end - 1].isspace() or src[end + 1 : end + 2].isdecimal():
        return None
    return None if is_price(src[pos + 1 : end]) else end + 1


def is_price(inner: str) -> bool:
    """Whether what stands between two dollar signs reads as a sum of money and words, not as a formula."""
    return PRICE.match(NAMED_TEXT.sub("", inner)) is not None


def _inline(state: StateInline, silent: bool) -> bool:
    r"""A formula in a line: `_` and `*` in it are no emphasis, `\\` no escape."""
    end = formula_end(state.src, state.pos, min(state.posMax, state.pos + MAX_TEX))
    if end is None:
        return False
    if not silent:
        token = state.push("tex", "", 0)
        token.content = state.src[state.pos : end]
    state.pos = end
    return True


def _block(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """A formula on lines of its own: what looks like a list or a heading inside it is part of it."""
    start = state.bMarks[first] + state.tShift[first]
    pair = next((pair for pair in BLOCK_PAIRS if state.src.startswith(pair[0], start)), None)
    if pair is None or state.is_code_block(first):
        return False
    line = _closing_line(state, first, last, start, pair[1])
    if line is None:
        return False
    if not silent:
        source = state.getLines(first, line + 1, state.blkIndent, False).strip()
        state.push("paragraph_open", "p", 1).map = [first, line + 1]
        inline = state.push("inline", "", 0)  # which the rule above makes one formula of
        inline.content, inline.map, inline.children = source, [first, line + 1], []
        state.push("paragraph_close", "p", -1)
        state.line = line + 1
    return True


def _closing_line(state: StateBlock, first: int, last: int, start: int, closing: str) -> int | None:
    """The line that ends with the closing mark, if the formula begins at `start` and nothing follows it there."""
    for line in range(first, last):
        if state.eMarks[line] - start > MAX_TEX or (line > first and state.sCount[line] < state.blkIndent):
            return None
        text = state.src[start if line == first else state.bMarks[line] : state.eMarks[line]].rstrip()
        inner = text[2:] if line == first else text
        if closing in inner:
            whole = state.src[start : state.eMarks[line]].rstrip()
            return line if _pair_end(whole, 0, len(whole), closing) == len(whole) else None
    return None
