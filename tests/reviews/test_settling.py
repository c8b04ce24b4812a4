"""Settling: when all wanted judgements are in, a task has a consensus or a disagreement, and never both by accident."""

import threading

import pytest
from django.db import connection, transaction

from evaltool.base import clock
from evaltool.base.models import ToDo
from evaltool.verify import breaches
from projects.commands import change_policy, grant_expertise
from reviews.models import Consensus, Disagreement
from reviews.settling import settle_task
from tasks.assigning import take_seat
from tasks.gold_keys import add_key
from tasks.models import Assignment, Seat, Task
from tests.reviews.review_samples import Panel, judged, opened, raw, settle, values_of
from tests.reviews.threads import at_once
from tests.tasks.import_samples import row
from tests.tasks.work_samples import claim, evaluator, hand_in, make_batch

S = Disagreement.State


def the_consensus(task: Task) -> Consensus:
    return Consensus.objects.get(task=task, superseded_by__isnull=True)


def the_points(task: Task) -> list[tuple[str, str, bool]]:
    found = Disagreement.objects.get(task=task, state=S.OPEN)
    return [(point["criterion"], point["reason"], point["critical"]) for point in found.points]


# ------------------------------------------------------------------ agreement


def test_judgements_within_tolerance_become_a_consensus_by_the_rule_of_each_kind(panel: Panel) -> None:
    task = judged(
        panel,
        raw(safety=4, tone=4, flags=("figure", "source"), advice="Ask a pharmacist."),
        raw(safety=4, tone=3, flags=("figure", "source"), advice="Name the limit."),
    )
    settle()
    consensus = the_consensus(task)
    assert (consensus.method, consensus.number, consensus.submissions.count()) == ("agreement", 1, 2)
    assert values_of(consensus) == {
        ("safety", "r1"): 4,
        ("tone", "r1"): 3,  # the lower of two levels that each hold half
        ("flags", "r1"): ["figure", "source"],
        ("advice", ""): {"texts": ["Ask a pharmacist.", "Name the limit."]},
    }
    assert not Disagreement.objects.exists()
    assert not ToDo.objects.filter(kind="settle_task").exists()


def test_nothing_is_settled_before_every_wanted_judgement_is_in(panel: Panel) -> None:
    first, second = opened(panel)
    hand_in(first, raw())
    settle()
    assert not Consensus.objects.exists()
    hand_in(second, raw())
    settle()
    assert Consensus.objects.count() == 1


def test_the_heavier_judge_decides_between_two_levels_within_tolerance(panel: Panel) -> None:
    panel.evan.trust.create(rubric=panel.version.rubric, weight=3, gold_share=0.1)
    task = judged(panel, raw(tone=3), raw(tone=4))
    settle()
    assert values_of(the_consensus(task))["tone", "r1"] == 4


def unsure() -> dict:
    """Safety 1 and tone 1, both left to an expert."""
    found = raw(safety=1, tone=1)
    for entry in (found["safety"]["r1"], found["tone"]["r1"]):
        entry["deferred"] = True
    return found


def test_answers_left_to_an_expert_carry_no_weight_once_an_expert_answered(panel: Panel) -> None:
    grant_expertise(member=panel.evan, domain="cardiology", level=2, by=panel.admin)
    task = judged(panel, unsure(), raw(safety=5, tone=4), task={"domain": "Cardiology"})
    settle()
    settled = values_of(the_consensus(task))
    assert (settled["safety", "r1"], settled["tone", "r1"]) == (5, 4)
    votes = {row.criterion.key: row.votes for row in the_consensus(task).values.all()}
    assert votes == {"safety": 1, "tone": 1, "flags": 2}


@pytest.mark.parametrize("expertise", [None, ("surgery", 3), ("cardiology", 1)])
def test_best_efforts_count_while_no_expert_of_the_domain_answered(panel: Panel, expertise) -> None:
    if expertise:
        grant_expertise(member=panel.evan, domain=expertise[0], level=expertise[1], by=panel.admin)
    task = judged(panel, unsure(), raw(safety=5, tone=1), task={"domain": "Cardiology"})
    settle()
    assert the_points(task) == [("safety", "4 apart", True)]


def test_an_expert_who_leaves_it_to_another_has_not_judged_it(panel: Panel) -> None:
    grant_expertise(member=panel.eve, domain="cardiology", level=3, by=panel.admin)
    task = judged(panel, unsure(), raw(safety=5, tone=1), task={"domain": "Cardiology"})
    settle()
    assert the_points(task) == [("safety", "4 apart", True)]


def test_any_expertise_will_do_for_a_task_without_a_domain(panel: Panel) -> None:
    grant_expertise(member=panel.evan, domain="surgery", level=2, by=panel.admin)
    task = judged(panel, unsure(), raw(safety=5, tone=4))
    settle()
    assert values_of(the_consensus(task))["safety", "r1"] == 5


