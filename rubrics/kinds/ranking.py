"""`ranking`: the order of a task's responses, best first, with ties and unusable ones.

The value is `{"order": [["r2"], ["r1", "r3"]], "unusable": ["r4"]}`: groups of equals, best first, each sorted by id.
Where only the best k are ranked, the last group holds all the others.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.http import QueryDict

from evaltool.base.errors import Problem
from rubrics.kinds import checks
from rubrics.kinds.base import SAME, UNGRADED, Config, Credit, Difference, Kind, Marks, Names, Place, Refused
from rubrics.models import Criterion, Scope
from stats.median_ranking import median_ranking
from stats.ranking import count_pairs, partial_order_credit, ranking_credit, top_overlap

MOST = 9
ALIKE = 0.6
UNUSABLE = "unusable"
LOWER = "lower"
LINE = "|"
DEFAULTS = {"top": 0, "ties": True, "unusable": True}


class Ranking(Kind):
    """Radios post a rank, "unusable" or "lower" for each response, so `ranks` is the shape of a draft."""

    name = "ranking"
    title = "Ranking"
    help = "The responses in order, best first, or only the best of them."
    na_posted = ""
    why = "What decided it"
    scopes: ClassVar[frozenset[str]] = frozenset({Scope.TASK})
    layout = "compare"

    # ------------------------------------------------------ configuration

    def check_config(self, config: Any) -> list[Problem]:
        """How many places are told apart (0: all), and what may be said besides."""
        problems: list[Problem] = []
        if not checks.only(config, set(DEFAULTS), "", problems):
            return problems
        checks.whole(config.get("top", 0), "top", 0, MOST - 1, problems)
        flags = [part for part in ("ties", "unusable") if not isinstance(config.get(part, True), bool)]
        return problems + [Problem(part, "This has to be true or false.") for part in flags]

    def tidy_config(self, config: Config) -> Config:
        """Every part stated."""
        return {**DEFAULTS, **config}

    def starting_config(self) -> Config:
        """All responses, ties and unusable ones allowed."""
        return dict(DEFAULTS)

    def config_from_post(self, data: QueryDict, prefix: str) -> Config:
        """An empty number means all places."""
        flags = {part: bool(data.get(f"{prefix}.{part}")) for part in ("ties", "unusable")}
        return {"top": checks.as_number(data.get(f"{prefix}.top", "") or "0"), **flags}

    def config_context(self, config: Any) -> dict[str, Any]:
        """The configuration, the usual where it says nothing."""
        return {**DEFAULTS, **(config if isinstance(config, Mapping) else {})}

    def config_changes(self, old: Config, new: Config) -> list[str]:
        """Places, ties, unusable responses."""
        changes = []
        if old["top"] != new["top"]:
            changes.append(f"Ranks {_places(new)}, before: {_places(old)}.")
        for part, what in (("ties", "Ties"), ("unusable", "Unusable responses")):
            if old[part] != new[part]:
                changes.append(f"{what} {'can be given now' if new[part] else 'can no longer be given'}.")
        return changes

    # ------------------------------------------------------------ the form

    def from_post(self, criterion: Criterion, data: QueryDict, prefix: str) -> Any:
        """What was chosen for each response, None if nothing was."""
        start = f"{prefix}.rank."
        ranks = {name[len(start) :]: data.get(name) for name in data if name.startswith(start) and data.get(name)}
        return {"ranks": ranks} if ranks else None

    def to_post(self, criterion: Criterion, raw: Any, prefix: str) -> dict[str, str | list[str]]:
        """The radio of each response."""
        return {f"{prefix}.rank.{one}": token for one, token in _tokens(criterion, raw).items()}

    def is_blank(self, criterion: Criterion, raw: Any) -> bool:
        """Nothing chosen for any response."""
        return raw is None or raw == "" or raw == {"ranks": {}}

    def is_done(self, criterion: Criterion, raw: Any, place: Place) -> bool:
        """Every response that needs a rank has one."""
        try:
            return not self.is_blank(criterion, raw) and bool(self.clean(criterion, raw, place))
        except Refused:
            return False

    def form_context(self, criterion: Criterion, raw: Any, place: Place) -> dict[str, Any]:
        """The responses in the order shown, each with its ranks, and what was chosen."""
        tokens = _tokens(criterion, raw)
        shown, top = place.shown, criterion.config["top"]
        last = min(top or MOST, len(shown))
        unfit = self.unfit(criterion, place.content)
        rows = [
            {"id": one, "letter": letter, "choices": _choices(criterion, last, len(shown), tokens.get(one, ""))}
            for one, letter in zip(shown, place.marks, strict=False)
        ]
        return {
            "unfit": unfit,
            "rows": [] if unfit else rows,
            "last": last,
            "part": last < len(shown),
            **criterion.config,
        }

    def clean(self, criterion: Criterion, raw: Any, place: Place) -> Any:
        """The order, also given by ranks or with bare ids; every response has a place, or is unusable."""
        if place.content and (unfit := self.unfit(criterion, place.content)):
            raise Refused(unfit)
        groups, unusable = _read(raw)
        _check_ids([one for group in groups for one in group] + unusable, place.response_ids)
        if unusable and not criterion.config["unusable"]:
            raise Refused("“Unusable” is not an answer here.")
        usable = [one for one in place.response_ids if one not in unusable]
        ordered = [sorted(group) for group in groups if group]
        return {"order": _whole(criterion, ordered, usable), "unusable": sorted(unusable)}

    def renamed(self, raw: Any, names: Names) -> Any:
        """The ids by their new names; groups of equals stay sorted, lists that are an order keep it."""
        if isinstance(raw, list):
            return [self.renamed(one, names) for one in raw]
        if not isinstance(raw, Mapping):
            return names.get(raw, raw) if isinstance(raw, str) else raw
        found = {names.get(key, key): self.renamed(value, names) for key, value in raw.items()}
        if isinstance(found.get("order"), list):
            found["order"] = [_sorted(group) for group in found["order"]]
        return found | ({UNUSABLE: _sorted(found[UNUSABLE])} if UNUSABLE in found else {})

    def unfit(self, criterion: Criterion, content: Mapping[str, Any]) -> str:
        """A ranking is of two or more."""
        count = len(content.get("responses", ()))
        return "" if count > 1 else f"A ranking needs at least two responses, and this task has {count or 'none'}."

    # ----------------------------------------------------------- judgment

    def clean_key(self, criterion: Criterion, entry: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """Besides value and accepted, `partial`: pairs [better, worse], where the expert orders only some."""
        key = super().clean_key(criterion, entry, place)
        pairs = entry.get("partial") or []
        fits = isinstance(pairs, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in pairs)
        if not fits or not all(one in place.response_ids for pair in pairs for one in pair):
            raise Refused("A partial order is a list of pairs of responses, the better one first.")
        if pairs and any(_partial_credit(other, pairs) != 1 for other in key["accepted"]):
            raise Refused("The gold standard contradicts its own partial order.")
        return {**key, **({"partial": pairs} if pairs else {})}

    def grade(self, criterion: Criterion, value: Any, entry: Mapping[str, Any]) -> Credit:
        """Credit (τ_b + 1)/2 (Kendall 1945) with the nearest accepted order, or over the pairs the expert ordered.

        Right (`within`) means every response given as best is best in gold too, and τ_b of at least 0.6. One
        response is no order and not graded.
        """
        if len(_items(value)) < 2:
            return UNGRADED
        accepted, pairs = entry["accepted"], entry.get("partial")
        if pairs:
            credit = _partial_credit(value, pairs)
            return Credit(credit, exact=value in accepted, within=credit >= (ALIKE + 1) / 2)
        found = [(_credit(value, other), _best_first(value, other)) for other in accepted]
        return Credit(
            credit=max(credit for credit, _ in found),
            exact=value in accepted,
            within=any(best and credit >= (ALIKE + 1) / 2 - 1e-9 for credit, best in found),
        )

    def difference(self, criterion: Criterion, a: Any, b: Any) -> Difference:
        """1 minus the credit: (1 − τ_b)/2. Disagrees where no response leads in both, or τ_b is below 0.6.

        A critical criterion also disagrees where the leaders are not quite the same.
        """
        if a == b:
            return SAME
        credit, first, other = _credit(a, b), _leaders(a), _leaders(b)
        another = not first & other and bool(first | other)
        disagrees = another or credit < (ALIKE + 1) / 2 - 1e-9 or (criterion.critical and first != other)
        return Difference(
            distance=1 - credit,
            disagrees=disagrees,
            critical=disagrees and criterion.critical,
            reason="Another one first" if another else _pairs_apart(a, b),
        )

    def settle(self, criterion: Criterion, values: Sequence[Any], weights: Sequence[float]) -> Any:
        """The weighted Kemeny ranking, within what the rubric allows (`stats.median_ranking`)."""
        if all(value == values[0] for value in values):
            return values[0]
        config, items = criterion.config, sorted(_items(values[0]))
        ranks = [[_ranks(value).get(one, math.inf) for one in items] for value in values]
        allowed = {"ties": config["ties"], "top": config["top"], "out": config["unusable"]}
        found = median_ranking(ranks, weights, **allowed)
        named = [[items[place] for place in group] for group in found.groups]
        return {"order": named, "unusable": [items[place] for place in found.out]}

    # ------------------------------------------------------- words and rows

    def describe(self, criterion: Criterion, value: Any) -> str:
        """Responses 2 > 1 = 3; unusable: 4."""
        return self.describe_as(criterion, value, {one: one.removeprefix("r") for one in _items(value)})

    def describe_as(self, criterion: Criterion, value: Any, names: Names) -> str:
        """Responses B > A = C; unusable: D."""
        short = {one: names.get(one, one).split()[-1] for one in _items(value)}
        order = " > ".join(" = ".join(sorted(short[one] for one in group)) for group in value["order"])
        unusable = ", ".join(sorted(short[one] for one in value["unusable"]))
        if not order:
            return "All unusable"
        return f"Responses {order}" + (f"; unusable: {unusable}" if unusable else "")

    def read_context(self, criterion: Criterion, marks: Marks) -> dict[str, Any]:
        """A row for each response: its rank with each judge, and whether they all gave the same."""
        ranks = [(letter, _competition(value)) for letter, value in marks]
        rows = [
            {
                "name": one.removeprefix("r"),
                "cells": [(letter, given.get(one, UNUSABLE)) for letter, given in ranks],
                "same": len({given.get(one, UNUSABLE) for _, given in ranks}) == 1,
            }
            for one in sorted(_items(marks[0][1]) if marks else [])
        ]
        return {"letters": [letter for letter, _ in marks], "rows": rows}

    def columns(self, criterion: Criterion) -> list[str]:
        """The order, and what is unusable."""
        return ["", UNUSABLE]

    def export(self, criterion: Criterion, value: Any) -> dict[str, Any]:
        """r2>r1=r3, and r4|r5."""
        order = ">".join("=".join(group) for group in value["order"])
        return {"": order or None, UNUSABLE: "|".join(value["unusable"]) or None}

    def read_export(self, criterion: Criterion, cells: Mapping[str, str]) -> Any:
        """The value of both cells."""
        order = [group.split("=") for group in cells[""].split(">")] if cells[""] else []
        unusable = cells[UNUSABLE].split("|") if cells[UNUSABLE] else []
        return {"order": order, "unusable": unusable} if order or unusable else None


# ----------------------------------------------------------- raw answers


def _places(config: Mapping[str, Any]) -> str:
    return f"the best {config['top']}" if config["top"] else "all responses"


def _choices(criterion: Criterion, last: int, count: int, chosen: str) -> list[dict[str, Any]]:
    found = [{"token": str(rank), "words": str(rank), "key": str(rank)} for rank in range(1, last + 1)]
    if last < count:
        found.append({"token": LOWER, "words": "Lower", "key": "lower"})
    if criterion.config["unusable"]:
        found.append({"token": UNUSABLE, "words": "Unusable", "key": "unusable"})
    return [{**choice, "checked": choice["token"] == chosen} for choice in found]


def _sorted(group: Any) -> Any:
    return sorted(group, key=str) if isinstance(group, list) else group


def _tokens(criterion: Criterion, raw: Any) -> dict[str, str]:
    """What the radio of each response says; ranks as in a race, 1 1 3."""
    if isinstance(raw, Mapping) and isinstance(raw.get("ranks"), Mapping):
        return {str(one): str(token) for one, token in raw["ranks"].items()}
    try:
        groups, unusable = _read(raw)
        _check_ids([one for group in groups for one in group] + unusable, ())
    except Refused:
        return {}
    top = criterion.config["top"] or MOST
    ranks = _competition({"order": groups})
    found = {one: str(rank) if rank <= top else LOWER for one, rank in ranks.items()}
    return found | dict.fromkeys(unusable, UNUSABLE)


def _read(raw: Any) -> tuple[list[list[str]], list[str]]:
    """Groups and unusable ids of a raw answer in any of its shapes. Raises Refused."""
    if isinstance(raw, list):
        raw = {"order": raw}
    if isinstance(raw, Mapping) and set(raw) == {"ranks"} and isinstance(raw["ranks"], Mapping):
        return _read_ranks(raw["ranks"])
    if not isinstance(raw, Mapping) or not set(raw) <= {"order", UNUSABLE} or not isinstance(raw.get("order"), list):
        raise Refused("A ranking is an order of groups of responses, best first, and a list of unusable ones.")
    groups = [[group] if isinstance(group, str) else group for group in raw["order"]]
    unusable = raw.get(UNUSABLE) or []
    if not all(isinstance(part, list) for part in (*groups, unusable)):
        raise Refused("Each group of a ranking is a list of responses.")
    return groups, list(unusable)


def _read_ranks(ranks: Mapping[Any, Any]) -> tuple[list[list[str]], list[str]]:
    groups: dict[int, list[str]] = {}
    for one, token in ranks.items():
        rank = checks.as_number(token) if isinstance(token, str) else token
        if token in (UNUSABLE, LOWER):
            continue
        if isinstance(rank, bool) or not isinstance(rank, int) or not 1 <= rank <= MOST:
            raise Refused(f"“{str(token)[:20]}” is no rank: choose 1 to {MOST}.")
        groups.setdefault(rank, []).append(one)
    unusable = [one for one, token in ranks.items() if token == UNUSABLE]
    return [groups[rank] for rank in sorted(groups)], unusable


def _check_ids(given: list[Any], known: Sequence[str]) -> None:
    strange = [one for one in given if not isinstance(one, str) or (known and one not in known)]
    if strange:
        raise Refused(f"“{str(strange[0])[:20]}” is not a response of this task.")
    if len(given) > len(set(given)):
        raise Refused("A response is ranked twice.")


def _whole(criterion: Criterion, groups: list[list[str]], usable: list[str]) -> list[list[str]]:
    """The groups with all usable responses in place: those below the best k, if only these are ranked, come last."""
    top, ties = criterion.config["top"], criterion.config["ties"]
    placed = [one for group in groups for one in group]
    rest = [one for one in usable if one not in placed]
    if rest and (not top or len(placed) < top):
        missing = len(rest) if not top else min(top, len(usable)) - len(placed)
        what = f"the best {top} need" if top else "every response needs"
        raise Refused(f"Give a rank to each: {what} one, and {missing} {'is' if missing == 1 else 'are'} missing.")
    if rest:
        groups = [*groups, sorted(rest)]
    starts = [sum(map(len, groups[:place])) for place in range(len(groups))]
    if top and any(start >= top for start in starts[:-1]):
        raise Refused(f"Only the best {top} are ranked.")
    if not ties and any(len(group) > 1 for group, start in zip(groups, starts, strict=True) if not top or start < top):
        raise Refused("Two responses have the same rank, and ties are not allowed here.")
    return groups


# --------------------------------------------------------------- measures


def _items(value: Mapping[str, Any]) -> set[str]:
    return {one for group in value["order"] for one in group} | set(value["unusable"])


def _ranks(value: Mapping[str, Any]) -> dict[str, int]:
    """The number of the group of each usable response."""
    return {one: rank for rank, group in enumerate(value["order"], start=1) for one in group}


def _competition(value: Mapping[str, Any]) -> dict[str, int]:
    """Ranks as in a race: after two firsts comes a third."""
    before = [sum(map(len, value["order"][:place])) for place in range(len(value["order"]))]
    return {one: start + 1 for start, group in zip(before, value["order"], strict=True) for one in group}


def _aligned(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[list[int], list[int]]:
    """Both rankings over the same items; where either names unusable ones, the line before them is an item too."""
    lined = bool(a[UNUSABLE] or b[UNUSABLE])
    items = sorted(_items(a) | _items(b)) + ([LINE] if lined else [])
    both = []
    for value in (a, b):
        ranks = {**_ranks(value), LINE: len(value["order"]) + 1}
        both.append([ranks.get(one, len(value["order"]) + 2) for one in items])
    return both[0], both[1]


def _credit(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    credit = ranking_credit(*_aligned(a, b))
    return 1.0 if credit is None else credit


def _partial_credit(value: Mapping[str, Any], pairs: Sequence[Sequence[str]]) -> float:
    """(C − D)/P over the pairs the expert ordered, in 0..1; a response that is unusable comes after all others."""
    items = sorted(_items(value))
    ranks = [_ranks(value).get(one, len(value["order"]) + 1) for one in items]
    before = [(items.index(better), items.index(worse)) for better, worse in pairs]
    try:
        return partial_order_credit(ranks, before) or 0.0
    except ValueError:
        raise Refused("The partial order contradicts itself.") from None


def _leaders(value: Mapping[str, Any]) -> set[str]:
    return set(value["order"][0]) if value["order"] else set()


def _best_first(value: Mapping[str, Any], gold: Mapping[str, Any]) -> bool:
    """Whether everything given as best is best in gold; nothing is best where all are unusable."""
    overlap = top_overlap(_leaders(value), _leaders(gold))  # type: ignore[arg-type]
    return overlap == 1 if overlap is not None else not _leaders(gold)


def _pairs_apart(a: Mapping[str, Any], b: Mapping[str, Any]) -> str:
    pairs = count_pairs(*_aligned(a, b))
    differing = pairs.discordant + pairs.tied_first + pairs.tied_second
    every = differing + pairs.concordant + pairs.tied_both
    return f"{differing} of {every} pair{'s' if every > 1 else ''} apart"
