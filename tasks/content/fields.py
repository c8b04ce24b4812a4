"""The fields of a row, one function each: what came in, what the task keeps, what is wrong with it."""

import re
from typing import Any

from evaltool.base.errors import Problem
from tasks.content.text import has_visible_text, printable

MAX_TEXT = 200_000  # characters of one text
MAX_ID = 200
MAX_ORIGIN = 200
MAX_DOMAIN = 80
MAX_TITLE = 500
MAX_RESPONSES = 9
MAX_MESSAGES = 200
MAX_DOCUMENTS = 50
MAX_CRITERIA = 100
ROLES = ("user", "assistant", "system")
ORIGIN_KEYS = ("origin", "model", "label")
KEY = re.compile(r"[-a-zA-Z0-9_]{1,60}")

Json = dict[str, Any]


class Found(list[Problem]):
    """The problems of one row, gathered while it is read, so that all are reported at once."""

    def note(self, field: str, reason: str) -> None:
        """Add a problem."""
        self.append(Problem(field[:120], reason))


def external_id(row: Json, found: Found) -> str:
    """The row's own name: `id` or `external_id`, a text or a whole number, unique in the project."""
    given = {str(row[key]).strip() for key in ("id", "external_id") if _is_name(row.get(key))}
    wrong = [key for key in ("id", "external_id") if row.get(key) is not None and not _is_name(row[key])]
    if wrong:
        found.note(wrong[0], "must be a text or a whole number")
    elif not given or "" in given:
        found.note("id", "is missing; without it a second import could not tell this row from a new one")
    elif len(given) > 1:
        found.note("id", "differs from external_id; give one of them")
    else:
        return _named(given.pop(), found)
    return ""


