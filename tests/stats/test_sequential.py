"""The qualification test: decisions, counts, exact rates."""

import math
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.sequential import (
    Outcome,
    Reason,
    SequentialTest,
    Verdict,
    boundary,
    decide,
    fixed_test_pass_rate,
    pass_rate_with_retakes,
    rates,
)

CHECKED = settings(max_examples=80, deadline=None, derandomize=True, database=None)
RIGHT, WRONG, CRITICAL = Outcome.CORRECT, Outcome.WRONG, Outcome.CRITICAL
some_answers = st.lists(st.sampled_from([RIGHT, RIGHT, RIGHT, WRONG, CRITICAL]), max_size=45)


@pytest.mark.parametrize(
    ("test", "false_pass", "false_fail", "lengths"),
    [
        # Rows of the project's qualification table; expected items at .60, .70, .85, .92.
        (SequentialTest(max_items=30, min_pass_items=5), 0.17, 0.15, (15, 21, 23, 18)),
        (SequentialTest(max_items=40, min_pass_items=5), 0.13, 0.14, (15, 24, 26, 18)),
        (
            SequentialTest(alpha=0.05, beta=0.05, max_items=200, min_pass_items=1, min_fail_items=1),
            0.05,
            0.04,
            (20, 41, 46, 25),
        ),
    ],
)
def test_exact_rates_repeat_the_qualification_table(test, false_pass, false_fail, lengths):
    # Printed to two decimals and whole items, hence equality after rounding.
    assert round(rates(0.70, test).passing, 2) == false_pass
    assert round(rates(0.85, test).failing, 2) == false_fail
    assert tuple(round(rates(accuracy, test).items) for accuracy in (0.60, 0.70, 0.85, 0.92)) == lengths


@pytest.mark.parametrize(
    ("required", "items", "false_pass", "false_fail"),
    [
        (8, 10, 0.38, 0.18),
        (9, 10, 0.15, 0.46),
        (16, 20, 0.24, 0.17),
        (17, 20, 0.11, 0.35),
        (24, 30, 0.16, 0.15),
        (32, 40, 0.11, 0.14),
    ],
)
def test_fixed_tests_repeat_the_qualification_table(required, items, false_pass, false_fail):
    assert round(fixed_test_pass_rate(0.70, items, required), 2) == false_pass
    assert round(1 - fixed_test_pass_rate(0.85, items, required), 2) == false_fail


def test_a_pass_from_item_12_is_what_the_evidence_allows_anyway():
    assert rates(0.70) == rates(0.70, SequentialTest(min_pass_items=1))
    assert rates(0.78).passing == pytest.approx(0.48, abs=0.005)


def test_two_tries_raise_the_false_pass_to_about_a_quarter():
    assert pass_rate_with_retakes(rates(0.70).passing, 1) == pytest.approx(0.24, abs=0.005)
    assert pass_rate_with_retakes(0.3, 0) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("items", "pass_at", "fail_at"),
    [(4, None, None), (5, None, 1), (11, None, 6), (12, 12, 6), (20, 19, 13), (30, 26, 20), (40, 32, 31)],
)
def test_counts_that_decide(items, pass_at, fail_at):
    limits = boundary(items)
    assert (limits.pass_at, limits.fail_at) == (pass_at, fail_at)


def test_the_test_starts_undecided():
    decision = decide([])
    assert (decision.verdict, decision.reason, decision.items) == (Verdict.CONTINUE, Reason.UNDECIDED, 0)
    assert decision.log_ratio == 0


def test_twelve_right_answers_pass():
    assert decide([True] * 11).verdict is Verdict.CONTINUE
    decision = decide([True] * 12)
    assert (decision.verdict, decision.reason) == (Verdict.PASS, Reason.EVIDENCE)
    assert decision.log_ratio == pytest.approx(12 * math.log(0.85 / 0.70))


def test_nobody_fails_before_item_five():
    assert decide([False] * 4).verdict is Verdict.CONTINUE
    decision = decide([False] * 5)
    assert (decision.verdict, decision.reason, decision.items) == (Verdict.FAIL, Reason.EVIDENCE, 5)


def test_later_answers_do_not_change_a_decision():
    decision = decide([True] * 12 + [False] * 20)
    assert (decision.verdict, decision.items, decision.correct) == (Verdict.PASS, 12, 12)


