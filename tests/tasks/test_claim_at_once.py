"""Many people at the same instant, each on a connection of their own: the database keeps order."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction

from evaltool.base.errors import RuleBroken
from projects.commands import change_policy, change_standing, create_project
from projects.models import Expertise, Standing
from rubrics.commands import publish_version, save_version_draft
from tasks.assigning import claim_next, release_work, take_seat
from tasks.distributing import distribute_batch
from tasks.models import Assignment, Draft, Involvement, Seat, Submission
from tasks.reversioning import move_all, move_lists
from tasks.submitting import submit
from tasks.working import DraftStale, expire_leases, save_draft
from tests.conftest import person
from tests.tasks.import_samples import row
from tests.tasks.work_samples import answers, claim, evaluator, make_batch, make_version

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Start all calls at the same instant, each in a thread of its own; what each returned or raised."""
    gate, results = threading.Barrier(len(calls)), [None] * len(calls)

    def go(place: int) -> None:
        try:
            connection.ensure_connection()
            gate.wait(60)
            results[place] = calls[place]()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


@pytest.fixture
def office():
    """An admin with a project, a rubric, and no gold."""
    admin = person("Ada", may_create_projects=True)
    project = create_project(name="Office", by=admin)
    change_policy(project=project, by=admin, gold_first_count=0, gold_share=0.0, gold_floor=0.0)
    return admin, project, make_version(project, admin)


def team(office: tuple, size: int) -> list:
    """That many evaluators who may work."""
    admin, project, version = office
    return [evaluator(project, f"P{n:02}", admin, version) for n in range(size)]


def errors(results: list[Any]) -> list[Any]:
    """What was raised."""
    return [r for r in results if isinstance(r, Exception)]


def test_fifty_at_once_on_one_batch_meet_the_overlap_exactly(office: tuple) -> None:
    people = team(office, 50)
    make_batch(office[2], office[0], tasks=25, overlap=2)
    results = at_once([lambda m=member: claim(m) for member in people])
    assert not errors(results)
    assert all(results), "every seat was free for somebody"
    assert Counter(Assignment.objects.values_list("task", flat=True)).most_common()[-1][1] == 2
    assert set(Counter(Assignment.objects.values_list("task", flat=True)).values()) == {2}
    assert len({(r.task_id, r.member_id) for r in results}) == 50
    assert not Seat.objects.exclude(state=Seat.State.HELD).exists()


def test_fifty_at_once_on_one_task_leave_exactly_two(office: tuple) -> None:
    people = team(office, 50)
    make_batch(office[2], office[0], tasks=1, overlap=2)
    results = at_once([lambda m=member: claim(m) for member in people])
    assert not errors(results)
    assert sum(1 for r in results if r) == 2
    assert Assignment.objects.count() == Involvement.objects.count() == 2


def test_twenty_clicks_of_one_person_open_one_task(office: tuple) -> None:
    (eve,) = team(office, 1)
    make_batch(office[2], office[0], tasks=9)
    results = at_once([lambda: claim(eve)] * 20)
    assert not errors(results)
    assert len({r.pk for r in results}) == 1
    assert Assignment.objects.count() == 1


def test_gold_for_everybody_at_once(office: tuple) -> None:
    people = team(office, 20)
    change_policy(project=office[1], by=office[0], gold_first_tasks=10, gold_first_count=10)
    make_batch(office[2], office[0], tasks=10, gold_tasks=3)
    results = at_once([lambda m=member: claim(m) for member in people])
    assert not errors(results)
    assert all(results)
    seats = Seat.objects.filter(cause=Seat.Cause.GOLD)
    assert seats.count() == 20
    assert not Seat.objects.wanted().exclude(state=Seat.State.FREE).exists()


def test_the_worker_and_the_people_at_once(office: tuple) -> None:
    people = team(office, 12)
    batch = make_batch(office[2], office[0], tasks=40, overlap=3)
    at_work = [lambda m=member: claim(m) for member in people]
    results = at_once([*at_work, lambda: distribute_batch(batch.pk), lambda: distribute_batch(batch.pk)])
    assert not errors(results)
    live = Assignment.objects.filter(state__in=["queued", "open"])
    assert max(Counter(live.filter(state="open").values_list("member", flat=True)).values()) == 1
    assert all(n <= 3 for n in Counter(live.values_list("task", flat=True)).values())
    held = Seat.objects.filter(state=Seat.State.HELD).count()
    assert held == live.count()


