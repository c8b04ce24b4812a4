"""The turns of a conversation in a form: pasted by a person, or led with the project's model."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import QueryDict

from rubrics.kinds.base import Refused

Turn = dict[str, str]
NAMES = {"system": "System prompt", "user": "You", "assistant": "Model"}
LONGEST_REPLY = 50_000
LONGEST_ALL = 300_000
FIELDS = {"role", "content"}


def posted(data: QueryDict, prefix: str) -> list[Turn]:
    """The turns in the fields `said` and `reply`, pair by pair, after the system prompt; empty ones fall away."""
    said, replies = data.getlist(f"{prefix}.said"), data.getlist(f"{prefix}.reply")
    given = [("system", data.get(f"{prefix}.system", ""))]
    for place in range(max(len(said), len(replies))):
        given.append(("user", said[place] if place < len(said) else ""))
        given.append(("assistant", replies[place] if place < len(replies) else ""))
    return [{"role": role, "content": text} for role, text in given if text.strip()]


def to_post(turns: Iterable[Any], prefix: str) -> dict[str, str | list[str]]:
    """The inverse of `posted`."""
    system, rows = pairs(turns)
    said, replies = [row[0] for row in rows], [row[1] for row in rows]
    return {f"{prefix}.system": system, f"{prefix}.said": said, f"{prefix}.reply": replies}


def pairs(turns: Iterable[Any]) -> tuple[str, list[tuple[str, str]]]:
    """The system prompt, and each turn of the person with the reply to it; whatever a draft holds."""
    system, rows = "", list[tuple[str, str]]()
    for turn in turns:
        role, text = (turn.get("role"), turn.get("content")) if isinstance(turn, Mapping) else ("", "")
        text = text if isinstance(text, str) else ""
        if role == "system":
            system = text
        elif role == "assistant" and rows and not rows[-1][1]:
            rows[-1] = (rows[-1][0], text)
        else:
            rows.append(("", text) if role == "assistant" else (text, ""))
    return system, rows


def fields(turns: Iterable[Any], config: Mapping[str, Any], message: str) -> dict[str, Any]:
    """The rows of the form: those filled and one more shown, the rest of the permitted ones folded away.

    `message` is text that was typed for the model before it was switched off: the next turn.
    """
    system, rows = pairs(turns)
    rows += [(message, "")] if message.strip() else []
    shown = max(len(rows), config["min_turns"], 1)
    total = max(shown, config["max_turns"])
    rows += [("", "")] * (total - len(rows))
    numbered = [{"number": place, "said": said, "reply": reply} for place, (said, reply) in enumerate(rows, start=1)]
    return {"system": system, "rows": numbered[:shown], "more": numbered[shown:]}


def named(turns: Iterable[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Turns with who speaks in words."""
    return [
        {"name": NAMES.get(turn["role"], turn["role"]), "text": turn["content"], "is_user": turn["role"] == "user"}
        for turn in turns
    ]


def bare(transcript: Iterable[Mapping[str, str]]) -> list[Turn]:
    """Role and content alone."""
    return [{"role": turn["role"], "content": turn["content"]} for turn in transcript]


def models(transcript: Iterable[Mapping[str, str]]) -> str:
    """The models that answered."""
    return ", ".join(dict.fromkeys(turn["model"] for turn in transcript if turn.get("model")))


def read(raw: Sequence[Any]) -> list[Turn]:
    """Turns of a known shape. Raises Refused."""
    for number, turn in enumerate(raw, start=1):
        if not isinstance(turn, Mapping) or set(turn) != FIELDS:
            raise Refused(f"Turn {number} has to have role and content and nothing else.")
        if turn["role"] not in NAMES or not isinstance(turn["content"], str):
            raise Refused(f"Turn {number} has to be a text by user, assistant or system.")
    return bare(raw)


def shortcomings(turns: Sequence[Turn], config: Mapping[str, Any], *, conversed: bool) -> list[str]:
    """What is wrong with clean turns, in sentences."""
    said = [turn["content"] for turn in turns if turn["role"] == "user"]
    if not said:
        return ["Send the model a first message." if conversed else "Write the prompt."]
    found = [*_order(turns, conversed=conversed, replies=config["replies"]), *_lengths(turns, config["max_length"])]
    if len(said) < config["min_turns"]:
        found.append(f"Write at least {config['min_turns']} turns; this has {len(said)}.")
    if len(said) > config["max_turns"]:
        most = "1 turn fits" if config["max_turns"] == 1 else f"{config['max_turns']} turns fit"
        found.append(f"This has {len(said)} turns of yours; at most {most}.")
    return found


def _order(turns: Sequence[Turn], *, conversed: bool, replies: bool) -> list[str]:
    """The person and the model take turns, the model last; without replies the person alone speaks."""
    roles = [turn["role"] for turn in turns]
    roles = roles[1:] if roles[0] == "system" else roles
    if "system" in roles:
        return ["A system prompt stands before everything else."]
    if not replies:
        return ["Only the prompt is asked for, not what the model said."] if "assistant" in roles else []
    wrong = next((n for n, role in enumerate(roles) if role != ("user", "assistant")[n % 2]), None)
    if wrong is not None:
        return [f"Turn {wrong // 2 + 1} lacks {'its reply' if roles[wrong] == 'user' else 'what you said'}."]
    if roles[-1] == "user":
        return ["The model has not answered your last message yet." if conversed else "Paste the model's last reply."]
    return []


def _lengths(turns: Sequence[Turn], most: int) -> list[str]:
    found = []
    for number, turn in enumerate(turns, start=1):
        fits = LONGEST_REPLY if turn["role"] == "assistant" else most
        if not turn["content"]:
            found.append(f"Turn {number} is empty.")
        if len(turn["content"]) > fits:
            found.append(f"Turn {number} has {len(turn['content']):,} characters; at most {fits:,} fit.")
    whole = sum(len(turn["content"]) for turn in turns)
    return found or ([f"This has {whole:,} characters; at most {LONGEST_ALL:,} fit."] if whole > LONGEST_ALL else [])
