"""Raw answers become clean ones, or every problem with them is named at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaltool.base.errors import Invalid, Problem
from rubrics import conditions
from rubrics.answers import evidence, rationale
from rubrics.answers.asking import Asking, value_in
from rubrics.answers.rationale import RationaleRule
from rubrics.kinds import kind_of
from rubrics.kinds.base import NA, Place, Refused, is_na
from rubrics.models import Criterion, Rationale, Scope
from rubrics.safe_text import fault
from rubrics.targets import Raw

ENTRY = {"value", "na", "rationale", "evidence", "deferred"}
KEY_ENTRY = {"value", "na", "accepted", "explanation", "optional", "partial"}
ABOUT = {one.value: one.label[:1].lower() + one.label[1:] for one in Scope}


@dataclass(frozen=True)
class CleanAnswer:
    """One criterion's answer for one target; the value is the kind's, or `{"na": true}`.

    `prelabel` is "confirmed" or "changed" where a model's label was seen with it (`rubrics.answers.labels`).
    """

    criterion: Criterion
    target: str
    value: Any
    rationale: str = ""
    evidence: list[Any] = field(default_factory=list)
    deferred: bool = False
    prelabel: str = ""


def as_raw(answers: Iterable[Any]) -> Raw:
    """Clean answers (or answer rows) in the raw shape."""
    raw: Raw = {}
    for answer in answers:
        na = is_na(answer.value)
        raw.setdefault(answer.criterion.key, {})[answer.target] = {
            "value": None if na else answer.value,
            "na": na,
            "rationale": answer.rationale,
            "evidence": answer.evidence,
            "deferred": answer.deferred,
        }
    return raw


def clean_answers(
    criteria: Sequence[Criterion], content: Mapping[str, Any], raw: Any, rationale_rule: RationaleRule
) -> list[CleanAnswer]:
    """The clean answers in the rubric's order; an unanswered optional criterion has none, nor one that is not asked.

    What was typed where a condition no longer holds is left out without a word. Raises Invalid naming every problem:
    unknown criteria, targets and fields, missing required answers, values that do not fit, reasons that are owed. A
    problem's field is "<key>" for the task, else "<key>.<target>".
    """
    asking = Asking(criteria, content, raw)
    problems = strangers(asking, raw, ENTRY)
    answers = []
    for criterion in criteria:
        for target in asking.targets(criterion):
            if not asking.is_asked(criterion, target):
                continue
            entry = _given(raw, criterion, target)
            found = _clean_one(criterion, asking.place(target), entry, rationale_rule)
            if isinstance(found, CleanAnswer):
                answers.append(found)
            else:
                problems += [Problem(field_of(criterion, target), reason) for reason in found]
    if problems:
        raise Invalid(problems)
    return answers


def _given(raw: Any, criterion: Criterion, target: str) -> Any:
    by_target = raw.get(criterion.key) if isinstance(raw, Mapping) else None
    return by_target.get(target) if isinstance(by_target, Mapping) else None


def field_of(criterion: Criterion, target: str) -> str:
    """The name of an answer in a Problem."""
    return f"{criterion.key}.{target}" if target else criterion.key


def strangers(asking: Asking, raw: Any, entry_fields: set[str]) -> list[Problem]:
    """A problem for each criterion, target or field in `raw` that this rubric version does not have."""
    if not isinstance(raw, Mapping):
        return [Problem("answers", "This has to be a mapping of criteria to answers.")]
    problems = []
    for key, by_target in raw.items():
        if key not in asking.by_key:
            problems.append(Problem(_short(key), "This rubric version has no such criterion."))
        elif not isinstance(by_target, Mapping):
            problems.append(Problem(key, "This has to be a mapping of targets to answers."))
        else:
            problems += _strange_targets(asking, asking.by_key[key], by_target, entry_fields)
    return problems


def _strange_targets(
    asking: Asking, criterion: Criterion, by_target: Mapping[Any, Any], entry_fields: set[str]
) -> list[Problem]:
    problems, known = [], asking.targets(criterion)
    for target, entry in by_target.items():
        name = f"{criterion.key}.{_short(target)}" if target else criterion.key
        if target not in known:
            what = "has no such target in this task" if target else f"is asked about {ABOUT[criterion.scope]}"
            problems.append(Problem(name, f"“{criterion.title}” {what}."))
        elif entry is not None and not isinstance(entry, Mapping):
            problems.append(Problem(name, "This has to be a mapping with a value."))
        elif entry is not None:
            extra = [_short(part) for part in entry if part not in entry_fields]
            problems += [Problem(name, f"“{part}” is not a field of an answer.") for part in extra]
    return problems


def _clean_one(criterion: Criterion, place: Place, entry: Any, rule: RationaleRule) -> CleanAnswer | list[str]:
    """The answer, or reasons why there is none (no reasons: it may be left open)."""
    if not isinstance(entry, Mapping):
        return ["This is not answered yet."] if entry is None and criterion.required else []
    if damage := fault(list(entry.values())):
        return [damage]
    try:
        value = value_in(criterion, place, entry)
        reason, passages = _text(entry.get("rationale")), evidence.clean(entry.get("evidence"), place)
        deferred = _deferred(entry)
    except Refused as refused:
        return list(refused.reasons)
    if value is None:
        return _open(criterion, reason, passages, deferred)
    reasons = _reason_problems(criterion, value, reason, rule)
    if passages and criterion.rationale == Rationale.NEVER:
        reasons.append("This criterion takes no evidence.")
    return reasons or CleanAnswer(criterion, place.target, value, reason, passages, deferred)


def _open(criterion: Criterion, reason: str, passages: Sequence[Any], deferred: bool) -> list[str]:
    if deferred:
        return ["Give your best effort as well: the expert sees it."]
    if criterion.required:
        return ["This is not answered yet."]
    if passages:
        return ["There is evidence but no answer."]
    return ["There is a reason but no answer."] if reason else []


def _text(raw: Any) -> str:
    if raw is not None and not isinstance(raw, str):
        raise Refused("The reason has to be a text.")
    return (raw or "").replace("\r\n", "\n").replace("\r", "\n").strip()


def _deferred(entry: Mapping[str, Any]) -> bool:
    if not isinstance(entry.get("deferred", False), bool | None):
        raise Refused("“deferred” is true or false.")
    return bool(entry.get("deferred"))


def _reason_problems(criterion: Criterion, value: Any, reason: str, rule: RationaleRule) -> list[str]:
    if len(reason) > rationale.LONGEST:
        return [f"The reason has {len(reason):,} characters; at most {rationale.LONGEST:,} fit."]
    if criterion.rationale == Rationale.NEVER:
        return ["This criterion takes no reason."] if reason else []
    lack = rationale.shortcoming(reason, rule) if rationale.is_owed(criterion, value) else ""
    return [lack] if lack else []


def clean_key(criteria: Sequence[Criterion], content: Mapping[str, Any], raw: Any) -> dict[str, dict[str, Any]]:
    """The clean `answers` of a gold key from raw ones `{key: {target: {"value", "accepted", "explanation"}}}`.

    N/A is the value `{"na": true}` (or `"na": true`) and may be among the accepted. Criteria without an entry are not
    graded. Raises Invalid as `clean_answers` does.
    """
    asking = Asking(criteria, content, raw)
    problems = strangers(asking, raw, KEY_ENTRY)
    cleaned: dict[str, dict[str, Any]] = {}
    for criterion in criteria:
        for target in asking.targets(criterion):
            entry = _given(raw, criterion, target)
            if isinstance(entry, Mapping):
                try:
                    cleaned.setdefault(criterion.key, {})[target] = _key_entry(criterion, asking.place(target), entry)
                except Refused as refused:
                    problems += [Problem(field_of(criterion, target), reason) for reason in refused.reasons]
    problems += _unasked_keys(asking, cleaned)
    if problems:
        raise Invalid(problems)
    return cleaned


def _unasked_keys(asking: Asking, cleaned: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """A gold standard for what is not asked under any answer that the same key accepts."""
    problems = []
    for key, by_target in cleaned.items():
        criterion = asking.by_key[key]
        other = conditions.other_of(criterion, asking.by_key)
        for target in by_target if other else ():
            entry = cleaned.get(other.key, {}).get(conditions.looks_at(other, target)) if other else None
            if other and entry and not any(conditions.holds(criterion, other, one) for one in entry["accepted"]):
                reason = f"{conditions.in_words(criterion, other)} The key says otherwise."
                problems.append(Problem(field_of(criterion, target), reason))
    return problems


def _key_entry(criterion: Criterion, place: Place, entry: Mapping[str, Any]) -> dict[str, Any]:
    if damage := fault(list(entry.values())):
        raise Refused(damage)
    explanation = _text(entry.get("explanation"))
    accepted = entry.get("accepted") or []
    na = entry.get("na") is True or is_na(entry.get("value"))
    na_accepted = isinstance(accepted, list) and any(map(is_na, accepted))
    if (na or na_accepted) and not criterion.allow_na:
        raise Refused("N/A is not allowed here.")
    others = [other for other in accepted if not is_na(other)] if isinstance(accepted, list) else accepted
    if na and not others:
        return {"value": dict(NA), "accepted": [dict(NA)], "explanation": explanation}
    if na:
        raise Refused("N/A with other accepted values: name one of these as the value and N/A among the accepted.")
    if kind_of(criterion).is_blank(criterion, entry.get("value")):
        raise Refused("The gold standard has no value here.")
    key = kind_of(criterion).clean_key(criterion, {**entry, "accepted": others}, place)
    return {**key, "accepted": [*key["accepted"], *([dict(NA)] if na_accepted else [])], "explanation": explanation}


def clean_value(criterion: Criterion, content: Mapping[str, Any], target: str, entry: Mapping[str, Any]) -> Any:
    """The clean value of one entry by itself, as an adjudicator writes it; Invalid when missing or out of bounds."""
    if damage := fault(list(entry.values())):
        raise Invalid([Problem(field_of(criterion, target), damage)])
    try:
        value = value_in(criterion, Place(content, target), entry)
    except Refused as refused:
        raise Invalid([Problem(field_of(criterion, target), reason) for reason in refused.reasons]) from None
    if value is None:
        raise Invalid([Problem(field_of(criterion, target), "Decide this one.")])
    return value


def _short(key: Any) -> str:
    return str(key)[:60].encode("utf-8", "replace").decode()