def test_two_at_once_do_not_take_the_seats_an_expert_is_wanted_on(office: tuple) -> None:
    admin, _, version = office
    people = team(office, 8)
    rows = [row(f"h{n}", domain="legal", needs_expert=True) for n in range(6)]
    make_batch(version, admin, rows=rows, overlap=2)
    for _ in range(3):
        results = at_once([lambda m=member: claim(m) for member in people])
        assert not errors(results)
    assert not Expertise.objects.exists()
    assert set(Counter(Assignment.objects.values_list("task", flat=True)).values()) == {1}


def test_twenty_identical_submissions_make_one_row_and_equal_answers(office: tuple) -> None:
    (eve,) = team(office, 1)
    make_batch(office[2], office[0], tasks=2)
    taken = claim(eve)
    send = [lambda: submit(assignment=taken, raw=answers(), by=eve.user)] * 20
    results = at_once(send)
    assert not errors(results)
    assert len({r.public_id for r in results}) == 1
    assert Submission.objects.count() == 1


def test_of_twenty_different_submissions_one_is_taken_and_the_others_are_told(office: tuple) -> None:
    (eve,) = team(office, 1)
    make_batch(office[2], office[0], tasks=2)
    taken = claim(eve)
    different = [answers(why=f"The figure in paragraph {n} contradicts the prompt, and no source.") for n in range(20)]
    results = at_once([lambda raw=raw: submit(assignment=taken, raw=raw, by=eve.user) for raw in different])
    assert Submission.objects.count() == 1
    refused = errors(results)
    assert len(refused) == 19
    assert {e.code for e in refused if isinstance(e, RuleBroken)} == {"already_submitted"}
    assert Draft.objects.get(assignment=taken).late


def test_a_submission_and_the_sweep_at_once_lose_nothing(office: tuple) -> None:
    people = team(office, 10)
    make_batch(office[2], office[0], tasks=10, overlap=1)
    taken = [claim(member) for member in people]
    Assignment.objects.update(lease_until="2020-01-01T00:00:00Z")
    send = [lambda a=a: submit(assignment=a, raw=answers(), by=a.member.user) for a in taken]
    results = at_once([*send, expire_leases, expire_leases])
    assert not errors(results)
    assert Submission.objects.count() == 10
    assert not Seat.objects.exclude(state=Seat.State.DONE).exists()


def test_pausing_and_claiming_at_once_leaves_nothing_open(office: tuple) -> None:
    people = team(office, 10)
    make_batch(office[2], office[0], tasks=20)

    def stop(member) -> None:
        with transaction.atomic():
            change_standing(member=member, to=Standing.PAUSED, reason="A look at your work.", by=office[0])
            release_work(member=member, reason="Paused", by=office[0])

    claims = [lambda m=m: claim_next(member=m, by=m.user) for m in people]
    results = at_once([*claims, *[lambda m=m: stop(m) for m in people]])
    assert not errors(results)
    assert not Assignment.objects.filter(state__in=["queued", "open"]).exists()
    assert not Seat.objects.exclude(state=Seat.State.FREE).exists()


def test_drafts_saved_at_once_from_two_tabs_overwrite_nothing(office: tuple) -> None:
    (eve,) = team(office, 1)
    make_batch(office[2], office[0], tasks=2)
    taken = claim(eve)
    texts = [{"notes": {"": {"value": f"tab {n}"}}} for n in range(6)]
    results = at_once([lambda t=t: save_draft(assignment=taken, data=t, revision=0, by=eve.user) for t in texts])
    saved = [r for r in results if isinstance(r, Draft)]
    assert len(saved) == 1
    assert all(isinstance(r, DraftStale) for r in errors(results))
    assert Draft.objects.get(assignment=taken).data == saved[0].data


def test_a_new_version_in_the_midst_of_claims_leaves_every_task_with_one(office: tuple) -> None:
    admin, _, version = office
    people = team(office, 12)
    batch = make_batch(version, admin, tasks=12, overlap=3)
    for member in people[:6]:
        take_seat(member=member, batch=batch, state=Assignment.State.QUEUED)
    draft = save_version_draft(rubric=version.rubric, body=version.body, by=admin)
    newer = publish_version(version=draft, by=admin)
    claims = [lambda m=m: claim_next(member=m, by=m.user) for m in people]
    lists = [lambda m=m: take_seat(member=m, batch=batch, state=Assignment.State.QUEUED) for m in people]
    moves = [lambda: move_all(version=newer, by=admin), lambda: move_lists(newer.pk), lambda: move_lists(newer.pk)]
    results = at_once([*claims[:6], *lists[6:], *moves, *claims[6:]])
    assert not errors(results)
    move_lists(newer.pk)
    taken = Assignment.objects.values_list("task", "rubric_version")
    assert len({task for task, _ in taken}) == len(set(taken))
    for task, under in set(taken):
        begun = Assignment.objects.filter(task=task).exclude(state=Assignment.State.QUEUED)
        assert under == newer.pk or begun.exists()