def test_what_everybody_left_to_an_expert_is_decided_by_a_lead_even_where_they_agree(panel: Panel) -> None:
    task = judged(panel, unsure(), unsure())
    settle()
    assert the_points(task) == [("safety", "Left to an expert", False), ("tone", "Left to an expert", False)]
    assert not Consensus.objects.exists()


def test_answers_left_to_an_expert_by_everybody_are_compared_all_the_same(panel: Panel) -> None:
    task = judged(panel, raw(safety=1, deferred=True), raw(safety=5, deferred=True))
    settle()
    assert the_points(task)[0] == ("safety", "4 apart", True)


# --------------------------------------------------------------- disagreement


def test_a_critical_difference_opens_a_disagreement_and_no_consensus(panel: Panel) -> None:
    task = judged(panel, raw(safety=4), raw(safety=3))
    settle()
    found = Disagreement.objects.get(task=task)
    assert (found.state, found.critical, found.submissions.count()) == (S.OPEN, True, 2)
    assert the_points(task) == [("safety", "1 apart", True)]
    assert not Consensus.objects.exists()


def test_na_against_a_level_is_a_disagreement(panel: Panel) -> None:
    task = judged(panel, raw(tone="na"), raw(tone=4))
    settle()
    assert the_points(task) == [("tone", "N/A against 4, Level 4", False)]


def test_a_spread_above_tolerance_counts_between_any_two_of_three(panel: Panel) -> None:
    lara = evaluator(panel.project, "Lara", panel.admin, panel.version)
    people = (panel.eve, panel.evan, lara)
    task = judged(panel, raw(tone=2), raw(tone=3), raw(tone=4), judges=people)
    settle()
    assert the_points(task) == [("tone", "2 apart", False)]


def test_points_come_critical_first_then_by_distance_and_weight(panel: Panel) -> None:
    task = judged(panel, raw(safety=4, tone=1, flags=("figure",)), raw(safety=3, tone=5, flags=("source",)))
    settle()
    assert [key for key, _, _ in the_points(task)] == ["safety", "tone", "flags"]
    found = Disagreement.objects.get(task=task)
    assert found.severity == pytest.approx(5 * 1 / 4 + 2 * 4 / 4 + 1 * 1)


# ----------------------------------------------------------------------- gold


def test_gold_is_never_settled(panel: Panel) -> None:
    change_policy(project=panel.project, by=panel.admin, gold_first_count=1, gold_first_tasks=1)
    gold = {"answers": {"safety": {"r1": {"value": 4}}}}
    make_batch(panel.version, panel.admin, rows=[row("work"), row("key", responses=["Yes."], gold=gold)])
    for member, answers in ((panel.eve, raw(safety=1)), (panel.evan, raw(safety=5))):
        taken = claim(member)
        assert taken.task.external_id == "key"
        hand_in(taken, answers)
    assert ToDo.objects.filter(kind="settle_task").count() == 1  # gold adds the same to-dos as work
    settle()
    assert not Consensus.objects.exists()
    assert not Disagreement.objects.exists()


def test_a_task_made_gold_after_its_first_judgement_is_not_settled_by_that_one(panel: Panel) -> None:
    first, second = opened(panel)
    hand_in(first, raw())
    Seat.objects.filter(pk=second.seat_id).update(state=Seat.State.FREE)
    Assignment.objects.filter(pk=second.pk).update(state=Assignment.State.EXPIRED, ended_at=clock.now())
    add_key(task=first.task, answers={"safety": {"r1": {"value": 4}}}, by=panel.admin)
    settle()
    assert not Consensus.objects.exists()
    assert list(breaches()) == []


def test_a_judgement_made_on_gold_changes_nothing_that_was_settled_before(panel: Panel) -> None:
    task = judged(panel, raw(safety=4), raw(safety=4))
    settle()
    add_key(task=task, answers={"safety": {"r1": {"value": 4}}}, by=panel.admin)
    change_policy(project=panel.project, by=panel.admin, gold_first_count=1, gold_first_tasks=1)
    make_batch(panel.version, panel.admin, rows=[row("work", responses=["Yes."])])
    taken = claim(evaluator(panel.project, "Lara", panel.admin, panel.version))
    assert taken.task == task
    hand_in(taken, raw(safety=1))
    settle()
    assert Consensus.objects.get(task=task).submissions.count() == 2
    assert not Disagreement.objects.exists()


# ------------------------------------------------------------------ revisions


def test_a_revision_that_makes_them_agree_withdraws_the_disagreement(panel: Panel) -> None:
    first, second = opened(panel)
    hand_in(first, raw(safety=5))
    hand_in(second, raw(safety=2))
    settle()
    hand_in(second, raw(safety=5), revision=2)
    settle()
    found = Disagreement.objects.get(task=first.task)
    assert (found.state, found.closed_at is not None) == (S.WITHDRAWN, True)
    assert values_of(the_consensus(first.task))["safety", "r1"] == 5


