"""The body of a rubric version: what it may hold, its one canonical form, its hash, and its criteria.

`{"description", "criteria": [{key, title, help, kind, scope, weight, critical, required, allow_na, rationale,
tolerance, sections, condition, of, config}]}`. A draft may hold anything of that shape; publishing asks for all of it
to be right.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from evaltool.base.errors import Problem
from rubrics import conditions
from rubrics.kinds import KINDS, checks
from rubrics.models import Criterion, Rationale, Scope
from rubrics.safe_text import fault

MOST_CRITERIA = 60
MOST_SECTIONS = 20
MOST_BYTES = 512 * 1024
TOP_FIELDS = {"criteria", "description"}
DEFAULTS: dict[str, Any] = {
    "help": "",
    "scope": Scope.RESPONSE.value,
    "weight": 1,
    "critical": False,
    "required": True,
    "allow_na": False,
    "rationale": Rationale.OPTIONAL.value,
    "sections": [],
    "condition": None,
    "of": "",
}
FIELDS = {"key", "title", "kind", "tolerance", "config", *DEFAULTS}
FLAGS = ("critical", "required", "allow_na")


def canonical(body: Mapping[str, Any]) -> bytes:
    """Canonical JSON: keys sorted, no spaces, UTF-8."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sha256_of(body: Mapping[str, Any]) -> str:
    """The SHA-256 of the canonical JSON, in hexadecimal digits."""
    return hashlib.sha256(canonical(body)).hexdigest()


def check_shape(body: Any) -> list[Problem]:
    """What keeps a body from being kept even as a draft: not a list of mappings, damaged texts, too large."""
    if not isinstance(body, Mapping) or not isinstance(body.get("criteria"), list):
        return [Problem("criteria", "A rubric is a list of criteria under “criteria”.")]
    if damage := fault(body):
        return [Problem("criteria", damage)]
    problems = [
        Problem(f"criteria.{index}", f"Criterion {index + 1} has to be a mapping of names to values.")
        for index, criterion in enumerate(body["criteria"])
        if not isinstance(criterion, Mapping)
    ]
    problems += [
        Problem(str(key)[:60], f"“{str(key)[:60]}” is not known here.") for key in body if key not in TOP_FIELDS
    ]
    return problems or _check_size(body)


def _check_size(body: Mapping[str, Any]) -> list[Problem]:
    if len(body["criteria"]) > MOST_CRITERIA:
        return [Problem("criteria", f"At most {MOST_CRITERIA} criteria fit; this has {len(body['criteria'])}.")]
    try:
        size = len(canonical(body))
    except (TypeError, ValueError):
        return [Problem("criteria", "This holds something other than texts, numbers, lists and mappings.")]
    if size > MOST_BYTES:
        return [Problem("criteria", f"This rubric has {size:,} bytes; at most {MOST_BYTES:,} fit.")]
    return []


def check_body(body: Any) -> list[Problem]:
    """Everything that keeps a body from being published; fields are paths as `criteria.2.config.levels.0.title`."""
    problems = check_shape(body)
    if problems:
        return problems
    if not body["criteria"]:
        return [Problem("criteria", "A rubric needs at least one criterion.")]
    checks.text(body.get("description"), "description", checks.LONG_TEXT, problems)
    for index, criterion in enumerate(body["criteria"]):
        problems += _check_criterion(criterion, index)
    problems += _check_keys(body["criteria"])
    return problems or check_links(body["criteria"])


def _check_criterion(criterion: Mapping[str, Any], index: int) -> list[Problem]:
    path, problems = f"criteria.{index}", list[Problem]()
    checks.only(criterion, FIELDS, path, problems)
    key = criterion.get("key")
    if not isinstance(key, str) or not checks.KEY.fullmatch(key):
        problems.append(Problem(f"{path}.key", "A key has letters, digits, hyphens, and at most 60 of them."))
    checks.text(criterion.get("title"), f"{path}.title", checks.SHORT_TEXT, problems, required=True, what="The name")
    checks.text(criterion.get("help"), f"{path}.help", checks.LONG_TEXT, problems, what="What it asks")
    _check_choices(criterion, path, problems)
    _check_numbers(criterion, path, problems)
    _check_sections(criterion.get("sections", []), path, problems)
    return problems + _check_config(criterion, path)


def _check_choices(criterion: Mapping[str, Any], path: str, problems: list[Problem]) -> None:
    allowed = {"kind": list(KINDS), "scope": Scope.values, "rationale": Rationale.values}
    for name, values in allowed.items():
        value = criterion.get(name, DEFAULTS.get(name))
        if value not in values:
            problems.append(Problem(f"{path}.{name}", f"“{name}” has to be {checks.either(values)}."))
    kind = KINDS.get(criterion["kind"]) if isinstance(criterion.get("kind"), str) else None
    scope = criterion.get("scope", DEFAULTS["scope"])
    if kind and scope in Scope.values and scope not in kind.scopes:
        found = checks.either([Scope(one).label.lower() for one in Scope.values if one in kind.scopes])
        problems.append(Problem(f"{path}.scope", f"A {kind.title.lower()} is about {found}."))
    wrong = [name for name in FLAGS if not isinstance(criterion.get(name, False), bool)]
    problems += [Problem(f"{path}.{name}", f"“{name}” has to be true or false.") for name in wrong]


def _check_numbers(criterion: Mapping[str, Any], path: str, problems: list[Problem]) -> None:
    weight, tolerance = criterion.get("weight", 1), criterion.get("tolerance")
    if not checks.number(weight) or not 0 < weight <= 1000:
        problems.append(Problem(f"{path}.weight", "A weight is a number above 0, at most 1,000."))
    if tolerance is not None and (not checks.number(tolerance) or not 0 <= tolerance <= 100):
        problems.append(Problem(f"{path}.tolerance", "A tolerance is a number from 0 to 100."))
    if tolerance and criterion.get("critical") is True:
        problems.append(Problem(f"{path}.tolerance", "A critical criterion tolerates no difference: set this to 0."))


