"""`rewrite`: a response made better, or an answer written from nothing; what changed is drawn and counted.

A value is `{"text", "from", "original", "edit": {"distance", "words", "was"}}`: the original stands in it, so that the
changes can be drawn and exported without the task. Unequal texts are all kept as `{"rewrites": [value, …]}`, unless
the criterion says that one must be chosen.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from evaltool.base.errors import Problem
from rubrics.kinds import checks
from rubrics.kinds.base import UNGRADED, Config, Credit, Difference, Kind, Marks, Names, Place, Refused
from rubrics.kinds.originals import fingerprint, plain, text_at
from rubrics.models import Criterion, Scope
from stats.editing import edit_distance, edited_words, runs

LONGEST = 50_000
MOST_CHANGE = 1000
RESPONSE, BLANK = "response", "blank"
STARTS = {RESPONSE: "a response", BLANK: "a blank page"}
PARTS = {"text", "from", "original", "edit"}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BETWEEN = "\n\n"
DEFAULTS: Config = {"start": RESPONSE, "min_change": 1, "min_length": 1, "max_length": LONGEST, "one": False}


class Rewrite(Kind):
    """Starts from the response asked about; where the task is asked about, from the one the person finds best."""

    name = "rewrite"
    title = "Rewrite"
    help = "A better version of a response, or an ideal answer from a blank page."
    na_posted = ""
    scopes = frozenset({Scope.TASK.value, Scope.RESPONSE.value, Scope.TURN.value})

    # ------------------------------------------------------ configuration

    def check_config(self, config: Any) -> list[Problem]:
        """Where it starts, how much has to change (words), lengths in characters, whether one is chosen."""
        problems: list[Problem] = []
        if not checks.only(config, set(DEFAULTS), "", problems):
            return problems
        given = {**DEFAULTS, **config}
        if given["start"] not in STARTS:
            problems.append(Problem("start", f"A rewrite starts from {checks.either(list(STARTS))}."))
        if not isinstance(given["one"], bool):
            problems.append(Problem("one", "“one” has to be true or false."))
        checks.whole(given["min_change"], "min_change", 0, MOST_CHANGE, problems)
        sound = checks.whole(given["min_length"], "min_length", 1, LONGEST, problems)
        sound = checks.whole(given["max_length"], "max_length", 1, LONGEST, problems) and sound
        if sound and given["min_length"] > given["max_length"]:
            said = f"At least {given['min_length']:,} and at most {given['max_length']:,} cannot both be met."
            problems.append(Problem("min_length", said))
        return problems

    def tidy_config(self, config: Config) -> Config:
        """Everything stated."""
        return {name: config.get(name, default) for name, default in DEFAULTS.items()}

    def starting_config(self) -> Config:
        """From a response; something has to change."""
        return dict(DEFAULTS)

    def config_from_post(self, data: QueryDict, prefix: str) -> Config:
        """Empty fields mean the widest range."""
        numbers = ("min_change", "min_length", "max_length")
        given = {part: data.get(f"{prefix}.{part}", "").strip() for part in numbers}
        start = data.get(f"{prefix}.start", RESPONSE)
        found: Config = {"start": start, "one": bool(data.get(f"{prefix}.one"))}
        return found | {part: checks.as_number(text) for part, text in given.items() if text}

    def config_context(self, config: Any) -> dict[str, Any]:
        """The starts to choose from."""
        chosen = config.get("start", RESPONSE) if isinstance(config, Mapping) else RESPONSE
        return {"starts": [{"key": key, "title": title, "chosen": key == chosen} for key, title in STARTS.items()]}

    def config_changes(self, old: Config, new: Config) -> list[str]:
        """Each setting in words."""
        said = [(_start_words, "start"), (_change_words, "min_change"), (_one_words, "one")]
        changes = [words(new) for words, name in said if old[name] != new[name]]
        if _length(old) != _length(new):
            changes.append(f"The text has {_length(new)} characters, before: {_length(old)}.")
        return changes

    # ------------------------------------------------------------ the form

    def from_post(self, criterion: Criterion, data: QueryDict, prefix: str) -> Any:
        """The text and where it started; None while it is untouched (`was` is the fingerprint of what was shown)."""
        text, start = data.get(f"{prefix}.value", ""), data.get(f"{prefix}.from", "")
        right = bool(data.get(f"{prefix}.right"))
        touched = right or fingerprint(text) != data.get(f"{prefix}.was", "")
        if not start and (not touched or not text.strip()):
            return None
        return {"text": text if touched else "", "from": start}

    def to_post(self, criterion: Criterion, raw: Any, prefix: str) -> dict[str, str | list[str]]:
        """The text, and the response it started from."""
        text, start = _given(raw)
        return {f"{prefix}.value": text, f"{prefix}.from": start}

    def is_blank(self, criterion: Criterion, raw: Any) -> bool:
        """No text, and no response chosen to start from."""
        text, start = _given(raw)
        return not text.strip() and (not start or criterion.scope != Scope.TASK) and not _odd(raw)

    def is_done(self, criterion: Criterion, raw: Any, place: Place) -> bool:
        """There is a text; a chosen response alone is a start."""
        return bool(_given(raw)[0].strip())

    def form_context(self, criterion: Criterion, raw: Any, place: Place) -> dict[str, Any]:
        """The text as typed, or else the original to change; every original; the changes so far."""
        text, start = _given(raw)
        sources = _sources(criterion, place)
        start = start if start in sources else _only(sources)
        original = sources.get(start, "")
        shown = text if text.strip() else original
        return {
            "text": shown,
            "fingerprint": fingerprint(original),
            "sources": _choices(place, sources, start),
            "chooses": criterion.scope == Scope.TASK and len(sources) > 1,
            "starts_blank": not sources,
            "touched": bool(text.strip()) and text != original,
            "right": bool(text.strip()) and text == original,
            "may_stay": criterion.config["min_change"] == 0 and bool(sources),
            "runs": runs(original, shown) if sources and original else [],
            "edit": _edit(original, shown),
            "length": _length(criterion.config),
        }

    def clean(self, criterion: Criterion, raw: Any, place: Place) -> Any:
        """The text with the original it came from and how far it is from it."""
        text, start = _read(raw)
        original, start = _start(criterion, place, start)
        _check_length(text, criterion.config)
        edit = _edit(original, text)
        _check_change(edit["distance"], criterion.config["min_change"] if original else 0)
        return {"text": text, "from": start, "original": original, "edit": edit}

    def renamed(self, raw: Any, names: Names) -> Any:
        """Where it started, under the new id."""
        return (
            {**raw, "from": names.get(raw["from"], raw["from"])} if isinstance(raw, dict) and raw.get("from") else raw
        )

    def unfit(self, criterion: Criterion, content: Mapping[str, Any]) -> str:
        """There has to be something to start from."""
        if criterion.config["start"] == BLANK or content.get("responses"):
            return ""
        return "A rewrite starts from a response, and this task has none."

    # ----------------------------------------------------------- judgment

    def grade(self, criterion: Criterion, value: Any, entry: Mapping[str, Any]) -> Credit:
        """Rewrites have no gold credit."""
        return UNGRADED

    def difference(self, criterion: Criterion, a: Any, b: Any) -> Difference:
        """Equal or not; a disagreement only where one has to be chosen."""
        if a == b:
            return Difference(0.0)
        if criterion.config["one"]:
            return Difference(1.0, disagrees=True, reason="Different rewrites; one has to be chosen")
        return Difference(1.0, reason="Different rewrites, all kept")

    def settle(self, criterion: Criterion, values: Sequence[Any], weights: Sequence[float]) -> Any:
        """Every distinct rewrite in the order given; where one has to be chosen, the one most weight stands behind."""
        heavy: dict[str, float] = {}
        by_text: dict[str, Any] = {}
        for value, weight in zip(values, weights, strict=True):
            for one in _all(value):
                name = json.dumps(one, sort_keys=True)
                by_text[name] = one
                heavy[name] = heavy.get(name, 0) + weight
        if criterion.config["one"] or len(by_text) == 1:
            return by_text[min(heavy, key=lambda name: (-heavy[name], name))]
        return {"rewrites": list(by_text.values())}

    # ------------------------------------------------------- words and rows

    def describe(self, criterion: Criterion, value: Any) -> str:
        """The text on one line, and how much of it changed."""
        return " / ".join(f"{' '.join(one['text'].split())} ({_edit_words(one)})" for one in _all(value))

    def read_context(self, criterion: Criterion, marks: Marks) -> dict[str, Any]:
        """Each person's changes against what they started from."""
        return {"rewrites": [(letter, _drawn(one)) for letter, value in marks for one in _all(value)]}

    def columns(self, criterion: Criterion) -> list[str]:
        """Text, start, distance in words, words now and before, the original; several rewrites as a JSON list."""
        return ["", "from", "distance", "words", "was", "original", "rewrites"]

    def export(self, criterion: Criterion, value: Any) -> dict[str, Any]:
        """Several rewrites stand one after the other for the reader, and apart in the last cell."""
        found = _all(value)
        if len(found) > 1 or found != [value]:
            cells = dict.fromkeys(self.columns(criterion))
            texts = BETWEEN.join(one["text"] for one in found)
            return cells | {"": texts, "rewrites": json.dumps(found, ensure_ascii=False)}
        flat = {"": value["text"], "from": value["from"], "original": value["original"], "rewrites": None}
        return flat | dict(value["edit"])

    def read_export(self, criterion: Criterion, cells: Mapping[str, str]) -> Any:
        """The rewrite, or the rewrites."""
        if cells.get("rewrites"):
            return {"rewrites": json.loads(cells["rewrites"])}
        if not cells[""]:
            return None
        edit = {name: int(cells[name]) for name in ("distance", "words", "was")}
        return {"text": cells[""], "from": cells["from"] or "", "original": cells["original"] or "", "edit": edit}


