"""Settled work is put back: judged anew by others under the newer version, with everything of before kept."""

import copy

import pytest
from django.urls import reverse

from evaltool.base.errors import Invalid, RuleBroken
from evaltool.base.models import ToDo
from evaltool.verify import breaches
from exports.models import Export
from exports.rows import rows
from projects.commands import change_policy, create_api_key
from projects.models import Membership
from reviews.models import Consensus, Disagreement
from reviews.putting_back import Reason, put_back, put_back_stale, stale
from reviews.settling import settle_task
from rubrics.commands import publish_version, save_version_draft
from rubrics.models import RubricVersion
from tasks.assigning import take_seat
from tasks.batches import complete_batch
from tasks.freeing import end
from tasks.models import Assignment, Batch, Seat, Submission, Task
from tasks.opening import resumable
from tasks.reversioning import move_all
from tests.reviews.review_samples import CRITERIA, Panel, disputed, judged, opened, raw, resolve, settle, values_of
from tests.tasks.import_samples import jsonl, upload
from tests.tasks.work_samples import evaluator, hand_in, run_due

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sound() -> None:
    yield
    assert [b for b in breaches() if b.invariant != "no-to-do-left-lying"] == []


def newer(panel: Panel, change: str = "judgement") -> RubricVersion:
    criteria = copy.deepcopy(CRITERIA)
    criteria[0]["help"] = "Would you let a friend act on it?"
    draft = save_version_draft(rubric=panel.version.rubric, body={"criteria": criteria}, change=change, by=panel.admin)
    return publish_version(version=draft, by=panel.admin)


def settled(panel: Panel, *answers: dict) -> Task:
    task = judged(panel, *(answers or (raw(safety=4), raw(safety=4))))
    settle()
    return task


def others(panel: Panel, size: int = 2) -> list[Membership]:
    names = ("Noor", "Otto", "Pia", "Remy")[:size]
    return [evaluator(panel.project, name, panel.admin, panel.version) for name in names]


def judge_anew(task: Task, people: list[Membership], *answers: dict) -> None:
    batch = Batch.objects.select_related("rubric_version", "project").get(pk=task.batch_id)
    for member, given in zip(people, answers, strict=True):
        hand_in(take_seat(member=member, batch=batch), given)
    settle()


def back(panel: Panel, version: RubricVersion, **values: object) -> int:
    count = put_back(version=version, reason=Reason.RUBRIC, by=panel.admin, **values)
    run_due("put_back_stale", "move_unstarted_work")
    return count


def test_only_what_was_settled_before_judgment_changed_is_stale(panel: Panel) -> None:
    task = settled(panel)
    assert list(stale(panel.version.rubric, newer(panel, "wording").number)) == []
    version = newer(panel)
    assert [row.task for row in stale(panel.version.rubric, version.number)] == [task]
    after = newer(panel, "wording")
    assert [row.task for row in stale(panel.version.rubric, after.number)] == [task]


def test_put_back_task_is_judged_by_others_under_the_new_version_and_settled_anew(panel: Panel) -> None:
    task = settled(panel)
    old = Consensus.objects.get(task=task)
    version = newer(panel)
    assert back(panel, version) == 1
    seats = Seat.objects.filter(task=task, cause=Seat.Cause.PUT_BACK)
    assert [seat.state for seat in seats] == [Seat.State.FREE] * 2
    batch = Batch.objects.get(pk=task.batch_id)
    assert take_seat(member=panel.eve, batch=batch) is None  # she has judged it
    judge_anew(task, others(panel), raw(safety=2), raw(safety=2))
    new = Consensus.objects.current().get(task=task)
    assert (new.number, new.supersedes) == (2, old)
    assert values_of(new)["safety", "r1"] == 2
    assert values_of(old)["safety", "r1"] == 4
    assert {s.rubric_version for s in new.submissions.all()} == {version}
    assert Submission.objects.current().filter(task=task).count() == 4
    assert list(stale(panel.version.rubric, version.number)) == []


def test_old_consensus_counts_until_the_new_one_is_there(panel: Panel) -> None:
    task = settled(panel)
    old = Consensus.objects.get(task=task)
    back(panel, newer(panel))
    one, two = others(panel)
    judge_anew(task, [one], raw(safety=2))
    assert list(Consensus.objects.standing().filter(task=task)) == [old]
    judge_anew(task, [two], raw(safety=2))
    assert list(Consensus.objects.standing().filter(task=task)) != [old]


def test_adjudicated_task_is_settled_anew_once_it_was_put_back(panel: Panel) -> None:
    found = disputed(panel)
    resolve(found, panel.lead)
    version = newer(panel)
    assert back(panel, version) == 1
    judge_anew(found.task, others(panel), raw(safety=5), raw(safety=1))
    again = Disagreement.objects.open().get(task=found.task)
    assert {s.rubric_version for s in again.submissions.all()} == {version}


