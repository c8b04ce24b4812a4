"""A new rubric version in mid work: unstarted work may go with it, whoever began finishes as they began."""

import copy

import pytest
from django.urls import reverse

from accounts.models import User
from evaltool.base.errors import Invalid, StaleState
from evaltool.verify import breaches
from projects.commands import change_policy
from quality.models import GoldResult
from rubrics.commands import publish_version, save_version_draft
from rubrics.models import RubricVersion
from tasks import gold_keys
from tasks.assigning import take_seat
from tasks.batches import complete_batch
from tasks.freeing import UNOPENED, end
from tasks.models import Assignment, Batch, GoldKey, Seat
from tasks.opening import go_on, open_assignment
from tasks.reading import in_full
from tasks.reversioning import forecast, move_all, move_lists, move_to_version
from tasks.working import skip
from tests.tasks.conftest import Desk
from tests.tasks.import_samples import jsonl, upload
from tests.tasks.work_samples import CRITERIA, answers, claim, evaluator, hand_in, make_batch, make_version, run_due

pytestmark = pytest.mark.django_db
S = Assignment.State


def next_version(desk: Desk, change: str = "judgement", **accuracy: object) -> RubricVersion:
    """A second version, in which accuracy asks something else."""
    criteria = copy.deepcopy(CRITERIA)
    criteria[0] |= {"help": "Every figure and fact is right.", **accuracy}
    draft = save_version_draft(rubric=desk.version.rubric, body={"criteria": criteria}, change=change, by=desk.admin)
    return publish_version(version=draft, by=desk.admin)


def listed(desk: Desk, member, batch: Batch | None = None) -> Assignment:
    found = take_seat(member=member, batch=batch or desk.batch, state=S.QUEUED)
    assert found is not None
    return found


def move(desk: Desk, version: RubricVersion) -> list[Batch]:
    moved = move_all(version=version, by=desk.admin)
    run_due("move_unstarted_work")
    return moved


def number(assignment: Assignment) -> int:
    return Assignment.objects.select_related("rubric_version").get(pk=assignment.pk).rubric_version.number


@pytest.fixture(autouse=True)
def _sound() -> None:
    yield
    assert [b for b in breaches() if b.invariant != "no-to-do-left-lying"] == []


def test_without_a_word_batches_keep_the_version_they_were_made_with(desk: Desk) -> None:
    first = listed(desk, desk.eve)
    next_version(desk)
    run_due("move_unstarted_work")
    assert number(first) == 1
    assert number(claim(desk.evan)) == 1


def test_what_nobody_has_begun_goes_to_the_new_version(desk: Desk) -> None:
    waiting = [listed(desk, desk.eve), listed(desk, desk.eve)]
    version = next_version(desk)
    assert move(desk, version) == [desk.batch]
    assert [number(one) for one in waiting] == [2, 2]
    assert number(claim(desk.evan)) == 2
    assert claim(desk.eve).rubric_version == version


def test_open_form_finishes_under_the_version_shown_and_the_second_judge_sees_the_same(desk: Desk) -> None:
    opened = claim(desk.eve)
    move(desk, next_version(desk))
    mine = [listed(desk, desk.evan) for _ in range(4)]
    assert {one.task_id: number(one) for one in mine} == {
        one.task_id: 1 if one.task_id == opened.task_id else 2 for one in mine
    }
    assert hand_in(opened).rubric_version.number == 1


def test_list_of_a_second_judge_stays_with_the_first_who_has_begun(desk: Desk) -> None:
    opened = claim(desk.eve)
    mine = [listed(desk, desk.evan) for _ in range(4)]
    move(desk, next_version(desk))
    assert {one.task_id: number(one) for one in mine} == {
        one.task_id: 1 if one.task_id == opened.task_id else 2 for one in mine
    }


def test_two_on_lists_go_together_and_neither_is_left(desk: Desk) -> None:
    rows = [listed(desk, member) for member in (desk.eve, desk.evan) for _ in range(4)]
    move(desk, next_version(desk))
    assert {number(one) for one in rows} == {2}


