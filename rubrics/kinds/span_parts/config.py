"""The configuration of `spans`: labels, severities, the text that is marked, how many marks, how they are compared."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict

from evaltool.base.errors import Problem
from rubrics.kinds import checks
from rubrics.kinds.span_parts.passages import MODES, MOST

Config = dict[str, Any]

FEWEST_LABELS, MOST_LABELS, MOST_SEVERITIES = 1, 20, 6
OVER = {"own": "", "prompt": "prompt", "documents": "documents"}
PARTS = {"labels", "severities", "over", "overlap", "min", "max", "compare"}
OVER_WORDS = {
    "own": "the response, turn or prompt it is about",
    "prompt": "the prompt or conversation",
    "documents": "the documents of the task",
}
MODE_WORDS = {
    "partial": "where marks are, an overlap counting half",
    "type": "any overlap with the same label",
    "exact": "the boundaries alone",
    "strict": "boundaries and label",
}


def check(config: Any) -> list[Problem]:
    """Labels and severities with distinct keys, a number of marks that can be met, known choices."""
    problems: list[Problem] = []
    if not checks.only(config, PARTS, "", problems):
        return problems
    _check_list(config.get("labels"), "labels", FEWEST_LABELS, MOST_LABELS, problems)
    _check_list(config.get("severities") or [], "severities", 0, MOST_SEVERITIES, problems)
    if config.get("over", "own") not in OVER:
        problems.append(Problem("over", f"The text is one of {checks.either(list(OVER))}."))
    if config.get("compare", "partial") not in MODES:
        problems.append(Problem("compare", f"Marks are compared by {checks.either(list(MODES))}."))
    if not isinstance(config.get("overlap", True), bool):
        problems.append(Problem("overlap", "This has to be true or false."))
    low, high = config.get("min", 0), config.get("max", 0)
    sound = checks.whole(low, "min", 0, MOST, problems) and checks.whole(high, "max", 0, MOST, problems)
    if sound and high and low > high:
        problems.append(Problem("min", f"At least {low} and at most {high} cannot both be met."))
    return problems


def tidy(config: Config) -> Config:
    """Every part stated."""
    return {
        "over": config.get("over", "own"),
        "overlap": config.get("overlap", True),
        "min": config.get("min", 0),
        "max": config.get("max", 0),
        "compare": config.get("compare", "partial"),
        "labels": [
            {**_tidy(label), "severity": bool(label.get("severity", True))} for label in config["labels"]
        ],
        "severities": [
            {**_tidy(one), "weight": checks.plain(one.get("weight", 1))} for one in config.get("severities") or []
        ],
    }  # fmt: skip


def from_post(data: QueryDict, prefix: str) -> Config:
    """Rows without any text fall away; one without a key gets it from its title."""
    low, high = (checks.as_number(data.get(f"{prefix}.{part}") or "0") for part in ("min", "max"))
    return {
        "over": data.get(f"{prefix}.over", "own"),
        "overlap": bool(data.get(f"{prefix}.overlap")),
        "compare": data.get(f"{prefix}.compare", "partial"),
        "min": low,
        "max": high,
        "labels": [
            {**row, "severity": bool(data.get(f"{path}.severity"))}
            for path, row in _rows(data, f"{prefix}.labels", MOST_LABELS)
        ],
        "severities": [
            {**row, "weight": checks.as_number(data.get(f"{path}.weight") or "1")}
            for path, row in _rows(data, f"{prefix}.severities", MOST_SEVERITIES)
        ],
    }


def context(config: Any) -> dict[str, Any]:
    """The rows with an empty one each, and what can be chosen."""
    known = config if isinstance(config, Mapping) else {}
    return {
        "labels": [*_mappings(known.get("labels")), {"severity": True}][:MOST_LABELS],
        "severities": [*_mappings(known.get("severities")), {}][:MOST_SEVERITIES],
        "over": [(key, words, key == known.get("over", "own")) for key, words in OVER_WORDS.items()],
        "compare": [(key, words, key == known.get("compare", "partial")) for key, words in MODE_WORDS.items()],
        "overlap": known.get("overlap", True),
        "min": known.get("min", 0),
        "max": known.get("max", 0),
    }


def notes(config: Config) -> list[Problem]:
    """Labels that only have a title."""
    return [
        Problem(f"labels.{index}.help", f"the label {label['title']} has no text that says when it applies.")
        for index, label in enumerate(config["labels"])
        if not label["help"]
    ]


def changes(old: Config, new: Config) -> list[str]:
    """Labels and severities added, removed and reworded; then the rest."""
    changes = _list_changes("label", old["labels"], new["labels"])
    changes += _list_changes("severity", old["severities"], new["severities"])
    if (old["min"], old["max"]) != (new["min"], new["max"]):
        changes.append(f"{how_many(new)}, before: {how_many(old).lower()}.")
    if old["over"] != new["over"]:
        changes.append(f"Marked is {OVER_WORDS[new['over']]}, before: {OVER_WORDS[old['over']]}.")
    if old["overlap"] != new["overlap"]:
        changes.append("Marks may overlap." if new["overlap"] else "Marks may no longer overlap.")
    if old["compare"] != new["compare"]:
        changes.append(f"Compared is {MODE_WORDS[new['compare']]}, before: {MODE_WORDS[old['compare']]}.")
    return changes


def _check_list(rows: Any, path: str, fewest: int, most: int, problems: list[Problem]) -> None:
    what = {"labels": ("label", {"severity"}), "severities": ("severity", {"weight"})}[path]
    if not isinstance(rows, list) or not fewest <= len(rows) <= most:
        problems.append(Problem(path, f"There are {fewest} to {most} {path}."))
        return
    taken = {"key": set[str](), "title": set[str]()}
    for index, row in enumerate(rows):
        at = f"{path}.{index}"
        if not checks.only(row, {"key", "title", "help", "critical", *what[1]}, at, problems):
            continue
        _check_row(row, at, f"{what[0].capitalize()} {index + 1}", problems)
        for part, known in taken.items():
            word = row.get(part).strip().casefold() if isinstance(row.get(part), str) else ""
            if word and word in known:
                problems.append(Problem(f"{at}.{part}", f"Two {path} have the {part} “{row[part][:60]}”."))
            known.add(word)


def _check_row(row: Mapping[str, Any], at: str, name: str, problems: list[Problem]) -> None:
    if not isinstance(row.get("key"), str) or not checks.KEY.fullmatch(row["key"]):
        problems.append(Problem(f"{at}.key", f"{name} needs a key of letters, digits and hyphens."))
    checks.text(row.get("title"), f"{at}.title", checks.SHORT_TEXT, problems, required=True, what="The title")
    checks.text(row.get("help"), f"{at}.help", checks.LONG_TEXT, problems)
    flags = [part for part in ("critical", "severity") if not isinstance(row.get(part, False), bool)]
    problems += [Problem(f"{at}.{part}", "This has to be true or false.") for part in flags]
    weight = row.get("weight", 1)
    if not checks.number(weight) or not 0 <= weight <= 1000:
        problems.append(Problem(f"{at}.weight", "A weight is a number from 0 to 1,000."))


def _tidy(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "key": row["key"],
        "title": row["title"].strip(),
        "help": (row.get("help") or "").strip(),
        "critical": bool(row.get("critical", False)),
    }


def _rows(data: QueryDict, prefix: str, most: int) -> Iterable[tuple[str, dict[str, Any]]]:
    for index in range(most + 1):
        path = f"{prefix}.{index}"
        row = {part: data.get(f"{path}.{part}", "") for part in ("key", "title", "help")}
        if any(text.strip() for text in row.values()):
            key = row["key"].strip() or checks.slug(row["title"])
            yield path, {**row, "key": key, "critical": bool(data.get(f"{path}.critical"))}


def _mappings(rows: Any) -> list[Mapping[str, Any]]:
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _list_changes(what: str, old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]) -> list[str]:
    before, after = {row["key"]: row for row in old}, {row["key"]: row for row in new}
    changes = [f"The {what} “{before[key]['title']}” is gone." for key in before if key not in after]
    changes += [f"The {what} “{after[key]['title']}” is new." for key in after if key not in before]
    return changes + [
        f"The {what} “{before[key]['title']}” has changed: {_row_words(row)}"
        for key, row in after.items()
        if key in before and row != before[key]
    ]


def _row_words(row: Mapping[str, Any]) -> str:
    facts = [f"weight {row['weight']:g}"] if "weight" in row else [] if row["severity"] else ["without severity"]
    facts += ["critical"] if row["critical"] else []
    more = f" ({', '.join(facts)})" if facts else ""
    return f"“{row['title']}”{more}. {row['help']}".strip()


def how_many(config: Mapping[str, Any]) -> str:
    """How many marks an answer has, in words."""
    low, high = config["min"], config["max"]
    if not high:
        return f"At least {_marks(low)}" if low else "Any number of marks"
    if low == high:
        return f"Exactly {_marks(low)}"
    return f"{low} to {_marks(high)}" if low else f"Up to {_marks(high)}"


def _marks(number: int) -> str:
    return f"{number} mark{'' if number == 1 else 's'}"
