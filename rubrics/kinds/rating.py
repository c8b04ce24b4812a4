"""`rating`: one level of an ordered scale. The value is the level's score."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from evaltool.base.errors import Problem
from rubrics.kinds import checks
from rubrics.kinds.base import Config, Credit, Difference, Kind, Marks, Place, Refused, Scale
from rubrics.models import Criterion

FEWEST, MOST = 2, 11


class Rating(Kind):
    """Levels are compared by their place on the scale (1..k), whatever their scores."""

    name = "rating"
    title = "Rating"
    help = "One level of a scale whose levels are described."
    why = "Why this level"
    uses_tolerance = True

    # ------------------------------------------------------ configuration

    def check_config(self, config: Any) -> list[Problem]:
        """2 to 11 levels, each with a title, scores rising."""
        problems: list[Problem] = []
        if not checks.only(config, {"levels"}, "", problems):
            return problems
        levels = config.get("levels")
        if not isinstance(levels, list) or not FEWEST <= len(levels) <= MOST:
            return [*problems, Problem("levels", f"A scale has {FEWEST} to {MOST} levels.")]
        for index, level in enumerate(levels):
            _check_level(level, index, problems)
        return problems or _check_order(levels)

    def tidy_config(self, config: Config) -> Config:
        """Scores in one spelling, texts trimmed."""
        return {
            "levels": [
                {
                    "score": checks.plain(level["score"]),
                    "title": level["title"].strip(),
                    "description": (level.get("description") or "").strip(),
                }
                for level in config["levels"]
            ]
        }

    def starting_config(self) -> Config:
        """Five levels without texts."""
        return {"levels": [{"score": score, "title": "", "description": ""} for score in range(1, 6)]}

    def config_from_post(self, data: QueryDict, prefix: str) -> Config:
        """Rows without any text fall away, so that a level is removed by emptying it."""
        rows = [
            [data.get(f"{prefix}.levels.{index}.{part}", "") for part in ("score", "title", "description")]
            for index in range(MOST + 1)
        ]
        return {
            "levels": [
                {"score": checks.as_number(score), "title": title, "description": description}
                for score, title, description in rows
                if (score + title + description).strip()
            ]
        }

    def config_context(self, config: Any) -> dict[str, Any]:
        """The levels, and one empty row to write another."""
        levels = config.get("levels") if isinstance(config, Mapping) else None
        rows = [row for row in levels if isinstance(row, Mapping)] if isinstance(levels, list) else []
        return {"rows": [*rows, {}][:MOST]}

    def config_notes(self, config: Config) -> list[Problem]:
        """Levels that only have a title."""
        return [
            Problem(f"levels.{index}.description", f"level {level['score']:g} has no text that says when it applies.")
            for index, level in enumerate(config["levels"])
            if not level["description"]
        ]

    def config_changes(self, old: Config, new: Config) -> list[str]:
        """Levels added, removed and reworded, by score."""
        before, after = ({level["score"]: level for level in c["levels"]} for c in (old, new))
        changes = [f"Level {score:g} is gone." for score in before if score not in after]
        changes += [f"Level {score:g} is new: {after[score]['title']}." for score in after if score not in before]
        for score in after:
            if score in before and after[score] != before[score]:
                changes.append(_reworded(before[score], after[score]))
        return changes

    def default_tolerance(self, config: Config) -> float:
        """One level on scales of five or more, else none."""
        return 1 if len(config["levels"]) >= 5 else 0

    # ------------------------------------------------------------ the form

    def to_post(self, criterion: Criterion, raw: Any, prefix: str) -> dict[str, str | list[str]]:
        """The radio of the level."""
        return {f"{prefix}.value": _token(raw)}

    def form_context(self, criterion: Criterion, raw: Any, place: Place) -> dict[str, Any]:
        """The levels with their key (the digit that picks them), and which one is chosen."""
        chosen = _token(raw)
        return {
            "levels": [
                {**level, "token": token, "checked": token == chosen, "digit": digit}
                for level, digit in zip(_levels(criterion), _digits(_scores(criterion)), strict=True)
                for token in [_token(level["score"])]
            ]
        }

    def clean(self, criterion: Criterion, raw: Any, place: Place) -> Any:
        """The score of the level, given as a number or as its text."""
        given = checks.as_number(raw) if isinstance(raw, str) else raw
        if checks.number(given):
            for score in _scores(criterion):
                if score == given:
                    return score
        allowed = checks.either([f"{score:g}" for score in _scores(criterion)])
        raise Refused(f"Choose one of the levels {allowed}.")

    # ----------------------------------------------------------- judgment

    def extreme(self, criterion: Criterion, value: Any) -> bool:
        """The lowest two levels and the highest."""
        return _place(criterion, value) in _extremes(criterion)

    def extreme_words(self, criterion: Criterion) -> str:
        """The scores of the lowest two levels and the highest."""
        return checks.either([f"{_scores(criterion)[index]:g}" for index in _extremes(criterion)])

    def grade(self, criterion: Criterion, value: Any, entry: Mapping[str, Any]) -> Credit:
        """Credit 1 - (d/(k-1))² (quadratic agreement weight, Cohen 1968); d to the nearest accepted level.

        Ties between two nearest accepted levels are taken as no error in direction.
        """
        own = _place(criterion, value)
        gaps = [own - _place(criterion, level) for level in entry["accepted"]]
        nearest = min(abs(gap) for gap in gaps)
        signs = {gap for gap in gaps if abs(gap) == nearest}
        return Credit(
            credit=1 - (nearest / (len(_scores(criterion)) - 1)) ** 2,
            error=float(signs.pop()) if len(signs) == 1 else 0.0,
            exact=nearest == 0,
            within=nearest <= _tolerance(criterion),
        )

    def difference(self, criterion: Criterion, a: Any, b: Any) -> Difference:
        """Levels apart over the length of the scale; disagrees above the tolerance, none for critical criteria."""
        gap = abs(_place(criterion, a) - _place(criterion, b))
        disagrees = gap > _tolerance(criterion)
        return Difference(
            distance=gap / (len(_scores(criterion)) - 1),
            disagrees=disagrees,
            critical=disagrees and criterion.critical,
            reason=f"{gap} apart" if gap else "",
        )

    def settle(self, criterion: Criterion, values: Sequence[Any], weights: Sequence[float]) -> Any:
        """The weighted median; between two levels that each hold half, the lower."""
        half, total = sum(weights) / 2, 0.0
        for value, weight in sorted(zip(values, weights, strict=True)):
            total += weight
            if total >= half * (1 - 1e-9):  # sums of fractions may fall short by a rounding
                return value
        return max(values)

    def scale(self, criterion: Criterion) -> Scale | None:
        """The scores, in order."""
        return Scale(tuple(f"{score:g}" for score in _scores(criterion)), ordinal=True)

    def position(self, criterion: Criterion, value: Any) -> int | None:
        """The place of the level, from 0."""
        return _place(criterion, value)

    def cases(self, criterion: Criterion) -> list[tuple[str, str]]:
        """Each level."""
        return [(_token(score), self.describe(criterion, score)) for score in _scores(criterion)]

    # ------------------------------------------------------- words and rows

    def describe(self, criterion: Criterion, value: Any) -> str:
        """4, Clear at once."""
        title = _levels(criterion)[_place(criterion, value)]["title"]
        return f"{value:g}, {title}" if title else f"{value:g}"

    def read_context(self, criterion: Criterion, marks: Marks) -> dict[str, Any]:
        """Marks on the level track, by place 1..k, named by score."""
        said = ", ".join(f"{letter} {value:g}" for letter, value in marks)
        first, last = _scores(criterion)[0], _scores(criterion)[-1]
        return {
            "track": [(letter, _place(criterion, value) + 1) for letter, value in marks],
            "levels": len(_scores(criterion)),
            "label": f"Levels from {first:g} to {last:g}: {said}" if said else "No levels yet",
            "texts": [(letter, _levels(criterion)[_place(criterion, value)]) for letter, value in marks],
        }

    def read_export(self, criterion: Criterion, cells: Mapping[str, str]) -> Any:
        """The score of the cell."""
        return self.clean(criterion, cells[""], Place()) if cells[""] != "" else None


def _check_level(level: Any, index: int, problems: list[Problem]) -> None:
    path = f"levels.{index}"
    if not checks.only(level, {"score", "title", "description"}, path, problems):
        return
    if not checks.number(level.get("score")):
        problems.append(Problem(f"{path}.score", f"Level {index + 1} needs a number as its score."))
    if not isinstance(level.get("title"), str) or not level["title"].strip():
        problems.append(Problem(f"{path}.title", f"Level {index + 1} has no title."))
    else:
        checks.text(level["title"], f"{path}.title", checks.SHORT_TEXT, problems)
    checks.text(level.get("description"), f"{path}.description", checks.LONG_TEXT, problems)


def _check_order(levels: list[Mapping[str, Any]]) -> list[Problem]:
    problems = []
    for index in range(1, len(levels)):
        before, score = levels[index - 1]["score"], levels[index]["score"]
        if score == before:
            problems.append(Problem(f"levels.{index}.score", f"Two levels have the score {score:g}."))
        elif score < before:
            reason = f"Scores rise from level to level: {score:g} follows {before:g}."
            problems.append(Problem(f"levels.{index}.score", reason))
    return problems


def _reworded(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    what = [part for part in ("title", "description") if old[part] != new[part]]
    if what == ["title"]:
        return f"Level {new['score']:g} is called “{new['title']}”, was “{old['title']}”."
    return f"Level {new['score']:g} has another text: “{_text(new)}”, was “{_text(old)}”."


def _text(level: Mapping[str, Any]) -> str:
    return f"{level['title']}. {level['description']}".strip()


def _levels(criterion: Criterion) -> list[dict[str, Any]]:
    return criterion.config["levels"]


def _scores(criterion: Criterion) -> list[Any]:
    return [level["score"] for level in _levels(criterion)]


def _place(criterion: Criterion, value: Any) -> int:
    return _scores(criterion).index(value)


def _tolerance(criterion: Criterion) -> float:
    return 0 if criterion.critical else criterion.tolerance


def _extremes(criterion: Criterion) -> list[int]:
    last = len(_scores(criterion)) - 1
    return sorted({0, min(1, last), last})


def _token(raw: Any) -> str:
    return f"{raw:g}" if checks.number(raw) else raw if isinstance(raw, str) else ""


def _digits(scores: list[Any]) -> list[str]:
    """The key that picks each level: its score where all scores are digits, else its place; 0 is for N/A."""
    if all(isinstance(score, int) and 1 <= score <= 9 for score in scores):
        return [str(score) for score in scores]
    return [str(place) if place <= 9 else "" for place in range(1, len(scores) + 1)]
