"""The life of a batch: what it needs at each step, what its progress says, and what it waits for."""

from datetime import timedelta

import pytest

from accounts.models import AuditEvent, User
from evaltool.base import clock
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from evaltool.base.models import ToDo
from projects.commands import add_member, change_standing, create_project
from projects.models import Membership, Project, Role, Standing
from rubrics.commands import retire_version
from tasks import batches
from tasks.batches import create_batch, progress, release_batch
from tasks.importing import commit_import
from tasks.models import BATCH_MOVES, Assignment, Batch, Seat, Task
from tasks.waiting import waits
from tests.tasks.import_samples import checked, gold, jsonl, make_batch, make_rubric, row, work


@pytest.fixture
def batch(project: Project, alice: User) -> Batch:
    """An empty batch of `project`."""
    return make_batch(project, alice)


def fill(batch: Batch, by: User, *rows: dict[str, object]) -> Batch:
    """The batch with these rows imported."""
    commit_import(run=checked(batch, jsonl(*(rows or (row("a"), row("b")))), by), by=by)
    work()
    batch.refresh_from_db()
    return batch


def test_overlap_comes_from_the_policy_unless_told(project: Project, alice: User) -> None:
    assert make_batch(project, alice).overlap == project.policy.overlap
    assert make_batch(project, alice, "Batch 2", overlap=3).overlap == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"overlap": 0}, "overlap"),
        ({"overlap": 21}, "overlap"),
        ({"priority": 5000}, "priority"),
        ({"purpose": "play"}, "purpose"),
    ],
)
def test_batch_that_does_not_fit_names_the_field(
    project: Project, alice: User, change: dict[str, object], field: str
) -> None:
    version = make_rubric(project, alice)
    with pytest.raises(Invalid) as refused:
        create_batch(**{"project": project, "name": "B", "rubric_version": version, "by": alice, **change})
    assert [problem.field for problem in refused.value.problems] == [field]
    assert not Batch.objects.exists()


def test_deadline_in_the_past_is_refused(project: Project, alice: User) -> None:
    with pytest.raises(Invalid, match="deadline"):
        make_batch(project, alice, deadline=clock.now() - timedelta(minutes=1))


def test_name_is_unique_in_the_project_only(project: Project, batch: Batch, alice: User) -> None:
    with pytest.raises(Invalid, match="this name"):
        make_batch(project, alice)
    assert make_batch(create_project(name="Other", by=alice), alice).name == batch.name


def test_rubric_of_another_project_is_refused(project: Project, alice: User) -> None:
    foreign = make_rubric(create_project(name="Other", by=alice), alice)
    with pytest.raises(Invalid, match="rubric_version"):
        create_batch(project=project, name="B", rubric_version=foreign, by=alice)


def test_empty_batch_is_not_released(batch: Batch, alice: User) -> None:
    with pytest.raises(RuleBroken, match="no tasks"):
        release_batch(batch=batch, by=alice)


def test_batch_under_a_retired_rubric_is_not_released(batch: Batch, alice: User) -> None:
    fill(batch, alice)
    retire_version(version=batch.rubric_version, by=alice)
    with pytest.raises(RuleBroken, match="not published"):
        release_batch(batch=batch, by=alice)


def test_release_asks_the_worker_to_distribute_and_is_on_record(batch: Batch, alice: User) -> None:
    release_batch(batch=fill(batch, alice), by=alice)
    batch.refresh_from_db()
    assert batch.state == Batch.State.RELEASED
    assert batch.released_at is not None
    assert ToDo.objects.filter(kind="distribute_batch", object_id=batch.pk).exists()
    assert AuditEvent.objects.filter(action="batch_released", actor=alice, target=batch.public_id).exists()


