"""The items of a checklist: in the configuration of a criterion, and in a task of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaltool.base.errors import Problem
from rubrics.kinds import checks
from rubrics.models import Criterion

RUBRIC, TASK = "rubric", "task"
MOST, MOST_POINTS, TITLE = 100, 1000, 200
ANY_POINTS = f"any number up to {MOST_POINTS:,} but 0, negative where an item counts against"


def items_of(criterion: Criterion, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items asked about: those of the rubric, or those of the task."""
    return criterion.config["items"] if criterion.config["source"] == RUBRIC else own_items(content)


def own_items(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items of a task; long titles are cut, since every answer carries them."""
    return [
        {**item, "title": checks.shortened(item["title"], TITLE), "whole": item["title"], "critical": False}
        for item in content.get("criteria") or ()
    ]


def pointless(items: Sequence[Mapping[str, Any]]) -> str:
    """Why the points of some items make no score, in a sentence; "" when they do."""
    if none := [item for item in items if not 0 < abs(item["points"]) <= MOST_POINTS]:
        return f"“{none[0]['title']}” is worth {none[0]['points']:g} points; {ANY_POINTS}."
    if not any(item["points"] > 0 for item in items):
        return "No item has positive points, so there is nothing to score."
    return ""


def check_item(item: Any, index: int, problems: list[Problem]) -> None:
    """Add what is wrong with one raw item."""
    path = f"items.{index}"
    if not checks.only(item, {"key", "title", "help", "points", "critical"}, path, problems):
        return
    key, title, points = item.get("key"), item.get("title"), item.get("points", 1)
    if not isinstance(key, str) or not checks.KEY.fullmatch(key):
        problems.append(Problem(f"{path}.key", f"Item {index + 1} needs a key of letters, digits and hyphens."))
    checks.text(title, f"{path}.title", TITLE, problems, required=True, what=f"Item {index + 1}")
    checks.text(item.get("help"), f"{path}.help", checks.LONG_TEXT, problems)
    if not checks.number(points) or not 0 < abs(points) <= MOST_POINTS:
        problems.append(Problem(f"{path}.points", f"Item {index + 1} needs points: {ANY_POINTS}."))
    if not isinstance(item.get("critical", False), bool):
        problems.append(Problem(f"{path}.critical", "This has to be true or false."))


def check_together(items: list[Mapping[str, Any]]) -> list[Problem]:
    """A problem for each key or title used twice, and where nothing can be scored."""
    problems, seen = [], {"key": set[str](), "title": set[str]()}
    for index, item in enumerate(items):
        for part, known in seen.items():
            text = item[part].strip().casefold()
            if text in known:
                problems.append(Problem(f"items.{index}.{part}", f"Two items have the {part} “{item[part]}”."))
            known.add(text)
    if not any(item.get("points", 1) > 0 for item in items):
        problems.append(Problem("items", "At least one item needs positive points, or there is nothing to score."))
    return problems


def tidy_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """A checked item in its one canonical form."""
    return {
        "key": item["key"],
        "title": item["title"].strip(),
        "help": (item.get("help") or "").strip(),
        "points": checks.plain(item.get("points", 1)),
        "critical": bool(item.get("critical", False)),
    }


def in_words(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """How an item changed, in a sentence."""
    points = worth(new["points"]) + (", critical" if new["critical"] else "")
    return f"The item “{old['title']}” has changed: “{new['title']}”, {points}. {new['help']}".strip()


def worth(points: float) -> str:
    """+5 points."""
    sign = "+" if points > 0 else "\N{MINUS SIGN}"
    return f"{sign}{abs(points):g} point{'' if abs(points) == 1 else 's'}"
