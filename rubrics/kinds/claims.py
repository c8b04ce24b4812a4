"""`claims`: statements checked one by one, each with a verdict, a source and the words in it that show it.

The value is `{"claims": [{"text", "verdict", "source", "quote", "date", "note"}]}` in the order written; an empty list
says that there is nothing to check. The verdict on the whole follows from it and is never stored.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from math import fsum
from typing import Any, ClassVar

from django.http import QueryDict

from evaltool.base.errors import Problem
from rubrics.kinds import checks
from rubrics.kinds.base import Config, Credit, Difference, Kind, Marks, Place, Refused, Scale
from rubrics.kinds.claim_matching import (
    DETAIL,
    credit_of,
    gap,
    groups_of,
    merit,
    read_row,
    reason,
    settled_claim,
    shared,
)
from rubrics.kinds.claim_rows import (
    EMPTY,
    FIELDS,
    clean_claims,
    form_row,
    is_filled,
    is_plain,
    row_numbers,
    rows_of,
    says_none,
)
from rubrics.kinds.claim_verdicts import (
    COUNTS,
    check_unique,
    check_verdict,
    in_words,
    most_of,
    opposite,
    rollup,
    verdicts_of,
)
from rubrics.kinds.originals import text_at
from rubrics.kinds.sentences import sentences
from rubrics.models import Criterion, Scope
from stats.matching import same_words

SPARE = 9000  # rows shown without a script; numbered so that no row a script adds has their names
FEWEST_VERDICTS, MOST_VERDICTS, MOST_CLAIMS = 2, 9, 50


class Claims(Kind):
    """Claims are matched by what they say: equal words first, then the most alike (`stats.matching`)."""

    name = "claims"
    title = "Claims"
    help = "Statements checked one by one against sources."
    na_posted = ""
    scopes: ClassVar[frozenset[str]] = frozenset({Scope.TASK, Scope.RESPONSE, Scope.TURN})

    # ------------------------------------------------------ configuration

    def check_config(self, config: Any) -> list[Problem]:
        """2 to 9 verdicts with distinct keys that count as something."""
        problems: list[Problem] = []
        if not checks.only(config, {"verdicts", "most", "sentences"}, "", problems):
            return problems
        verdicts = config.get("verdicts")
        if not isinstance(verdicts, list) or not FEWEST_VERDICTS <= len(verdicts) <= MOST_VERDICTS:
            return [*problems, Problem("verdicts", f"There are {FEWEST_VERDICTS} to {MOST_VERDICTS} verdicts.")]
        for index, verdict in enumerate(verdicts):
            check_verdict(verdict, index, problems)
        checks.whole(config.get("most", MOST_CLAIMS), "most", 1, MOST_CLAIMS, problems)
        if not isinstance(config.get("sentences", False), bool):
            problems.append(Problem("sentences", "This has to be true or false."))
        return problems or check_unique(verdicts)

    def tidy_config(self, config: Config) -> Config:
        """Everything stated."""
        return {
            "verdicts": [
                {
                    "key": verdict["key"],
                    "title": verdict["title"].strip(),
                    "help": (verdict.get("help") or "").strip(),
                    "counts": verdict["counts"],
                    "evidence": bool(verdict.get("evidence", False)),
                }
                for verdict in config["verdicts"]
            ],
            "most": config.get("most", MOST_CLAIMS),
            "sentences": bool(config.get("sentences", False)),
        }

    def starting_config(self) -> Config:
        """The four verdicts of most fact checks."""
        usual = [
            ("supported", "Supported", "supported", True),
            ("partly", "Partly", "partly", True),
            ("contradicted", "Contradicted", "contradicted", True),
            ("not_found", "No source", "unverified", False),
        ]
        verdicts = [{"key": k, "title": t, "help": "", "counts": c, "evidence": e} for k, t, c, e in usual]
        return {"verdicts": verdicts, "most": 20, "sentences": True}

    def config_from_post(self, data: QueryDict, prefix: str) -> Config:
        """Rows without any text fall away; a verdict without a key gets one from its title."""
        verdicts = []
        for index in range(MOST_VERDICTS + 1):
            at = f"{prefix}.verdicts.{index}"
            row = {part: data.get(f"{at}.{part}", "") for part in ("key", "title", "help")}
            if any(text.strip() for text in row.values()):
                key = row["key"].strip() or checks.slug(row["title"])
                counts, evidence = data.get(f"{at}.counts", "unverified"), bool(data.get(f"{at}.evidence"))
                verdicts.append({**row, "key": key, "counts": counts, "evidence": evidence})
        most = checks.as_number(data.get(f"{prefix}.most", str(MOST_CLAIMS)))
        return {"verdicts": verdicts, "most": most, "sentences": bool(data.get(f"{prefix}.sentences"))}

    def config_context(self, config: Any) -> dict[str, Any]:
        """The verdicts, one empty row to write another, and what a verdict can count as."""
        known = config if isinstance(config, Mapping) else {}
        verdicts = known.get("verdicts")
        rows = [row for row in verdicts if isinstance(row, Mapping)] if isinstance(verdicts, list) else []
        return {
            "rows": [*rows, {"counts": "unverified"}][:MOST_VERDICTS],
            "counts": [(key, "Counts for nothing" if key == "none" else title) for key, title in COUNTS.items()],
            "most": known.get("most", MOST_CLAIMS),
            "sentences": known.get("sentences") is True,
        }

    def config_changes(self, old: Config, new: Config) -> list[str]:
        """Verdicts added, removed and changed; how many claims; whether sentences are offered."""
        before, after = ({verdict["key"]: verdict for verdict in config["verdicts"]} for config in (old, new))
        changes = [f"The verdict “{before[key]['title']}” is gone." for key in before if key not in after]
        changes += [f"The verdict “{after[key]['title']}” is new." for key in after if key not in before]
        kept = [key for key in after if key in before and after[key] != before[key]]
        changes += [f"The verdict “{before[key]['title']}” has changed: {in_words(after[key])}" for key in kept]
        if old["most"] != new["most"]:
            changes.append(f"At most {new['most']} claims, before: {old['most']}.")
        if old["sentences"] != new["sentences"]:
            offered = "are" if new["sentences"] else "are no longer"
            changes.append(f"The sentences of the response {offered} offered as claims.")
        return changes

    # ------------------------------------------------------------ the form

    def from_post(self, criterion: Criterion, data: QueryDict, prefix: str) -> Any:
        """The rows that hold anything, in order; a ticked box may say that there are none, or ask for sentences."""
        rows = []
        for number in row_numbers(data, f"{prefix}.claims."):
            row = {part: data.get(f"{prefix}.claims.{number}.{part}", "") for part in FIELDS}
            if any(text.strip() for text in row.values()) and not data.get(f"{prefix}.claims.{number}.remove"):
                rows.append(row)
        none, more = bool(data.get(f"{prefix}.none")), bool(data.get(f"{prefix}.sentences"))
        if not rows and not none and not more:
            return None
        return {"claims": rows} | ({"none": True} if none else {}) | ({"sentences": True} if more else {})

    def to_post(self, criterion: Criterion, raw: Any, prefix: str) -> dict[str, str | list[str]]:
        """A field for each part of each row."""
        rows, none = rows_of(raw), says_none(raw)
        fields: dict[str, str | list[str]] = {f"{prefix}.none": "1"} if none else {}
        return fields | {f"{prefix}.claims.{n}.{part}": row[part] for n, row in enumerate(rows) for part in FIELDS}

    def is_blank(self, criterion: Criterion, raw: Any) -> bool:
        """No row says anything, and nobody said that there is nothing to check."""
        if isinstance(raw, Mapping):
            return not raw or (is_plain(raw) and raw.get("claims") != [] and not any(map(is_filled, rows_of(raw))))
        return raw is None or raw == ""

    def is_done(self, criterion: Criterion, raw: Any, place: Place) -> bool:
        """Every claim has words and a verdict, or there is nothing to check."""
        rows = [row for row in rows_of(raw) if is_filled(row)]
        return says_none(raw) or (bool(rows) and all(row["text"].strip() and row["verdict"] for row in rows))

    def form_context(self, criterion: Criterion, raw: Any, place: Place) -> dict[str, Any]:
        """The rows, one empty row to write the next claim, and the sentences of what is judged."""
        offered = (
            sentences(text_at(place.content, place.target), most=most_of(criterion))
            if criterion.config["sentences"]
            else []
        )
        rows = rows_of(raw)
        if isinstance(raw, Mapping) and raw.get("sentences"):
            listed = {same_words(row["text"]) for row in rows}
            rows += [{**EMPTY, "text": one} for one in offered if same_words(one) not in listed]
        return {
            "rows": [form_row(criterion, row, n) for n, row in enumerate(rows)],
            "next": form_row(criterion, EMPTY, len(rows)),
            "spare": [form_row(criterion, EMPTY, SPARE + n) for n in range(2)],
            "blank": form_row(criterion, EMPTY, None),
            "none": says_none(raw),
            "sentences": offered,
            "evidence": checks.either([v["title"] for v in criterion.config["verdicts"] if v["evidence"]]),
            "most": most_of(criterion),
        }

    def clean(self, criterion: Criterion, raw: Any, place: Place) -> Any:
        """Each claim with its words, a verdict and the evidence this verdict needs; no claim twice."""
        return clean_claims(criterion, raw, evidence=True)

    def prefill(self, criterion: Criterion, label: Any, place: Place) -> Any:
        """The claims a model listed, with the verdicts it gave; plain texts are claims without a verdict."""
        listed = label.get("claims") if isinstance(label, Mapping) else label
        if not isinstance(listed, list):
            return None
        rows = rows_of({"claims": [{"text": one} if isinstance(one, str) else one for one in listed]})
        known = verdicts_of(criterion)
        named = [{**row, "verdict": row["verdict"] if row["verdict"] in known else ""} for row in rows]
        kept = [row for row in named if row["text"].strip()][: most_of(criterion)]
        return {"claims": kept} if kept or not listed else None

    # ----------------------------------------------------------- judgment

    def clean_key(self, criterion: Criterion, entry: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """Evidence may be left out; `optional` names claims of the value that nobody has to list."""
        given = entry.get("accepted")
        if given is not None and not isinstance(given, list):
            raise Refused("The accepted values are a list.")
        value = clean_claims(criterion, entry.get("value"), evidence=False)
        accepted = [clean_claims(criterion, other, evidence=False) for other in given or ()]
        optional, texts = entry.get("optional") or [], {same_words(claim["text"]) for claim in value["claims"]}
        if not isinstance(optional, list) or not all(isinstance(o, str) and same_words(o) in texts for o in optional):
            raise Refused("The optional claims are a list of claims of this gold standard, in its words.")
        if entry.get("partial"):
            raise Refused("Claims take no partial credit: each earns its own.")
        key = {"value": value, "accepted": accepted if value in accepted else [value, *accepted]}
        return {**key, "optional": optional} if optional else key

    def grade(self, criterion: Criterion, value: Any, entry: Mapping[str, Any]) -> Credit:
        """F1 of the claims with the gold standard's verdict: 2·right / (own + gold); the best accepted counts."""
        optional = {same_words(text) for text in entry.get("optional", ())}
        return max((credit_of(criterion, value, gold, optional) for gold in entry["accepted"]), key=merit)

    def difference(self, criterion: Criterion, a: Any, b: Any) -> Difference:
        """The mean over all claims: 1 where only one person lists it or verdicts are opposite, ½ for other verdicts.

        Disagrees on opposite verdicts and where the whole counts as something else; if critical, on any verdict.
        """
        if a == b:
            return Difference(0.0)
        pairs = [(group.get(0), group.get(1)) for group in groups_of([a, b])]
        gaps = [gap(criterion, one, other) for one, other in pairs]
        apart = [(one, other) for one, other in pairs if one and other and one["verdict"] != other["verdict"]]
        against = [pair for pair in apart if opposite(criterion, *pair)]
        whole = {rollup(criterion, a), rollup(criterion, b)}
        strict = criterion.critical and bool(apart)
        disagrees = bool(against) or len(whole) > 1 or strict
        return Difference(
            # The same claims in another order are not the same answer, and lie as little apart as may be.
            distance=fsum(gaps) / len(gaps) if any(gaps) else DETAIL / max(len(gaps), 1),
            disagrees=disagrees,
            critical=disagrees and criterion.critical,
            reason=reason(criterion, against or (apart if strict else []), whole, len(pairs) - shared(pairs)),
        )

    def settle(self, criterion: Criterion, values: Sequence[Any], weights: Sequence[float]) -> Any:
        """The claims that over half of the weight lists, each with its heaviest verdict and the evidence for it.

        Of two equally heavy verdicts the graver; in the order people wrote them, the heaviest where they are too many.
        """
        half = fsum(weights) / 2
        kept = [
            (fsum(weights[n] for n in group), place, settled_claim(criterion, group, weights))
            for place, group in enumerate(groups_of(values))
        ]
        heavy = sorted((one for one in kept if one[0] > half * (1 + 1e-9)), key=lambda one: (-one[0], one[1]))
        return {"claims": [claim for _, _, claim in sorted(heavy[: most_of(criterion)], key=lambda one: one[1])]}

    def scale(self, criterion: Criterion) -> Scale | None:
        """What the whole counts as."""
        return Scale(tuple(COUNTS), ordinal=False)

    def position(self, criterion: Criterion, value: Any) -> int | None:
        """What the whole counts as."""
        return list(COUNTS).index(rollup(criterion, value))

    def cases(self, criterion: Criterion) -> list[tuple[str, str]]:
        """The form posts no verdict on the whole, so that a condition cannot ask for one."""
        return []

    # ------------------------------------------------------- words and rows

    def describe(self, criterion: Criterion, value: Any) -> str:
        """Contradicted: 2 supported, 1 contradicted."""
        count = Counter(claim["verdict"] for claim in value["claims"])
        said = [f"{count[v['key']]} {v['title'].lower()}" for v in criterion.config["verdicts"] if count[v["key"]]]
        whole = COUNTS[rollup(criterion, value)]
        return f"{whole}: {', '.join(said)}" if said else whole

    def read_context(self, criterion: Criterion, marks: Marks) -> dict[str, Any]:
        """Claims that say the same beside each other, and the verdicts on the whole."""
        letters = [letter for letter, _ in marks]
        return {
            "wholes": [(letter, COUNTS[rollup(criterion, value)]) for letter, value in marks],
            "rows": [read_row(criterion, group, letters) for group in groups_of([value for _, value in marks])],
        }

    def columns(self, criterion: Criterion) -> list[str]:
        """The verdict on the whole, and the claims as JSON."""
        return ["verdict", "claims"]

    def export(self, criterion: Criterion, value: Any) -> dict[str, Any]:
        """What the whole counts as, and a JSON list."""
        return {
            "verdict": rollup(criterion, value),
            "claims": json.dumps(value["claims"], ensure_ascii=False),
        }

    def read_export(self, criterion: Criterion, cells: Mapping[str, str]) -> Any:
        """The claims from their JSON."""
        return {"claims": json.loads(cells["claims"])} if cells["claims"] else None