def test_whoever_comes_back_to_what_they_had_open_finds_their_form(desk: Desk) -> None:
    opened = claim(desk.eve)
    end([opened], to=S.EXPIRED, reason="The reservation ended")
    move(desk, next_version(desk))
    assert number(claim(desk.evan)) in (1, 2)
    back = open_assignment(assignment=opened, by=desk.eve.user)
    assert number(back) == 1
    assert hand_in(back).rubric_version.number == 1


def test_what_ended_unopened_is_taken_up_under_the_version_of_now(desk: Desk) -> None:
    waiting = listed(desk, desk.eve)
    end([waiting], to=S.RELEASED, reason=UNOPENED)
    move(desk, next_version(desk))
    assert number(open_assignment(assignment=waiting, by=desk.eve.user)) == 2


def test_skipped_task_binds_nobody(desk: Desk) -> None:
    skip(assignment=claim(desk.eve), reason="Not mine", by=desk.eve.user)
    move(desk, next_version(desk))
    assert {number(listed(desk, desk.evan)) for _ in range(4)} == {2}


def test_assignment_read_before_the_move_is_not_opened_as_it_was(desk: Desk) -> None:
    before = in_full().get(pk=listed(desk, desk.eve).pk)
    move(desk, next_version(desk))
    with pytest.raises(StaleState):
        go_on(before)
    assert number(claim(desk.eve)) == 2


def test_forecast_says_what_the_move_then_does(desk: Desk) -> None:
    claim(desk.eve)
    hand_in(claim(desk.evan))
    listed(desk, desk.evan)
    version = next_version(desk)
    said = forecast(desk.version.rubric, version.number)
    assert (said.batches, said.begun, said.unstarted, said.numbers) == (1, 1, 3, [1])
    move(desk, version)
    assert number(listed(desk, desk.eve)) == 2
    after = forecast(desk.version.rubric, version.number)
    assert (after.batches, after.unstarted) == (0, 0)


def test_moving_twice_is_moving_once(desk: Desk) -> None:
    version = next_version(desk)
    assert move(desk, version) == [desk.batch]
    assert move(desk, version) == []
    assert move_lists(version.pk) == 0
    assert desk.batch.seats.exclude(state=Seat.State.FREE).count() == 0


def test_batches_at_their_end_and_those_with_a_file_on_its_way_stay(desk: Desk) -> None:
    done = make_batch(desk.version, desk.admin, name="Done", tasks=1, overlap=1)
    while found := take_seat(member=desk.eve, batch=done):
        hand_in(found)
    complete_batch(batch=done, by=desk.admin)
    filling = make_batch(desk.version, desk.admin, name="Filling", tasks=1)
    upload(filling, jsonl({"id": "late", "prompt": "?", "responses": ["a", "b"]}), desk.admin)
    version = next_version(desk)
    assert forecast(desk.version.rubric, version.number).waiting == ["Filling"]
    assert move(desk, version) == [desk.batch]
    assert {b.name: b.rubric_version.number for b in Batch.objects.select_related("rubric_version")} == {
        "Batch 1": 2, "Done": 1, "Filling": 1,
    }  # fmt: skip


def test_draft_and_versions_of_another_rubric_are_refused(desk: Desk, alice: User) -> None:
    draft = save_version_draft(rubric=desk.version.rubric, body={"criteria": CRITERIA}, by=alice)
    with pytest.raises(Invalid, match="published"):
        move_to_version(batches=[desk.batch], version=draft, by=alice)
    other = make_version(desk.project, alice, name="Another")
    with pytest.raises(Invalid, match="another rubric"):
        move_to_version(batches=[desk.batch], version=other, by=alice)


# Gold


@pytest.mark.parametrize(
    ("change", "accuracy", "status"),
    [("judgement", {}, "suspect"), ("wording", {}, "active"), ("judgement", {"help": CRITERIA[0]["help"]}, "active")],
)
def test_gold_key_goes_along_where_its_answers_are_still_right(desk: Desk, change, accuracy, status) -> None:
    keyed = make_batch(desk.version, desk.admin, name="Keyed", tasks=1, gold_tasks=2)
    version = next_version(desk, change, **accuracy)
    assert forecast(desk.version.rubric, version.number).keys == 2
    move(desk, version)
    assert {key.status for key in GoldKey.objects.filter(task__batch=keyed)} == {status}
    assert gold_keys.bank_size(version.pk) == (2 if status == "active" else 0)


