"""Between posted form fields and the raw shape. Nothing is checked here: whatever was typed is kept."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.http import QueryDict

from rubrics.answers import evidence
from rubrics.kinds import kind_of
from rubrics.models import Criterion, Rationale, Scope
from rubrics.targets import Raw, entry_of, places, prefix_of

FIELD = re.compile(r"a\.(?P<key>[^.]{1,60})\.(?P<target>[^.]{0,120})\.(?:value|na|rationale|evidence|quote|deferred)")
At = Iterable[tuple[Criterion, str]]


def from_post(criteria: Sequence[Criterion], content: Mapping[str, Any], data: QueryDict) -> Raw:
    """The raw answers of a posted form, as typed; blank ones are left out.

    Criteria about spans come last: what they are about is what the same form marks. Fields of a criterion or target
    that this form cannot have (another version's) stay in, so that cleaning refuses them by name.
    """
    own = list(places([one for one in criteria if one.scope != Scope.SPAN], content, {}))
    raw = posted_at(own, data)
    about_spans = [place for place in places(criteria, content, raw) if place[0].scope == Scope.SPAN]
    raw |= posted_at(about_spans, data)
    known = {(criterion.key, target) for criterion, target in own}
    spanned = {criterion.key for criterion in criteria if criterion.scope == Scope.SPAN}
    for key, target, value in _strange(data, known, spanned):
        raw.setdefault(key, {})[target] = {"value": value}
    return raw


def _strange(data: QueryDict, known: set[tuple[str, str]], spanned: set[str]) -> Iterator[tuple[str, str, str]]:
    """Fields for places that are not of this form. A span that is no longer marked takes its answers along."""
    for name in data:
        if (
            (found := FIELD.match(name))
            and found["key"] not in spanned
            and (found["key"], found["target"]) not in known
        ):
            yield found["key"], found["target"], str(data.get(name, ""))


def posted_at(at: At, data: QueryDict) -> Raw:
    """The raw answers that a form posted at these places."""
    raw: Raw = {}
    for criterion, target in at:
        entry = _posted(criterion, data, prefix_of(criterion, target))
        if entry:
            raw.setdefault(criterion.key, {})[target] = entry
    return raw


def _posted(criterion: Criterion, data: QueryDict, prefix: str) -> dict[str, Any] | None:
    kind = kind_of(criterion)
    token = kind.na_posted
    na = bool(data.get(f"{prefix}.na")) or bool(token and token in data.getlist(f"{prefix}.value"))
    value = kind.from_post(criterion, data, prefix)
    entry = {
        "value": value,
        "na": na,
        "rationale": data.get(f"{prefix}.rationale", ""),
        "evidence": evidence.from_post(data, prefix),
        "deferred": bool(data.get(f"{prefix}.deferred")),
    }
    says_more = any(entry[part] for part in ("na", "rationale", "evidence", "deferred"))
    return entry if says_more or not kind.is_blank(criterion, value) else None


def to_post(criteria: Iterable[Criterion], content: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Field names to a text or a list of texts: what the form would post for these raw answers."""
    fields: dict[str, str | list[str]] = {}
    for criterion, target in places(criteria, content, raw):
        entry, prefix = entry_of(raw, criterion, target), prefix_of(criterion, target)
        fields |= kind_of(criterion).to_post(criterion, entry.get("value"), prefix)
        if criterion.rationale != Rationale.NEVER:
            fields[f"{prefix}.rationale"] = str(entry.get("rationale") or "")
            fields |= evidence.to_post(entry.get("evidence"), prefix)
        fields[f"{prefix}.deferred"] = "1" if entry.get("deferred") else ""
        if criterion.allow_na:
            fields |= _na_fields(kind_of(criterion).na_posted, bool(entry.get("na")), fields, prefix)
    return fields


def _na_fields(token: str, na: bool, fields: Mapping[str, Any], prefix: str) -> dict[str, str | list[str]]:
    """N/A is one more option of the control where it has a token there, else a box of its own."""
    if not token:
        return {f"{prefix}.na": "1" if na else ""}
    value = fields[f"{prefix}.value"]
    return {f"{prefix}.value": [*value, token] if isinstance(value, list) else token} if na else {}