def test_a_revision_brings_an_open_disagreement_up_to_date(panel: Panel) -> None:
    first, second = opened(panel)
    hand_in(first, raw(safety=5))
    hand_in(second, raw(safety=2))
    settle()
    again = hand_in(second, raw(safety=4, tone="na"), revision=2)
    settle()
    found = Disagreement.objects.get(task=first.task)
    assert [point["criterion"] for point in found.points] == ["safety", "tone"]
    assert again in found.submissions.all()
    assert found.submissions.count() == 2


def test_a_revision_of_an_agreed_task_supersedes_its_consensus(panel: Panel) -> None:
    first, second = opened(panel)
    hand_in(first, raw(tone=4))
    hand_in(second, raw(tone=4))
    settle()
    hand_in(second, raw(tone=3), revision=2)
    settle()
    consensus = the_consensus(first.task)
    assert (consensus.number, consensus.supersedes.number) == (2, 1)
    assert values_of(consensus)["tone", "r1"] == 3


def test_a_task_that_falls_into_dispute_has_no_standing_consensus(panel: Panel) -> None:
    first, second = opened(panel)
    hand_in(first, raw(safety=4))
    hand_in(second, raw(safety=4))
    settle()
    assert Consensus.objects.standing().filter(task=first.task).exists()
    hand_in(second, raw(safety=1), revision=2)
    settle()
    assert Disagreement.objects.filter(task=first.task, state=S.OPEN).exists()
    assert not Consensus.objects.standing().filter(task=first.task).exists()


# ------------------------------------------------------------ dynamic overlap


@pytest.fixture
def dynamic(panel: Panel) -> Panel:
    change_policy(project=panel.project, by=panel.admin, dynamic_overlap=True, max_overlap=3)
    return panel


def test_dynamic_overlap_asks_for_one_more_up_to_the_maximum(dynamic: Panel) -> None:
    lara, omar = (evaluator(dynamic.project, name, dynamic.admin, dynamic.version) for name in ("Lara", "Omar"))
    task = judged(dynamic, raw(tone=1), raw(tone=4))
    settle()
    extra = Seat.objects.get(task=task, cause=Seat.Cause.EXTRA)
    assert (extra.state, extra.ordinal) == (Seat.State.FREE, 3)
    assert not Disagreement.objects.exists()
    hand_in(take_seat(member=lara, batch=task.batch), raw(tone=5))
    settle()
    assert Disagreement.objects.get(task=task).submissions.count() == 3
    assert take_seat(member=omar, batch=task.batch) is None


def test_one_more_judgement_is_asked_for_once_however_often_the_job_runs(dynamic: Panel) -> None:
    evaluator(dynamic.project, "Lara", dynamic.admin, dynamic.version)
    task = judged(dynamic, raw(tone=1), raw(tone=4))
    settle_task(task.pk)
    settle_task(task.pk)
    assert Seat.objects.filter(task=task).count() == 3


def test_without_anybody_left_to_judge_the_disagreement_goes_to_a_lead_at_once(dynamic: Panel) -> None:
    task = judged(dynamic, raw(tone=1), raw(tone=4))
    settle()
    assert Disagreement.objects.filter(task=task, state=S.OPEN).exists()
    assert Seat.objects.filter(task=task).count() == 2


# ------------------------------------------------------------------ again, and at once


def test_settling_twice_gives_one_consensus_and_one_disagreement(panel: Panel) -> None:
    agreed, apart = judged(panel, raw(), raw()), judged(panel, raw(safety=1), raw(safety=5))
    for task in (agreed, apart) * 2:
        settle_task(task.pk)
    assert Consensus.objects.count() == 1
    assert Disagreement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_settling_at_once_gives_one_consensus_and_one_disagreement(panel: Panel) -> None:
    agreed, apart = judged(panel, raw(), raw()), judged(panel, raw(safety=1), raw(safety=5))
    calls = [lambda pk=task.pk: settle_task(pk) for task in (agreed, apart) * 4]
    assert at_once(*calls) == []
    assert Consensus.objects.filter(task=agreed).count() == 1
    assert Disagreement.objects.filter(task=apart).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_tasks_of_one_batch_settle_without_waiting_for_each_other(panel: Panel) -> None:
    rows = [row("one", responses=["Yes."]), row("two", responses=["No."])]
    batch = make_batch(panel.version, panel.admin, rows=rows)
    for judge in panel.judges:
        while taken := take_seat(member=judge, batch=batch):
            hand_in(taken, raw())
    first, second = Task.objects.filter(batch=batch).order_by("pk")
    settled, other_is_done = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            settle_task(first.pk)
            settled.set()
            other_is_done.wait(20)

    def quick() -> None:
        settled.wait(20)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = 500")
            settle_task(second.pk)
        finally:
            other_is_done.set()

    assert at_once(slow, quick) == []
    assert Consensus.objects.count() == 2
