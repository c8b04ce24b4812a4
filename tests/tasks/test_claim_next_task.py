"""Claiming: the right task for the right person, never twice, and nothing for those who may not work."""

from datetime import timedelta

import pytest
from django.utils import timezone

from evaltool.base.clock import held_at
from projects.commands import change_standing, set_domains, set_roles
from projects.models import Expertise, Role, Standing
from tasks.assigning import eligible, take_seat
from tasks.batches import pause_batch, resume_batch
from tasks.clearing import grant_clearance, revoke_clearance
from tasks.models import Assignment, Involvement, Seat, Task
from tasks.working import expire_leases, give_back, skip
from tests.tasks.conftest import Desk
from tests.tasks.import_samples import row
from tests.tasks.work_samples import answers, claim, clear, evaluator, hand_in, make_batch, make_guideline, names


def test_claim_opens_a_task_of_the_batch_and_records_it(desk: Desk) -> None:
    taken = claim(desk.eve)
    assert taken is not None
    assert (taken.state, taken.turn, taken.batch) == (Assignment.State.OPEN, 1, desk.batch)
    assert taken.rubric_version == desk.version
    assert taken.guideline_version.number == 1
    assert sorted(taken.response_order) == ["r1", "r2"]
    assert taken.lease_until - taken.opened_at == timedelta(minutes=90)
    assert Seat.objects.get(pk=taken.seat_id).state == Seat.State.HELD
    assert Involvement.objects.get(task=taken.task, user=desk.eve.user).how == "judge"


def test_asking_twice_gives_the_same_task(desk: Desk) -> None:
    assert claim(desk.eve) == claim(desk.eve)
    assert Assignment.objects.count() == 1


def test_nobody_is_given_a_task_twice_and_overlap_is_met_exactly(desk: Desk) -> None:
    for member in (desk.eve, desk.evan):
        while found := claim(member):
            hand_in(found)
    pairs = list(Assignment.objects.values_list("task", "member"))
    assert len(pairs) == len(set(pairs)) == 8
    assert not Seat.objects.exclude(state=Seat.State.DONE).exists()


def test_a_third_evaluator_finds_nothing_when_the_overlap_is_met(desk: Desk) -> None:
    late = evaluator(desk.project, "Lara", desk.admin, desk.version)
    for member in (desk.eve, desk.evan):
        while found := claim(member):
            hand_in(found)
    assert claim(late) is None


@pytest.mark.parametrize("standing", [Standing.PAUSED, Standing.QUALIFYING])
def test_who_may_not_work_is_offered_nothing(desk: Desk, standing: str) -> None:
    change_standing(member=desk.eve, to=standing, reason="A look at your recent work.", by=desk.admin)
    assert claim(desk.eve) is None
    assert not eligible(desk.eve, desk.batch)


def test_watched_evaluators_go_on_as_if_nothing_were(desk: Desk) -> None:
    change_standing(member=desk.eve, to=Standing.WATCHED, by=desk.admin)
    assert claim(desk.eve) is not None


def test_who_is_no_evaluator_any_more_is_offered_nothing(desk: Desk) -> None:
    set_roles(member=desk.eve, roles=[Role.QA_LEAD], by=desk.admin)
    assert claim(desk.eve) is None


def test_a_guideline_that_must_be_read_blocks_new_work_and_open_work_finishes(desk: Desk) -> None:
    begun = claim(desk.eve)
    make_guideline(desk.project, desk.admin, "## 1 Accuracy\n\nCheck twice.", change_note="Check twice.")
    assert claim(desk.eve) == begun
    hand_in(begun)
    assert claim(desk.eve) is None


def test_a_guideline_that_need_not_be_read_blocks_nothing(desk: Desk) -> None:
    make_guideline(desk.project, desk.admin, "## 1 Accuracy\n\nCheck it.", change_note="Words.", must_read=False)
    assert claim(desk.eve) is not None


def test_without_clearance_for_the_rubric_nothing_is_offered(desk: Desk) -> None:
    stranger = evaluator(desk.project, "Nora", desk.admin)
    assert claim(stranger) is None
    revoke_clearance(member=desk.eve, rubric=desk.version.rubric, by=desk.admin)
    assert claim(desk.eve) is None


def test_a_clearance_that_has_run_out_counts_no_more(desk: Desk) -> None:
    until = timezone.now() + timedelta(hours=1)
    grant_clearance(member=desk.eve, rubric=desk.version.rubric, until=until, by=desk.admin)
    with held_at(until + timedelta(seconds=1)):
        assert claim(desk.eve) is None
    assert claim(desk.eve) is not None


