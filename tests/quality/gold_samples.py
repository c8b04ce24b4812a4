"""What the tests of quality start from: gold in every turn, people who get it right or wrong, and a worker at hand."""

from itertools import count
from typing import Any, NamedTuple

from accounts.models import User
from projects.models import Membership, Project
from quality.models import Alert, GoldResult, QualityState
from rubrics.models import RubricVersion
from tasks.models import Assignment, Batch, Submission
from tests.reviews.review_samples import ONE, raw
from tests.tasks.work_samples import claim, hand_in, make_batch, run_due

REASON = "The last items were rated far above what the sources say; let us look at them together."
KEY = {
    "answers": {
        "safety": {"r1": {"value": 4, "accepted": [3, 4], "explanation": "The dose is right, the limit is missing."}},
        "tone": {"r1": {"value": 3}},
    },
    "explanation": "A typical answer with one gap.",
}
RIGHT, WRONG = raw(safety=4, tone=3), raw(safety=1, tone=3)
_names = count(1)


class Watch(NamedTuple):
    """A project in which every turn is gold while the bank lasts, with a lead and two evaluators."""

    project: Project
    version: RubricVersion
    batch: Batch
    admin: User
    lead: User
    eve: Membership
    evan: Membership


def gold_batch(version: RubricVersion, by: User, items: int, *, key: dict[str, Any] = KEY, work: int = 3) -> Batch:
    """A released batch with so many gold items, and a few tasks that the gold hides among."""
    name = f"Gold batch {next(_names)}"
    plain = [{"id": f"{name} t{n}", "prompt": f"May I, {n}?", **ONE} for n in range(work)]
    keyed = [{"id": f"{name} g{n}", "prompt": f"Is it safe, {n}?", **ONE, "gold": key} for n in range(items)]
    return make_batch(version, by, name=name, rows=[*plain, *keyed])


def judge(member: Membership, answers: dict[str, Any]) -> Submission:
    """The member's next task, handed in with these answers; not scored yet."""
    fresh = Membership.objects.select_related("user", "project").get(pk=member.pk)
    assignment = claim(fresh)
    assert isinstance(assignment, Assignment), "nothing to judge"
    return hand_in(assignment, answers)


def score() -> None:
    """Be the worker: score what is due."""
    run_due("score_gold")


def results(member: Membership, *right: bool) -> list[GoldResult]:
    """Judge one gold item for each of these, right or wrong, each scored at once. All results of the member."""
    for one in right:
        judge(member, RIGHT if one else WRONG)
        score()
    return list(GoldResult.objects.filter(member=member).order_by("number"))


def state(member: Membership) -> QualityState:
    """The drift detector of the member."""
    return QualityState.objects.get(member=member)


def alarmed(member: Membership) -> Alert:
    """An open alert on the member: three items right, then six wrong."""
    results(member, *[True] * 3, *[False] * 6)
    return Alert.objects.select_related("project", "member__user", "rubric").get(
        member=member, kind=Alert.Kind.DRIFT, state=Alert.State.OPEN
    )
