"""The sentences of a Markdown text, cut roughly: a list to start from, never anything that counts."""

import re

MARKER = re.compile(r"^\s*(?:[-*+]|\d+[.)]|#{1,6}|>)\s+")
INLINE = re.compile(r"\*\*|__|`")
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
RULE = re.compile(r"^\s*(?:\|.*|[-=*_]{3,}\s*)$")
BEGIN = r"(?=[\"“‘(]?[^\W\d_a-z]|\d)"
END = re.compile(rf"(?<=[.!?…])\s+{BEGIN}|(?<=[.!?…][\"”’)])\s+{BEGIN}|(?<=[。！？])")
SHORTEST, LONGEST = 8, 1000


def sentences(text: str, most: int) -> list[str]:
    """The first sentences of a text, each once; code, tables and what is too short to be a statement are left out."""
    found: dict[str, None] = {}
    in_code = False
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            in_code = not in_code
        elif not in_code and not RULE.match(line):
            plain = INLINE.sub("", LINK.sub(r"\1", MARKER.sub("", line)))
            found |= dict.fromkeys(one for part in END.split(plain) if SHORTEST <= len(one := part.strip()) <= LONGEST)
        if len(found) >= most:
            break
    return list(found)[:most]