def test_a_clearance_for_a_domain_opens_that_domain_only(desk: Desk) -> None:

    set_domains(project=desk.project, domains=["legal", "finance"], by=desk.admin)
    rows = [row(f"x{n}", domain="legal" if n == 3 else "finance") for n in range(6)]
    mixed = make_batch(desk.version, desk.admin, rows=rows, name="Mixed", priority=5)
    nora = evaluator(desk.project, "Nora", desk.admin)

    clear(nora, desk.version, desk.admin, domain="legal")
    taken = claim(nora)
    assert names([taken]) == ["x3"]
    assert taken.batch == mixed
    hand_in(taken)
    assert claim(nora) is None


def test_a_paused_batch_hands_out_nothing_and_its_open_task_finishes(desk: Desk) -> None:
    begun = claim(desk.eve)
    waiting = take_seat(member=desk.evan, batch=desk.batch, state=Assignment.State.QUEUED)
    pause_batch(batch=desk.batch, by=desk.admin)
    assert claim(desk.evan) is None
    hand_in(begun)
    assert claim(desk.eve) is None
    resume_batch(batch=desk.batch, by=desk.admin)
    assert claim(desk.evan) == waiting


def test_the_more_urgent_batch_comes_first(desk: Desk) -> None:
    soon = make_batch(desk.version, desk.admin, name="Soon", deadline=timezone.now() + timedelta(days=1))
    first = make_batch(desk.version, desk.admin, name="First", priority=3)
    taken = claim(desk.eve)
    assert taken.batch == first
    Seat.objects.filter(batch=first, state="free").update(state="closed")
    hand_in(taken)
    assert claim(desk.eve).batch == soon


def test_the_list_is_worked_in_its_order_and_before_anything_new(desk: Desk) -> None:
    listed = [take_seat(member=desk.eve, batch=desk.batch, state=Assignment.State.QUEUED) for _ in range(3)]
    for expected in listed:
        taken = claim(desk.eve)
        assert taken == expected
        hand_in(taken)
    assert claim(desk.eve).turn == 4


def test_a_task_skipped_or_given_back_does_not_come_back_and_somebody_else_gets_it(desk: Desk) -> None:
    skipped = claim(desk.eve)
    skip(assignment=skipped, reason="Not my field", by=desk.eve.user)
    returned = claim(desk.eve)
    give_back(assignment=returned, by=desk.eve.user)
    seen = set()
    while found := claim(desk.eve):
        seen.add(found.task_id)
        hand_in(found)
    assert seen.isdisjoint({skipped.task_id, returned.task_id})
    third = evaluator(desk.project, "Lara", desk.admin, desk.version)
    for member in (desk.evan, third):
        while found := claim(member):
            hand_in(found)
    assert not Seat.objects.exclude(state=Seat.State.DONE).exists()


def test_seats_that_come_free_at_the_front_are_found_again(desk: Desk) -> None:
    """With more of one's own tasks at the front than are looked at first, the search goes on behind them."""
    long = make_batch(desk.version, desk.admin, tasks=25, overlap=2, name="Long", priority=9)
    for _ in range(24):
        taken = claim(desk.eve)
        assert taken.batch == long
        hand_in(taken)
    last = claim(desk.eve)
    assert last.batch == long
    with held_at(timezone.now() + timedelta(hours=2)):
        assert expire_leases() == 1
        assert claim(desk.eve) == last


def test_the_last_free_seat_of_an_experts_task_waits_for_an_expert(desk: Desk) -> None:

    rows = [row("hard", domain="legal", needs_expert=True)]
    hard = make_batch(desk.version, desk.admin, rows=rows, name="Hard", priority=9)
    assert names([claim(desk.eve)]) == ["hard"]
    assert claim(desk.evan).batch == desk.batch
    lawyer = evaluator(desk.project, "Lea", desk.admin, desk.version)
    Expertise.objects.create(
        member=lawyer, domain="legal", granted_by=desk.admin, granted_at=timezone.now(), level=Expertise.Level.EXPERT
    )
    taken = claim(lawyer)
    assert taken.batch == hard
    # With an expert in, the other seat is anybody's again.
    give_back(assignment=Assignment.objects.get(task=taken.task, member=desk.eve), by=desk.eve.user)
    other = evaluator(desk.project, "Otto", desk.admin, desk.version)
    assert names([claim(other)]) == ["hard"]


def test_a_task_that_was_taken_out_is_offered_to_nobody(desk: Desk) -> None:
    Task.objects.filter(batch=desk.batch).update(taken_out_at=timezone.now(), taken_out_reason="broken")
    assert claim(desk.eve) is None


def test_responses_are_shown_in_orders_of_their_own(desk: Desk) -> None:
    orders = set()
    for member in (desk.eve, desk.evan):
        while found := claim(member):
            orders.add(tuple(found.response_order))
            hand_in(found, answers())
    assert orders == {("r1", "r2"), ("r2", "r1")}
