"""`prompt`: a prompt or an attack of one or several turns that a person writes, and what came of it.

A value is `{"turns": [{"role", "content"}], "category", "target", "outcome", "severity", "model"}`. Where the person
talked with the project's model the turns are those the server kept, whatever the form says; else they are pasted.
Unequal prompts are all kept as `{"prompts": [value, …]}`, unless the criterion says that one must be chosen.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from evaltool.base.errors import Problem
from rubrics.kinds import prompt_config as settings
from rubrics.kinds import turns as talk
from rubrics.kinds.base import (
    UNGRADED,
    Config,
    Conversation,
    Credit,
    Difference,
    Kind,
    Marks,
    Place,
    Refused,
)
from rubrics.kinds.originals import plain
from rubrics.models import Criterion, Scope

FACTS = ("category", "outcome", "severity")
TEXTS = ("target", "model")
POSTED = {"category": "category", "outcome": "value", "severity": "severity", "target": "target", "model": "model"}
PARTS = {"turns", *FACTS, *TEXTS, "message", "conversed"}
LONGEST_TARGET, LONGEST_MODEL = 2000, 200
UNSENT = "Your last message is not sent. Send it, or empty the box."


class Prompt(Kind):
    """Written in one turn or several, pasted with the replies, or led with the project's model."""

    name = "prompt"
    title = "Prompt"
    help = "A prompt or an attack the person writes, turn by turn, with its category and outcome."
    na_posted = ""
    scopes = frozenset({Scope.TASK.value, Scope.RESPONSE.value})

    # ------------------------------------------------------ configuration

    def check_config(self, config: Any) -> list[Problem]:
        """Turns that can be met, lists with distinct keys, severities where an outcome asks for one."""
        return settings.check(config)

    def tidy_config(self, config: Config) -> Config:
        """Everything stated."""
        return settings.tidy(config)

    def starting_config(self) -> Config:
        """An attack in one turn to five, with its outcome."""
        return settings.tidy(settings.STARTING)

    def config_from_post(self, data: QueryDict, prefix: str) -> Config:
        """Rows without any text fall away."""
        return settings.from_post(data, prefix)

    def config_context(self, config: Any) -> dict[str, Any]:
        """The rows of each list, one empty one after them."""
        return settings.context(config)

    def config_notes(self, config: Config) -> list[Problem]:
        """Outcomes that only have a title."""
        return settings.notes(config)

    def config_changes(self, old: Config, new: Config) -> list[str]:
        """Each setting and each list in words."""
        return settings.changes(old, new)

    # ------------------------------------------------------------ the form

    def from_post(self, criterion: Criterion, data: QueryDict, prefix: str) -> Any:
        """Turns, facts and the message being written, as typed; None when there is nothing of it."""
        raw: dict[str, Any] = {part: data.get(f"{prefix}.{field}", "") for part, field in POSTED.items()}
        raw |= {"turns": talk.posted(data, prefix), "message": data.get(f"{prefix}.message", "")}
        raw["conversed"] = bool(data.get(f"{prefix}.conversed"))
        return None if self.is_blank(criterion, raw) else raw

    def to_post(self, criterion: Criterion, raw: Any, prefix: str) -> dict[str, str | list[str]]:
        """Every field of the form."""
        parts = _parts(raw)
        fields: dict[str, str | list[str]] = {f"{prefix}.{field}": parts[part] for part, field in POSTED.items()}
        said = {"message": parts["message"], "conversed": "1" if parts["conversed"] else ""}
        return {
            **fields,
            **talk.to_post(parts["turns"], prefix),
            **{f"{prefix}.{name}": text for name, text in said.items()},
        }

    def is_blank(self, criterion: Criterion, raw: Any) -> bool:
        """No turn, no fact, no message."""
        if not isinstance(raw, Mapping):
            return raw is None or (isinstance(raw, str) and not raw.strip())
        return not set(raw) - PARTS and not any(_says(value) for value in raw.values())

    def is_done(self, criterion: Criterion, raw: Any, place: Place) -> bool:
        """There are turns, and every list that is asked has its choice."""
        parts, transcript = _parts(raw), _transcript(criterion, place)
        turns = parts["turns"] if transcript is None else transcript
        asked = [fact for fact in FACTS[:2] if criterion.config[settings.LISTS[fact]]]
        return bool(turns) and all(parts[fact] for fact in asked)

    def conversation(self, criterion: Criterion) -> Conversation | None:
        """As many turns as the prompt may have."""
        config = criterion.config
        return Conversation(config["max_turns"], config["max_length"]) if config["converse"] else None

    def form_context(self, criterion: Criterion, raw: Any, place: Place) -> dict[str, Any]:
        """The facts with what is chosen, and the turns: fields to paste them, or the conversation so far."""
        parts, config = _parts(raw), criterion.config
        transcript = _transcript(criterion, place)
        # A message that was sent meanwhile is not written again.
        sent = transcript is not None and _was_sent(parts["message"], transcript)
        message = "" if sent else parts["message"]
        return {
            **talk.fields(parts["turns"], config, "" if transcript is not None else message),
            "talk": _talk_of(criterion, place) if transcript is not None else None,
            "message": message,
            "conversed": bool(transcript),
            "target": parts["target"],
            "model": parts["model"],
            "lists": {f"{fact}_list": settings.options(config, fact, parts[fact]) for fact in FACTS},
            "asks_severity_always": settings.asks_severity(config, ""),
            "turns_words": settings.turns_words(config),
            "config": config,
        }

    def clean(self, criterion: Criterion, raw: Any, place: Place) -> Any:
        """The turns the server kept, or the pasted ones, with the facts."""
        parts, transcript = _read(raw), _transcript(criterion, place)
        reasons: list[str] = []
        if transcript is None:
            turns, model = talk.read(parts["turns"]), plain(parts["model"])
        else:
            turns, model = talk.bare(transcript), talk.models(transcript)
            reasons += [UNSENT] if parts["message"].strip() and not _was_sent(parts["message"], transcript) else []
        turns = [{**turn, "content": plain(turn["content"])} for turn in turns]
        reasons += talk.shortcomings(turns, criterion.config, conversed=transcript is not None)
        facts = _facts(criterion.config, parts, reasons)
        target = _text(parts["target"], "target behavior", LONGEST_TARGET, criterion.config["target"], reasons)
        model = _text(model, "model's name", LONGEST_MODEL, False, reasons)
        if reasons:
            raise Refused(*reasons)
        return {"turns": turns, "target": target, "model": model, **facts}

    # ----------------------------------------------------------- judgment

    def cases(self, criterion: Criterion) -> list[tuple[str, str]]:
        """Its outcomes."""
        return [(entry["key"], entry["title"]) for entry in criterion.config["outcomes"]]

    def cases_met(self, criterion: Criterion, value: Any) -> frozenset[str]:
        """The outcomes of the prompts."""
        return frozenset(one["outcome"] for one in _all(value) if one["outcome"])

    def grade(self, criterion: Criterion, value: Any, entry: Mapping[str, Any]) -> Credit:
        """Prompts have no gold credit."""
        return UNGRADED

    def difference(self, criterion: Criterion, a: Any, b: Any) -> Difference:
        """Equal or not; a disagreement only where one has to be chosen."""
        if a == b:
            return Difference(0.0)
        if criterion.config["one"]:
            return Difference(1.0, disagrees=True, reason="Different prompts; one has to be chosen")
        return Difference(1.0, reason="Different prompts, all kept")

    def settle(self, criterion: Criterion, values: Sequence[Any], weights: Sequence[float]) -> Any:
        """Every distinct prompt in the order given; where one has to be chosen, the one most weight stands behind."""
        heavy: dict[str, float] = {}
        by_name: dict[str, Any] = {}
        for value, weight in zip(values, weights, strict=True):
            for one in _all(value):
                name = json.dumps(one, sort_keys=True)
                by_name[name] = one
                heavy[name] = heavy.get(name, 0) + weight
        if criterion.config["one"] or len(by_name) == 1:
            return by_name[min(heavy, key=lambda name: (-heavy[name], name))]
        return {"prompts": list(by_name.values())}

    # ------------------------------------------------------- words and rows

    def describe(self, criterion: Criterion, value: Any) -> str:
        """Category, outcome and severity, then what the person said, on one line."""
        return " / ".join(_line(criterion.config, one) for one in _all(value))

    def read_context(self, criterion: Criterion, marks: Marks) -> dict[str, Any]:
        """Each prompt turn by turn; facts that are not everyone's are marked."""
        shown = [(letter, one) for letter, value in marks for one in _all(value)]
        facts = [settings.fact_words(criterion.config, one) for _, one in shown]
        return {
            "prompts": [
                {
                    "letter": letter,
                    "turns": talk.named(one["turns"]),
                    "target": one["target"],
                    "model": one["model"],
                    "facts": [
                        {"name": name, "words": words, "differs": any(other.get(name) != words for other in facts)}
                        for name, words in mine.items()
                    ],
                }
                for (letter, one), mine in zip(shown, facts, strict=True)
            ]
        }

    def columns(self, criterion: Criterion) -> list[str]:
        """The turns as a chat (JSON), the facts; several prompts as a JSON list."""
        return ["", *FACTS, *TEXTS, "prompts"]

    def export(self, criterion: Criterion, value: Any) -> dict[str, Any]:
        """One prompt in its own cells, several in the last one."""
        if "prompts" in value:
            cells = dict.fromkeys(self.columns(criterion))
            return cells | {"prompts": json.dumps(value["prompts"], ensure_ascii=False)}
        flat = {name: value[name] for name in (*FACTS, *TEXTS)}
        return {"": json.dumps(value["turns"], ensure_ascii=False), **flat, "prompts": None}

    def read_export(self, criterion: Criterion, cells: Mapping[str, str]) -> Any:
        """The prompt, or the prompts."""
        if cells.get("prompts"):
            return {"prompts": json.loads(cells["prompts"])}
        if not cells[""]:
            return None
        return {"turns": json.loads(cells[""]), **{name: cells[name] or "" for name in (*FACTS, *TEXTS)}}


