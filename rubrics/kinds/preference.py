"""`preference`: which of two responses is better and by how much, no difference, or both bad.

The value is `{"strength": n}`, negative where the first response by id is better, positive where the second is, 0
for no difference; or `{"both_bad": true}`. It never depends on the sides the responses were shown on.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.http import QueryDict

from evaltool.base.errors import Problem
from rubrics.kinds import checks
from rubrics.kinds.base import Config, Credit, Difference, Kind, Marks, Names, Place, Refused, Scale
from rubrics.models import Criterion, Scope

MOST_STEPS = 3
LABELS = {1: ["better"], 2: ["better", "much better"], 3: ["slightly better", "better", "much better"]}
LONGEST_LABEL = 40
BOTH_BAD: dict[str, Any] = {"both_bad": True}
TIE: dict[str, Any] = {"strength": 0}
SAME_TEXT = "The two responses have the same text, so neither is better."


class Preference(Kind):
    """Strengths -m..m over m steps a side. Radios post them as stored; only their words follow the order shown."""

    name = "preference"
    title = "Preference"
    help = "Which of two responses is better, and by how much."
    why = "What decided it"
    scopes: ClassVar[frozenset[str]] = frozenset({Scope.TASK})
    layout = "compare"

    # ------------------------------------------------------ configuration

    def check_config(self, config: Any) -> list[Problem]:
        """One to three steps a side, a word for each, and which of tie and both bad may be said."""
        problems: list[Problem] = []
        if not checks.only(config, {"steps", "tie", "both_bad", "labels"}, "", problems):
            return problems
        flags = [part for part in ("tie", "both_bad") if not isinstance(config.get(part, True), bool)]
        problems += [Problem(part, "This has to be true or false.") for part in flags]
        if checks.whole(config.get("steps"), "steps", 1, MOST_STEPS, problems):
            problems += _check_labels(config.get("labels"), config["steps"])
        return problems

    def tidy_config(self, config: Config) -> Config:
        """Every part stated; the usual words where none are given."""
        labels = config.get("labels") or LABELS[config["steps"]]
        return {
            "steps": config["steps"],
            "tie": config.get("tie", True),
            "both_bad": config.get("both_bad", True),
            "labels": [label.strip() for label in labels],
        }

    def starting_config(self) -> Config:
        """Three steps a side, tie and both bad allowed: the seven-point scale."""
        return self.tidy_config({"steps": MOST_STEPS})

    def config_from_post(self, data: QueryDict, prefix: str) -> Config:
        """Words left as they are usually, for any number of steps, follow the number of steps."""
        steps = checks.as_number(data.get(f"{prefix}.steps", ""))
        words = [data.get(f"{prefix}.labels.{index}", "").strip() for index in range(MOST_STEPS)]
        kept = words[:steps] if isinstance(steps, int) and 1 <= steps <= MOST_STEPS else words
        usual = [word for word in words if word] in [[], *LABELS.values()]
        config = {"steps": steps, **{part: bool(data.get(f"{prefix}.{part}")) for part in ("tie", "both_bad")}}
        return config if usual else {**config, "labels": kept}

    def config_context(self, config: Any) -> dict[str, Any]:
        """Every number of steps, and a field for each word there can be."""
        given = config if isinstance(config, Mapping) else {}
        steps = next((number for number in LABELS if number == given.get("steps")), MOST_STEPS)
        labels = given.get("labels")
        words = [str(word) for word in labels] if isinstance(labels, list) else LABELS[steps]
        return {
            "choices": [(number, number == steps) for number in LABELS],
            "words": (words + [""] * MOST_STEPS)[:MOST_STEPS],
            "tie": given.get("tie", True) is True,
            "both_bad": given.get("both_bad", True) is True,
        }

    def config_changes(self, old: Config, new: Config) -> list[str]:
        """Steps, words, and what may be said besides."""
        changes = []
        if old["steps"] != new["steps"]:
            changes.append(f"Has {new['steps']} steps a side, before: {old['steps']}.")
        if old["labels"] != new["labels"]:
            changes.append(f"The steps are called {_quoted(new['labels'])}, before: {_quoted(old['labels'])}.")
        for part, what in (("tie", "Equal"), ("both_bad", "Both bad")):
            if old[part] != new[part]:
                changes.append(f"“{what}” {'can be answered now' if new[part] else 'can no longer be answered'}.")
        return changes

    # ------------------------------------------------------------ the form

    def from_post(self, criterion: Criterion, data: QueryDict, prefix: str) -> Any:
        """The chosen strength or both bad; anything strange as it came, for `clean` to name."""
        given = super().from_post(criterion, data, prefix)
        if given == "both_bad":
            return dict(BOTH_BAD)
        try:
            return {"strength": int(given)} if given else None
        except ValueError:
            return given

    def to_post(self, criterion: Criterion, raw: Any, prefix: str) -> dict[str, str | list[str]]:
        """The radio of the answer."""
        return {f"{prefix}.value": _token(raw)}

    def form_context(self, criterion: Criterion, raw: Any, place: Place) -> dict[str, Any]:
        """The stops from the left response to the right one, each with its words, keys and stored strength."""
        unfit, same = self.unfit(criterion, place.content), _same(place)
        stops = [] if unfit else _stops(criterion, place, _token(raw), same)
        bad = {"checked": _token(raw) == "both_bad"} if criterion.config["both_bad"] else None
        return {"unfit": unfit, "same": same, "stops": stops, "both_bad": None if unfit else bad, "size": len(stops)}

    def clean(self, criterion: Criterion, raw: Any, place: Place) -> Any:
        """The strength within the scale, also given as a number, its text or `{"tie": true}`; or both bad."""
        if unfit := self.unfit(criterion, place.content) if place.content else "":
            raise Refused(unfit)
        if raw in (BOTH_BAD, "both_bad"):
            if not criterion.config["both_bad"]:
                raise Refused("“Both bad” is not an answer here.")
            return dict(BOTH_BAD)
        strength, steps = _strength(raw), criterion.config["steps"]
        if strength is None or not -steps <= strength <= steps:
            raise Refused(f"Choose a whole number from -{steps} (the first is {_top(criterion)}) to {steps}.")
        if strength and _same(place):
            raise Refused(SAME_TEXT)
        if not strength and not (criterion.config["tie"] or _same(place)):
            raise Refused("Say which of the two is better: “equal” is not an answer here.")
        return {"strength": strength}

    def renamed(self, raw: Any, names: Names) -> Any:
        """The other sign where the two responses change places."""
        strength = _strength(raw)
        swapped = names.get("r1") == "r2" and names.get("r2") == "r1"
        return {"strength": -strength} if swapped and strength is not None else raw

    def unfit(self, criterion: Criterion, content: Mapping[str, Any]) -> str:
        """A preference is between exactly two."""
        count = len(content.get("responses", ()))
        return "" if count == 2 else f"A preference is between two responses, and this task has {count}."

    # ----------------------------------------------------------- judgment

    def extreme(self, criterion: Criterion, value: Any) -> bool:
        """The strongest step of either side, where there are several; both bad."""
        return value == BOTH_BAD or abs(value["strength"]) == criterion.config["steps"] > 1

    def extreme_words(self, criterion: Criterion) -> str:
        """Much better or both bad."""
        strongest = [f"“{_top(criterion)}”"] if criterion.config["steps"] > 1 else []
        return checks.either(strongest + (["“both bad”"] if criterion.config["both_bad"] else []))

    def grade(self, criterion: Criterion, value: Any, entry: Mapping[str, Any]) -> Credit:
        """Credit 1 - |s - g|/2m to the best accepted answer, 0 for the other side; both bad matches only itself.

        Right (`within`) is the side of an accepted answer, as in Deutsch, Foster & Freitag 2023 ties count.
        """
        accepted = entry["accepted"]
        return Credit(
            credit=max(1 - _apart(criterion, value, other) for other in accepted),
            exact=value in accepted,
            within=any(_side(value) == _side(other) for other in accepted),
        )

    def difference(self, criterion: Criterion, a: Any, b: Any) -> Difference:
        """The distance is 1 minus the credit. Disagrees on opposite sides, and where one says both bad.

        A critical criterion also disagrees where one says equal and the other a side.
        """
        flip, bad = _flip(a, b), (a == BOTH_BAD) != (b == BOTH_BAD)
        disagrees = flip or bad or (criterion.critical and _side(a) != _side(b))
        return Difference(
            distance=_apart(criterion, a, b),
            disagrees=disagrees,
            critical=disagrees and criterion.critical,
            reason=_reason(a, b, flip, bad),
        )

    def settle(self, criterion: Criterion, values: Sequence[Any], weights: Sequence[float]) -> Any:
        """Both bad with over half of the weight, else the weighted median of the strengths.

        Between two strengths that hold half each: equal where they are on two sides and a tie is allowed, else the
        one nearer to equal; of two just as near, the first response.
        """
        given = list(zip(values, weights, strict=True))
        rated = sorted((value["strength"], weight) for value, weight in given if value != BOTH_BAD)
        bad = sum(sorted(weight for value, weight in given if value == BOTH_BAD))
        total = sum(weight for _, weight in rated)
        if not rated or bad > total * (1 + 1e-9):
            return dict(BOTH_BAD)
        low, high = _median(rated, total), -_median([(-s, w) for s, w in reversed(rated)], total)
        if low < 0 < high and criterion.config["tie"]:
            return dict(TIE)
        return {"strength": min(low, high, key=abs)}

    def scale(self, criterion: Criterion) -> Scale | None:
        """The strengths in order; with both bad, which stands in no order, the sides by name."""
        steps = criterion.config["steps"]
        if criterion.config["both_bad"]:
            return Scale(("first better", "equal", "second better", "both bad"), ordinal=False)
        strengths = (f"{strength:+d}" if strength else "0" for strength in range(-steps, steps + 1))
        return Scale(tuple(strengths), ordinal=True)

    def position(self, criterion: Criterion, value: Any) -> int | None:
        """The place of the strength, or of the side."""
        if criterion.config["both_bad"]:
            return 3 if value == BOTH_BAD else _side(value) + 1
        return value["strength"] + criterion.config["steps"]

    def cases(self, criterion: Criterion) -> list[tuple[str, str]]:
        """Each strength as the control posts it, and both bad."""
        steps, tie, bad = (criterion.config[part] for part in ("steps", "tie", "both_bad"))
        strengths = [{"strength": number} for number in range(-steps, steps + 1) if number or tie]
        values = [*strengths, *([BOTH_BAD] if bad else [])]
        return [(_token(value), self.describe(criterion, value)) for value in values]

    def cases_met(self, criterion: Criterion, value: Any) -> frozenset[str]:
        """The one that was chosen."""
        return frozenset({_token(value)})

    # ------------------------------------------------------- words and rows

    def describe(self, criterion: Criterion, value: Any) -> str:
        """Response 1 much better."""
        return self.describe_as(criterion, value, {"r1": "Response 1", "r2": "Response 2"})

    def describe_as(self, criterion: Criterion, value: Any, names: Names) -> str:
        """Response A much better."""
        if value == BOTH_BAD:
            return "Both bad"
        strength = value["strength"]
        if not strength:
            return "Equal"
        better = "r1" if strength < 0 else "r2"
        return f"{names.get(better, better)} {criterion.config['labels'][abs(strength) - 1]}"

    def read_context(self, criterion: Criterion, marks: Marks) -> dict[str, Any]:
        """Marks on a track from the first response to the second; both bad beside it."""
        steps = criterion.config["steps"]
        sided = [(letter, value) for letter, value in marks if value != BOTH_BAD]
        said = ", ".join(f"{letter} {self.describe(criterion, value)}" for letter, value in marks)
        return {
            "track": [(letter, value["strength"] + steps + 1) for letter, value in sided],
            "levels": 2 * steps + 1,
            "label": f"From Response 1 to Response 2: {said}" if said else "No preference yet",
            "bad": [letter for letter, value in marks if value == BOTH_BAD],
        }

    def columns(self, criterion: Criterion) -> list[str]:
        """Who is preferred, and the signed strength."""
        return ["", "strength"]

    def export(self, criterion: Criterion, value: Any) -> dict[str, Any]:
        """r1, r2, tie or both_bad; the strength is negative for r1."""
        if value == BOTH_BAD:
            return {"": "both_bad", "strength": None}
        return {"": ("r1", "tie", "r2")[_side(value) + 1], "strength": value["strength"]}

    def read_export(self, criterion: Criterion, cells: Mapping[str, str]) -> Any:
        """Both bad, or the strength."""
        if cells[""] == "both_bad":
            return dict(BOTH_BAD)
        return {"strength": int(cells["strength"])} if cells["strength"] else None


def _check_labels(labels: Any, steps: int) -> list[Problem]:
    if labels is None:
        return []
    if not isinstance(labels, list) or len(labels) != steps:
        return [Problem("labels", f"Name as many words as there are steps a side: {steps}.")]
    problems: list[Problem] = []
    for index, label in enumerate(labels):
        what = f"The word for step {index + 1}"
        checks.text(label, f"labels.{index}", LONGEST_LABEL, problems, required=True, what=what)
    known = [label.strip().casefold() for label in labels if isinstance(label, str)]
    repeated = [index for index, label in enumerate(known) if label in known[:index]]
    return problems or [Problem(f"labels.{index}", f"Two steps are called “{labels[index]}”.") for index in repeated]


def _quoted(words: list[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)


def _top(criterion: Criterion) -> str:
    return criterion.config["labels"][-1]


def _strength(raw: Any) -> int | None:
    """The strength of a raw answer, None where it has none."""
    if isinstance(raw, Mapping):
        raw = 0 if dict(raw) == {"tie": True} else raw.get("strength") if set(raw) == {"strength"} else None
    given = checks.as_number(raw) if isinstance(raw, str) else raw
    return int(given) if checks.number(given) and given == int(given) else None


def _token(raw: Any) -> str:
    """What the radio of a raw answer posts; "" for none."""
    if raw in (BOTH_BAD, "both_bad"):
        return "both_bad"
    strength = _strength(raw)
    return "" if strength is None else str(strength)


def _same(place: Place) -> bool:
    """Whether the two responses say the same, so that only a tie is left."""
    said = [{part: one[part] for part in one if part != "id"} for one in place.content.get("responses", ())]
    return len(said) == 2 and said[0] == said[1]


def _stops(criterion: Criterion, place: Place, chosen: str, same: bool) -> list[dict[str, Any]]:
    """From "A much better" over "equal" to "B much better", numbered from the left."""
    steps, labels = criterion.config["steps"], criterion.config["labels"]
    sign = 1 if place.shown == place.response_ids else -1
    tie = same or criterion.config["tie"]
    sides = [side for side in range(-steps, steps + 1) if (tie if not side else not same)]
    stops = []
    for digit, side in enumerate(sides, start=1):
        words = "equal" if not side else labels[abs(side) - 1]
        letter = "=" if not side else place.marks[side > 0]
        token = str(side * sign)
        key = {0: "prefer_equal", _usual(steps): "prefer_second", -_usual(steps): "prefer_first"}.get(side, "")
        stop = {"token": token, "letter": letter, "words": words, "digit": str(digit), "key": key, "size": abs(side)}
        stops.append({**stop, "checked": token == chosen})
    return stops


def _usual(steps: int) -> int:
    """The step that the keys A and B mean: the plain one, neither slight nor strong where there are three."""
    return 2 if steps == MOST_STEPS else 1


def _side(value: Any) -> int:
    """-1 the first, 0 equal, 1 the second; 9 for both bad, which is on no side."""
    if value == BOTH_BAD:
        return 9
    return (value["strength"] > 0) - (value["strength"] < 0)


def _flip(a: Any, b: Any) -> bool:
    return _side(a) * _side(b) == -1


def _apart(criterion: Criterion, a: Any, b: Any) -> float:
    if a == b:
        return 0.0
    if BOTH_BAD in (a, b) or _flip(a, b):
        return 1.0
    return abs(a["strength"] - b["strength"]) / (2 * criterion.config["steps"])


def _reason(a: Any, b: Any, flip: bool, bad: bool) -> str:
    if flip:
        return "Opposite sides"
    if bad:
        return "Both bad or not"
    if a == b:
        return ""
    steps = abs(a["strength"] - b["strength"])
    return f"{steps} step{'s' if steps > 1 else ''} apart"


def _median(rated: Sequence[tuple[int, float]], total: float) -> int:
    """The first strength at which half of the weight is reached."""
    reached = 0.0
    for strength, weight in rated:
        reached += weight
        if reached >= total / 2 * (1 - 1e-9):  # sums of fractions may fall short by a rounding
            return strength
    return rated[-1][0]