def test_pause_and_resume_keep_the_day_of_release(batch: Batch, alice: User) -> None:
    release_batch(batch=fill(batch, alice), by=alice)
    day = batch.released_at
    batches.pause_batch(batch=batch, by=alice)
    batches.resume_batch(batch=batch, by=alice)
    assert (batch.state, batch.released_at) == (Batch.State.RELEASED, day)


def test_batch_is_completed_only_when_all_judgments_are_in(batch: Batch, alice: User) -> None:
    release_batch(batch=fill(batch, alice, row("a"), row("g", gold=gold())), by=alice)
    with pytest.raises(RuleBroken, match="2 judgments are still wanted"):
        batches.complete_batch(batch=batch, by=alice)
    Seat.objects.update(state=Seat.State.DONE)
    batches.complete_batch(batch=batch, by=alice)
    assert batch.state == Batch.State.COMPLETED


def test_batch_with_a_file_on_its_way_is_neither_completed_nor_canceled(batch: Batch, alice: User) -> None:
    release_batch(batch=fill(batch, alice), by=alice)
    Seat.objects.update(state=Seat.State.DONE)
    checked(batch, jsonl(row("later")), alice)
    for command in (batches.complete_batch, batches.cancel_batch):
        with pytest.raises(RuleBroken, match="on its way"):
            command(batch=batch, by=alice)


def test_canceled_batch_leaves_work_lists_and_wants_nothing(batch: Batch, alice: User, eve: User, member_of) -> None:
    release_batch(batch=fill(batch, alice), by=alice)
    queued = hold(Seat.objects.first(), member_of(eve), Assignment.State.QUEUED)
    batches.cancel_batch(batch=batch, by=alice)
    queued.refresh_from_db()
    assert batch.state == Batch.State.CANCELED
    assert queued.state == Assignment.State.RELEASED
    assert set(Seat.objects.values_list("state", flat=True)) == {Seat.State.CLOSED}
    assert progress(batch).wanted == 0


def test_batch_that_somebody_has_begun_is_not_canceled(batch: Batch, alice: User, eve: User, member_of) -> None:
    release_batch(batch=fill(batch, alice), by=alice)
    hold(Seat.objects.first(), member_of(eve), Assignment.State.OPEN)
    with pytest.raises(RuleBroken, match="begun to judge"):
        batches.cancel_batch(batch=batch, by=alice)
    assert Seat.objects.free().count() == 3


def hold(seat: Seat, member: Membership, state: str) -> Assignment:
    """A seat held by a member, as distribution leaves it."""
    now = clock.now()
    opened = {"opened_at": now, "lease_until": now + timedelta(hours=1)} if state == Assignment.State.OPEN else {}
    Seat.objects.filter(pk=seat.pk).update(state=Seat.State.HELD)
    return Assignment.objects.create(
        seat=seat,
        task=seat.task,
        batch=seat.batch,
        member=member,
        state=state,
        turn=Assignment.objects.count() + 1,
        rubric_version=seat.batch.rubric_version,
        created_at=now,
        **opened,
    )


COMMANDS = {
    batches.release_batch: Batch.State.RELEASED,
    batches.pause_batch: Batch.State.PAUSED,
    batches.resume_batch: Batch.State.RELEASED,
    batches.complete_batch: Batch.State.COMPLETED,
    batches.cancel_batch: Batch.State.CANCELED,
    batches.archive_batch: Batch.State.ARCHIVED,
}


@pytest.mark.parametrize("state", Batch.State.values)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_no_command_moves_a_batch_along_an_arrow_that_is_not_there(batch: Batch, alice: User, command, state) -> None:
    fill(batch, alice)
    Seat.objects.update(state=Seat.State.DONE)
    Batch.objects.filter(pk=batch.pk).update(state=state)
    batch.refresh_from_db()
    if COMMANDS[command] in BATCH_MOVES[state]:
        command(batch=batch, by=alice)
        assert Batch.objects.get(pk=batch.pk).state == COMMANDS[command]
    else:
        with pytest.raises(StaleState):
            command(batch=batch, by=alice)
        assert Batch.objects.get(pk=batch.pk).state == state


