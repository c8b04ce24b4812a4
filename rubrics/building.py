"""Changing a draft's body criterion by criterion. Everything here takes a raw body and returns a new one."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from evaltool.base.errors import Problem
from rubrics import conditions
from rubrics.body import DEFAULTS, check_body, criteria_of, tidy_body
from rubrics.differing import CriterionChange, changes, criterion_changes
from rubrics.kinds import KINDS, checks, kind_named, kind_of
from rubrics.models import Scope

Body = dict[str, Any]


def blank_body() -> Body:
    """A body without criteria."""
    return {"description": "", "criteria": []}


def add(body: Mapping[str, Any], kind: str) -> Body:
    """The body with a new criterion of this kind at its end."""
    chosen = kind_named(kind)
    new = copy.deepcopy(DEFAULTS) | {"key": "", "title": "", "kind": chosen.name, "config": chosen.starting_config()}
    return _with(body, [*body["criteria"], new])


def put(body: Mapping[str, Any], index: int, criterion: Mapping[str, Any]) -> Body:
    """The body with this criterion at `index`, or at the end where there is no such place."""
    criteria = list(body["criteria"])
    criteria[index : index + 1] = [dict(criterion)]
    return _with(body, criteria)


def insert(body: Mapping[str, Any], index: int, criterion: Mapping[str, Any]) -> Body:
    """The body with one more criterion at `index`, under a key of its own where its key is taken by now."""
    criteria = list(body["criteria"])
    taken = {one.get("key") for one in criteria}
    again = {**criterion, "key": _free_key(criterion, taken)} if criterion.get("key") in taken else dict(criterion)
    criteria.insert(index, again)
    return _with(body, criteria)


def _free_key(criterion: Mapping[str, Any], taken: set[Any]) -> str:
    stem = str(criterion.get("key") or "copy")[:56]
    return next(key for number in range(2, 999) if (key := f"{stem}-{number}") not in taken)


def move(body: Mapping[str, Any], index: int, by: int) -> Body:
    """The body with a criterion moved by so many places, no farther than the ends."""
    criteria = list(body["criteria"])
    criterion = criteria.pop(index)
    criteria.insert(min(max(index + by, 0), len(criteria)), criterion)
    return _with(body, criteria)


def duplicate(body: Mapping[str, Any], index: int) -> Body:
    """The body with a copy of a criterion after it, under a key of its own."""
    criteria = copy.deepcopy(list(body["criteria"]))
    twin = copy.deepcopy(criteria[index])
    taken = {criterion.get("key") for criterion in criteria}
    twin["key"] = _free_key(twin, taken)
    twin["title"] = f"{twin.get('title') or ''} (copy)".strip()
    criteria.insert(index + 1, twin)
    return _with(body, criteria)


def remove(body: Mapping[str, Any], index: int) -> Body:
    """The body without a criterion."""
    return _with(body, [one for place, one in enumerate(body["criteria"]) if place != index])


def _with(body: Mapping[str, Any], criteria: list[Any]) -> Body:
    return {**body, "criteria": criteria}


def criterion_from_post(data: QueryDict, old: Mapping[str, Any]) -> Body:
    """The raw criterion of the builder's form; its kind stays, and a key is made from the title if there is none."""
    kind = kind_named(old.get("kind"))
    title, critical = data.get("title", "").strip(), bool(data.get("critical"))
    tolerance = data.get("tolerance", "").strip()
    return {
        "key": data.get("key", "").strip() or checks.slug(title),
        "title": title,
        "help": data.get("help", "").replace("\r\n", "\n").strip(),
        "kind": kind.name,
        "scope": data.get("scope", DEFAULTS["scope"]),
        "weight": checks.as_number(data.get("weight", "1")),
        "critical": critical,
        "required": bool(data.get("required")),
        "allow_na": bool(data.get("allow_na")),
        "rationale": data.get("rationale", DEFAULTS["rationale"]),
        "tolerance": 0 if critical else checks.as_number(tolerance) if tolerance else None,
        "sections": data.getlist("sections"),
        **_links(data),
        "config": kind.config_from_post(data, "config"),
    }


def _links(data: QueryDict) -> Body:
    """Which other answers the criterion hangs on: a condition, and for spans who marks them.

    A condition is chosen as "key" and then, per criterion that could be named, as boxes `when.<key>`.
    """
    other = data.get("condition", "")
    condition = {"criterion": other, "values": data.getlist(f"when.{other}")} if other else None
    return {"condition": condition, "of": data.get("of", "") if data.get("scope") == Scope.SPAN else ""}