# --------------------------------------------------------------------- answers


def _parts(raw: Any) -> dict[str, Any]:
    """Every part of whatever a draft holds, in its type. A text alone is a prompt of one turn."""
    if isinstance(raw, str):
        raw = {"turns": [{"role": "user", "content": raw}]}
    found = raw if isinstance(raw, Mapping) else {}
    texts = {part: found.get(part) for part in (*FACTS, *TEXTS, "message")}
    clean = {part: text if isinstance(text, str) else "" for part, text in texts.items()}
    turns = found.get("turns")
    return {**clean, "turns": turns if isinstance(turns, list) else [], "conversed": found.get("conversed") is True}


def _read(raw: Any) -> dict[str, Any]:
    """The parts. Raises Refused for what is no prompt."""
    if not isinstance(raw, Mapping | str):
        raise Refused("This has to be a prompt: turns with what came of them.")
    for part, value in raw.items() if isinstance(raw, Mapping) else ():
        kind = list if part == "turns" else bool if part == "conversed" else str
        if part not in PARTS:
            raise Refused(f"“{str(part)[:60]}” is no part of a prompt.")
        if value is not None and not isinstance(value, kind):
            raise Refused(f"“{part}” has to be {'a list of turns' if kind is list else 'a text'}.")
    return _parts(raw)