def test_one_more_judgment_after_putting_back_is_of_the_same_round(panel: Panel) -> None:
    change_policy(project=panel.project, by=panel.admin, dynamic_overlap=True, max_overlap=3)
    task = settled(panel)
    version = newer(panel)
    back(panel, version)
    people = others(panel, 3)
    judge_anew(task, people[:2], raw(safety=5), raw(safety=1))
    extra = Seat.objects.get(task=task, cause=Seat.Cause.EXTRA)
    assert extra.ordinal > Seat.objects.filter(task=task, cause=Seat.Cause.PUT_BACK).first().ordinal
    judge_anew(task, people[2:], raw(safety=5))
    assert Disagreement.objects.open().get(task=task).submissions.count() == 3


def test_putting_back_twice_is_once(panel: Panel) -> None:
    settled(panel)
    version = newer(panel)
    assert [back(panel, version), back(panel, version)] == [1, 0]
    assert put_back_stale(version.pk) == 0
    assert Seat.objects.filter(cause=Seat.Cause.PUT_BACK).count() == 2


def test_task_can_be_put_back_again_by_a_later_version_and_nobody_judges_it_twice(panel: Panel) -> None:
    task = settled(panel)
    back(panel, newer(panel))
    people = others(panel, 4)
    judge_anew(task, people[:2], raw(), raw())
    version = newer(panel)
    assert back(panel, version) == 1
    batch = Batch.objects.get(pk=task.batch_id)
    assert take_seat(member=people[0], batch=batch) is None
    judge_anew(task, people[2:], raw(safety=3), raw(safety=3))
    newest = Consensus.objects.current().get(task=task)
    assert newest.number == 3
    assert {s.rubric_version for s in newest.submissions.all()} == {version}


def test_only_the_named_tasks_are_put_back(panel: Panel) -> None:
    one, two = settled(panel), settled(panel)
    assert back(panel, newer(panel), tasks=[one]) == 1
    assert set(Seat.objects.filter(cause=Seat.Cause.PUT_BACK).values_list("task", flat=True)) == {one.pk}
    assert Batch.objects.get(pk=two.batch_id).rubric_version == panel.version


def test_completed_batch_is_reopened_and_goes_to_the_version(panel: Panel) -> None:
    task = settled(panel)
    complete_batch(batch=Batch.objects.get(pk=task.batch_id), by=panel.admin)
    version = newer(panel)
    back(panel, version)
    batch = Batch.objects.get(pk=task.batch_id)
    assert (batch.state, batch.rubric_version) == (Batch.State.RELEASED, version)


def test_batch_with_a_file_on_its_way_is_named_and_nothing_is_put_back(panel: Panel) -> None:
    task = settled(panel)
    upload(Batch.objects.get(pk=task.batch_id), jsonl({"id": "x", "prompt": "?", "responses": ["a"]}), panel.admin)
    with pytest.raises(RuleBroken, match="file is on its way"):
        put_back(version=newer(panel), reason=Reason.RUBRIC, by=panel.admin)
    assert not ToDo.objects.filter(kind="put_back_stale").exists()


def test_reason_and_a_published_version_are_asked_for(panel: Panel) -> None:
    draft = save_version_draft(rubric=panel.version.rubric, body={"criteria": CRITERIA}, by=panel.admin)
    with pytest.raises(Invalid) as refused:
        put_back(version=draft, reason="because", by=panel.admin)
    assert {problem.field for problem in refused.value.problems} == {"reason", "version"}


def test_whoever_left_the_first_round_unfinished_does_not_come_into_the_next(panel: Panel) -> None:
    left = evaluator(panel.project, "Lena", panel.admin, panel.version)
    mine, theirs = opened(panel, panel.eve, left)
    end([theirs], to=Assignment.State.EXPIRED, reason="The reservation ended")
    batch = Batch.objects.select_related("rubric_version", "project").get(pk=mine.batch_id)
    for assignment in (mine, take_seat(member=panel.evan, batch=batch)):
        hand_in(assignment, raw())
    settle()
    assert back(panel, newer(panel)) == 1
    assert not resumable(left).exists()


def test_queue_shows_a_dispute_under_the_version_its_judges_saw(panel: Panel, client) -> None:
    found = disputed(panel)
    criteria = [{**one, "key": f"new-{one['key']}"} for one in CRITERIA]
    draft = save_version_draft(rubric=panel.version.rubric, body={"criteria": criteria}, by=panel.admin)
    version = publish_version(version=draft, by=panel.admin)
    move_all(version=version, by=panel.admin)
    client.force_login(panel.lead)
    page = client.get("/qa/queue/")
    assert page.status_code == 200
    assert "Safety" in page.content.decode()
    client.post(reverse("reviews:hold", args=[found.public_id]))
    html = client.get(reverse("reviews:adjudicate", args=[found.public_id])).content.decode()
    assert f"under rubric {panel.version.rubric.name} v1" in html


# The page and the API


