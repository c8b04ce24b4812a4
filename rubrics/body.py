"""The body of a rubric version: what it may hold, its one canonical form, its hash, and its criteria.

`{"description", "criteria": [{key, title, help, kind, scope, weight, critical, required, allow_na, rationale,
tolerance, sections, config}]}`. A draft may hold anything of that shape; publishing asks for all of it to be right.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from evaltool.base.errors import Problem
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
    return problems + _check_keys(body["criteria"])


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
    }


def criteria_of(body: Mapping[str, Any]) -> list[Criterion]:
    """The criteria of a tidy body as unsaved rows, in order."""
    return [Criterion(position=position, **criterion) for position, criterion in enumerate(body["criteria"])]
