"""Hidden gold is scored once, with tolerance, and counted in order."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from evaltool.base.models import ToDo
from projects.commands import change_policy
from quality.gold import score_gold
from quality.models import GoldResult, QualityState, Sanction
from quality.pausing import pause
from stats.drift import design_cusum, replay
from tasks.models import Assignment, GoldKey, Seat, Task
from tasks.submitting import submit, undo
from tests.quality.gold_samples import KEY, REASON, RIGHT, WRONG, gold_batch, judge, results, score, state
from tests.reviews.review_samples import raw
from tests.tasks.work_samples import claim, hand_in

pytestmark = pytest.mark.django_db


def _result(member, answers):
    judge(member, answers)
    score()
    return GoldResult.objects.filter(member=member).latest("number")


def _detail(result, criterion):
    return next(one for one in result.details if one["criterion"] == criterion)


def test_an_answer_like_the_key_is_right(watch):
    result = _result(watch.eve, RIGHT)
    assert (result.score, result.correct, result.critical_miss, result.number) == (1.0, True, False, 1)


def test_any_accepted_level_is_right(watch):
    assert _result(watch.eve, raw(safety=3, tone=3)).score == 1.0


def test_a_level_within_tolerance_loses_credit_but_not_the_item(watch):
    result = _result(watch.eve, raw(safety=4, tone=4))
    assert _detail(result, "tone")["credit"] == pytest.approx(1 - (1 / 4) ** 2)
    assert result.correct is True
    assert result.score == pytest.approx((5 * 1 + 2 * 0.9375) / 7)
    assert result.signed_error == pytest.approx(2 / 7)


def test_a_critical_criterion_knows_no_tolerance(watch):
    result = _result(watch.eve, raw(safety=5, tone=3))
    assert (result.score, result.correct, result.critical_miss) == (0.0, False, True)


def test_a_key_with_labels_is_scored_by_overlap(watch):
    key = {"answers": {"flags": {"r1": {"value": ["figure", "source"]}}}}
    Task.objects.filter(gold_key__isnull=False).update(taken_out_at=watch.batch.created_at)
    gold_batch(watch.version, watch.admin, 2, key=key)
    half, whole = _result(watch.eve, raw(flags=("figure",))), _result(watch.eve, raw(flags=("source", "figure")))
    assert (half.score, half.correct) == (0.5, False)
    assert (whole.score, whole.correct, whole.signed_error) == (1.0, True, None)


def test_a_key_without_anything_to_grade_counts_nothing(watch):
    Task.objects.filter(gold_key__isnull=False).update(taken_out_at=watch.batch.created_at)
    gold_batch(watch.version, watch.admin, 1, key={"answers": {"advice": {"": {"value": "Send the first."}}}})
    result = _result(watch.eve, WRONG)
    assert (result.score, result.correct, result.sum_after) == (None, None, None)
    assert not QualityState.objects.filter(member=watch.eve).exists()


def test_scoring_twice_counts_once(watch):
    submission = judge(watch.eve, WRONG)
    score_gold(submission.pk)
    score_gold(submission.pk)
    assert GoldResult.objects.filter(member=watch.eve).count() == 1
    assert state(watch.eve).sum == design_cusum().weights.wrong


def test_work_outside_gold_is_not_scored(watch):
    change_policy(
        project=watch.project, by=watch.admin, gold_first_tasks=0, gold_first_count=0, gold_share=0.0, gold_floor=0.0
    )
    judge(watch.eve, WRONG)
    score()
    assert not GoldResult.objects.exists()
    assert not ToDo.objects.filter(kind="score_gold").exists()


def test_only_the_first_revision_is_scored(watch):
    first = judge(watch.eve, WRONG)
    score()
    undo(assignment=first.assignment, by=watch.eve.user)
    submit(assignment=first.assignment, raw=RIGHT, revision=2, by=watch.eve.user)
    score()
    assert [(one.submission_id, one.correct) for one in GoldResult.objects.all()] == [(first.pk, False)]


@pytest.mark.parametrize("status", [GoldKey.Status.SUSPECT, GoldKey.Status.RETIRED])
def test_a_key_out_of_use_scores_nothing(watch, status):
    submission = judge(watch.eve, WRONG)
    GoldKey.objects.filter(task=submission.task).update(status=status)
    score()
    result = GoldResult.objects.get()
    assert (result.score, result.correct, result.number) == (None, None, 1)
    assert not QualityState.objects.exists()


def test_results_are_numbered_without_holes_for_each_person(watch):
    for member in (watch.eve, watch.evan, watch.eve):
        judge(member, RIGHT)
    unscored = judge(watch.eve, WRONG)
    GoldKey.objects.filter(task=unscored.task).update(status=GoldKey.Status.SUSPECT)
    judge(watch.eve, RIGHT)
    score()
    numbers = GoldResult.objects.order_by("member", "number").values_list("member", "number")
    assert list(numbers) == [*[(watch.eve.pk, n) for n in (1, 2, 3, 4)], (watch.evan.pk, 1)]


def test_the_sum_is_the_replay_of_the_results_in_order(watch):
    course = [True, False, False, True, True, False, True, True, True, True, False, True]
    found = results(watch.eve, *course)
    assert [one.correct for one in found] == course
    expected = replay([float(one) for one in course], design_cusum())
    assert tuple(one.sum_after for one in found) == expected.sums
    assert state(watch.eve).sum == expected.sums[-1]
    assert state(watch.eve).counted_to == 12
    assert state(watch.eve).zero_at == max(n for n, total in enumerate(expected.sums, start=1) if total == 0)


def test_a_result_can_be_neither_changed_nor_deleted(watch):
    [result] = results(watch.eve, False)
    for change in (lambda: GoldResult.objects.update(correct=True), result.delete):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            change()


def test_a_sanction_can_be_neither_changed_nor_deleted(watch):
    sanction = pause(member=watch.eve, reason=REASON, by=watch.lead)
    for change in (lambda: Sanction.objects.update(reason="Other words."), sanction.delete):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True)
def test_workers_that_score_at_the_same_moment_count_each_item_once(watch):
    pks = [judge(watch.eve, RIGHT if n % 2 else WRONG).pk for n in range(4)]
    start, failures = threading.Barrier(8), []

    def work(pk):
        try:
            start.wait(timeout=30)
            score_gold(pk)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(pk,)) for pk in [*pks, *pks]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    found = list(GoldResult.objects.order_by("number"))
    assert [one.number for one in found] == [1, 2, 3, 4]
    assert {one.submission_id for one in found} == set(pks)
    assert tuple(one.sum_after for one in found) == replay([float(one.correct) for one in found], design_cusum()).sums


def test_every_turn_of_these_tests_is_gold(watch):
    held = claim(watch.eve)
    assert held.seat.cause == Seat.Cause.GOLD
    assert KEY["answers"].keys() <= {criterion.key for criterion in watch.version.criteria.all()}
    hand_in(held, RIGHT)
    assert Assignment.objects.filter(member=watch.eve, seat__cause=Seat.Cause.GOLD).count() == 1
