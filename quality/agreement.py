"""How far people agree, criterion by criterion, from their current judgments outside gold.

Computed when the page is asked for, over the newest tasks only, and kept in Redis for five minutes under the rubric
version and its newest submission: a new submission makes new figures. Live sums (`stats.agreement.CoincidenceMatrix`)
can take the place of this without changing the page.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from typing import Any

from django.core.cache import cache

from evaltool.base import clock
from rubrics.comparing import compare
from rubrics.kinds import kind_of
from rubrics.kinds.base import Scale, is_na
from rubrics.models import Criterion, RubricVersion
from stats.agreement import AgreementSummary, summarize
from stats.agreement.summary import MINIMUM_UNITS
from tasks.models import Answer, Seat, Submission

MOST_TASKS = 5_000
# Submissions looked at to find these tasks: enough for four judgments of each.
MOST_SUBMISSIONS = 20_000
KEPT_SECONDS = 300
FORMAT = 1  # of what is kept: raise it when the classes below change

Unit = tuple[int, str]  # task, target
Ratings = dict[Unit, list[tuple[int, Any]]]  # (member, value) of each judgment


@dataclass(frozen=True)
class CriterionAgreement:
    """The agreement on one criterion. A unit is a task, or one response of it where it is about responses."""

    key: str
    title: str
    ordinal: bool
    summary: AgreementSummary


@dataclass(frozen=True)
class Peers:
    """How often a person and another one who judged the same differ no more than the criterion allows."""

    pairs: int = 0
    agreeing: int = 0

    @property
    def share(self) -> float | None:
        """Agreeing pairs over pairs, None without any."""
        return self.agreeing / self.pairs if self.pairs else None


@dataclass(frozen=True)
class Agreement:
    """Agreement under one rubric version, as of `made_at`; `peers` by member."""

    made_at: datetime
    tasks: int
    bounded: bool
    rows: list[CriterionAgreement] = field(default_factory=list)
    unmeasured: list[str] = field(default_factory=list)
    peers: dict[int, Peers] = field(default_factory=dict)


def agreement_of(version: RubricVersion) -> Agreement:
    """The agreement under this version: from Redis if nothing was handed in since and it is fresh, else anew."""
    newest = Submission.objects.filter(rubric_version=version).order_by("-pk").values_list("pk", flat=True).first()
    name = f"quality:agreement:{FORMAT}:{version.rubric.project_id}:{version.pk}:{newest}"
    found: Agreement | None = cache.get(name)
    if found is None:
        found = compute(version)
        cache.set(name, found, KEPT_SECONDS)
    return found


def compute(version: RubricVersion) -> Agreement:
    """The agreement under this version, from the database."""
    judged, bounded = _judged_twice(version)
    criteria = list(Criterion.objects.filter(version=version))
    scaled = {criterion.pk: criterion for criterion in criteria if kind_of(criterion).scale(criterion)}
    ratings = _ratings(judged, scaled)
    return Agreement(
        made_at=clock.now(),
        tasks=len({task for task, _ in judged.values()}),
        bounded=bounded,
        rows=[_row(criterion, ratings[criterion.pk]) for criterion in scaled.values()],
        unmeasured=[criterion.title for criterion in criteria if criterion.pk not in scaled],
        peers=_peers(scaled, ratings),
    )


def _judged_twice(version: RubricVersion) -> tuple[dict[int, tuple[int, int]], bool]:
    """(task, member) by submission, of the newest tasks that two or more people judged; and whether there are more."""
    rows = Submission.objects.current().filter(rubric_version=version).exclude(assignment__seat__cause=Seat.Cause.GOLD)
    newest = list(rows.order_by("-pk").values_list("pk", "task", "member")[:MOST_SUBMISSIONS])
    by_task: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for pk, task, member in newest:
        by_task[task].append((pk, member))
    several = [(task, found) for task, found in by_task.items() if len(found) > 1]
    judged = {pk: (task, member) for task, found in several[:MOST_TASKS] for pk, member in found}
    return judged, len(several) > MOST_TASKS or len(newest) == MOST_SUBMISSIONS


def _ratings(judged: dict[int, tuple[int, int]], criteria: Iterable[int]) -> dict[int, Ratings]:
    """Values by criterion and unit; what was left to an expert is no rating."""
    found: dict[int, Ratings] = {criterion: defaultdict(list) for criterion in criteria}
    rows = Answer.objects.filter(submission__in=list(judged), criterion__in=list(found), deferred=False)
    for submission, criterion, target, value in rows.values_list("submission", "criterion", "target", "value"):
        task, member = judged[submission]
        found[criterion][task, target].append((member, value))
    return found


def _row(criterion: Criterion, ratings: Ratings) -> CriterionAgreement:
    scale = kind_of(criterion).scale(criterion)
    assert scale is not None
    counts = [_counts(criterion, scale, values) for values in ratings.values()] or [[0] * len(scale.categories)]
    enough = sum(sum(row) > 1 for row in counts) >= MINIMUM_UNITS
    # Too few units are not shown, so their intervals need not be drawn.
    summary = summarize(counts, scale="ordinal" if scale.ordinal else "nominal", replicates=500 if enough else 1)
    return CriterionAgreement(criterion.key, criterion.title, scale.ordinal, summary)


def _counts(criterion: Criterion, scale: Scale, values: Sequence[tuple[int, Any]]) -> list[int]:
    """How many gave each category to one unit; N/A is no category."""
    counts = [0] * len(scale.categories)
    for _, value in values:
        if not is_na(value):
            place = kind_of(criterion).position(criterion, value)
            assert place is not None
            counts[place] += 1
    return counts


def _peers(criteria: dict[int, Criterion], ratings: dict[int, Ratings]) -> dict[int, Peers]:
    pairs: Counter[int] = Counter()
    agreeing: Counter[int] = Counter()
    for pk, units in ratings.items():
        fine = _memory_of(criteria[pk])
        for values in units.values():
            for (one, value), (other, another) in combinations(values, 2):
                pairs.update((one, other))
                if fine(value, another):
                    agreeing.update((one, other))
    return {member: Peers(pairs[member], agreeing[member]) for member in pairs}


def _memory_of(criterion: Criterion) -> Callable[[Any, Any], bool]:
    """Whether two values differ no more than the criterion allows, asked once for each two: few values, many pairs."""
    known: dict[str, bool] = {}

    def fine(value: Any, another: Any) -> bool:
        key = f"{value!r}|{another!r}"
        if key not in known:
            known[key] = not compare(criterion, value, another).disagrees
        return known[key]

    return fine
