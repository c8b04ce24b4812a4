"""The people who judge in a project, with what their gold and their peers say; whoever needs attention first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import (
    Avg,
    Case,
    Count,
    Exists,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from projects.models import Membership, Standing
from quality.agreement import Peers
from quality.models import Alert, GoldResult, QualityState
from stats.intervals import Interval, wilson_interval
from tasks.models import Assignment

# Fewer gold items say nothing about a person.
ENOUGH_GOLD = 10


@dataclass(frozen=True)
class Gold:
    """Gold items of one person: how many were scored and right, and how far from the key on average, in levels."""

    scored: int = 0
    right: int = 0
    error: float | None = None

    @property
    def enough(self) -> bool:
        """Whether there are enough items to say a share."""
        return self.scored >= ENOUGH_GOLD

    @property
    def share(self) -> float | None:
        """Right items over scored ones, None without any."""
        return self.right / self.scored if self.scored else None

    @property
    def leans(self) -> bool:
        """Whether the mean difference is more than nothing at one decimal."""
        return self.error is not None and abs(self.error) >= 0.05

    @property
    def interval(self) -> Interval:
        """Where the person's true share likely lies (Wilson, 95%)."""
        return wilson_interval(self.right, self.scored)


@dataclass(frozen=True)
class Row:
    """One evaluator in the table."""

    member: Membership
    tasks: int
    gold: Gold
    peers: Peers

    @property
    def needs_attention(self) -> bool:
        """Whether an alert about them is open."""
        return bool(getattr(self.member, "alerted", False))


def evaluators_for(viewer: Membership) -> QuerySet[Membership]:
    """The project's evaluators without the viewer: open alerts first, then paused, watched, and the highest sum."""
    alerts = Alert.objects.filter(member=OuterRef("pk"), state=Alert.State.OPEN, kind=Alert.Kind.DRIFT)
    highest = QualityState.objects.filter(member=OuterRef("pk")).order_by("-sum").values("sum")[:1]
    by_standing = Case(
        When(standing=Standing.PAUSED, then=0),
        When(standing=Standing.WATCHED, then=1),
        default=2,
        output_field=IntegerField(),
    )
    rows = Membership.objects.present().evaluators().filter(project=viewer.project).exclude(pk=viewer.pk)
    rows = rows.annotate(
        alerted=Exists(alerts),
        highest_sum=Coalesce(Subquery(highest), Value(0.0), output_field=FloatField()),
    )
    return rows.select_related("user").order_by("-alerted", by_standing, "-highest_sum", "user__name", "pk")


def rows_of(members: Iterable[Membership], peers: Mapping[int, Peers]) -> list[Row]:
    """The rows of these members, two queries for all."""
    people = list(members)
    gold, tasks = gold_of(people), _tasks_of(people)
    return [Row(one, tasks.get(one.pk, 0), gold.get(one.pk, Gold()), peers.get(one.pk, Peers())) for one in people]


def gold_of(members: Iterable[Membership], **where: object) -> dict[int, Gold]:
    """What gold says about each of these members, over all rubrics; `where` filters their results."""
    rows = GoldResult.objects.filter(member__in=list(members), correct__isnull=False, **where).order_by()
    counted = rows.values("member").annotate(
        scored=Count("pk"), right=Count("pk", filter=Q(correct=True)), error=Avg("signed_error")
    )
    return {row["member"]: Gold(row["scored"], row["right"], row["error"]) for row in counted}


def _tasks_of(members: Iterable[Membership]) -> dict[int, int]:
    rows = Assignment.objects.filter(member__in=list(members), state=Assignment.State.SUBMITTED).order_by()
    return dict(rows.values_list("member").annotate(tasks=Count("pk")))
