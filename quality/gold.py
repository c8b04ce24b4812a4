"""Scoring hidden gold: what a first submission on a gold task says about its judge.

Runs as a to-do after the commit, for every submission alike, so that an answer to gold takes no other
time than an answer to work.
"""

from typing import Any

from django.db import transaction
from django.db.models import Max

from evaltool.base import clock
from projects.models import Membership
from quality.models import GoldResult
from quality.monitoring import watch
from rubrics.comparing import ItemGrade, grade_item
from rubrics.models import Criterion
from tasks import gold_keys
from tasks.models import Answer, GoldKey, Seat, Submission

SCORE = "score_gold"


@transaction.atomic
def score_gold(submission_pk: int) -> None:
    """Score a submission if it is the first on a gold seat and not scored yet; else do nothing.

    A key suspected or retired meanwhile scores nothing: the item is left out rather than held against
    anybody.
    """
    submission = Submission.objects.select_related("assignment__seat", "rubric_version", "task__project").get(
        pk=submission_pk
    )
    if submission.revision != 1 or submission.assignment.seat.cause != Seat.Cause.GOLD:
        return
    # One person's results are numbered and summed one after the other.
    member = Membership.objects.select_for_update(no_key=True).select_related("project").get(pk=submission.member_id)
    if GoldResult.objects.filter(assignment=submission.assignment).exists():
        return
    result = _write_result(submission, member)
    watch(result)


def _write_result(submission: Submission, member: Membership) -> GoldResult:
    key = gold_keys.key_of(submission.task_id)
    grade = grade_answers(submission, key, member.project.policy.item_pass_mark)
    return GoldResult.objects.create(
        project=member.project,
        member=member,
        assignment=submission.assignment,
        submission=submission,
        rubric_version=submission.rubric_version,
        number=_next_number(member, submission),
        score=grade.score if grade else None,
        correct=grade.correct if grade else None,
        critical_miss=bool(grade and grade.critical_miss),
        signed_error=grade.signed_error if grade else None,
        details=grade.details if grade else [],
        at=clock.now(),
    )


def grade_answers(submission: Submission, key: GoldKey | None, pass_mark: float) -> ItemGrade | None:
    """Compare a submission with a key in use; None without one."""
    if key is None or key.status != GoldKey.Status.ACTIVE:
        return None
    answers: dict[tuple[str, str], Any] = {
        (answer.criterion.key, answer.target): answer.value
        for answer in Answer.objects.filter(submission=submission).select_related("criterion")
    }
    criteria = list(Criterion.objects.filter(version=submission.rubric_version))
    return grade_item(criteria, answers, key.answers, pass_mark)


def _next_number(member: Membership, submission: Submission) -> int:
    earlier = GoldResult.objects.filter(member=member, rubric_version__rubric=submission.rubric_version.rubric_id)
    return (earlier.aggregate(top=Max("number"))["top"] or 0) + 1
