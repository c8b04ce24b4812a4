"""One evaluator as a lead sees them: course on gold, lean by criterion, what was decided so far."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from projects.models import Membership, StandingChange
from quality.charts import CourseChart, bias_x, course_of
from quality.detector import design_of
from quality.models import Alert, GoldResult, QualityState, Sanction
from quality.selectors import alerts_about, results_of, sanctions_of
from rubrics.models import Criterion, Rubric
from stats.drift import Design

# Gold results a page reads: enough for every chart.
READ = 240
# Of these, the newest say how somebody leans now.
LEAN = 40


@dataclass(frozen=True)
class Lean:
    """Mean signed difference from the key on one criterion, in levels, over `items` answers."""

    title: str
    error: float
    items: int

    @property
    def x(self) -> float:
        """Where it lies on the strip of the chart."""
        return bias_x(self.error)

    @property
    def is_none(self) -> bool:
        """Whether it is nothing at one decimal."""
        return abs(self.error) < 0.05

    @property
    def word(self) -> str:
        """Close to the key, or which way and whether by much."""
        if abs(self.error) < 0.25:
            return "close"
        return "higher" if self.error > 0 else "lower"


@dataclass(frozen=True)
class Course:
    """A person's running sum on one rubric."""

    rubric: Rubric
    chart: CourseChart
    design: Design


@dataclass(frozen=True)
class Event:
    """Something that was decided or noticed about a person, for the timeline. `kind` is a class of its mark."""

    at: datetime
    title: str
    text: str
    by: str
    kind: str = ""
    alert: Alert | None = None


def courses_of(member: Membership) -> list[Course]:
    """The member's running sums, one for each rubric they had gold on; the newest first."""
    design = design_of(member.project.policy)
    onsets = dict(
        QualityState.objects.filter(member=member, sum__gte=design.limits.warning).values_list("rubric", "zero_at")
    )
    by_rubric: dict[Rubric, list[GoldResult]] = defaultdict(list)
    for result in results_of(member)[:READ]:
        by_rubric[result.rubric_version.rubric].append(result)
    found = []
    for rubric, results in by_rubric.items():
        scored = sorted((one for one in results if one.correct is not None), key=lambda one: one.number)
        chart = course_of(
            scored,
            alarm=design.limits.alarm,
            warning=design.limits.warning,
            onset=_onset(scored, onsets.get(rubric.pk)),
        )
        if chart:
            found.append(Course(rubric, chart, design))
    return found


def _onset(scored: Iterable[GoldResult], zero_at: int | None) -> int | None:
    """The number of the first scored result after the sum was last zero."""
    return None if zero_at is None else next((one.number for one in scored if one.number > zero_at), None)


def lean_of(member: Membership) -> list[Lean]:
    """How the member leans on each criterion, from their newest gold; criteria without a direction are left out."""
    results = list(GoldResult.objects.filter(member=member, correct__isnull=False).order_by("-at", "-pk")[:LEAN])
    errors: dict[str, list[float]] = defaultdict(list)
    for result in results:
        for detail in result.details:
            if detail["error"] is not None:
                errors[detail["criterion"]].append(detail["error"])
    titles = _titles(results)
    return [Lean(titles[key], sum(errors[key]) / len(errors[key]), len(errors[key])) for key in titles if errors[key]]


def _titles(results: Sequence[GoldResult]) -> dict[str, str]:
    """Criterion titles by key, in the order of the newest version."""
    versions = {result.rubric_version_id for result in results}
    rows = Criterion.objects.filter(version__in=versions).order_by("version__number", "position")
    return dict(rows.values_list("key", "title"))


def timeline_of(member: Membership) -> list[Event]:
    """Alerts, decisions and moves of standing, the newest first; a move and its decision are one entry."""
    changes = list(member.standing_changes.select_related("by").order_by("-at", "-pk")[:50])
    steps = [step for step in sanctions_of(member)[:50] if not _same(step, changes)]
    events = [
        *(_of_alert(alert) for alert in alerts_about(member)[:50]),
        *(_of_change(change) for change in changes),
        *(Event(one.at, "Reason confirmed", one.reason, _name(one.by)) for one in steps),
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)


def _same(step: Sanction, changes: Iterable[StandingChange]) -> bool:
    return any(change.reason == step.reason and abs((change.at - step.at).total_seconds()) < 5 for change in changes)


def _of_change(change: StandingChange) -> Event:
    kind = "is-bad" if change.after == "paused" else ""
    return Event(change.at, change.get_after_display(), change.reason, _name(change.by), kind)


def _of_alert(alert: Alert) -> Event:
    kind = "is-key" if alert.state == Alert.State.OPEN else ""
    said = "Waits for a decision." if alert.state == Alert.State.OPEN else f"{alert.get_state_display()}."
    title, by = f"Alert: {alert.get_kind_display().lower()}", _name(alert.decided_by) if alert.decided_by else ""
    return Event(alert.opened_at, title, said, by, kind, alert)


def _name(user: object) -> str:
    return getattr(user, "name", "") or "by the rule"
