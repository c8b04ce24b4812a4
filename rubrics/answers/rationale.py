"""When a reason in writing is owed, and whether one is long enough."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from rubrics.kinds import kind_of
from rubrics.kinds.base import is_na
from rubrics.models import Criterion, Rationale

LONGEST = 20_000

# Scripts that set no spaces between words: each of their letters counts as a word.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]"
)


@dataclass(frozen=True)
class RationaleRule:
    """How long a required reason has to be (the project's policy)."""

    characters: int = 40
    words: int = 8


def count_characters(text: str) -> int:
    """Visible characters: runs of white space count once, characters that show nothing not at all."""
    seen = "".join(c for c in text if unicodedata.category(c) not in {"Cf", "Cc"} or c.isspace())
    return len(" ".join(seen.split()))


def count_words(text: str) -> int:
    """Runs between spaces that hold a letter or a figure; in scripts without spaces, letters."""
    return sum(len(UNSPACED.findall(run)) or any(c.isalnum() for c in run) for run in text.split())


def is_owed(criterion: Criterion, value: Any) -> bool:
    """Whether this value needs a reason. N/A is as far out as a value can be."""
    if criterion.rationale == Rationale.EXTREME:
        return is_na(value) or kind_of(criterion).extreme(criterion, value)
    return criterion.rationale == Rationale.REQUIRED


def shortcoming(text: str, rule: RationaleRule) -> str:
    """What a required reason lacks, in a sentence; "" when it is enough."""
    if not text.strip():
        return "Say why, in a sentence or two."
    characters, words = count_characters(text), count_words(text)
    if characters >= rule.characters and words >= rule.words:
        return ""
    return (
        f"Say a little more: the reason has {characters} characters and {words} words, "
        f"and needs {rule.characters} and {rule.words}."
    )


def hint(criterion: Criterion) -> str:
    """When a reason is asked for, in words; "" where none can be given."""
    if criterion.rationale == Rationale.NEVER:
        return ""
    if criterion.rationale == Rationale.REQUIRED:
        return "Required"
    words = kind_of(criterion).extreme_words(criterion) if criterion.rationale == Rationale.EXTREME else ""
    if words:
        return f"Required at {words}" + (", and for N/A" if criterion.allow_na else "")
    return "Optional"