# ------------------------------------------------------------- where it starts


def _sources(criterion: Criterion, place: Place) -> dict[str, str]:
    """The originals by the target they are of: one, or every response where the task is asked about."""
    if criterion.config["start"] == BLANK:
        return {}
    wanted = [place.target] if place.target else place.shown
    return {target: text for target in wanted if (text := text_at(place.content, target))}


def _only(sources: Mapping[str, str]) -> str:
    return next(iter(sources)) if len(sources) == 1 else ""


def _choices(place: Place, sources: Mapping[str, str], start: str) -> list[dict[str, Any]]:
    names = {target: f"Response {LETTERS[index % 26]}" for index, target in enumerate(place.shown)}
    return [
        {
            "target": target,
            "title": "Original" if len(sources) == 1 else names.get(target, target),
            "text": text,
            "fingerprint": fingerprint(text),
            "chosen": target == start,
        }
        for target, text in sources.items()
    ]


def _start(criterion: Criterion, place: Place, start: str) -> tuple[str, str]:
    """The original and its target. Raises Refused when it cannot be told."""
    sources = _sources(criterion, place)
    if not sources:
        if start:
            raise Refused("This is written from a blank page; it starts from no response.")
        return "", ""
    start = start or _only(sources)
    if not start:
        raise Refused("Choose the response you start from.")
    if start not in sources:
        raise Refused(f"“{start[:60]}” is not a response you can start from.")
    return sources[start], start


