"""Claims as rows of a form, and as the clean claims they become."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.http import QueryDict

from rubrics.kinds.base import Refused
from rubrics.kinds.claim_verdicts import most_of, verdicts_of
from rubrics.models import Criterion
from stats.matching import same_words

FIELDS = ("text", "verdict", "source", "quote", "date", "note")
LENGTHS = {"text": 1000, "verdict": 60, "source": 2000, "quote": 2000, "date": 10, "note": 2000}
MOST_ROWS = 200  # of a posted form, so that nobody makes the server count for ever
EMPTY = dict.fromkeys(FIELDS, "")


def row_numbers(data: QueryDict, start: str) -> list[str]:
    """The numbers of the rows a form posted."""
    found = {name.removeprefix(start).partition(".")[0] for name in data if name.startswith(start)}
    return sorted((n for n in found if n.isascii() and n.isdecimal() and len(n) < 5), key=int)[:MOST_ROWS]


def rows_of(raw: Any) -> list[dict[str, str]]:
    """The rows of a raw answer of any shape, every part a text."""
    listed = raw.get("claims") if isinstance(raw, Mapping) else None
    rows = [row for row in listed if isinstance(row, Mapping)] if isinstance(listed, list) else []
    return [{part: text if isinstance(text := row.get(part), str) else "" for part in FIELDS} for row in rows]


def is_filled(row: Mapping[str, str]) -> bool:
    """Whether any part of a row says something."""
    return any(text.strip() for text in row.values())


def is_plain(raw: Mapping[str, Any]) -> bool:
    """Whether a raw answer has the shape of one."""
    listed = raw.get("claims")
    known = set(raw) <= {"claims", "none", "sentences"}
    return known and isinstance(listed, list) and all(isinstance(row, Mapping) for row in listed)


def says_none(raw: Any) -> bool:
    """An empty list is an answer: there is nothing to check."""
    return isinstance(raw, Mapping) and (
        bool(raw.get("none")) or (raw.get("claims") == [] and not raw.get("sentences"))
    )


def form_row(criterion: Criterion, row: Mapping[str, str], index: int | None) -> dict[str, Any]:
    """`index` None makes the pattern that the script copies."""
    return {
        **row,
        "n": "__n__" if index is None else str(index),
        "number": "" if index is None or index > MOST_ROWS else index + 1,
        "verdicts": [
            {**verdict, "digit": str(digit), "checked": verdict["key"] == row["verdict"]}
            for digit, verdict in enumerate(criterion.config["verdicts"], start=1)
        ],
    }


def clean_claims(criterion: Criterion, raw: Any, *, evidence: bool) -> dict[str, Any]:
    """The clean value of a raw answer; `evidence` False lets sources and quotes be missing. Raises Refused."""
    if not isinstance(raw, Mapping) or not is_plain(raw):
        raise Refused("Claims are a list, each with text, verdict, source, quote, date and note.")
    if raw.get("sentences"):
        raise Refused("The sentences stand among the claims now. Give each a verdict, or remove it.")
    listed = [row for row in raw["claims"] if any(value not in (None, "") for value in row.values())]
    if raw.get("none") and listed:
        raise Refused("There are claims, and “Nothing to check” is ticked too.")
    if raw["claims"] and not listed:
        raise Refused("Every claim is empty.")
    if len(listed) > most_of(criterion):
        raise Refused(f"{len(listed)} claims are listed; at most {most_of(criterion)} fit.")
    found = [_clean_claim(criterion, row, number, evidence) for number, row in enumerate(listed, start=1)]
    reasons = [reason for _, faults in found for reason in faults] or _twice([claim for claim, _ in found])
    if reasons:
        raise Refused(*reasons)
    return {"claims": [claim for claim, _ in found]}


def _clean_claim(
    criterion: Criterion, row: Mapping[str, Any], number: int, evidence: bool
) -> tuple[dict[str, str], list[str]]:
    """The claim, and what is wrong with it."""
    name, given = f"Claim {number}", {part: row.get(part) or "" for part in FIELDS}
    if strange := [str(part)[:60] for part in row if part not in FIELDS]:
        return {}, [f"{name}: “{strange[0]}” is no part of a claim."]
    if wrong := [part for part, text in given.items() if not isinstance(text, str)]:
        return {}, [f"{name}: “{wrong[0]}” has to be a text."]
    claim = {part: text.replace("\r\n", "\n").replace("\r", "\n").strip() for part, text in given.items()}
    return claim, [f"{name} {reason}" for reason in _faults(criterion, claim, evidence)]


def _faults(criterion: Criterion, claim: Mapping[str, str], evidence: bool) -> list[str]:
    verdict = verdicts_of(criterion).get(claim["verdict"])
    long = [part for part, text in claim.items() if len(text) > LENGTHS[part]]
    reasons = [f"has a {part} of {len(claim[part]):,} characters; at most {LENGTHS[part]:,} fit." for part in long]
    if not claim["text"]:
        reasons.append("has no words. Write it, or empty its other fields.")
    if verdict is None:
        reasons.append(
            f"has the verdict “{claim['verdict'][:60]}”, none of these." if claim["verdict"] else "has no verdict."
        )
    if evidence and verdict and verdict["evidence"] and not (claim["source"] and claim["quote"]):
        reasons.append(f"is “{verdict['title']}”: give a source and the words in it that show it.")
    if claim["source"] and not _is_address(claim["source"]):
        reasons.append("has a source that is no web address; it begins with https:// or http://.")
    if claim["date"] and not _is_date(claim["date"]):
        reasons.append("has a date that is none; write it as 2026-11-19.")
    return reasons


def _is_address(text: str) -> bool:
    """An address a reader can follow; it is never opened from here."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    hidden = any(character.isspace() or not character.isprintable() for character in text)
    known = parts.scheme in {"http", "https"} and port != 0 and "@" not in parts.netloc
    return known and "." in host.strip(".") and not hidden and not set(text) & set('<>"\\^`{|}')


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _twice(claims: Sequence[Mapping[str, str]]) -> list[str]:
    seen: dict[str, int] = {}
    reasons = []
    for number, claim in enumerate(claims, start=1):
        first = seen.setdefault(same_words(claim["text"]), number)
        if first != number:
            reasons.append(f"Claims {first} and {number} say the same.")
    return reasons
