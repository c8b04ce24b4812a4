"""A rubric as a file: YAML or JSON with `name` at the top and the body beside it."""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from evaltool.base.errors import Invalid, Problem
from rubrics.body import MOST_BYTES, check_shape
from rubrics.safe_text import DEEPEST, fault

MOST_EVENTS = 50_000


def parse(text: str) -> tuple[str, dict[str, Any]]:
    """The name and the raw body of a rubric file; what begins with a brace is JSON, everything else YAML.

    Raises Invalid, with the line where it can be named, for files that are too large, too deep, use anchors or tags,
    repeat a key, or have not the shape of a rubric. Whether it can be published is another question (`check_body`).
    """
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise Invalid([Problem("file", f"This file is larger than {MOST_BYTES // 1024} kB.")])
    try:
        found = _read_json(text) if text.lstrip().startswith("{") else _read_yaml(text)
    except (ValueError, TypeError, RecursionError, OverflowError):
        raise Invalid([Problem("file", "A value in this file cannot be read.")]) from None
    if not isinstance(found, Mapping):
        raise Invalid([Problem("file", "A rubric file has “name” and “criteria” at its top.")])
    if damage := fault(found):
        raise Invalid([Problem("file", damage)])
    return _name_and_body({str(key): value for key, value in found.items()})


def parse_bytes(content: bytes) -> tuple[str, dict[str, Any]]:
    """As `parse`, from an uploaded file. Raises Invalid when it is not UTF-8."""
    try:
        return parse(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Invalid([Problem("file", "This file is not UTF-8 text.", row=line)]) from None


def _read_json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        reason = f"{error.msg} (column {error.colno})."
        raise Invalid([Problem("file", reason, row=error.lineno)]) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Invalid([Problem("file", f"“{twice[:60]}” is given twice.")])
    return dict(pairs)


def _read_yaml(text: str) -> Any:
    try:
        _check_events(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader that also refuses repeated keys)
    except yaml.YAMLError as error:
        raise Invalid([_problem(error)]) from None


def _name_and_body(found: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    name = found.pop("name", "")
    problems = [] if isinstance(name, str) else [Problem("name", "The name has to be a text.")]
    body = _plain(found)
    problems += check_shape(body)
    if problems:
        raise Invalid(problems)
    return name.strip(), body


def _plain(value: Any) -> Any:
    """YAML's dates and the like as the texts they were written as."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


class _Loader(yaml.SafeLoader):
    """Plain data only; a key given twice is an error, not the last one's victory."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "names are plain texts here", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"“{key.value}” is given twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def _check_events(text: str) -> None:
    """Refuse what makes a small file large or deep, before anything is built from it."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Invalid([_at(event.start_mark, "Anchors and aliases are not used in rubrics")])
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST or count > MOST_EVENTS:
            raise Invalid([_at(event.start_mark, "This is nested too deeply or too long")])


def _problem(error: yaml.YAMLError) -> Problem:
    reason = getattr(error, "problem", None) or "This file holds a character that YAML does not allow"
    return _at(getattr(error, "problem_mark", None), reason[0].upper() + reason[1:])


def _at(mark: Any, reason: str) -> Problem:
    if mark is None:
        return Problem("file", f"{reason}.")
    return Problem("file", f"{reason} (column {mark.column + 1}).", row=mark.line + 1)


def to_yaml(name: str, body: Mapping[str, Any]) -> str:
    """The file that `parse` reads back to the same name and body."""
    return yaml.dump({"name": name, **body}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


class _Dumper(yaml.SafeDumper):
    """Line breaks that only YAML knows are written as escapes, else they would be read back as others."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    rare = any(c in text for c in "\x85\u2028\u2029\ufeff\r")
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if rare else None)


_Dumper.add_representer(str, _text)


def to_json(name: str, body: Mapping[str, Any]) -> str:
    """The same as JSON."""
    return json.dumps({"name": name, **body}, ensure_ascii=False, indent=2) + "\n"