def test_item_40_decides_by_the_side_of_the_evidence():
    answers = [*([True] * 4 + [False]) * 7, True, True, True, True]
    assert decide(answers).verdict is Verdict.CONTINUE
    passed, failed = decide([*answers, True]), decide([*answers[:-1], False, False])
    assert (passed.verdict, passed.reason, passed.items, passed.correct) == (Verdict.PASS, Reason.LAST_ITEM, 40, 33)
    assert (failed.verdict, failed.reason, failed.items, failed.correct) == (Verdict.FAIL, Reason.LAST_ITEM, 40, 31)


def test_the_second_critical_error_fails_at_any_item():
    assert decide([CRITICAL, RIGHT]).verdict is Verdict.CONTINUE
    decision = decide([CRITICAL, RIGHT, CRITICAL])
    assert (decision.verdict, decision.reason) == (Verdict.FAIL, Reason.CRITICAL_ERRORS)
    assert (decision.items, decision.critical) == (3, 2)
    lenient = SequentialTest(critical_errors=0)
    assert decide([CRITICAL, RIGHT, CRITICAL], lenient).verdict is Verdict.CONTINUE


def test_a_critical_error_counts_as_wrong():
    assert decide([CRITICAL]).log_ratio == decide([WRONG]).log_ratio == decide([False]).log_ratio


@CHECKED
@given(some_answers)
def test_a_decision_holds_whatever_follows(answers):
    decision = decide(answers)
    assert decide(answers[: decision.items]) == decision
    if decision.verdict is not Verdict.CONTINUE:
        assert decide([*answers, RIGHT, CRITICAL]) == decision
    else:
        assert decision.items == len(answers) < 40


@CHECKED
@given(some_answers)
def test_a_better_answer_never_turns_a_pass_into_a_fail(answers):
    if decide(answers).verdict is Verdict.PASS:
        for place, answer in enumerate(answers):
            if answer is not RIGHT:
                assert decide([*answers[:place], RIGHT, *answers[place + 1 :]]).verdict is Verdict.PASS


def test_exact_rates_equal_counting_every_course():
    test = SequentialTest(0.8, 0.5, 0.2, 0.2, 2, 3, 6, 2)
    accuracy, share = 0.65, 0.3
    chance = {RIGHT: accuracy, WRONG: (1 - accuracy) * (1 - share), CRITICAL: (1 - accuracy) * share}
    passing = length = 0.0
    for course in product(chance, repeat=6):
        weight = math.prod(chance[answer] for answer in course)
        decision = decide(course, test)
        passing += weight * (decision.verdict is Verdict.PASS)
        length += weight * decision.items
    exact = rates(accuracy, test, critical_share=share)
    assert exact.passing == pytest.approx(passing)
    assert exact.items == pytest.approx(length)


@CHECKED
@given(st.floats(0, 1))
def test_rates_add_up_and_the_critical_rule_only_fails_more(accuracy):
    plain, strict = rates(accuracy), rates(accuracy, critical_share=0.25)
    assert plain.passing + plain.failing == pytest.approx(1)
    assert strict.passing + strict.failing == pytest.approx(1)
    assert strict.passing <= plain.passing + 1e-12
    assert -1e-12 <= plain.last_item <= 1 + 1e-12
    assert 5 - 1e-9 <= plain.items <= 40 + 1e-9


def test_certain_people_take_the_shortest_way():
    assert (rates(1.0).passing, rates(1.0).items) == (1, 12)
    assert (rates(0.0).failing, rates(0.0).items) == (1, 5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SequentialTest(0.7, 0.85), "0.85 and 0.7"),
        (lambda: SequentialTest(alpha=0.0), "alpha"),
        (lambda: SequentialTest(alpha=0.6, beta=0.5), "1.1"),
        (lambda: SequentialTest(max_items=11), "max_items must be at least 12, got 11"),
        (lambda: SequentialTest(min_fail_items=0), "min_fail_items"),
        (lambda: SequentialTest(critical_errors=-1), "critical_errors"),
        (lambda: SequentialTest().log_ratio(3, 4), "got 4"),
        (lambda: decide(["right"]), "'right'"),
        (lambda: decide([1]), "got 1"),
        (lambda: boundary(0), "got 0"),
        (lambda: rates(1.5), "1.5"),
        (lambda: rates(0.5, critical_share=2.0), "2.0"),
        (lambda: fixed_test_pass_rate(0.5, 10, 11), "got 11"),
        (lambda: pass_rate_with_retakes(0.5, -1), "-1"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
