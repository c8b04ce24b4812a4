"""What changed between two rubric bodies, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from rubrics.kinds import KINDS
from rubrics.kinds.checks import either
from rubrics.models import Rationale, Scope

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class CriterionChange:
    """What happened to one criterion: "new", "removed" or "changed", and the sentences that say how."""

    key: str
    title: str
    what: str
    sentences: list[str] = field(default_factory=list)


def changes(old: Raw, new: Raw) -> list[CriterionChange]:
    """The changes from one tidy body to another, in the order of the new one, removed criteria last."""
    before = {criterion["key"]: criterion for criterion in old["criteria"]}
    after = {criterion["key"]: criterion for criterion in new["criteria"]}
    moved = _moved(list(before), list(after))
    titles = [None, *(criterion["title"] for criterion in after.values())]
    found = [
        _change(before.get(key), criterion, _place(above) if key in moved else "")
        for above, (key, criterion) in zip(titles, after.items(), strict=False)
    ]
    found += [CriterionChange(key, before[key]["title"], "removed") for key in before if key not in after]
    return [change for change in found if change is not None]


JUDGED_BY = ("help", "kind", "scope", "config", "allow_na", "condition", "of")


def judged_anew(old: Raw, new: Raw) -> set[str]:
    """Keys of criteria whose right answer may be another one: what they ask, of what, or their answers changed."""
    after = {criterion["key"]: criterion for criterion in new["criteria"]}
    return {
        one["key"]
        for one in old["criteria"]
        if any((one.get(part) or None) != (after.get(one["key"], {}).get(part) or None) for part in JUDGED_BY)
    }


def _moved(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The fewest criteria that had to be moved to bring those both bodies have into their new order."""
    kept_before, kept_after = [k for k in before if k in after], [k for k in after if k in before]
    same = SequenceMatcher(None, kept_before, kept_after, autojunk=False).get_matching_blocks()
    stayed = {key for block in same for key in kept_after[block.b : block.b + block.size]}
    return set(kept_after) - stayed


def _place(above: str | None) -> str:
    return f"Stands after “{above}” now." if above else "Stands first now."


def _change(old: Raw | None, new: Raw, moved: str) -> CriterionChange | None:
    if old is None:
        return CriterionChange(new["key"], new["title"], "new", [f"Asks: {new['help']}"] if new["help"] else [])
    sentences = criterion_changes(old, new) + ([moved] if moved else [])
    return CriterionChange(new["key"], new["title"], "changed", sentences) if sentences else None


def criterion_changes(old: Raw, new: Raw) -> list[str]:
    """The changes of one tidy criterion, each a sentence."""
    return [
        *_text_changes(old, new),
        *_rule_changes(old, new),
        *_link_changes(old, new),
        *_section_changes(old, new),
        *_config_changes(old, new),
    ]


def _text_changes(old: Raw, new: Raw) -> list[str]:
    words = {"title": "Is called", "help": "Asks"}
    return [f"{verb} “{new[name]}”, was “{old[name]}”." for name, verb in words.items() if old[name] != new[name]]


def _rule_changes(old: Raw, new: Raw) -> list[str]:
    found = []
    if old["scope"] != new["scope"]:
        found.append(f"Is about {Scope(new['scope']).label.lower()}, was about {Scope(old['scope']).label.lower()}.")
    for name, verb in (("weight", "Weighs"), ("tolerance", "Tolerates")):
        if old[name] != new[name]:
            found.append(f"{verb} {new[name]:g}, was {old[name]:g}.")
    for name, words in (("critical", "critical"), ("required", "required"), ("allow_na", "open to N/A")):
        if old[name] != new[name]:
            found.append(f"Is {words} now." if new[name] else f"Is no longer {words}.")
    if old["rationale"] != new["rationale"]:
        reasons = [Rationale(one["rationale"]).label.lower() for one in (new, old)]
        found.append(f"A reason: {reasons[0]}, was {reasons[1]}.")
    return found


def _link_changes(old: Raw, new: Raw) -> list[str]:
    """Which answers it hangs on. Bodies from before there were conditions have none."""
    found = []
    if (old.get("of") or "") != (new.get("of") or "") and new.get("of"):
        found.append(f"Is about the spans that “{new['of']}” marks.")
    if old.get("condition") != new.get("condition"):
        found.append(f"Is asked {_condition(new)}, before: {_condition(old)}.")
    return found


def _condition(criterion: Raw) -> str:
    condition = criterion.get("condition")
    if not condition:
        return "always"
    return f"only if “{condition['criterion']}” is {either([str(value) for value in condition['values']])}"


def _section_changes(old: Raw, new: Raw) -> list[str]:
    added = [f"“{name}”" for name in new["sections"] if name not in old["sections"]]
    gone = [f"“{name}”" for name in old["sections"] if name not in new["sections"]]
    found = [f"Also rests on the section {_all(added)}."] if added else []
    return found + ([f"No longer rests on the section {_all(gone)}."] if gone else [])


def _config_changes(old: Raw, new: Raw) -> list[str]:
    if old["kind"] != new["kind"]:
        return [f"Is a {KINDS[new['kind']].title.lower()} now, was a {KINDS[old['kind']].title.lower()}."]
    return KINDS[new["kind"]].config_changes(old["config"], new["config"])


def _all(words: list[str]) -> str:
    return either(words).replace(" or ", " and ")
