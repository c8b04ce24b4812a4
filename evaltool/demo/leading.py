"""What the demo's QA lead does at the end of a day: adjudicate the worst, decide alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.models import User
from evaltool.demo import material
from evaltool.demo.material import TaskText
from projects.commands import change_standing
from projects.models import Standing
from quality.models import Alert
from quality.pausing import dismiss_alert, pause
from reviews.adjudicating import Decision, adjudicate, hold
from reviews.models import Cause, Disagreement
from reviews.settling import judgements_of
from rubrics.models import Criterion

if TYPE_CHECKING:
    from evaltool.demo.story import Demo

A_DAY = 1  # disagreements settled on one day
LAST_DAY = -3  # after it the queue fills up

PAUSE_REASON = (
    "In your last checked tasks nearly every response got level 4 or 5 within a minute, also where a figure was wrong. "
    "We pause new tasks so that we can look at these items together. Your earlier work was careful and stands."
)
DISMISS_REASON = (
    "I have read the items. The misses are one level apart on questions where the section on accuracy leaves room; "
    "no change in the way of working."
)


def lead_day(demo: Demo, day: int) -> None:
    """Decide what has come up by the end of `day`."""
    with demo.at(day, 17):
        _decide_alerts(demo)
    if day <= LAST_DAY:
        with demo.at(day, 17.5):
            _adjudicate_some(demo)


def _decide_alerts(demo: Demo) -> None:
    lead = demo.users["lead"]
    drifted = demo.users["drifted"]
    open_ones = Alert.objects.filter(project=demo.project, state=Alert.State.OPEN, kind=Alert.Kind.DRIFT)
    for alert in open_ones.select_related("member__user", "member__project", "rubric", "project"):
        assert alert.member is not None
        if alert.member.user == drifted and demo.judges["drifted"].drifting:
            demo.say(f"An alert: {drifted.name} is paused")
            pause(member=alert.member, reason=PAUSE_REASON, alert=alert, by=lead)
        elif alert.member.user != demo.users["careless"]:
            dismiss_alert(alert=alert, reason=DISMISS_REASON, by=lead)


def watch_the_careless(demo: Demo) -> None:
    """The lead keeps an eye on whoever is a bit careless, where the detector has not asked for it yet."""
    member = demo.member("careless")
    if member.standing == Standing.ACTIVE:
        change_standing(member=member, to=Standing.WATCHED, by=demo.users["lead"])


def _adjudicate_some(demo: Demo) -> None:
    rows = Disagreement.objects.filter(project=demo.project, state=Disagreement.State.OPEN)
    worst = rows.select_related("task", "project", "batch").order_by("-critical", "-severity", "opened_at")
    for disagreement in worst[:A_DAY]:
        _adjudicate(disagreement, demo.users["lead"])


def _adjudicate(disagreement: Disagreement, by: User) -> None:
    task = material.tasks()[disagreement.task.external_id].stored(disagreement.task.content)
    hold(disagreement=disagreement, by=by)
    judgements = judgements_of(disagreement.task)
    criteria = {criterion.key: criterion for criterion in judgements.criteria.values()}
    points = [(criteria[point["criterion"]], point["target"]) for point in disagreement.points]
    decisions = [_decision(task, criterion, target, judgements) for criterion, target in points]
    cause, section, note = _words(task, points)
    feedback = {s: _feedback(task, points) for s in judgements.submissions[:1]}
    adjudicate(
        disagreement=disagreement,
        decisions=decisions,
        note=note,
        cause=cause,
        section=section,
        feedback=feedback,
        by=by,
    )


def _decision(task: TaskText, criterion: Criterion, target: str, judgements: Any) -> Decision:
    value = task.flaws(target) if criterion.kind == "choice" else task.truth(criterion.key, target)
    for answer in judgements.answers[criterion.pk, target]:
        if answer.value == value:
            return Decision(criterion.key, target, adopt=answer.submission, note=task.why(criterion.key, target))
    return Decision(criterion.key, target, value={"value": value}, note=task.why(criterion.key, target))


def _words(task: TaskText, points: list[tuple[Criterion, str]]) -> tuple[str, str, str]:
    """Cause, section and note of the decision."""
    contest = task.contest
    if contest and any(criterion.key == contest["criterion"] for criterion, _ in points):
        return contest["cause"], contest["section"], " ".join(contest["ruling_note"].split())
    criterion, target = points[0]
    why = task.why(criterion.key, target) or "Both reasons were read against the level texts; the text decides."
    return Cause.EVALUATOR_ERROR, (criterion.sections or [""])[0], why


def _feedback(task: TaskText, points: list[tuple[Criterion, str]]) -> str:
    criterion, target = points[0]
    why = task.why(criterion.key, target)
    return f"On {criterion.title.lower()}: {why}" if why else ""
