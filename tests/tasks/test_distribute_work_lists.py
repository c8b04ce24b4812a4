"""The worker's distribution: lists fill up fairly, pairs of people mix, and what is not opened goes back."""

from collections import Counter
from datetime import timedelta
from itertools import combinations

from django.utils import timezone

from evaltool.base.clock import held_at
from evaltool.base.models import ToDo
from projects.commands import change_standing
from projects.models import Standing
from tasks.distributing import LIST_LENGTH, distribute_batch, distribute_released
from tasks.models import Assignment, Seat
from tasks.working import expire_leases, give_back, give_back_list
from tests.tasks.conftest import Desk
from tests.tasks.work_samples import claim, evaluator, hand_in, make_batch, run_due

Q = Assignment.State.QUEUED


def lists() -> Counter:
    """How many tasks wait on each list, by name."""
    return Counter(Assignment.objects.filter(state=Q).values_list("member__user__name", flat=True))


def test_release_asks_the_worker_and_the_worker_fills_the_lists(desk: Desk) -> None:
    run_due("distribute_batch")
    assert lists() == {"Eve": 4, "Evan": 4}
    assert not ToDo.objects.filter(kind="distribute_batch").exists()
    assert claim(desk.eve).turn == 1


def test_nobody_gets_more_than_a_fair_share_or_a_full_list(desk: Desk) -> None:
    long = make_batch(desk.version, desk.admin, tasks=30, name="Long")
    distribute_batch(long.pk)
    assert lists() == {"Eve": LIST_LENGTH, "Evan": LIST_LENGTH}
    for name in ("Lara", "Noa", "Pia"):
        evaluator(desk.project, name, desk.admin, desk.version)
    short = make_batch(desk.version, desk.admin, tasks=3, name="Short", priority=9)
    distribute_batch(short.pk)
    assert lists() == {"Eve": 10, "Evan": 10, "Lara": 2, "Noa": 2, "Pia": 2}


def test_a_second_run_gives_nothing_more(desk: Desk) -> None:
    distribute_batch(desk.batch.pk)
    assert distribute_batch(desk.batch.pk) == 0


def test_lists_are_topped_up_as_people_work(desk: Desk) -> None:
    long = make_batch(desk.version, desk.admin, tasks=30, name="Long", priority=9)
    distribute_batch(long.pk)
    for _ in range(3):
        hand_in(claim(desk.eve))
    distribute_batch(long.pk)
    assert lists()["Eve"] == LIST_LENGTH


def test_only_those_who_may_work_are_given_tasks(desk: Desk) -> None:
    evaluator(desk.project, "Nora", desk.admin)
    change_standing(member=desk.evan, to=Standing.PAUSED, reason="A look at your work.", by=desk.admin)
    distribute_batch(desk.batch.pk)
    assert set(lists()) == {"Eve"}


def test_pairs_of_people_mix(desk: Desk) -> None:
    for name in ("Lara", "Noa", "Pia", "Rio"):
        evaluator(desk.project, name, desk.admin, desk.version)
    long = make_batch(desk.version, desk.admin, tasks=30, name="Long")
    distribute_batch(long.pk)
    judges: dict[int, list[int]] = {}
    for task, member in Assignment.objects.filter(batch=long).values_list("task", "member"):
        judges.setdefault(task, []).append(member)
    pairs = {pair for members in judges.values() for pair in combinations(sorted(members), 2)}
    assert len(pairs) >= 8  # of 15 possible ones, with 30 shared tasks


def test_what_is_not_opened_in_days_goes_back_and_somebody_else_may_have_it(desk: Desk) -> None:
    distribute_batch(desk.batch.pk)
    opened = claim(desk.eve)
    with held_at(timezone.now() + timedelta(days=3, minutes=1)):
        claim(desk.eve)  # the person is there again, and goes on
        assert expire_leases() == 7
        opened.refresh_from_db()
        assert opened.state == Assignment.State.OPEN
        assert Seat.objects.filter(state=Seat.State.FREE).count() == 7
        assert ToDo.objects.filter(kind="distribute_batch", object_id=desk.batch.pk).exists()
        third = evaluator(desk.project, "Lara", desk.admin, desk.version)
        assert claim(third) is not None
        # Whoever had it may still take it up again while nobody else has it.
        assert claim(desk.evan).turn <= 4


def test_a_list_can_be_given_back_whole(desk: Desk) -> None:
    distribute_batch(desk.batch.pk)
    begun = claim(desk.eve)
    listed = list(Assignment.objects.filter(member=desk.eve))
    assert give_back_list(assignments=listed, by=desk.evan.user) == 0
    assert give_back_list(assignments=listed, by=desk.eve.user) == 3
    begun.refresh_from_db()
    assert begun.state == Assignment.State.OPEN
    give_back(assignment=begun, by=desk.eve.user)
    assert claim(desk.eve) is None


def test_the_sweep_asks_for_batches_with_free_seats_only(desk: Desk) -> None:
    ToDo.objects.all().delete()
    draft = make_batch(desk.version, desk.admin, name="Draft", release=False)
    ToDo.objects.all().delete()
    assert distribute_released() == 1
    assert ToDo.objects.get().object_id == desk.batch.pk
    assert distribute_released() == 0
    distribute_batch(draft.pk)
    assert not lists()
    distribute_batch(desk.batch.pk)
    ToDo.objects.all().delete()
    assert distribute_released() == 0
