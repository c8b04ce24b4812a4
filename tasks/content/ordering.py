"""A row's responses get ids that say nothing about their order in the file.

A file often names one model first on every line; if ids followed it, whoever sees the ids of a form could tell which
response it is. So the order is drawn for each row, and everything in it that names a response follows.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasks.content import CleanRow

Names = Mapping[str, str]
Rename = Callable[[str, Any, Names], Any]
"""(criterion key, value, old to new ids) -> the value under the new ids."""

ORDER = "file_order"
TARGET = re.compile(r"(r[1-9])(?=$|[-@])")
ENTRY_VALUES = ("value", "partial")


def reordered(row: "CleanRow", order: Sequence[str], rename: Rename) -> "CleanRow":
    """The row where the responses of the file, first to last, go by the ids of `order` (r1 to rn in any order).

    The content keeps `order` under "file_order", which is never shown to who judges. What a value says about
    responses is the kind's to know: `rename`.
    """
    names = {f"r{place}": one for place, one in enumerate(order, start=1)}
    content = row.content
    responses = sorted(({**one, "id": names[one["id"]]} for one in content["responses"]), key=lambda one: one["id"])
    changed = {
        **content,
        "responses": responses,
        "prelabels": {key: _prelabels(key, given, names, rename) for key, given in content["prelabels"].items()},
        "metadata": _metadata(content["metadata"], names),
        ORDER: list(order),
    }
    return row._replace(
        content=changed,
        origins={names[one]: origin for one, origin in row.origins.items()},
        gold=_gold(row.gold, names, rename) if row.gold else row.gold,
    )


def file_order(content: Mapping[str, Any]) -> list[str]:
    """The ids of a task's responses in the order of its file."""
    return content.get(ORDER) or [one["id"] for one in content.get("responses", ())]


def _target(name: str, names: Names) -> str:
    found = TARGET.match(name)
    return names.get(found[1], found[1]) + name[found.end() :] if found else name


def _prelabels(key: str, given: Mapping[str, Any], names: Names, rename: Rename) -> dict[str, Any]:
    return {_target(target, names): rename(key, value, names) for target, value in given.items()}


def _metadata(metadata: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """What else the responses of the file carried is kept by id."""
    extras = metadata.get("responses")
    if not isinstance(extras, dict) or not set(extras) <= set(names):
        return dict(metadata)
    return {**metadata, "responses": {names[one]: extra for one, extra in extras.items()}}


def _gold(gold: Mapping[str, Any], names: Names, rename: Rename) -> dict[str, Any]:
    answers = {
        key: {_target(target, names): _entry(key, entry, names, rename) for target, entry in by_target.items()}
        for key, by_target in gold["answers"].items()
    }
    return {**gold, "answers": answers}


def _entry(key: str, entry: Mapping[str, Any], names: Names, rename: Rename) -> dict[str, Any]:
    changed = {part: rename(key, entry[part], names) for part in ENTRY_VALUES if part in entry}
    if "accepted" in entry:
        changed["accepted"] = [rename(key, value, names) for value in entry["accepted"]]
    return {**entry, **changed}
