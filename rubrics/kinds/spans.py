"""`spans`: passages of a text, each with a label. The value is `{"spans": [...]}` in the order of the text.

A span is `{"start", "end", "label", "severity", "note", "text"}`: half-open offsets in code points over the text that
`rubrics.marking` gives for its place, a label's key, a severity's key or "", and the exact words in between.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, ClassVar

from django.http import QueryDict

from evaltool.base.errors import Problem
from rubrics.kinds import checks
from rubrics.kinds.base import Config, Credit, Difference, Kind, Marks, Place, Refused, Span
from rubrics.kinds.span_parts import beside, passages, raws
from rubrics.kinds.span_parts import config as configuration
from rubrics.kinds.span_parts.passages import MOST, Limits, Passage
from rubrics.marking import panes, plain_text
from rubrics.models import Criterion, Scope

EMPTY_ROWS = 2


class Spans(Kind):
    """Marks over one text: the response or turn the criterion is about, the prompt, or the documents."""

    name = "spans"
    title = "Marked passages"
    help = "Words of a text, each passage with a label."
    na_posted = ""
    why = "Why"
    marks_spans = True
    scopes: ClassVar[frozenset[str]] = frozenset({Scope.TASK, Scope.RESPONSE, Scope.TURN})

    # ------------------------------------------------------ configuration

    def check_config(self, config: Any) -> list[Problem]:
        """Labels and severities with distinct keys, a number of marks that can be met, known choices."""
        return configuration.check(config)

    def tidy_config(self, config: Config) -> Config:
        """Every part stated."""
        return configuration.tidy(config)

    def starting_config(self) -> Config:
        """Two labels without texts, no severities."""
        return {"labels": [{"key": "", "title": ""}] * 2, "severities": [], "over": "own", "overlap": True, "min": 0}

    def config_from_post(self, data: QueryDict, prefix: str) -> Config:
        """Rows without any text fall away; one without a key gets it from its title."""
        return configuration.from_post(data, prefix)

    def config_context(self, config: Any) -> dict[str, Any]:
        """The rows with an empty one each, and what can be chosen."""
        return configuration.context(config)

    def config_notes(self, config: Config) -> list[Problem]:
        """Labels that only have a title."""
        return configuration.notes(config)

    def config_changes(self, old: Config, new: Config) -> list[str]:
        """Labels and severities added, removed and reworded; then the rest."""
        return configuration.changes(old, new)

    # ------------------------------------------------------------ the form

    def from_post(self, criterion: Criterion, data: QueryDict, prefix: str) -> Any:
        """The marks in the one field a script fills, less those to remove, and those typed as quotes."""
        given = raws.loaded(data.get(f"{prefix}.value", ""))
        if given is None:
            return data[f"{prefix}.value"]
        gone = set(data.getlist(f"{prefix}.remove"))
        kept = [one for one in given if not isinstance(one, Mapping) or raws.id_of(one) not in gone]
        marks = [*kept, *(raws.typed(data, f"{prefix}.new.{row}") for row in range(MOST))]
        found = [one for one in marks if one]
        return {"spans": found} if found or data.get(f"{prefix}.none") else None

    def to_post(self, criterion: Criterion, raw: Any, prefix: str) -> dict[str, str | list[str]]:
        """Marks with a place in one field, quotes still to be found in rows."""
        placed, quotes = raws.split(raw)
        fields: dict[str, str | list[str]] = {f"{prefix}.value": raws.dumped(placed) if placed else ""}
        for row, quote in enumerate(quotes):
            fields |= {f"{prefix}.new.{row}.{part}": str(quote.get(key) or "") for part, key in raws.ROW.items()}
        empty = isinstance(raw, Mapping) and raw.get("spans") == []
        return {**fields, f"{prefix}.none": "1" if empty else ""}

    def is_blank(self, criterion: Criterion, raw: Any) -> bool:
        """No marks are an answer where none are enough."""
        if isinstance(raw, Mapping) and raw.get("spans") == []:
            return criterion.config["min"] > 0
        return raw is None or raw == ""

    def form_context(self, criterion: Criterion, raw: Any, place: Place) -> dict[str, Any]:
        """Labels with their key on the keyboard, the marks there are, the texts they stand in, rows for quotes."""
        placed, quotes = raws.split(raw)
        config, shown = criterion.config, panes(place.content, _over(criterion, place))
        text = plain_text(place.content, _over(criterion, place))
        return {
            **config,
            "labels": _with_digits(config["labels"]),
            "severities": _with_digits(config["severities"]),
            "how_many": configuration.how_many(config),
            "json": raws.dumped(placed) if placed else "",
            "marks": [
                {**_shown(criterion, one), "id": raws.id_of(one), "text": text[one["start"] : one["end"]]}
                for one in placed
            ],
            "none": isinstance(raw, Mapping) and raw.get("spans") == [],
            "can_be_none": config["min"] == 0,
            "quotes": len(quotes),
            "rows": [*quotes, *[{}] * EMPTY_ROWS],
            "panes": raws.dumped([[pane.name, pane.start, len(pane.text)] for pane in shown]),
            "longest_note": raws.LONGEST_NOTE,
            "most": config["max"] or MOST,
        }  # fmt: skip

    def marks(self, criterion: Criterion, raw: Any) -> list[Span]:
        """The passages with a place and a known label."""
        titles = {label["key"]: label["title"] for label in criterion.config["labels"]}
        return [
            Span(one["start"], one["end"], one["label"], str(one.get("text", "")), titles[one["label"]])
            for one in raws.split(raw)[0]
            if raws.placed(one) and one.get("label") in titles
        ]

    def clean(self, criterion: Criterion, raw: Any, place: Place) -> Any:
        """The marks in the order of the text. One without a place is looked for by its words.

        Words that occur several times need the `number` of the place that is meant.
        """
        given = raw.get("spans") if isinstance(raw, Mapping) and set(raw) == {"spans"} else None
        if not isinstance(given, list) or len(given) > 10 * MOST:
            raise Refused("The marks cannot be read.")
        text = plain_text(place.content, _over(criterion, place))
        found, reasons = [], []
        for number, one in enumerate(given, 1):
            try:
                found.append(raws.clean_one(criterion.config, one, text))
            except Refused as refused:
                reasons += [f"Mark {number}: {reason}" for reason in refused.reasons]
        reasons = reasons or raws.check_all(criterion.config, found)
        if reasons:
            raise Refused(*reasons)
        return {"spans": sorted(found, key=passages.order)}

    def prefill(self, criterion: Criterion, label: Any, place: Place) -> Any:
        """A model's label may be the bare list of marks."""
        return super().prefill(criterion, {"spans": label} if isinstance(label, list) else label, place)

    # ----------------------------------------------------------- judgment

    def grade(self, criterion: Criterion, value: Any, entry: Mapping[str, Any]) -> Credit:
        """F1 with the best accepted answer in the mode of the configuration (partial: SemEval-2013); both empty 1."""
        own, mode = value["spans"], criterion.config["compare"]
        accepted = [other["spans"] for other in entry["accepted"]]
        best = max(accepted, key=lambda gold: (passages.f1(own, gold, mode), passages.f1(own, gold, "strict")))
        credit = passages.f1(own, best, mode)
        return Credit(
            credit=credit,
            exact=passages.f1(own, best, "strict") == 1,
            within=credit >= 0.5,
            critical_miss=bool(passages.one_sided(own, best, _grave(criterion))),
        )

    def difference(self, criterion: Criterion, a: Any, b: Any) -> Difference:
        """`passages.distance`; disagrees below an F1 of ½, or when something critical is marked on one side only."""
        mine, theirs = a["spans"], b["spans"]
        alone = passages.one_sided(mine, theirs, _grave(criterion))
        strict = passages.f1(mine, theirs, "strict") == 1
        grave = bool(alone) or (criterion.critical and not strict)
        return Difference(
            distance=passages.distance(mine, theirs),
            disagrees=grave or passages.f1(mine, theirs, criterion.config["compare"]) < 0.5,
            critical=grave,
            reason=_difference_words(mine, theirs, len(alone)),
        )

    def settle(self, criterion: Criterion, values: Sequence[Any], weights: Sequence[float]) -> Any:
        """What people with over half of the weight marked alike: `passages.settle`."""
        config = criterion.config
        limits = Limits(
            low=config["min"],
            high=config["max"] or MOST,
            overlap=config["overlap"],
            labels=[label["key"] for label in config["labels"]],
            severities=[one["key"] for one in config["severities"]],
        )
        return {"spans": passages.settle([value["spans"] for value in values], weights, limits)}

    # ------------------------------------------------------- words and rows

    def describe(self, criterion: Criterion, value: Any) -> str:
        """Label, severity and words of each mark."""
        return "; ".join(_words(_shown(criterion, one)) for one in value["spans"]) or "Nothing marked"

    def read_context(self, criterion: Criterion, marks: Marks) -> dict[str, Any]:
        """Each stretch of text that somebody marked, with everybody's marks on it and how they differ."""
        given = [(letter, [_shown(criterion, one) for one in value["spans"]]) for letter, value in marks]
        return {
            "clusters": beside.clusters(given),
            "none": [letter for letter, own in given if not own],
            "scores": [
                (f"{a} and {b}", passages.f1(mine, theirs, "partial"), passages.f1(mine, theirs, "type"))
                for (a, mine), (b, theirs) in combinations(given, 2)
                if mine or theirs
            ],
        }

    def columns(self, criterion: Criterion) -> list[str]:
        """The marks as JSON, their number, and with severities the penalty."""
        return ["", "count", *(["penalty"] if criterion.config["severities"] else [])]

    def export(self, criterion: Criterion, value: Any) -> dict[str, Any]:
        """The penalty is the sum of the severities' weights, as in MQM; marks without a severity add nothing."""
        weights = {one["key"]: one["weight"] for one in criterion.config["severities"]}
        cells = {"": raws.dumped(value["spans"]), "count": len(value["spans"])}
        penalty = checks.plain(sum(weights.get(one["severity"], 0) for one in value["spans"]))
        return {**cells, **({"penalty": penalty} if weights else {})}

    def read_export(self, criterion: Criterion, cells: Mapping[str, str]) -> Any:
        """The marks of the JSON cell."""
        return {"spans": json.loads(cells[""])} if cells[""] else None


