"""Gold results as a lead reads them: what the person gave beside what the key accepts, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from quality.models import GoldResult
from rubrics.answers.naming import shown_label
from rubrics.comparing import describe
from rubrics.models import Criterion
from tasks import gold_keys
from tasks.models import Answer, Task

Key = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One criterion and target of a gold item. `verdict` is a word for the badge, `kind` its color."""

    criterion: Criterion
    target: str
    gave: str
    accepted: str
    explanation: str
    verdict: str
    kind: str

    @property
    def missed(self) -> bool:
        """Whether it lies outside what the key allows."""
        return self.kind == "bad"


@dataclass(frozen=True)
class Item:
    """One gold result with its lines, and how the others fared on the same item."""

    result: GoldResult
    task: Task
    lines: list[Line]
    explanation: str
    others: int
    others_right: int

    @property
    def missed(self) -> list[Line]:
        """The lines outside what the key allows."""
        return [line for line in self.lines if line.missed]

    @property
    def met(self) -> list[Line]:
        """The other lines."""
        return [line for line in self.lines if not line.missed]


def items_of(results: Iterable[GoldResult]) -> list[Item]:
    """The results with their keys and answers; the same number of queries however many there are."""
    rows = list(results)
    tasks = {row.pk: row.submission.task for row in rows}
    keys = gold_keys.keys_of(task.pk for task in tasks.values())
    criteria = _criteria(rows)
    answers = _answers(rows)
    others = _others(rows)
    return [
        Item(
            result=row,
            task=tasks[row.pk],
            lines=_lines(row, keys.get(tasks[row.pk].pk, {}), criteria.get(row.rubric_version_id, {}), answers),
            explanation=keys.get(tasks[row.pk].pk, {}).get("explanation", ""),
            **others.get(tasks[row.pk].pk, {"others": 0, "others_right": 0}),
        )
        for row in rows
    ]


def key_lines(criteria: Iterable[Criterion], content: Mapping[str, Any], answers: Key) -> list[dict[str, Any]]:
    """A key in words: criterion, target, what it accepts and why, in the rubric's order."""
    return [
        {
            "criterion": criterion,
            "target": label_of(content, target),
            "accepted": accepted_words(criterion, entry, content),
            "explanation": entry.get("explanation", ""),
        }
        for criterion in criteria
        for target, entry in answers.get(criterion.key, {}).items()
    ]


def accepted_words(criterion: Criterion, entry: Key, content: Mapping[str, Any]) -> str:
    """Everything the key accepts for one criterion and target."""
    return " or ".join(describe(criterion, value, _names(content)) for value in entry.get("accepted", ()))


def _names(content: Mapping[str, Any]) -> dict[str, str]:
    """What `label_of` calls the responses."""
    return {response["id"]: shown_label(content, response["id"]) for response in content.get("responses", ())}


def label_of(content: Mapping[str, Any], target: str) -> str:
    """What an answer is about: "Response A" in file order, a turn or quoted words in it, or the task."""
    return shown_label(content, target) or "The task"


def _criteria(rows: Sequence[GoldResult]) -> dict[int, dict[str, Criterion]]:
    found: dict[int, dict[str, Criterion]] = {}
    for criterion in Criterion.objects.filter(version__in={row.rubric_version_id for row in rows}):
        found.setdefault(criterion.version_id, {})[criterion.key] = criterion
    return found


def _answers(rows: Sequence[GoldResult]) -> dict[tuple[int, int, str], Any]:
    found = Answer.objects.filter(submission__in=[row.submission_id for row in rows])
    return {
        (submission, criterion, target): value
        for submission, criterion, target, value in found.values_list("submission", "criterion", "target", "value")
    }


def _others(rows: Sequence[GoldResult]) -> dict[int, dict[str, int]]:
    """How many other people were scored on each task, and how many of them were right."""
    people = {row.member_id for row in rows}
    if len(people) != 1:
        return {}
    found = GoldResult.objects.filter(
        submission__task__in={row.submission.task_id for row in rows}, correct__isnull=False
    ).exclude(member__in=people)
    counted = found.values("submission__task").annotate(others=Count("pk"), right=Count("pk", filter=Q(correct=True)))
    return {row["submission__task"]: {"others": row["others"], "others_right": row["right"]} for row in counted}


def _lines(
    row: GoldResult, key: Key, criteria: Mapping[str, Criterion], answers: Mapping[tuple[int, int, str], Any]
) -> list[Line]:
    """Worst first. What is shown as accepted is the key as it is now."""
    lines, content = [], row.submission.task.content
    for detail in row.details:
        criterion = criteria[detail["criterion"]]
        entry = key.get("answers", {}).get(detail["criterion"], {}).get(detail["target"], {})
        verdict, kind = _verdict(detail)
        lines.append(
            Line(
                criterion=criterion,
                target=label_of(content, detail["target"]),
                gave=describe(
                    criterion, answers.get((row.submission_id, criterion.pk, detail["target"])), _names(content)
                ),
                accepted=accepted_words(criterion, entry, content),
                explanation=entry.get("explanation", ""),
                verdict=verdict,
                kind=kind,
            )
        )
    return sorted(lines, key=lambda line: ("bad", "warn", "good", "line").index(line.kind))


def _verdict(detail: Mapping[str, Any]) -> tuple[str, str]:
    if not detail["applicable"]:
        return "not graded", "line"
    if detail["critical"]:
        return "critical miss", "bad"
    if detail["exact"]:
        return "as the key", "good"
    return ("within tolerance", "warn") if detail["within"] else ("outside", "bad")
