"""Gold in the flow: at places nobody can foresee, as often as the policy says, never twice, and never visible."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evaltool.base.clock import held_at
from evaltool.base.models import ToDo
from projects.commands import change_policy, change_standing, set_domains
from projects.models import Membership, Policy, Standing
from tasks import gold_keys, placing
from tasks.assigning import take_seat
from tasks.batches import progress
from tasks.models import Assignment, Batch, GoldKey, Seat, Trust
from tasks.working import expire_leases, skip
from tests.tasks.conftest import Desk
from tests.tasks.import_samples import gold, row
from tests.tasks.work_samples import claim, evaluator, hand_in, make_batch, make_version


@pytest.fixture(autouse=True)
def _one_secret(settings) -> None:
    """The same places in every run, so that what is said about chance does not fail by chance."""
    settings.SECRET_KEY = "the secret of these tests, long enough to be one: 7d1c5e0b9a"
    placing._first_turns.cache_clear()


@pytest.fixture
def mixed(desk: Desk) -> Batch:
    """Twenty tasks and six gold ones, gold mixed in as the product's defaults have it."""
    defaults = Policy()
    change_policy(
        project=desk.project, by=desk.admin, gold_first_count=defaults.gold_first_count,
        gold_share=defaults.gold_share, gold_floor=defaults.gold_floor,
    )  # fmt: skip
    return make_batch(desk.version, desk.admin, tasks=20, gold_tasks=6, name="Mixed", priority=9)


def gold_turns(member: Membership) -> list[int]:
    """The turns at which the member had gold."""
    rows = Assignment.objects.filter(member=member, seat__cause=Seat.Cause.GOLD)
    return sorted(rows.values_list("turn", flat=True))


def work_through(member: Membership, turns: int) -> None:
    """Claim and hand in that often, or until nothing is left."""
    for _ in range(turns):
        if (found := claim(member)) is None:
            return
        hand_in(found)


def test_three_of_the_first_ten_are_gold_at_places_of_each_persons_own(desk: Desk) -> None:
    policy = Policy()
    places = set()
    for member in range(1, 60):
        first = [t for t in range(1, 11) if placing.is_gold_turn(member=member, turn=t, policy=policy, share=0.1)]
        assert len(first) == 3
        places.add(tuple(first))
    assert len(places) > 30
    every_place = {turn for turns in places for turn in turns}
    assert every_place == set(range(1, 11))


@pytest.mark.parametrize("share", [0.05, 0.1, 0.4])
def test_later_turns_are_gold_with_the_share(share: float) -> None:
    turns = range(11, 20_011)
    found = [t for t in turns if placing.is_gold_turn(member=7, turn=t, policy=Policy(), share=share)]
    assert abs(len(found) / len(turns) - share) < 0.01  # 4 standard errors at most
    gaps = {b - a for a, b in pairwise(found)}
    assert len(gaps) > 5


def test_the_draw_is_the_same_for_a_turn_and_depends_on_the_secret(settings) -> None:
    before = [placing.draw("turn", 1, turn) for turn in range(50)]
    assert before == [placing.draw("turn", 1, turn) for turn in range(50)]
    settings.SECRET_KEY = "another secret of this installation " * 3
    assert before != [placing.draw("turn", 1, turn) for turn in range(50)]


def test_the_share_is_what_quality_says_and_more_while_watched_and_never_below_the_floor(desk: Desk) -> None:
    policy, member = Policy(), desk.eve
    assert placing.share_of(member, policy, None) == 0.10
    assert placing.share_of(member, policy, 0.22) == 0.22
    assert placing.share_of(member, policy, 0.01) == 0.05
    member.standing = Standing.WATCHED
    assert placing.share_of(member, policy, 0.22) == 0.40