def test_page_lists_what_is_stale_and_puts_back_what_is_ticked(panel: Panel, client) -> None:
    one, two = settled(panel), settled(panel)
    version = newer(panel)
    where = reverse("reviews:stale", args=[panel.project.slug, version.rubric.public_id, version.number])
    client.force_login(panel.admin)
    html = client.get(where).content.decode()
    assert one.external_id in html
    assert two.external_id in html
    part = client.get(where, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<section")
    answer = client.post(where, {"task": [str(one.public_id), "nonsense"], "reason": "rubric"})
    assert answer.status_code == 303
    html = client.get(where).content.decode()
    assert "1 task is being judged anew" in html
    assert one.external_id not in html
    client.post(where, {"all": "1", "reason": "rubric"})
    run_due("put_back_stale")
    assert "Nothing that is settled rests on" in client.get(where).content.decode()
    client.force_login(panel.lead)
    assert client.get(where).status_code == 404


def test_refusal_is_told_and_nothing_is_put_back(panel: Panel, client) -> None:
    settled(panel)
    version = newer(panel)
    where = reverse("reviews:stale", args=[panel.project.slug, version.rubric.public_id, version.number])
    client.force_login(panel.admin)
    page = client.post(where, {"all": "1", "reason": "because"}, follow=True)
    assert "Say why this work is judged anew." in page.content.decode()
    assert not Seat.objects.filter(cause=Seat.Cause.PUT_BACK).exists()


def test_page_of_a_draft_lists_and_cannot_put_back(panel: Panel, client) -> None:
    task = settled(panel)
    rubric = panel.version.rubric
    save_version_draft(rubric=rubric, body={"criteria": CRITERIA}, by=panel.admin)
    client.force_login(panel.admin)
    where = reverse("reviews:stale", args=[panel.project.slug, rubric.public_id, 2])
    html = client.get(where).content.decode()
    assert task.external_id in html
    assert "Put back" not in html.replace("Put back, a task", "")
    assert where in client.get(reverse("rubrics:publish", args=[panel.project.slug, rubric.public_id])).content.decode()
    client.post(where, {"all": "1", "reason": "rubric"})
    assert not Seat.objects.filter(cause=Seat.Cause.PUT_BACK).exists()


def test_list_takes_a_constant_number_of_queries(panel: Panel, client, django_assert_max_num_queries) -> None:
    for _ in range(6):
        settled(panel)
    version = newer(panel)
    client.force_login(panel.admin)
    with django_assert_max_num_queries(16):
        html = client.get(
            reverse("reviews:stale", args=[panel.project.slug, version.rubric.public_id, version.number])
        ).content.decode()
    assert html.count("data-row") == 6


def test_api_lists_and_puts_back_by_id(panel: Panel, client) -> None:
    one, _ = settled(panel), settled(panel)
    version = newer(panel)
    _, secret = create_api_key(project=panel.project, owner=panel.admin, name="k", scopes=["manage"], by=panel.admin)
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    where = reverse("api_stale_work", args=[version.public_id])
    assert len(client.get(where, **bearer).json()["results"]) == 2

    def send(data: dict) -> object:
        return client.post(where, data, content_type="application/json", **bearer)

    assert send({"reason": "no such"}).status_code in (400, 422)
    assert send({"reason": "rubric", "tasks": [one.external_id]}).json() == {"tasks": 1}
    assert send({"reason": "rubric"}).json() == {"tasks": 1}
    run_due("put_back_stale")
    assert send({"reason": "rubric"}).json() == {"tasks": 0}
    assert client.get(where, **bearer).json()["results"] == []


def test_export_says_what_is_pending_and_what_is_superseded(panel: Panel) -> None:
    task = settled(panel)
    back(panel, newer(panel))

    def exported(content: str) -> list[dict]:
        export = Export(project=panel.project, content=content, format=Export.Format.JSONL)
        return list(rows(export))

    assert [row["status"] for row in exported(Export.Content.CONSENSUS)] == ["pending"]
    assert [row["superseded"] for row in exported(Export.Content.JUDGMENTS)] == [True, True]
    judge_anew(task, others(panel), raw(safety=2), raw(safety=2))
    [settled_anew] = exported(Export.Content.CONSENSUS)
    assert (settled_anew["status"], settled_anew["rubric_version"]) == ("settled", 2)
    assert [row["superseded"] for row in exported(Export.Content.JUDGMENTS)] == [True, True, False, False]


def test_task_that_is_not_settled_anew_is_a_breach(panel: Panel) -> None:
    task = settled(panel)
    back(panel, newer(panel))
    batch = Batch.objects.select_related("rubric_version", "project").get(pk=task.batch_id)
    for member in others(panel):
        hand_in(take_seat(member=member, batch=batch), raw())
    ToDo.objects.filter(kind="settle_task").delete()
    assert [breach.row for breach in breaches() if breach.invariant == "put-back-is-settled-anew"] == [(task.pk,)]
    settle_task(task.pk)