def test_gold_key_that_does_not_fit_is_set_aside_and_cannot_be_used_until_it_does(desk: Desk) -> None:
    make_batch(desk.version, desk.admin, name="Keyed", tasks=1, gold_tasks=1)
    version = next_version(desk, "wording", config={"levels": CRITERIA[0]["config"]["levels"][:2]})
    move(desk, version)
    key = GoldKey.objects.select_related("task__batch", "task__project").get()
    assert key.status == GoldKey.Status.SUSPECT
    with pytest.raises(Invalid, match="accuracy"):
        gold_keys.set_status(key=key, to=GoldKey.Status.ACTIVE, by=desk.admin)
    assert list(gold_keys.stale_keys(version.rubric, version.number)) == [key]


def test_gold_on_a_list_goes_with_the_rest_of_the_list(desk: Desk) -> None:
    change_policy(project=desk.project, by=desk.admin, gold_share=0.5, gold_first_count=10, gold_first_tasks=10)
    mixed = make_batch(desk.version, desk.admin, name="Mixed", tasks=3, gold_tasks=3)
    new = evaluator(desk.project, "Noor", desk.admin, desk.version)
    rows = [listed(desk, new, mixed) for _ in range(2)]
    assert {row.seat.cause for row in rows} == {Seat.Cause.GOLD}
    move(desk, next_version(desk))
    assert {number(row) for row in rows} == {2}
    assert hand_in(claim(new), answers()).rubric_version.number == 2


def test_suspected_key_scores_nothing_for_whoever_had_it_open(desk: Desk) -> None:
    change_policy(project=desk.project, by=desk.admin, gold_share=0.5, gold_first_count=10, gold_first_tasks=10)
    mixed = make_batch(desk.version, desk.admin, name="Mixed", tasks=3, gold_tasks=3)
    new = evaluator(desk.project, "Noor", desk.admin, desk.version)
    opened = take_seat(member=new, batch=mixed)
    move(desk, next_version(desk))
    hand_in(opened, answers(accuracy=1))
    run_due("score_gold")
    assert GoldResult.objects.get(member=new).correct is None


@pytest.mark.parametrize(("change", "correct"), [("judgement", None), ("wording", False)])
def test_key_that_stayed_behind_scores_only_what_is_judged_alike(desk: Desk, change, correct) -> None:
    change_policy(project=desk.project, by=desk.admin, gold_share=0.5, gold_first_count=10, gold_first_tasks=10)
    keyed = make_batch(desk.version, desk.admin, name="Keyed", tasks=1, gold_tasks=2)
    new = evaluator(desk.project, "Noor", desk.admin, desk.version)
    gold = listed(desk, new)
    assert gold.task.batch == keyed
    upload(keyed, jsonl({"id": "late", "prompt": "?", "responses": ["a", "b"]}), desk.admin)
    move(desk, next_version(desk, change))
    assert number(gold) == 2
    assert Batch.objects.get(pk=keyed.pk).rubric_version == desk.version
    hand_in(open_assignment(assignment=gold, by=new.user), answers(accuracy=1))
    run_due("score_gold")
    assert GoldResult.objects.get(member=new).correct is correct


def test_page_of_a_key_that_does_not_fit_can_be_read_and_says_why_it_is_not_used_again(desk: Desk, client) -> None:
    make_batch(desk.version, desk.admin, name="Keyed", tasks=1, gold_tasks=1)
    criteria = [{**one, "key": f"{one['key']}-2"} for one in CRITERIA]
    draft = save_version_draft(rubric=desk.version.rubric, body={"criteria": criteria}, by=desk.admin)
    move(desk, publish_version(version=draft, by=desk.admin))
    key = GoldKey.objects.select_related("task").get()
    client.force_login(desk.admin)
    where = reverse("quality:gold_item", args=[desk.project.slug, key.task.public_id])
    assert client.get(where).status_code == 200
    assert client.get(reverse("quality:gold", args=[desk.project.slug])).status_code == 200
    page = client.post(f"{where}status/", {"to": "active", "seen": "suspect"})
    assert page.status_code == 422
    assert "accuracy" in page.content.decode()
    key.refresh_from_db()
    assert key.status == GoldKey.Status.SUSPECT
