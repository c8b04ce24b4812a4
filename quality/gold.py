"""Scoring hidden gold: what a first submission on a gold task says about its judge.

Runs as a to-do after the commit, for every submission alike, so that an answer to gold takes no other
time than an answer to work.
"""

from typing import Any

from django.db import transaction
from django.db.models import Max

from evaltool.base import clock
from projects.models import Membership
from quality import detector, monitoring
from quality.bank import close_if_gold_came
from quality.models import GoldResult
from rubrics.comparing import ItemGrade, grade_item
from rubrics.models import Criterion, Rubric, RubricVersion
from rubrics.selectors import judged_differently
from tasks import gold_keys
from tasks.models import Answer, GoldKey, Seat, Submission

SCORE = "score_gold"
UNSCORED = ItemGrade(None, None, False, None)


@transaction.atomic
def score_gold(submission_pk: int) -> None:
    """Score a submission if it is the first on a gold seat and not scored yet; else do nothing.

    A key suspected or retired meanwhile scores nothing: the item is left out rather than held against
    anybody. The same where no criterion of the key applied.
    """
    found = Submission.objects.select_related("assignment__seat", "rubric_version__rubric", "task")
    submission = found.get(pk=submission_pk)
    if submission.revision != 1 or submission.assignment.seat.cause != Seat.Cause.GOLD:
        return
    # One person's results are numbered and summed one after the other.
    member = Membership.objects.select_for_update(no_key=True, of=("self",)).select_related("project", "user")
    _score(submission, member.get(pk=submission.member_id))


def _score(submission: Submission, member: Membership) -> None:
    if GoldResult.objects.filter(assignment=submission.assignment_id).exists():
        return
    close_if_gold_came(submission.assignment)
    policy, rubric = member.project.policy, submission.rubric_version.rubric
    grade = grade_answers(submission, gold_keys.key_of(submission.task_id), policy.item_pass_mark)
    number = _next_number(member, rubric)
    if grade.correct is None:
        _write(submission, member, number, grade, sum_after=None)
        return
    design = detector.design_of(policy)
    state = detector.count(member=member, rubric=rubric, number=number, correct=grade.correct, design=design)
    _write(submission, member, number, grade, sum_after=state.sum)
    monitoring.act_on(state, policy=policy, limits=design.limits)


def _write(
    submission: Submission, member: Membership, number: int, grade: ItemGrade, *, sum_after: float | None
) -> GoldResult:
    return GoldResult.objects.create(
        project=member.project,
        member=member,
        assignment=submission.assignment,
        submission=submission,
        rubric_version=submission.rubric_version,
        number=number,
        score=grade.score,
        correct=grade.correct,
        critical_miss=grade.critical_miss,
        signed_error=grade.signed_error,
        details=grade.details,
        sum_after=sum_after,
        at=clock.now(),
    )


def grade_answers(submission: Submission, key: GoldKey | None, pass_mark: float) -> ItemGrade:
    """Compare a submission with a key in use; UNSCORED without one, or where it was made for other questions."""
    if key is None or key.status != GoldKey.Status.ACTIVE or not _made_for(key, submission.rubric_version):
        return UNSCORED
    answers: dict[tuple[str, str], Any] = {
        (answer.criterion.key, answer.target): answer.value
        for answer in Answer.objects.filter(submission=submission).select_related("criterion")
    }
    criteria = list(Criterion.objects.filter(version=submission.rubric_version_id))
    return grade_item(criteria, answers, key.answers, pass_mark)


def _made_for(key: GoldKey, version: RubricVersion) -> bool:
    """Whether what the key answers is judged alike under the version of its batch and this one."""
    own = key.task.batch.rubric_version
    if own.pk == version.pk:
        return True
    older, newer = sorted((own, version), key=lambda one: one.number)
    return not judged_differently(older, newer) & set(key.answers)


def _next_number(member: Membership, rubric: Rubric) -> int:
    earlier = GoldResult.objects.filter(member=member, rubric_version__rubric=rubric)
    return (earlier.aggregate(top=Max("number"))["top"] or 0) + 1