def test_gold_is_mixed_into_the_batch_at_hand_and_counts_for_nothing_there(desk: Desk, mixed: Batch) -> None:
    before = progress(mixed)
    work_through(desk.eve, 10)
    assert len(gold_turns(desk.eve)) == 3
    rows = Assignment.objects.filter(member=desk.eve)
    assert {(a.batch_id, a.rubric_version_id) for a in rows} == {(mixed.pk, desk.version.pk)}
    after = progress(mixed)
    assert (after.tasks, after.wanted, after.done) == (before.tasks, before.wanted, 7)
    assert Seat.objects.filter(cause=Seat.Cause.GOLD, state=Seat.State.DONE).count() == 3


def test_everybody_may_judge_the_same_gold_and_nobody_twice(desk: Desk, mixed: Batch) -> None:
    change_policy(project=desk.project, by=desk.admin, gold_first_tasks=10, gold_first_count=6)
    third = evaluator(desk.project, "Lara", desk.admin, desk.version)
    for member in (desk.eve, desk.evan, third):
        work_through(member, 10)
    gold = Assignment.objects.filter(seat__cause=Seat.Cause.GOLD)
    assert gold.count() == 18
    assert gold.values("task").distinct().count() == 6
    assert len({(a.task_id, a.member_id) for a in gold}) == 18
    orders = {tuple(gold.filter(member=m).order_by("turn").values_list("task", flat=True)) for m in (desk.eve, third)}
    assert len(orders) == 2


def test_when_all_gold_is_seen_work_goes_on_and_the_leads_are_told_once(desk: Desk, mixed: Batch) -> None:
    change_policy(project=desk.project, by=desk.admin, gold_first_tasks=10, gold_first_count=8)
    work_through(desk.eve, 10)
    assert len(gold_turns(desk.eve)) == 6
    assert Assignment.objects.filter(member=desk.eve).count() == 10
    assert list(ToDo.objects.filter(kind="gold_used_up").values_list("object_id", flat=True)) == [desk.eve.pk]


def test_without_any_gold_nobody_is_told_that_it_is_used_up(desk: Desk) -> None:
    change_policy(project=desk.project, by=desk.admin, gold_first_tasks=10, gold_first_count=8)
    work_through(desk.eve, 4)
    assert Assignment.objects.filter(member=desk.eve).count() == 4
    assert not ToDo.objects.filter(kind="gold_used_up").exists()


def test_gold_is_no_work_of_its_own(desk: Desk, mixed: Batch) -> None:
    """When no work is left, no gold is given: it would stand out."""
    change_policy(project=desk.project, by=desk.admin, gold_first_tasks=200, gold_first_count=200)
    Seat.objects.wanted().update(state=Seat.State.CLOSED)
    assert claim(desk.eve) is None


@pytest.mark.parametrize("spoiled", ["suspect", "retired", "taken_out", "draft_batch", "training", "other_version"])
def test_gold_that_is_not_in_use_is_never_placed(desk: Desk, mixed: Batch, spoiled: str) -> None:
    change_policy(project=desk.project, by=desk.admin, gold_first_tasks=10, gold_first_count=10)
    if spoiled in {"suspect", "retired"}:
        GoldKey.objects.update(status=spoiled)
    elif spoiled == "taken_out":
        for key in GoldKey.objects.select_related("task"):
            type(key.task).objects.filter(pk=key.task_id).update(taken_out_at=timezone.now())
    else:
        _move_gold_away(desk, spoiled)
    work_through(desk.eve, 5)
    assert Assignment.objects.filter(member=desk.eve).count() == 5
    assert not gold_turns(desk.eve)


def _move_gold_away(desk: Desk, where: str) -> None:
    GoldKey.objects.all().delete()
    version = make_version(desk.project, desk.admin, "Other") if where == "other_version" else desk.version
    purpose = "training" if where == "training" else "work"
    make_batch(
        version, desk.admin, tasks=1, gold_tasks=4, name="Elsewhere", purpose=purpose, release=where != "draft_batch"
    )


