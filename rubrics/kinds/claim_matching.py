"""Claims of several answers that say the same: how far apart, what is right, what is agreed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import Any
from urllib.parse import urlsplit

from rubrics.kinds import checks
from rubrics.kinds.base import UNGRADED, Credit
from rubrics.kinds.claim_verdicts import COUNTS, opposite, rollup, verdicts_of
from rubrics.models import Criterion
from stats.matching import match_statements, same_words

DETAIL = 0.1
"""How far two claims lie apart that have the same verdict and differ in their words, source or note."""

Group = dict[int, dict[str, str]]
"""Claims that say the same, by the place of the answer each stands in."""


def groups_of(values: Sequence[Mapping[str, Any]]) -> list[Group]:
    """The claims of several answers, those that say the same together, in the order people wrote them."""
    lists = [value["claims"] for value in values]
    matched = match_statements([[claim["text"] for claim in claims] for claims in lists])
    return [{number: lists[number][place] for number, place in group.items()} for group in matched]


def shared(pairs: Iterable[tuple[Any, Any]]) -> int:
    """How many claims both list."""
    return sum(bool(one and other) for one, other in pairs)


def gap(criterion: Criterion, one: Mapping[str, str] | None, other: Mapping[str, str] | None) -> float:
    """How far two claims that say the same lie apart, 0 to 1; None is a claim that one does not list."""
    if one is None or other is None or opposite(criterion, one, other):
        return 1.0
    if one["verdict"] != other["verdict"]:
        return 0.5
    return 0.0 if one == other else DETAIL


def reason(criterion: Criterion, apart: Sequence[tuple[Any, Any]], whole: set[str], alone: int) -> str:
    """What differs, in words: the first claim with different verdicts, the whole, or what only one lists."""
    if apart:
        titles = verdicts_of(criterion)
        order = list(titles)
        first = min(apart, key=lambda pair: min(claim["text"] for claim in pair))
        said = [titles[key]["title"] for key in sorted({claim["verdict"] for claim in first}, key=order.index)]
        more = f", and {len(apart) - 1} more" if len(apart) > 1 else ""
        return f"“{checks.shortened(min(claim['text'] for claim in first), 60)}”: {' against '.join(said)}{more}"
    if len(whole) > 1:
        return " against ".join(COUNTS[counts] for counts in COUNTS if counts in whole)
    return f"{alone} claim{'' if alone == 1 else 's'} only one lists" if alone else "Differ in details"


def credit_of(criterion: Criterion, value: Mapping[str, Any], gold: Mapping[str, Any], optional: set[str]) -> Credit:
    """The credit against one accepted answer; claims that say the same as an optional one are left out of both."""
    groups = [(group.get(0), group.get(1)) for group in groups_of([value, gold])]
    counted = [(own, key) for own, key in groups if key is None or same_words(key["text"]) not in optional]
    if optional and not counted:
        return UNGRADED
    right = sum(own["verdict"] == key["verdict"] for own, key in counted if own and key)
    size = sum((own is not None) + (key is not None) for own, key in counted)
    against = any(own and key and opposite(criterion, own, key) for own, key in counted)
    wholes = {rollup(criterion, {"claims": [pair[side] for pair in counted if pair[side]]}) for side in (0, 1)}
    credit = 2 * right / size if size else 1.0  # both have nothing to check
    return Credit(credit=credit, exact=credit == 1, within=not against and len(wholes) == 1)


def merit(credit: Credit) -> tuple[float, bool]:
    """Of several accepted answers the one with the best credit counts."""
    return (-1.0 if credit.credit is None else credit.credit, credit.within)


def settled_claim(criterion: Criterion, group: Group, weights: Sequence[float]) -> dict[str, str]:
    """The heaviest verdict; the graver, then the earlier in the rubric, of two; told as its heaviest supporter does."""
    order, gravity = list(verdicts_of(criterion)), list(COUNTS)
    votes = {key: fsum(weights[n] for n, c in group.items() if c["verdict"] == key) for key in order}
    most = max(votes.values()) * (1 - 1e-9)
    leading = [key for key in order if votes[key] >= most and any(c["verdict"] == key for c in group.values())]
    verdict = min(leading, key=lambda key: gravity.index(verdicts_of(criterion)[key]["counts"]))
    telling = [(-weights[n], json.dumps(c, sort_keys=True), c) for n, c in group.items() if c["verdict"] == verdict]
    return min(telling, key=lambda one: one[:2])[2]


def read_row(criterion: Criterion, group: Group, letters: Sequence[str]) -> dict[str, Any]:
    """What the `read` partial shows of claims that say the same."""
    verdicts, first = verdicts_of(criterion), group[min(group)]
    said = [
        {
            **claim,
            "letter": letters[n],
            "title": verdicts[claim["verdict"]]["title"],
            "counts": verdicts[claim["verdict"]]["counts"],
            "host": urlsplit(claim["source"]).hostname if claim["source"] else "",
            "words": claim["text"] if claim["text"] != first["text"] else "",
        }
        for n, claim in sorted(group.items())
    ]
    missing = [letter for n, letter in enumerate(letters) if n not in group]
    same = not missing and len({claim["verdict"] for claim in group.values()}) == 1
    return {"text": first["text"], "said": said, "missing": missing, "same": same}