def _alone(criterion: Mapping[str, Any]) -> Body:
    """A raw criterion without what it says about others of its rubric."""
    scope = criterion.get("scope", DEFAULTS["scope"])
    return {**criterion, "condition": None, "of": "", "scope": Scope.TASK.value if scope == Scope.SPAN else scope}


# ---------------------------------------------------------------- reading


@dataclass(frozen=True)
class Link:
    """A criterion above that this one can hang on: its answers as (token, words, named), and whether it is chosen."""

    key: str
    title: str
    cases: list[tuple[str, str, bool]]
    marks_spans: bool
    chosen: bool


def links(body: Mapping[str, Any], index: int, criterion: Mapping[str, Any]) -> list[Link]:
    """What the criterion at `index` may name: sound criteria above it that have fixed answers or mark spans."""
    condition = criterion.get("condition")
    named = condition if isinstance(condition, Mapping) else {}
    values = [str(value) for value in given] if isinstance(given := named.get("values"), list) else []
    above = [_alone(one) for one in body["criteria"][:index]]
    sound = criteria_of(tidy_body({"criteria": [one for one in above if not check_body({"criteria": [one]})]}))
    found = [
        Link(
            key=other.key,
            title=other.title,
            cases=[(token, words, token in values) for token, words in conditions.cases(other)],
            marks_spans=kind_of(other).marks_spans,
            chosen=other.key == named.get("criterion"),
        )
        for other in sound
    ]
    return [link for link in found if link.cases or link.marks_spans]


@dataclass(frozen=True)
class Entry:
    """A criterion in the list beside the form."""

    index: int
    title: str
    weight: Any
    share: float | None
    critical: bool
    problems: list[Problem] = field(default_factory=list)


def entries(body: Mapping[str, Any], problems: list[Problem]) -> list[Entry]:
    """The criteria of a raw body with their share of the weight and what keeps each from being published."""
    weights = [one.get("weight", 1) for one in body["criteria"]]
    total = sum(weight for weight in weights if checks.number(weight))
    return [
        Entry(
            index=index,
            title=str(one.get("title") or "") or f"Criterion {index + 1}",
            weight=weight,
            share=weight / total if checks.number(weight) and total else None,
            critical=one.get("critical") is True,
            problems=[problem for problem in problems if _index_of(problem) == index],
        )
        for index, (one, weight) in enumerate(zip(body["criteria"], weights, strict=True))
    ]


def _index_of(problem: Problem) -> int | None:
    parts = problem.field.split(".")
    return int(parts[1]) if len(parts) > 1 and parts[0] == "criteria" and parts[1].isdecimal() else None


def notes(body: Mapping[str, Any], anchors: set[str] | None) -> list[Problem]:
    """What does not keep a body from being published but is worth a look. `anchors`: the guideline's sections."""
    found = []
    for index, criterion in enumerate(body["criteria"]):
        path, title = f"criteria.{index}", criterion["title"]
        if not criterion["help"]:
            found.append(Problem(f"{path}.help", f"{title} does not say what it asks."))
        found += [Problem(f"{path}.config.{n.field}", f"{title}: {n.reason}") for n in _config_notes(criterion)]
        strange = [name for name in criterion["sections"] if anchors is not None and name not in anchors]
        found += [Problem(f"{path}.sections", f"{title} names “{name}”, no section in force.") for name in strange]
    return found


def _config_notes(criterion: Mapping[str, Any]) -> list[Problem]:
    return KINDS[criterion["kind"]].config_notes(criterion["config"])


def changes_of_draft(published: Mapping[str, Any] | None, draft: Mapping[str, Any]) -> list[CriterionChange]:
    """What a draft changes against the published body; nothing to tell while the draft cannot be published."""
    return changes(published, tidy_body(draft)) if published and not check_body(draft) else []


def changes_of_criterion(theirs: Mapping[str, Any] | None, mine: Mapping[str, Any]) -> list[str]:
    """How a raw criterion differs from another one, in words, as far as both can be read."""
    if theirs is None or any(check_body({"criteria": [_alone(one)]}) for one in (theirs, mine)):
        return []
    [old], [new] = (tidy_body({"criteria": [_alone(one)]})["criteria"] for one in (theirs, mine))
    return criterion_changes(old, new)