def test_a_gold_bank_is_in_use_once_it_is_ready(desk: Desk) -> None:
    change_policy(project=desk.project, by=desk.admin, gold_first_tasks=10, gold_first_count=10)
    make_batch(desk.version, desk.admin, tasks=0, gold_tasks=2, name="Bank", purpose="gold", release=False)
    work_through(desk.eve, 3)
    assert gold_turns(desk.eve) == [1, 2]
    assert set(Assignment.objects.filter(member=desk.eve).values_list("batch", flat=True)) == {desk.batch.pk}


def test_gold_like_the_work_it_stands_for_comes_first(desk: Desk) -> None:
    set_domains(project=desk.project, domains=["legal", "finance"], by=desk.admin)
    change_policy(project=desk.project, by=desk.admin, gold_first_tasks=10, gold_first_count=2)
    rows = [row(f"w{n}", domain="legal") for n in range(9)]
    rows += [row(f"g{n}", domain="legal" if n in {3, 6} else "finance", gold=gold()) for n in range(8)]
    make_batch(desk.version, desk.admin, rows=rows, name="Legal", priority=9)
    work_through(desk.eve, 10)
    found = Assignment.objects.filter(member=desk.eve, seat__cause=Seat.Cause.GOLD)
    assert set(found.values_list("task__external_id", flat=True)) == {"g3", "g6"}


def test_an_expired_gold_task_comes_back_to_its_person_and_to_nobody_else(desk: Desk, mixed: Batch) -> None:
    change_policy(project=desk.project, by=desk.admin, gold_first_tasks=10, gold_first_count=10)
    taken = claim(desk.eve)
    assert gold_keys.is_gold(taken.task_id)
    with held_at(timezone.now() + timedelta(hours=2)):
        expire_leases()
        work_through(desk.evan, 12)
        assert set(gold_turns(desk.evan)).issubset(range(1, 11))
        again = claim(desk.eve)
        assert (again, again.seat_id) == (taken, taken.seat_id)
        assert hand_in(again).revision == 1


def test_skipped_gold_is_closed_and_its_person_gets_other_work(desk: Desk, mixed: Batch) -> None:
    change_policy(project=desk.project, by=desk.admin, gold_first_tasks=10, gold_first_count=1)
    while not gold_keys.is_gold((taken := claim(desk.eve)).task_id):
        hand_in(taken)
    skip(assignment=taken, reason="Not my field", by=desk.eve.user)
    assert Seat.objects.get(pk=taken.seat_id).state == Seat.State.CLOSED
    assert claim(desk.eve).task_id != taken.task_id


@pytest.mark.parametrize("state", [Assignment.State.QUEUED, Assignment.State.OPEN])
def test_gold_and_work_are_placed_with_the_same_number_of_queries(desk: Desk, mixed: Batch, state: str) -> None:
    counts: dict[bool, set[int]] = {True: set(), False: set()}
    for _ in range(10):  # three of these are gold
        with CaptureQueriesContext(connection) as queries:
            taken = take_seat(member=desk.eve, batch=mixed, state=state)
        counts[gold_keys.is_gold(taken.task_id)].add(len(queries))
        if state == Assignment.State.OPEN:
            hand_in(taken)
    assert counts[True] == counts[False]
    assert len(counts[True]) == 1


def test_a_watched_evaluator_gets_more_gold(desk: Desk) -> None:
    long = make_batch(desk.version, desk.admin, tasks=45, gold_tasks=30, name="Long", priority=9)
    change_policy(project=desk.project, by=desk.admin, gold_share=0.05, gold_floor=0.05, gold_first_tasks=0)
    change_standing(member=desk.eve, to=Standing.WATCHED, by=desk.admin)
    Trust.objects.create(member=desk.evan, rubric=desk.version.rubric, gold_share=0.0)
    for member in (desk.eve, desk.evan):
        for _ in range(40):
            take_seat(member=Membership.objects.get(pk=member.pk), batch=long, state="queued")
    assert len(gold_turns(desk.eve)) > len(gold_turns(desk.evan))