def _check_sections(sections: Any, path: str, problems: list[Problem]) -> None:
    if not isinstance(sections, list) or not all(isinstance(s, str) and 0 < len(s) <= 120 for s in sections):
        problems.append(Problem(f"{path}.sections", "This has to be a list of guideline sections."))
    elif len(sections) > MOST_SECTIONS:
        problems.append(Problem(f"{path}.sections", f"A criterion names at most {MOST_SECTIONS} sections."))


def _check_config(criterion: Mapping[str, Any], path: str) -> list[Problem]:
    kind = KINDS.get(criterion["kind"]) if isinstance(criterion.get("kind"), str) else None
    found = kind.check_config(criterion.get("config", {})) if kind else []
    return [Problem(checks.join(f"{path}.config", p.field) if p.field else f"{path}.config", p.reason) for p in found]


def _check_keys(criteria: list[Mapping[str, Any]]) -> list[Problem]:
    problems, seen = [], set[str]()
    for index, criterion in enumerate(criteria):
        key = str(criterion.get("key")).casefold()
        if key in seen:
            problems.append(Problem(f"criteria.{index}.key", f"Two criteria have the key “{criterion['key']}”."))
        seen.add(key)
    return problems


def check_links(criteria: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """What is wrong with how otherwise sound criteria rest on each other: what is about spans, what has a condition."""
    problems, before = [], dict[str, Criterion]()
    for index, raw in enumerate(criteria):
        path = f"criteria.{index}"
        problems += _check_of(raw, before, f"{path}.of")
        problems += _check_condition(raw, before, f"{path}.condition")
        found = Criterion(**_tidy_criterion({**raw, "condition": None}))
        before[found.key] = found
    return problems


def _check_of(raw: Mapping[str, Any], before: Mapping[str, Criterion], path: str) -> list[Problem]:
    of, about_spans = raw.get("of") or "", raw.get("scope") == Scope.SPAN
    if not about_spans:
        return [Problem(path, "Only a criterion about spans names who marks them: leave this empty.")] if of else []
    by = before.get(of) if isinstance(of, str) else None
    if by is None:
        return [Problem(path, "Name the criterion above this one that marks the spans.")]
    if not KINDS[by.kind].marks_spans or by.scope == Scope.SPAN:
        return [Problem(path, f"“{by.title}” marks no spans of a text.")]
    return []


def _check_condition(raw: Mapping[str, Any], before: Mapping[str, Criterion], path: str) -> list[Problem]:
    condition = raw.get("condition")
    if condition is None:
        return []
    problems: list[Problem] = []
    if not checks.only(condition, {"criterion", "values"}, path, problems) or problems:
        return problems
    key, values = condition.get("criterion"), condition.get("values")
    other = before.get(key) if isinstance(key, str) else None
    if other is None:
        return [Problem(f"{path}.criterion", "Name a criterion above this one.")]
    about = (raw.get("scope", DEFAULTS["scope"]), raw.get("of") or "")
    if other.scope != Scope.TASK and (other.scope, other.of) != about:
        return [Problem(f"{path}.criterion", f"“{other.title}” has to be about the same thing, or about the task.")]
    return _check_cases(other, values, f"{path}.values")


def _check_cases(other: Criterion, values: Any, path: str) -> list[Problem]:
    known = dict(conditions.cases(other))
    if not known:
        return [Problem(path, f"“{other.title}” has no fixed answers that a condition could name.")]
    if not isinstance(values, list) or not values:
        return [Problem(path, f"Say for which answers to “{other.title}” this is asked.")]
    strange = [value for value in values if _token(value) not in known]
    return [Problem(path, f"“{str(value)[:60]}” is no answer to “{other.title}”.") for value in strange]


def _token(value: Any) -> str:
    """The token of a case, as a form posts it: files may say 4 for "4"."""
    return f"{value:g}" if checks.number(value) else value if isinstance(value, str) else ""


def tidy_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """A checked body in its canonical form: defaults filled in, texts trimmed, one spelling per number."""
    description = (body.get("description") or "").strip()
    return {"description": description, "criteria": [_tidy_criterion(criterion) for criterion in body["criteria"]]}


def _tidy_criterion(criterion: Mapping[str, Any]) -> dict[str, Any]:
    kind = KINDS[criterion["kind"]]
    config = kind.tidy_config(dict(criterion.get("config", {})))
    tidy = {**DEFAULTS, **criterion, "config": config}
    default = 0 if tidy["critical"] else kind.default_tolerance(config)
    tolerance = default if tidy.get("tolerance") is None else tidy["tolerance"]
    return {
        **tidy,
        "title": tidy["title"].strip(),
        "help": (tidy["help"] or "").strip(),
        "weight": checks.plain(tidy["weight"]),
        "tolerance": checks.plain(tolerance),
        "sections": list(tidy["sections"]),
        "condition": _tidy_condition(tidy["condition"]),
        "of": tidy["of"] or "",
    }


def _tidy_condition(condition: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if condition is None:
        return None
    return {"criterion": condition["criterion"], "values": list(dict.fromkeys(map(_token, condition["values"])))}


def criteria_of(body: Mapping[str, Any]) -> list[Criterion]:
    """The criteria of a tidy body as unsaved rows, in order."""
    return [Criterion(position=position, **criterion) for position, criterion in enumerate(body["criteria"])]