def _says(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else bool(value)


def _facts(config: Config, parts: Mapping[str, Any], reasons: list[str]) -> dict[str, str]:
    """Category, outcome, and the severity where the outcome asks for one."""
    facts: dict[str, str] = {}
    for fact in FACTS:
        known = [entry["key"] for entry in config[settings.LISTS[fact]]]
        asked = bool(known) and (fact != "severity" or settings.asks_severity(config, facts["outcome"]))
        given = parts[fact] if asked else ""
        if given and given not in known:
            reasons.append(f"“{given[:60]}” is no {fact} of this rubric.")
        elif parts[fact] and not known:
            reasons.append(f"This rubric asks for no {fact}.")
        elif asked and not given:
            reasons.append(f"Choose the {fact}.")
        facts[fact] = given
    return facts


def _text(raw: str, name: str, most: int, asked: bool, reasons: list[str]) -> str:
    text = plain(raw)
    if asked and not text:
        reasons.append(f"Write the {name}.")
    if len(text) > most:
        reasons.append(f"The {name} has {len(text):,} characters; at most {most:,} fit.")
    return text


def _transcript(criterion: Criterion, place: Place) -> list[dict[str, str]] | None:
    return place.transcript(criterion) if criterion.config["converse"] else None


def _talk_of(criterion: Criterion, place: Place) -> dict[str, Any]:
    """The conversation as the page shows it; `talks` of the content says what happens now, where it is known."""
    now: dict[str, Any] = place.content.get("talks", {}).get(criterion.key, {}).get(place.target, {})
    return {"turns": talk.named(place.transcript(criterion) or []), **now}


def _was_sent(message: str, transcript: Sequence[Mapping[str, str]]) -> bool:
    last = next((turn["content"] for turn in reversed(transcript) if turn["role"] == "user"), None)
    return last is not None and plain(message) == plain(last)


def _all(value: Any) -> list[Any]:
    found: list[Any] = value.get("prompts", [value])
    return found


def _line(config: Config, value: Mapping[str, Any]) -> str:
    facts = ", ".join(words for words in settings.fact_words(config, value).values() if words)
    said = " … ".join(" ".join(turn["content"].split()) for turn in value["turns"] if turn["role"] == "user")
    return f"{facts}: {said}" if facts else said
