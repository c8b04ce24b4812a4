"""Single keys: one table of what can be done by a key, where, and the key it has unless a person chose another.

Digits are not in it: they always pick the option in front of you.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from evaltool.base.errors import Invalid, Problem

CONTEXTS: dict[str, str] = {
    "global": "Everywhere",
    "task": "In a task",
    "compare": "Comparing two responses",
    "marking": "Marking words",
    "queue": "Queues",
    "adjudication": "Settling a disagreement",
    "builder": "Building a rubric",
}
# Contexts that stand on one page at the same time, besides `global`, which stands on every page.
TOGETHER: dict[str, frozenset[str]] = {
    "task": frozenset({"compare", "marking"}),
    "compare": frozenset({"task", "marking"}),
    "marking": frozenset({"task", "compare"}),
}
# What has a key that stays as it is, by context.
FIXED: dict[str, tuple[tuple[str, str], ...]] = {
    "global": (("Enter", "Open the row"), ("Ctrl Enter", "Submit or confirm"), ("Esc", "Close, or leave a field")),
    "task": (("1 to 9, 0", "The option in front of you; 0 is N/A"),),
    "marking": (("Arrows", "Extend the selection"), ("Backspace", "Remove the mark")),
    "builder": (("Alt ↑, Alt ↓", "Move the criterion"),),
}


@dataclass(frozen=True)
class Action:
    """Something a key does: its name in templates, what it says, where it applies, its key by default."""

    name: str
    label: str
    context: str
    default: str


ACTIONS: dict[str, Action] = {
    name: Action(name, label, context, default)
    for context, name, default, label in (
        ("global", "help", "?", "The list of keys"),
        ("global", "search", "/", "Search"),
        ("global", "guideline", "g", "Guideline"),
        ("global", "next", "j", "Next criterion, response or row"),
        ("global", "previous", "k", "Previous criterion, response or row"),
        ("global", "continue", "n", "Continue, or open the first"),
        ("global", "undo", "u", "Undo the submission"),
        ("task", "reason", "r", "Reason"),
        ("task", "evidence", "e", "Evidence from the words selected"),
        ("task", "cite", "c", "Cite the section"),
        ("task", "source", "o", "Source"),
        ("task", "skip", "s", "Skip"),
        ("task", "flag", "f", "Flag"),
        ("task", "ask", "q", "Ask"),
        ("compare", "prefer_first", "a", "A is better"),
        ("compare", "prefer_equal", "=", "Equal"),
        ("compare", "prefer_second", "b", "B is better"),
        ("compare", "unusable", "x", "Both bad, or unusable"),
        ("compare", "lower", "l", "Ranked lower"),
        ("compare", "together", "y", "Scroll together"),
        ("compare", "differences", "d", "Show the next difference"),
        ("marking", "select", "w", "Start a selection"),
        ("queue", "take", "m", "Assign to me"),
        ("adjudication", "adopt_first", "a", "Adopt A"),
        ("adjudication", "adopt_second", "b", "Adopt B"),
        ("adjudication", "task_before", "[", "Previous task"),
        ("adjudication", "task_after", "]", "Next task"),
        ("adjudication", "third", "t", "Third judgment"),
        ("adjudication", "hand_back", "h", "Hand back"),
    )
}


class KeyTaken(Invalid):
    """The key does something else on the same page. `other` is that action; a swap would give it the old key."""

    def __init__(self, key: str, other: Action) -> None:
        super().__init__([Problem("key", f"{shown(key)} is the key for “{other.label}” already.")])
        self.other = other


def by_context() -> dict[str, list[Action]]:
    """The actions of each context, in order."""
    return {name: [action for action in ACTIONS.values() if action.context == name] for name in CONTEXTS}


def keys_of(own: Mapping[str, str]) -> dict[str, str]:
    """The key of every action, from what a person chose over the defaults."""
    return {name: own.get(name) or action.default for name, action in ACTIONS.items()}


def shown(key: str) -> str:
    """A key as it is printed."""
    return key.upper()


def with_key(own: Mapping[str, str], action: str, key: str, *, swap: bool = False) -> dict[str, str]:
    """What a person chose, with another key for one action; with `swap`, the action that has the key takes the old one.

    Raises KeyTaken when the key does something else where the action applies, Invalid for a key that cannot be one.
    """
    if action not in ACTIONS:
        raise Invalid([Problem("action", "There is no such action.")])
    chosen = key.strip().lower()
    if problem := _unfit(chosen):
        raise Invalid([Problem("key", problem)])
    keys = keys_of(own)
    old, other = keys[action], _holder(keys, action, chosen)
    keys[action] = chosen
    if other is None:
        return _chosen(keys)
    if not swap:
        raise KeyTaken(chosen, other)
    keys[other.name] = old
    for name in (other.name, action):
        if third := _holder(keys, name, keys[name]):
            raise KeyTaken(keys[name], third)
    return _chosen(keys)


def _chosen(keys: Mapping[str, str]) -> dict[str, str]:
    """Only what differs from the defaults."""
    return {name: key for name, key in keys.items() if key != ACTIONS[name].default}


def _holder(keys: Mapping[str, str], action: str, key: str) -> Action | None:
    """Another action on the same page that has this key."""
    here = ACTIONS[action].context
    for name, other in ACTIONS.items():
        meets = "global" in {here, other.context} or other.context == here or other.context in TOGETHER.get(here, ())
        if name != action and meets and keys[name] == key:
            return other
    return None


def _unfit(key: str) -> str:
    """Why this cannot be a key; "" when it can."""
    if len(key) != 1 or not key.isprintable() or key.isspace():
        return "A key is one letter or sign. Enter, Tab, Esc, the space bar and the arrows belong to the browser."
    if key.isdecimal():
        return "Digits pick the option in front of you."
    if key == "'":
        return "Some browsers open their own search with this key."
    return ""