def _is_name(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _named(name: str, found: Found) -> str:
    if len(name) > MAX_ID:
        found.note("id", f"is longer than {MAX_ID} characters")
    elif not name.isprintable():
        found.note("id", "contains characters that cannot be seen")
    return name


def line_of_text(row: Json, field: str, limit: int, found: Found) -> str:
    """An optional short text, without spaces around it."""
    value = row.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        found.note(field, "must be a text")
        return ""
    if len(value.strip()) > limit:
        found.note(field, f"is longer than {limit} characters")
    return value.strip()


def domain(row: Json, found: Found) -> str:
    """The field of knowledge, in lower case as projects and experts name it."""
    given = row.get("domain")
    lowered = given.lower() if isinstance(given, str) else given  # before measuring: some letters grow
    return line_of_text({"domain": lowered}, "domain", MAX_DOMAIN, found)


def yes_or_no(row: Json, field: str, found: Found) -> bool:
    """An optional true or false; nothing means false."""
    value = row.get(field)
    if value is not None and not isinstance(value, bool):
        found.note(field, "must be true or false")
    return value is True


def visible(value: Any, field: str, name: str, found: Found) -> str:
    """A text that somebody will read."""
    if not isinstance(value, str):
        found.note(field, f"{name} must be a text" if value is not None else f"{name} is missing")
    elif len(value) > MAX_TEXT:
        found.note(field, f"{name} has {len(value):,} characters; the limit is {MAX_TEXT:,}")
    elif not has_visible_text(value):
        found.note(field, f"{name} has no visible text: only spaces or characters that show nothing")
    else:
        return value
    return ""


def listed(value: Any, field: str, least: int, most: int, found: Found) -> list[Any]:
    """A list of a permitted length; an empty list, with the problem noted, when it is not."""
    if not isinstance(value, list):
        found.note(field, "must be a list" if value is not None else "is missing")
    elif not least <= len(value) <= most:
        found.note(field, f"has {len(value):,} entries; between {least} and {most} are allowed")
    else:
        return value
    return []


def question(row: Json, found: Found) -> Json:
    """The prompt or the conversation, under its own key."""
    if row.get("messages") is None:
        return {"prompt": visible(row.get("prompt"), "prompt", "The prompt", found)}
    if row.get("prompt") is not None:
        found.note("prompt", "stands beside messages; give one of them")
    return {"messages": messages(row["messages"], "messages", found)}


def messages(value: Any, field: str, found: Found) -> list[Json]:
    """The turns of a conversation: role and content."""
    turns = listed(value, field, 1, MAX_MESSAGES, found)
    return [_message(turn, f"{field} {number}", f"Message {number}", found) for number, turn in enumerate(turns, 1)]


def _message(turn: Any, field: str, name: str, found: Found) -> Json:
    if not isinstance(turn, dict) or set(turn) - {"role", "content"}:
        found.note(field, f"{name} must be an object with role and content and nothing else")
        return {}
    if turn.get("role") not in ROLES:
        found.note(f"{field}.role", f"{name} must have the role {', '.join(ROLES[:-1])} or {ROLES[-1]}")
    return {"role": turn.get("role"), "content": visible(turn.get("content"), f"{field}.content", name, found)}


def responses(row: Json, found: Found) -> tuple[list[Json], Json, Json]:
    """Responses under the ids r1, r2 … in the order of the file; their origins; what else a response carried.

    An empty list is a task about the prompt alone, as where prompts are written or sorted.
    """
    kept: list[Json] = []
    origins: Json = {}
    extras: Json = {}
    for number, given in enumerate(listed(row.get("responses"), "responses", 0, MAX_RESPONSES, found), 1):
        name = f"r{number}"
        entry = {"text": given} if isinstance(given, str) else given
        field = f"responses {number}"
        if not isinstance(entry, dict):
            found.note(field, f"Response {number} must be a text or an object")
            continue
        kept.append({"id": name, **_said(entry, field, number, found)})
        origins |= _named_part(name, _origin(entry, field, found))
        known = {"text", "messages", *ORIGIN_KEYS}
        extras |= _named_part(name, {key: value for key, value in entry.items() if key not in known})
    return kept, origins, extras


def _named_part(name: str, value: Any) -> Json:
    return {name: value} if value else {}


def _said(entry: Json, field: str, number: int, found: Found) -> Json:
    if entry.get("messages") is None:
        return {"text": visible(entry.get("text"), field, f"Response {number}", found)}
    if entry.get("text") is not None:
        found.note(field, f"Response {number} has both text and messages; give one of them")
    return {"messages": messages(entry["messages"], f"{field} messages", found)}


def _origin(entry: Json, field: str, found: Found) -> str:
    """Who wrote the response, from any of the usual keys; different names are all kept."""
    names: list[str] = []
    for key in ORIGIN_KEYS:
        name = line_of_text({f"{field}.{key}": entry.get(key)}, f"{field}.{key}", MAX_ORIGIN, found)
        if name and name not in names:
            names.append(name)
    return " / ".join(names)[:MAX_ORIGIN]


def documents(row: Json, found: Found) -> list[Json]:
    """What the responses may rest on: texts with an optional title."""
    if row.get("context") is None:
        return []
    given = [row["context"]] if isinstance(row["context"], str) else row["context"]
    entries = listed(given, "context", 0, MAX_DOCUMENTS, found)
    return [_document(entry, number, found) for number, entry in enumerate(entries, 1)]


def _document(entry: Any, number: int, found: Found) -> Json:
    field, name = f"context {number}", f"Document {number}"
    entry = {"text": entry} if isinstance(entry, str) else entry
    if not isinstance(entry, dict) or set(entry) - {"title", "text"}:
        found.note(field, f"{name} must be a text, or an object with title and text and nothing else")
        return {}
    title = line_of_text({field: entry.get("title")}, field, MAX_TITLE, found)
    return {"id": f"c{number}", "title": title, "text": visible(entry.get("text"), field, name, found)}


def criteria(row: Json, found: Found) -> list[Json]:
    """Criteria of this task alone (a checklist written for it): key, title, help, points."""
    if row.get("criteria") is None:
        return []
    entries = listed(row["criteria"], "criteria", 0, MAX_CRITERIA, found)
    kept = [_criterion(entry, number, found) for number, entry in enumerate(entries, 1)]
    keys = [entry["key"] for entry in kept if entry]
    for key in {key for key in keys if keys.count(key) > 1}:
        found.note("criteria", f"uses the key {printable(key)} twice")
    return kept


def _criterion(entry: Any, number: int, found: Found) -> Json:
    field = f"criteria {number}"
    entry = {"title": entry} if isinstance(entry, str) else entry
    if not isinstance(entry, dict) or set(entry) - {"key", "title", "help", "points"}:
        found.note(field, "must be a text, or an object with key, title, help and points and nothing else")
        return {}
    key, points = entry.get("key", f"i{number}"), entry.get("points", 1)
    if not isinstance(key, str) or not KEY.fullmatch(key):
        found.note(f"{field}.key", "must be 1 to 60 letters, figures, hyphens or underscores")
        key = f"i{number}"
    if not isinstance(points, int | float) or isinstance(points, bool):
        found.note(f"{field}.points", "must be a number")
    title = visible(entry.get("title"), field, f"Criterion {number}", found)
    help_text = line_of_text({field: entry.get("help")}, field, MAX_TEXT, found)
    return {"key": key, "title": title, "help": help_text, "points": points}


def prelabels(row: Json, found: Found) -> Json:
    """Proposed answers of a model, by criterion and target."""
    value = row.get("prelabels")
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(targets, dict) for targets in value.values()):
        found.note("prelabels", "must be an object of criteria, each an object of targets")
        return {}
    return value


def metadata(row: Json, extras: Json, known: frozenset[str], found: Found) -> Json:
    """What came along and is kept but never shown: `metadata`, unknown keys, leftovers of responses."""
    own = row.get("metadata")
    if own is not None and not isinstance(own, dict):
        found.note("metadata", "must be an object")
    kept = dict(own) if isinstance(own, dict) else {}
    further = {key: value for key, value in row.items() if key not in known}
    further |= {"responses": extras} if extras else {}
    for key in sorted(kept.keys() & further.keys()):
        found.note("metadata", f"has {printable(key)}, and so has the row itself; give one of them")
    return {**kept, **further}
