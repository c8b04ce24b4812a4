"""Comparing answers whatever their kind: with each other, with the gold standard, and for the consensus.

N/A is handled here, once: gold N/A and answer N/A is full credit, one-sided N/A is an applicability error without
credit, and N/A against a value is a disagreement.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from typing import Any

from rubrics import conditions
from rubrics.kinds import kind_of
from rubrics.kinds.base import NA, SAME, UNGRADED, Credit, Difference, Names, is_na
from rubrics.models import Criterion

NA_WORDS = "N/A"
NA_COLUMN = "na"


def compare(criterion: Criterion, a: Any, b: Any) -> Difference:
    """How far two answers lie apart. An answer that was not given (None) differs from nothing."""
    if a is None or b is None or a == b:
        return SAME
    if is_na(a) or is_na(b):
        other = describe(criterion, b if is_na(a) else a)
        return Difference(1.0, disagrees=True, critical=criterion.critical, reason=f"N/A against {other}")
    return kind_of(criterion).difference(criterion, a, b)


def worst(criterion: Criterion, values: Sequence[Any]) -> Difference:
    """The gravest difference between any two of the answers: critical, then disagreement, then distance."""
    pairs = (compare(criterion, a, b) for a, b in combinations(values, 2))
    return max(pairs, key=lambda d: (d.critical, d.disagrees, d.distance), default=SAME)


def settle_values(criterion: Criterion, values: Sequence[Any], weights: Sequence[float] | None = None) -> Any:
    """The consensus of the answers given, None if there are none; equal weights unless told otherwise.

    Answers of weight 0 count only where all have it. N/A wins with over half of the weight, else it is set aside.
    """
    given = [(v, w) for v, w in zip(values, weights or [1.0] * len(values), strict=True) if v is not None]
    if not given:
        return None
    weighed = [(v, w) for v, w in given if w > 0] or [(v, 1.0) for v, _ in given]
    rest = [(v, w) for v, w in weighed if not is_na(v)]
    na_weight = sum(w for v, w in weighed if is_na(v))
    if not rest or na_weight > sum(w for _, w in rest):
        return dict(NA)
    return kind_of(criterion).settle(criterion, [v for v, _ in rest], [w for _, w in rest])


# --------------------------------------------------------------------- gold


def grade(criterion: Criterion, value: Any, key_entry: Mapping[str, Any]) -> Credit:
    """The credit of an answer (None: unanswered, no credit) against the clean gold entry of its criterion and target.

    Where the gold accepts N/A beside other values the criterion is not graded.
    """
    accepted = key_entry["accepted"]
    gold_na = any(is_na(other) for other in accepted)
    if gold_na and len(accepted) > 1:
        return UNGRADED
    if not gold_na and kind_of(criterion).grade(criterion, accepted[0], key_entry) == UNGRADED:
        return UNGRADED
    if gold_na and is_na(value):
        return Credit(1.0, exact=True, within=True)
    if gold_na or is_na(value) or value is None:
        return Credit(0.0, critical_miss=criterion.critical)
    found = kind_of(criterion).grade(criterion, value, key_entry)
    return Credit(**{**asdict(found), "critical_miss": found.critical_miss or (criterion.critical and not found.exact)})


@dataclass(frozen=True)
class ItemGrade:
    """How a whole submission compares with its gold key.

    `score` is the weighted mean credit Q = Σ w·credit / Σ w over what applies, 0 after a critical miss, None when
    nothing applied; `correct` means no critical miss and Q at or above the pass mark. `signed_error` is the weighted
    mean error in levels. `details` lists {criterion, target, credit, error, exact, within, applicable, critical}.
    """

    score: float | None
    correct: bool | None
    critical_miss: bool
    signed_error: float | None
    details: list[dict[str, Any]] = field(default_factory=list)


def grade_item(
    criteria: Iterable[Criterion],
    answers: Mapping[tuple[str, str], Any],
    gold_answers: Mapping[str, Mapping[str, Mapping[str, Any]]],
    pass_mark: float,
) -> ItemGrade:
    """Grade answers {(criterion key, target): value} against the `answers` of a gold key.

    What the judge was not asked because of an answer that is graded itself is left out: that answer bears it.
    """
    by_key = {criterion.key: criterion for criterion in criteria}
    graded = [
        (criterion, target, UNGRADED if _falls_out(criterion, target, by_key, answers, gold_answers) else credit)
        for criterion in by_key.values()
        for target, entry in gold_answers.get(criterion.key, {}).items()
        for credit in [grade(criterion, answers.get((criterion.key, target)), entry)]
    ]
    counted = [(criterion, credit) for criterion, _, credit in graded if credit.applicable]
    details = [_detail(*one) for one in graded]
    quality = _mean((c.weight, credit.credit) for c, credit in counted)
    if quality is None:
        return ItemGrade(None, None, False, None, details)
    missed = any(credit.critical_miss for _, credit in counted)
    return ItemGrade(
        score=0.0 if missed else quality,
        correct=not missed and quality >= pass_mark - 1e-9,  # 0.8 reached in thirds is 0.8
        critical_miss=missed,
        signed_error=_mean((c.weight, credit.error) for c, credit in counted),
        details=details,
    )


def _falls_out(
    criterion: Criterion,
    target: str,
    by_key: Mapping[str, Criterion],
    answers: Mapping[tuple[str, str], Any],
    gold_answers: Mapping[str, Mapping[str, Any]],
) -> bool:
    def value_of(other: Criterion, at: str) -> Any:
        return answers.get((other.key, at))

    if conditions.is_asked(criterion, target, by_key, value_of):
        return False
    return any(
        at in gold_answers.get(other.key, {}) or _falls_out(other, at, by_key, answers, gold_answers)
        for other, at in conditions.rests_on(criterion, target, by_key)
    )


def _detail(criterion: Criterion, target: str, credit: Credit) -> dict[str, Any]:
    found = {name: getattr(credit, name) for name in ("credit", "error", "exact", "within", "applicable")}
    return {"criterion": criterion.key, "target": target, **found, "critical": credit.critical_miss}


def _mean(pairs: Iterable[tuple[float, float | None]]) -> float | None:
    known = [(weight, value) for weight, value in pairs if value is not None]
    total = sum(weight for weight, _ in known)
    return sum(weight * value for weight, value in known) / total if total else None


# ----------------------------------------------------------- words and rows


def describe(criterion: Criterion, value: Any, names: Names | None = None) -> str:
    """An answer in words, on one line; responses by these names, or else by number as leads call them."""
    if value is None:
        return "No answer"
    if is_na(value):
        return NA_WORDS
    kind = kind_of(criterion)
    return kind.describe_as(criterion, value, names) if names else kind.describe(criterion, value)


def export_columns(criterion: Criterion) -> list[str]:
    """Names of the criterion's columns in an export: its key, then "key.part"."""
    parts = [*kind_of(criterion).columns(criterion), *([NA_COLUMN] if criterion.allow_na else [])]
    return [_column(criterion, part) for part in parts]


def export_value(criterion: Criterion, value: Any) -> dict[str, Any]:
    """One plain cell (text, number, true or None) per column; N/A is true in a column of its own."""
    kind = kind_of(criterion)
    cells = dict.fromkeys(kind.columns(criterion)) if value is None or is_na(value) else kind.export(criterion, value)
    if criterion.allow_na:
        cells = {**cells, NA_COLUMN: True if is_na(value) else None}
    return {_column(criterion, part): cell for part, cell in cells.items()}


def read_export(criterion: Criterion, cells: Mapping[str, Any]) -> Any:
    """The answer back from the cells of an export, given as they are or as their text; None for no answer."""
    texts = {column: "" if cells.get(column) is None else str(cells[column]) for column in export_columns(criterion)}
    if texts.get(_column(criterion, NA_COLUMN)):
        return dict(NA)
    kind = kind_of(criterion)
    return kind.read_export(criterion, {part: texts[_column(criterion, part)] for part in kind.columns(criterion)})


def _column(criterion: Criterion, part: str) -> str:
    return f"{criterion.key}.{part}" if part else criterion.key