# ------------------------------------------------------------------- the text


def _given(raw: Any) -> tuple[str, str]:
    """Text and start of whatever a draft holds."""
    if isinstance(raw, str):
        return raw, ""
    parts = [raw.get("text"), raw.get("from")] if isinstance(raw, Mapping) else ["", ""]
    text, start = [part if isinstance(part, str) else "" for part in parts]
    return text, start


def _odd(raw: Any) -> bool:
    """Neither nothing nor of a shape that a form posts: for `clean` to name."""
    if isinstance(raw, Mapping):
        return bool(set(raw) - PARTS) or any(not isinstance(raw.get(p, ""), str) for p in ("text", "from"))
    return raw is not None and not isinstance(raw, str)


def _read(raw: Any) -> tuple[str, str]:
    """The text as kept, and the start. A text alone will do. Raises Refused."""
    if _odd(raw):
        strange = sorted(str(part) for part in set(raw) - PARTS) if isinstance(raw, Mapping) else []
        raise Refused(f"“{strange[0][:60]}” is no part of a rewrite." if strange else "This has to be a text.")
    text, start = _given(raw)
    return plain(text), start


def _check_length(text: str, config: Config) -> None:
    if len(text) < config["min_length"]:
        raise Refused(f"Write at least {config['min_length']:,} characters; this has {len(text):,}.")
    if len(text) > config["max_length"]:
        raise Refused(f"This has {len(text):,} characters; at most {config['max_length']:,} fit.")


def _check_change(distance: int, least: int) -> None:
    if not distance < least:
        return
    if distance == 0:
        raise Refused("Your version is the same as the original. Change what is wrong with it.")
    raise Refused(f"Change at least {least} words; so far {distance} differ from the original.")


def _edit(original: str, text: str) -> dict[str, int]:
    old, new = edited_words(original), edited_words(text)
    return {"distance": edit_distance(old, new), "words": len(new), "was": len(old)}


def _all(value: Any) -> list[Any]:
    found: list[Any] = value.get("rewrites", [value])
    return found


def _drawn(value: Mapping[str, Any]) -> dict[str, Any]:
    return {**value, "runs": runs(value["original"], value["text"]), "said": _edit_words(value)}


def _edit_words(value: Mapping[str, Any]) -> str:
    edit = value["edit"]
    if not value["original"]:
        return f"{edit['words']:,} words, from a blank page"
    share = edit["distance"] / (max(edit["words"], edit["was"]) or 1)
    return f"{edit['words']:,} words, was {edit['was']:,}; {share:.0%} changed"


# ------------------------------------------------------------------- settings


def _start_words(config: Config) -> str:
    return f"It starts from {STARTS[config['start']]}."


def _change_words(config: Config) -> str:
    least = config["min_change"]
    return f"At least {least} words have to change." if least else "The original may stay as it is."


def _one_words(config: Config) -> str:
    return "One of the rewrites has to be chosen." if config["one"] else "Different rewrites are all kept."


def _length(config: Config) -> str:
    low, high = config["min_length"], config["max_length"]
    return f"{low:,} to {high:,}" if low > 1 else f"at most {high:,}"
