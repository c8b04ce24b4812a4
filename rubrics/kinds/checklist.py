"""`checklist`: items that are met, not met, or cannot be told, each worth points, positive or negative.

The value is `{"items": {key: state}, "points": {key: points}}`. Where the items are the task's own (a rubric of one
instance), `asked` names them in the task's order: `[{"key", "title"}]`; so a value can be read without its task.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import Any, ClassVar

from django.http import QueryDict

from evaltool.base.errors import Problem
from rubrics.kinds import checks
from rubrics.kinds.base import UNGRADED, Config, Credit, Difference, Kind, Marks, Place, Refused
from rubrics.kinds.checklist_items import (
    MOST,
    RUBRIC,
    TASK,
    check_item,
    check_together,
    in_words,
    items_of,
    own_items,
    pointless,
    tidy_item,
    worth,
)
from rubrics.models import Criterion, Scope

STATES = {"met": "Met", "not_met": "Not met", "cannot_tell": "Cannot tell"}
SAID_OTHERWISE = {True: "met", False: "not_met"}  # as graders of public checklists write it
NOTHING = 2.0  # what no share can be: nothing was there to be shared
APART = 0.25
"""Two checklists disagree when more than this share of the points is answered differently."""


class Checklist(Kind):
    """Items come from the configuration, or from the task (`content["criteria"]`, as in HealthBench)."""

    name = "checklist"
    title = "Checklist"
    help = "Items that are met or not, worth points; written in the rubric or for each task."
    na_posted = ""
    scopes: ClassVar[frozenset[str]] = frozenset({Scope.TASK, Scope.RESPONSE})
    draws_on: ClassVar[str] = "criteria"

    # ------------------------------------------------------ configuration

    def check_config(self, config: Any) -> list[Problem]:
        """Items with distinct keys, points that are not 0, some of them positive."""
        problems: list[Problem] = []
        if not checks.only(config, {"source", "items"}, "", problems):
            return problems
        source, items = config.get("source", RUBRIC), config.get("items")
        if source not in (RUBRIC, TASK):
            return [*problems, Problem("source", "The items come from the “rubric” or from the “task”.")]
        if source == TASK:
            return problems
        if not isinstance(items, list) or not 1 <= len(items) <= MOST:
            return [*problems, Problem("items", f"A checklist has 1 to {MOST} items.")]
        for index, item in enumerate(items):
            check_item(item, index, problems)
        return problems or check_together(items)

    def tidy_config(self, config: Config) -> Config:
        """The source stated; the task's own items need none here."""
        source = config.get("source", RUBRIC)
        return {"source": source, "items": [tidy_item(item) for item in config["items"]] if source == RUBRIC else []}

    def starting_config(self) -> Config:
        """Two items without texts."""
        return {"source": RUBRIC, "items": [{"key": "", "title": "", "help": "", "points": 1, "critical": False}] * 2}

    def config_from_post(self, data: QueryDict, prefix: str) -> Config:
        """Rows without any text fall away; an item without a key gets one from its title."""
        items = []
        for index in range(MOST + 1):
            at = f"{prefix}.items.{index}"
            row = {part: data.get(f"{at}.{part}", "") for part in ("key", "title", "help")}
            if any(text.strip() for text in row.values()):
                key = row["key"].strip() or checks.slug(row["title"])
                points = checks.as_number(data.get(f"{at}.points", "1"))
                items.append({**row, "key": key, "points": points, "critical": bool(data.get(f"{at}.critical"))})
        return {"source": data.get(f"{prefix}.source", RUBRIC), "items": items}

    def config_context(self, config: Any) -> dict[str, Any]:
        """The items, one empty row to write another, and where they come from."""
        known = config if isinstance(config, Mapping) else {}
        items = known.get("items")
        rows = [row for row in items if isinstance(row, Mapping)] if isinstance(items, list) else []
        return {"rows": [*rows, {"points": 1}][:MOST], "from_task": known.get("source") == TASK}

    def config_changes(self, old: Config, new: Config) -> list[str]:
        """Where the items come from; items added, removed and changed."""
        if old["source"] != new["source"]:
            where = "each task" if new["source"] == TASK else "the rubric"
            return [f"The items come from {where} now."]
        before, after = ({item["key"]: item for item in config["items"]} for config in (old, new))
        gone = [f"The item “{before[key]['title']}” is gone." for key in before if key not in after]
        added = [f"The item “{after[key]['title']}” is new." for key in after if key not in before]
        return (
            gone
            + added
            + [in_words(before[key], after[key]) for key in after if before.get(key, after[key]) != after[key]]
        )

    # ------------------------------------------------------------ the form

    def asked(self, criterion: Criterion, content: Mapping[str, Any]) -> bool:
        """A task without items of its own is not asked for them."""
        return criterion.config["source"] == RUBRIC or bool(content.get("criteria"))

    def unfit(self, criterion: Criterion, content: Mapping[str, Any]) -> str:
        """Points of the task that make no score."""
        return pointless(own_items(content)) if criterion.config["source"] == TASK and content.get("criteria") else ""

    def from_post(self, criterion: Criterion, data: QueryDict, prefix: str) -> Any:
        """Every item that says something; which items there are only the task may know."""
        start = f"{prefix}.item."
        items = {name.removeprefix(start): data[name] for name in data if name.startswith(start) and data[name]}
        return {"items": items} if items else None

    def to_post(self, criterion: Criterion, raw: Any, prefix: str) -> dict[str, str | list[str]]:
        """The radio of each item."""
        return {f"{prefix}.item.{key}": state for key, state in _states(raw).items() if isinstance(state, str)}

    def is_blank(self, criterion: Criterion, raw: Any) -> bool:
        """No item is decided."""
        if isinstance(raw, Mapping):
            return _is_plain(raw) and all(state in (None, "") for state in _states(raw).values())
        return raw is None or raw == ""

    def is_done(self, criterion: Criterion, raw: Any, place: Place) -> bool:
        """Every item is decided; one is enough where the criterion is optional."""
        decided = [key for key, state in _states(raw).items() if state not in (None, "")]
        items = items_of(criterion, place.content)
        return bool(decided) and (not criterion.required or {item["key"] for item in items} <= set(decided))

    def form_context(self, criterion: Criterion, raw: Any, place: Place) -> dict[str, Any]:
        """The items with what is chosen; the digits 1, 2 and 3 choose in each of them."""
        states, items = _states(raw), items_of(criterion, place.content)
        return {
            "from_task": criterion.config["source"] == TASK,
            "items": [
                {
                    "whole": item["title"],
                    **item,
                    "place": str(place),
                    "worth": worth(item["points"]),
                    "options": _options(states.get(item["key"])),
                }
                for place, item in enumerate(items, start=1)
            ],
        }

    def clean(self, criterion: Criterion, raw: Any, place: Place) -> Any:
        """A state for every item; an optional criterion may leave some open."""
        items = items_of(criterion, place.content)
        value: dict[str, Any] = {
            "items": _clean_states(criterion, raw, items),
            "points": {one["key"]: one["points"] for one in items},
        }
        if criterion.config["source"] == TASK:
            value["asked"] = [{"key": item["key"], "title": item["title"]} for item in items]
        for part in ("points", "asked"):
            if isinstance(raw, Mapping) and part in raw and raw[part] != value.get(part):
                raise Refused(f"“{part}” is not the answer's to say; leave it out.")
        return value

    def prefill(self, criterion: Criterion, label: Any, place: Place) -> Any:
        """The items a model decided, whether or not it decided them all."""
        known = {item["key"] for item in items_of(criterion, place.content)}
        given = {key: _state(state) for key, state in _states(label).items() if key in known}
        items = {key: state for key, state in given.items() if state in STATES}
        return {"items": items} if items else None

    # ----------------------------------------------------------- judgment

    def clean_key(self, criterion: Criterion, entry: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """Besides value and accepted: `optional` items are left out of the comparison."""
        key = super().clean_key(criterion, entry, place)
        optional, known = entry.get("optional") or [], key["value"]["points"]
        if not isinstance(optional, list) or not all(isinstance(one, str) and one in known for one in optional):
            raise Refused("The optional items are a list of items of this checklist.")
        if entry.get("partial"):
            raise Refused("A checklist takes no partial credit: each item earns its own.")
        return {**key, "optional": optional} if optional else key

    def grade(self, criterion: Criterion, value: Any, entry: Mapping[str, Any]) -> Credit:
        """Σ|points| of the items answered as in the gold standard / Σ|points| of its items; the best accepted."""
        optional = set(entry.get("optional", ()))
        wrong, share = min((_wrong(value, gold, optional) for gold in entry["accepted"]), key=lambda found: found[1])
        if share == NOTHING:
            return UNGRADED
        return Credit(
            credit=1 - share,
            exact=not wrong,
            within=share <= APART,
            critical_miss=bool(wrong & _critical(criterion)),
        )

    def difference(self, criterion: Criterion, a: Any, b: Any) -> Difference:
        """Σ|points|·d / Σ|points|; d is 1 for met against not met, ½ for any other difference."""
        points = _points([a, b])
        gaps = {key: _gap(a["items"].get(key), b["items"].get(key)) for key in points}
        apart = [key for key in gaps if gaps[key]]
        distance = fsum(abs(points[key]) * gaps[key] for key in apart) / fsum(map(abs, points.values()))
        grave = bool(apart) and (criterion.critical or bool(_critical(criterion) & set(apart)))
        return Difference(
            distance=distance,
            disagrees=grave or distance > APART,
            critical=grave,
            reason=f"Differ on {_listed(_titles(criterion, a), apart)}" if apart else "",
        )

    def settle(self, criterion: Criterion, values: Sequence[Any], weights: Sequence[float]) -> Any:
        """The heaviest state of each item; cannot tell where two are equally heavy."""
        items = {}
        for key in _points(values):
            votes: dict[str, list[float]] = {}
            for value, weight in zip(values, weights, strict=True):
                if key in value["items"]:
                    votes.setdefault(value["items"][key], []).append(weight)
            if votes:
                items[key] = _heaviest({state: fsum(given) for state, given in votes.items()})
        return {**values[0], "items": items}

    # ------------------------------------------------------- words and rows

    def describe(self, criterion: Criterion, value: Any) -> str:
        """Score 0.70; missing: Names a source; against it: Invents a fact; cannot tell: Suits the reader."""
        points, titles = value["points"], _titles(criterion, value)
        told = {
            "missing": [key for key, state in value["items"].items() if state == "not_met" and points[key] > 0],
            "against it": [key for key, state in value["items"].items() if state == "met" and points[key] < 0],
            "cannot tell": [key for key, state in value["items"].items() if state == "cannot_tell"],
        }
        said = [f"{words}: {_listed(titles, keys)}" for words, keys in told.items() if keys]
        return "; ".join([f"Score {score(value):.2f}", *said])

    def read_context(self, criterion: Criterion, marks: Marks) -> dict[str, Any]:
        """Each item with what everybody said of it, and the scores."""
        titles = _titles(criterion, marks[0][1]) if marks else {}
        points = _points(value for _, value in marks)
        return {
            "scores": [(letter, score(value)) for letter, value in marks],
            "rows": [_read_row(key, titles[key], points[key], marks, key in _critical(criterion)) for key in titles],
        }

    def columns(self, criterion: Criterion) -> list[str]:
        """The score, the whole answer as JSON, and each item of the rubric."""
        return ["score", "items", *(f"item.{item['key']}" for item in criterion.config["items"])]

    def export(self, criterion: Criterion, value: Any) -> dict[str, Any]:
        """The score from 0 to 1, JSON, and met, not_met or cannot_tell for each item of the rubric."""
        own = {f"item.{item['key']}": value["items"].get(item["key"]) for item in criterion.config["items"]}
        return {"score": round(score(value), 6), "items": json.dumps(value, ensure_ascii=False), **own}

    def read_export(self, criterion: Criterion, cells: Mapping[str, str]) -> Any:
        """The answer from its JSON."""
        return json.loads(cells["items"]) if cells["items"] else None


def score(value: Mapping[str, Any]) -> float:
    """Points of the items that are met over the sum of all positive points, clipped to 0..1 (HealthBench, 2025)."""
    points = value["points"]
    met = fsum(points[key] for key, state in value["items"].items() if state == "met")
    return min(max(met / fsum(worth for worth in points.values() if worth > 0), 0.0), 1.0)


# ------------------------------------------------------------------ states


def _states(raw: Any) -> dict[str, Any]:
    """The items of a raw answer of any shape."""
    items = raw.get("items") if isinstance(raw, Mapping) else None
    return {str(key): state for key, state in items.items()} if isinstance(items, Mapping) else {}


def _is_plain(raw: Mapping[str, Any]) -> bool:
    return set(raw) <= {"items", "points", "asked"} and isinstance(raw.get("items", {}), Mapping)


def _state(given: Any) -> Any:
    return SAID_OTHERWISE[given] if isinstance(given, bool) else given


def _options(chosen: Any) -> list[dict[str, Any]]:
    return [
        {"value": state, "title": title, "digit": str(digit), "checked": state == _state(chosen)}
        for digit, (state, title) in enumerate(STATES.items(), start=1)
    ]


def _clean_states(criterion: Criterion, raw: Any, items: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    if not isinstance(raw, Mapping) or not _is_plain(raw):
        raise Refused("A checklist is answered by items, each met, not_met or cannot_tell.")
    given, titles = _states(raw), {item["key"]: item["title"] for item in items}
    reasons = [f"“{key[:60]}” is no item of this checklist." for key in given if key not in titles]
    states = {key: _state(given[key]) for key in titles if given.get(key) not in (None, "")}
    strange = [key for key, state in states.items() if not isinstance(state, str) or state not in STATES]
    reasons += [f"“{titles[key]}” is met, not met, or cannot be told." for key in strange]
    missing = [key for key in titles if key not in states]
    if missing and criterion.required:
        reasons.append(f"Not decided yet: {_listed(titles, missing, most=5)}.")
    if reasons:
        raise Refused(*reasons)
    return states


def _gap(one: str | None, other: str | None) -> float:
    if one == other:
        return 0.0
    return 1.0 if {one, other} == {"met", "not_met"} else 0.5


def _points(values: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    return {key: worth for value in values for key, worth in value["points"].items()}


def _wrong(value: Mapping[str, Any], gold: Mapping[str, Any], optional: set[str]) -> tuple[set[str], float]:
    """Items answered otherwise than in the gold standard, and their share of its points."""
    graded = {key: abs(gold["points"][key]) for key in gold["items"] if key not in optional}
    wrong = {key for key in graded if value["items"].get(key) != gold["items"][key]}
    return wrong, fsum(graded[key] for key in wrong) / fsum(graded.values()) if graded else NOTHING


def _heaviest(votes: Mapping[str, float]) -> str:
    most = max(votes.values())
    leading = [state for state, weight in votes.items() if weight >= most * (1 - 1e-9)]
    return leading[0] if len(leading) == 1 else "cannot_tell"


def _critical(criterion: Criterion) -> set[str]:
    return {item["key"] for item in criterion.config["items"] if item["critical"]}


def _titles(criterion: Criterion, value: Mapping[str, Any]) -> dict[str, str]:
    return {item["key"]: item["title"] for item in value.get("asked", criterion.config["items"])}


def _listed(titles: Mapping[str, str], keys: Iterable[str], most: int = 3) -> str:
    """The first titles in the order of the checklist, and how many more there are."""
    wanted = set(keys)
    words = [checks.shortened(title, 60) for key, title in titles.items() if key in wanted]
    more = [f"{len(words) - most} more"] if len(words) > most else []
    return ", ".join([*words[:most], *more])


def _read_row(key: str, title: str, points: float, marks: Marks, critical: bool) -> dict[str, Any]:
    said = [(letter, value["items"].get(key)) for letter, value in marks]
    return {
        "title": title,
        "worth": worth(points),
        "against": points < 0,
        "critical": critical,
        "said": [(letter, state or "open", STATES.get(state or "", "Left open")) for letter, state in said],
        "same": len({state for _, state in said}) == 1,
    }