def test_two_admins_who_move_a_batch_at_once_do_not_overwrite_each_other(batch: Batch, alice: User) -> None:
    release_batch(batch=fill(batch, alice), by=alice)
    twin = Batch.objects.get(pk=batch.pk)
    batches.pause_batch(batch=batch, by=alice)
    with pytest.raises(StaleState):
        batches.pause_batch(batch=twin, by=alice)


def test_progress_counts_seats_by_where_they_stand_and_leaves_gold_out(
    batch: Batch, alice: User, eve: User, evan: User, member_of
) -> None:
    fill(batch, alice, *(row(f"t{n}") for n in range(3)), row("g", gold=gold()))
    free = iter(Seat.objects.order_by("task", "ordinal"))
    hold(next(free), member_of(eve), Assignment.State.OPEN)
    hold(next(free), member_of(evan), Assignment.State.QUEUED)
    Seat.objects.filter(pk=next(free).pk).update(state=Seat.State.DONE)
    Seat.objects.filter(pk=next(free).pk).update(state=Seat.State.CLOSED)
    Seat.objects.create(
        task=Task.objects.get(external_id="g"), batch=batch, ordinal=1, cause=Seat.Cause.GOLD, state="done", place=1
    )
    found = progress(batch)
    assert (found.tasks, found.done, found.open, found.queued, found.free) == (3, 1, 1, 1, 2)
    assert (found.wanted, found.missing, found.share) == (5, 4, 0.2)


def test_change_gives_another_deadline_until_the_end(batch: Batch, alice: User) -> None:
    soon = clock.now() + timedelta(days=1)
    batches.change_batch(batch=batch, deadline=soon, priority=5, by=alice)
    batch.refresh_from_db()
    assert (batch.deadline, batch.priority) == (soon, 5)
    Batch.objects.update(state=Batch.State.CANCELED)
    with pytest.raises(RuleBroken):
        batches.change_batch(batch=batch, deadline=None, priority=0, by=alice)


def titles(batch: Batch) -> list[str]:
    """What a batch waits for, in words."""
    return [wait.title for wait in waits(batch, progress(batch))]


def test_what_waits_is_said_in_words_from_nobody_to_an_expert(alice: User) -> None:
    from tasks.clearing import grant_clearance
    from tests.conftest import person
    from tests.tasks.work_samples import make_guideline

    project = create_project(name="Alone", by=alice)
    batch = fill(make_batch(project, alice), alice, row("a", domain="finance", needs_expert=True), row("b"))
    release_batch(batch=batch, by=alice)
    assert titles(batch) == ["Nobody is here to judge"]

    first, second = (add_member(project=project, user=person(n), roles=[Role.EVALUATOR], by=alice) for n in "AB")
    assert titles(batch) == ["Nobody may work yet"]

    for member in (first, second):
        change_standing(member=member, to=Standing.ACTIVE, by=alice)
    assert titles(batch) == ["Nobody is cleared for this rubric"]

    rubric = batch.rubric_version.rubric
    grant_clearance(member=first, rubric=rubric, by=alice)
    assert titles(batch) == ["More people are needed"]

    grant_clearance(member=second, rubric=rubric, by=alice)
    assert titles(batch) == []
    Seat.objects.filter(task__external_id="a", ordinal=1).update(state=Seat.State.DONE)
    assert titles(batch) == ["An expert in finance is needed"]

    make_guideline(project, alice)
    assert titles(batch) == ["More people are needed", "2 people have not confirmed the guideline"]


def test_batch_that_waits_for_nobody_says_nothing(batch: Batch, alice: User) -> None:
    fill(batch, alice)
    assert titles(batch) == ["Nobody is cleared for this rubric"]
    Batch.objects.update(state=Batch.State.PAUSED)
    batch.refresh_from_db()
    assert titles(batch) == []