def _over(criterion: Criterion, place: Place) -> str:
    """The name of the text that is marked."""
    return configuration.OVER[criterion.config["over"]] or place.target or "prompt"


def _grave(criterion: Criterion) -> Any:
    """In which ways a mark is critical: by its label, by its severity."""
    labels = {label["key"] for label in criterion.config["labels"] if label["critical"]}
    severities = {one["key"] for one in criterion.config["severities"] if one["critical"]}

    def ways(one: Passage) -> list[str]:
        by_label = [f"label {one['label']}"] if one["label"] in labels else []
        return [*by_label, *(["severity"] if one["severity"] in severities else [])]

    return ways


def _with_digits(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**row, "place": index, "digit": str(index) if index < 10 else ""} for index, row in enumerate(rows, start=1)
    ]


def _shown(criterion: Criterion, one: Mapping[str, Any]) -> dict[str, Any]:
    """A mark with its label and severity in words, and the label's place in the list, for its color and line."""
    places = {label["key"]: place for place, label in enumerate(criterion.config["labels"], 1)}
    label = {label["key"]: label["title"] for label in criterion.config["labels"]}.get(one.get("label"), "")
    severity = {s["key"]: s["title"] for s in criterion.config["severities"]}.get(one.get("severity"), "")
    place = places.get(one.get("label", ""), 0)
    return {**one, "label_title": label or "No label", "severity_title": severity, "place": place}


def _words(one: Mapping[str, Any]) -> str:
    severity = f" ({one['severity_title'].lower()})" if one["severity_title"] else ""
    words = " ".join(one["text"].split())
    return f"{one['label_title']}{severity}: “{words if len(words) <= 80 else words[:79] + '…'}”"


def _difference_words(a: Sequence[Passage], b: Sequence[Passage], critical: int) -> str:
    pairs = passages.pairs_of(a, b)
    bounds = sum((x["start"], x["end"]) != (y["start"], y["end"]) for x, y in pairs)
    labels = sum(x["label"] != y["label"] for x, y in pairs)
    severities = sum(x["label"] == y["label"] and x["severity"] != y["severity"] for x, y in pairs)
    alone = len(a) + len(b) - 2 * len(pairs)
    counts = {"on one side only": alone, "with other bounds": bounds, "with another label": labels,
              "with another severity": severities, "critical, not shared": critical}  # fmt: skip
    said = ", ".join(f"{count} {words}" for words, count in counts.items() if count)
    return f"Of {len(a) + len(b)} marks {said}" if said else "Other notes"
