"""`choice`: one label (the value is its key) or several (a list of keys in the rubric's order)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import QueryDict

from evaltool.base.errors import Problem
from rubrics.kinds import checks
from rubrics.kinds.base import Config, Credit, Difference, Kind, Marks, Place, Refused, Scale
from rubrics.models import Criterion

FEWEST, MOST = 2, 60
SEPARATOR = "|"


class Choice(Kind):
    """Several labels may be chosen where the maximum is not 1; a maximum of 0 means all of them."""

    name = "choice"
    title = "Choice"
    help = "One label, or several, from a list."

    # ------------------------------------------------------ configuration

    def check_config(self, config: Any) -> list[Problem]:
        """Labels with distinct keys; a minimum and maximum that can be met."""
        problems: list[Problem] = []
        if not checks.only(config, {"labels", "min", "max", "multiple"}, "", problems):
            return problems
        labels = config.get("labels")
        if not isinstance(labels, list) or not FEWEST <= len(labels) <= MOST:
            return [*problems, Problem("labels", f"A choice has {FEWEST} to {MOST} labels.")]
        for index, label in enumerate(labels):
            _check_label(label, index, problems)
        return problems or [*_check_unique(labels), *_check_range(config)]

    def tidy_config(self, config: Config) -> Config:
        """Minimum and maximum stated; `multiple` is only another way to say them."""
        low, high = _range(config)
        return {
            "min": low,
            "max": high,
            "labels": [
                {
                    "key": label["key"],
                    "title": label["title"].strip(),
                    "help": (label.get("help") or "").strip(),
                    "critical": bool(label.get("critical", False)),
                }
                for label in config["labels"]
            ],
        }

    def starting_config(self) -> Config:
        """Two labels without texts, one to be chosen."""
        return {"min": 1, "max": 1, "labels": [{"key": "", "title": "", "help": "", "critical": False}] * 2}

    def config_from_post(self, data: QueryDict, prefix: str) -> Config:
        """Rows without any text fall away; a label without a key gets one from its title."""
        labels = []
        for index in range(MOST + 1):
            row = {part: data.get(f"{prefix}.labels.{index}.{part}", "") for part in ("key", "title", "help")}
            if any(text.strip() for text in row.values()):
                critical = bool(data.get(f"{prefix}.labels.{index}.critical"))
                labels.append({**row, "key": row["key"].strip() or checks.slug(row["title"]), "critical": critical})
        low, high = (checks.as_number(data.get(f"{prefix}.{part}", "1")) for part in ("min", "max"))
        return {"min": low, "max": high, "labels": labels}

    def config_context(self, config: Any) -> dict[str, Any]:
        """The labels, and one empty row to write another."""
        labels = config.get("labels") if isinstance(config, Mapping) else None
        rows = [row for row in labels if isinstance(row, Mapping)] if isinstance(labels, list) else []
        low, high = _range(config) if isinstance(config, Mapping) else (1, 1)
        return {"rows": [*rows, {}][:MOST], "min": low, "max": high}

    def config_notes(self, config: Config) -> list[Problem]:
        """Labels that only have a title."""
        return [
            Problem(f"labels.{index}.help", f"the label {label['title']} has no text that says when it applies.")
            for index, label in enumerate(config["labels"])
            if not label["help"]
        ]

    def config_changes(self, old: Config, new: Config) -> list[str]:
        """Labels added, removed and reworded, and how many may be chosen."""
        before, after = ({label["key"]: label for label in c["labels"]} for c in (old, new))
        changes = [f"The label “{before[key]['title']}” is gone." for key in before if key not in after]
        changes += [f"The label “{after[key]['title']}” is new." for key in after if key not in before]
        changes += [
            f"The label “{before[key]['title']}” has changed: {_label_text(after[key])}"
            for key in after
            if key in before and after[key] != before[key]
        ]
        if (old["min"], old["max"]) != (new["min"], new["max"]):
            changes.append(f"{_how_many(new)}, before: {_how_many(old).lower()}.")
        return changes

    # ------------------------------------------------------------ the form

    def from_post(self, criterion: Criterion, data: QueryDict, prefix: str) -> Any:
        """A key, or every ticked key."""
        given = [text for text in data.getlist(f"{prefix}.value") if text and text != self.na_posted]
        return given if _multiple(criterion) else (given[-1] if given else None)

    def to_post(self, criterion: Criterion, raw: Any, prefix: str) -> dict[str, str | list[str]]:
        """The ticked boxes, or the radio."""
        keys = _as_list(raw)
        return {f"{prefix}.value": keys if _multiple(criterion) else (keys[0] if keys else "")}

    def is_blank(self, criterion: Criterion, raw: Any) -> bool:
        """Nothing ticked is an answer only where one is required and none is enough."""
        if raw == []:
            return not (criterion.required and _low(criterion) == 0)
        return raw is None or raw == ""

    def form_context(self, criterion: Criterion, raw: Any, place: Place) -> dict[str, Any]:
        """The labels with their key on the keyboard, and which are chosen."""
        chosen = _as_list(raw)
        return {
            "multiple": _multiple(criterion),
            "how_many": _how_many(criterion.config),
            "labels": [
                {**label, "checked": label["key"] in chosen, "digit": str(index) if index < 10 else ""}
                for index, label in enumerate(_labels(criterion), start=1)
            ],
        }

    def clean(self, criterion: Criterion, raw: Any, place: Place) -> Any:
        """A key, or a list of keys in the rubric's order without repetition."""
        given = raw if isinstance(raw, list) else [raw]
        known = [label["key"] for label in _labels(criterion)]
        strange = [key for key in given if not isinstance(key, str) or key not in known]
        if strange:
            raise Refused(f"“{str(strange[0])[:60]}” is not one of the labels.")
        keys = [key for key in known if key in given]
        if not _low(criterion) <= len(keys) <= _high(criterion):
            raise Refused(f"{_how_many(criterion.config)}; {len(keys)} are chosen.")
        return keys if _multiple(criterion) else keys[0]

    # ----------------------------------------------------------- judgment

    def clean_key(self, criterion: Criterion, entry: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """Besides value and accepted: `optional` labels are left out of the comparison, `partial` credits a label."""
        key = super().clean_key(criterion, entry, place)
        known = {label["key"] for label in _labels(criterion)}
        optional, partial = entry.get("optional") or [], entry.get("partial") or {}
        if not isinstance(optional, list) or not set(map(str, optional)) <= known:
            raise Refused("The optional labels are a list of labels of this criterion.")
        if not isinstance(partial, Mapping) or not all(
            label in known and checks.number(credit) and 0 <= credit <= 1 for label, credit in partial.items()
        ):
            raise Refused("Partial credit names labels of this criterion with a credit from 0 to 1.")
        extra = {"optional": optional, "partial": dict(partial)}
        return {**key, **{name: given for name, given in extra.items() if given}}

    def grade(self, criterion: Criterion, value: Any, entry: Mapping[str, Any]) -> Credit:
        """One label: exact, or the partial credit the key lists. Several: Jaccard |S∩G|/|S∪G| (Jaccard 1901)."""
        optional = set(entry.get("optional", ()))
        own = set(_as_list(value)) - optional
        accepted = [set(_as_list(other)) - optional for other in entry["accepted"]]
        best = max(accepted, key=lambda gold: jaccard(own, gold))
        listed = entry.get("partial", {}).get(value, 0) if isinstance(value, str) else 0
        credit = max(jaccard(own, best), listed)
        return Credit(
            credit=float(credit),
            exact=own == best,
            within=credit >= 0.5,
            critical_miss=bool(_critical(criterion) & (own ^ best)),
        )

    def difference(self, criterion: Criterion, a: Any, b: Any) -> Difference:
        """1 minus Jaccard; disagrees below one half, on any difference where critical or on a critical label."""
        one, other = set(_as_list(a)), set(_as_list(b))
        likeness, apart = jaccard(one, other), one ^ other
        grave = bool(apart) and (criterion.critical or bool(_critical(criterion) & apart))
        return Difference(
            distance=1 - likeness,
            disagrees=grave or likeness < 0.5,
            critical=grave,
            reason=f"Differ on {', '.join(_titles(criterion, apart))}" if apart else "",
        )

    def settle(self, criterion: Criterion, values: Sequence[Any], weights: Sequence[float]) -> Any:
        """One label: the heaviest. Several: those with over half of the weight, as many as the rubric allows.

        Equal weights go by the rubric's order.
        """
        votes = {label["key"]: 0.0 for label in _labels(criterion)}
        for value, weight in zip(values, weights, strict=True):
            for key in _as_list(value):
                votes[key] += weight
        ranked = sorted(votes, key=lambda key: -votes[key])  # stable: ties stay in the rubric's order
        if not _multiple(criterion):
            return ranked[0]
        over_half = sum(votes[key] > sum(weights) / 2 for key in ranked)
        kept = set(ranked[: min(max(over_half, _low(criterion)), _high(criterion))])
        return [key for key in votes if key in kept]

    def scale(self, criterion: Criterion) -> Scale | None:
        """The labels, where one is chosen."""
        keys = tuple(label["key"] for label in _labels(criterion))
        return None if _multiple(criterion) else Scale(keys, ordinal=False)

    def position(self, criterion: Criterion, value: Any) -> int | None:
        """The place of the label, where one is chosen."""
        scale = self.scale(criterion)
        return scale.categories.index(value) if scale else None

    def cases(self, criterion: Criterion) -> list[tuple[str, str]]:
        """Each label, whether one is chosen or several."""
        return [(label["key"], label["title"]) for label in _labels(criterion)]

    def cases_met(self, criterion: Criterion, value: Any) -> frozenset[str]:
        """The chosen labels."""
        return frozenset(_as_list(value))

    # ------------------------------------------------------- words and rows

    def describe(self, criterion: Criterion, value: Any) -> str:
        """The titles of the labels."""
        return ", ".join(_titles(criterion, _as_list(value))) or "None"

    def read_context(self, criterion: Criterion, marks: Marks) -> dict[str, Any]:
        """Each label somebody chose, and who did."""
        chosen = [(letter, _as_list(value)) for letter, value in marks]
        rows = [
            {"title": label["title"], "letters": letters, "all": len(letters) == len(marks)}
            for label in _labels(criterion)
            if (letters := [letter for letter, keys in chosen if label["key"] in keys])
        ]
        return {"rows": rows, "none": [letter for letter, keys in chosen if not keys]}

    def export(self, criterion: Criterion, value: Any) -> dict[str, Any]:
        """Keys separated by a bar."""
        return {"": SEPARATOR.join(_as_list(value))}

    def read_export(self, criterion: Criterion, cells: Mapping[str, str]) -> Any:
        """The key, or the list of keys, of the cell."""
        keys = [key for key in cells[""].split(SEPARATOR) if key]
        raw: Any = keys if _multiple(criterion) else (keys[0] if keys else None)
        return None if self.is_blank(criterion, raw) else self.clean(criterion, raw, Place())


def jaccard(a: set[str], b: set[str]) -> float:
    """|A∩B| / |A∪B|; two empty sets are alike."""
    return len(a & b) / len(a | b) if a | b else 1.0


def _check_label(label: Any, index: int, problems: list[Problem]) -> None:
    path = f"labels.{index}"
    if not checks.only(label, {"key", "title", "help", "critical"}, path, problems):
        return
    key, title = label.get("key"), label.get("title")
    if not isinstance(key, str) or not checks.KEY.fullmatch(key) or key == Choice.na_posted:
        problems.append(
            Problem(f"{path}.key", f"Label {index + 1} needs a key of letters, digits and hyphens, other than “na”.")
        )
    if not isinstance(title, str) or not title.strip():
        problems.append(Problem(f"{path}.title", f"Label {index + 1} has no title."))
    else:
        checks.text(title, f"{path}.title", checks.SHORT_TEXT, problems)
    checks.text(label.get("help"), f"{path}.help", checks.LONG_TEXT, problems)
    if not isinstance(label.get("critical", False), bool):
        problems.append(Problem(f"{path}.critical", "This has to be true or false."))


def _check_unique(labels: list[Mapping[str, Any]]) -> list[Problem]:
    problems, seen = [], {"key": set[str](), "title": set[str]()}
    for index, label in enumerate(labels):
        for part, known in seen.items():
            text = label[part].strip().casefold()
            if text in known:
                problems.append(Problem(f"labels.{index}.{part}", f"Two labels have the {part} “{label[part]}”."))
            known.add(text)
    return problems


def _check_range(config: Mapping[str, Any]) -> list[Problem]:
    problems: list[Problem] = []
    low, high = _range(config)
    count = len(config["labels"])
    sound = checks.whole(low, "min", 0, count, problems) and checks.whole(high, "max", 0, count, problems)
    if sound and high and low > high:
        problems.append(Problem("min", f"At least {low} and at most {high} cannot both be met."))
    if sound and low == 0 and high == 1:
        problems.append(Problem("min", "One label is to be chosen: make the criterion optional instead."))
    if sound and config.get("multiple") is not None and config["multiple"] is not (high != 1):
        problems.append(Problem("multiple", f"This contradicts a maximum of {high}."))
    return problems


def _range(config: Mapping[str, Any]) -> tuple[Any, Any]:
    high = config.get("max", 0 if config.get("multiple") is True else 1)
    return config.get("min", 1), high


def _labels(criterion: Criterion) -> list[dict[str, Any]]:
    return criterion.config["labels"]


def _multiple(criterion: Criterion) -> bool:
    return criterion.config["max"] != 1


def _low(criterion: Criterion) -> int:
    return criterion.config["min"]


def _high(criterion: Criterion) -> int:
    return criterion.config["max"] or len(_labels(criterion))


def _critical(criterion: Criterion) -> set[str]:
    return {label["key"] for label in _labels(criterion) if label.get("critical")}


def _titles(criterion: Criterion, keys: Iterable[str]) -> list[str]:
    wanted = set(keys)
    return [label["title"] for label in _labels(criterion) if label["key"] in wanted]


def _as_list(raw: Any) -> list[str]:
    if isinstance(raw, list):
        return [key for key in raw if isinstance(key, str)]
    return [raw] if isinstance(raw, str) and raw else []


def _how_many(config: Mapping[str, Any]) -> str:
    low, high = config["min"], config["max"] or len(config["labels"])
    if low == high:
        return f"Choose {'one' if low == 1 else low}"
    return f"Choose up to {high}" if low == 0 else f"Choose {low} to {high}"


def _label_text(label: Mapping[str, Any]) -> str:
    critical = " (critical)" if label["critical"] else ""
    return f"“{label['title']}”{critical}. {label['help']}".strip()
