"""Handing in: once, whole, never lost, whatever the network and the person do."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from evaltool.base.clock import held_at
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from evaltool.base.models import ToDo
from projects.commands import change_policy, change_standing
from projects.models import Standing
from rubrics.commands import publish_version, save_version_draft
from tasks.assigning import release_work, take_seat
from tasks.models import Answer, Assignment, Draft, Seat, Submission, WorkSpan
from tasks.opening import open_assignment
from tasks.submitting import TextKept, submit, undo
from tasks.working import expire_leases, give_back, heartbeat, save_draft, skip
from tests.tasks.conftest import Desk
from tests.tasks.work_samples import CRITERIA, WHY, answers, claim, evaluator, hand_in


def later(**by: float):
    """Hold the clock that much from now."""
    return held_at(timezone.now() + timedelta(**by))


def test_a_submission_holds_answers_versions_and_time(desk: Desk) -> None:
    taken = claim(desk.eve)
    sent = hand_in(taken, answers(accuracy=2, tone=5))
    assert (sent.revision, sent.supersedes, sent.task_id) == (1, None, taken.task_id)
    assert sent.rubric_version == desk.version
    assert sent.guideline_version_id == taken.guideline_version_id
    given = {(a.criterion.key, a.target): a.value for a in sent.answers.select_related("criterion")}
    assert given == {("accuracy", "r1"): 2, ("accuracy", "r2"): 2, ("tone", "r1"): 5, ("tone", "r2"): 5}
    assert sent.answers.filter(criterion__key="accuracy", rationale=WHY).count() == 2
    taken.refresh_from_db()
    assert (taken.state, taken.ended_at, taken.lease_until) == (Assignment.State.SUBMITTED, sent.at, None)
    assert Seat.objects.get(pk=taken.seat_id).state == Seat.State.DONE


def test_every_submission_asks_for_the_same_to_dos(desk: Desk) -> None:
    sent = hand_in(claim(desk.eve))
    wanted = ToDo.objects.filter(kind__in=["settle_task", "score_gold"]).values_list("kind", "object_id")
    assert set(wanted) == {("settle_task", sent.task_id), ("score_gold", sent.pk)}


def test_the_same_content_again_gives_the_same_submission(desk: Desk) -> None:
    taken = claim(desk.eve)
    first = hand_in(taken)
    assert hand_in(taken) == first
    assert hand_in(taken, dict(reversed(answers().items()))) == first
    assert Submission.objects.count() == 1


def test_other_content_under_the_same_receipt_is_refused_and_kept(desk: Desk) -> None:
    taken = claim(desk.eve)
    first = hand_in(taken)
    with pytest.raises(TextKept) as refused:
        hand_in(taken, answers(tone=1))
    assert refused.value.code == "already_submitted"
    assert list(Submission.objects.all()) == [first]
    assert Draft.objects.get(assignment=taken).data == answers(tone=1)
    assert hand_in(taken) == first


def test_an_invalid_answer_is_refused_with_every_problem_and_nothing_changes(desk: Desk) -> None:
    taken = claim(desk.eve)
    raw = answers(tone=9, responses=["r1"])
    raw["style"] = {"": {"value": 1}}
    with pytest.raises(Invalid) as refused:
        hand_in(taken, raw)
    assert {p.field for p in refused.value.problems} == {"tone.r1", "tone.r2", "accuracy.r2", "style"}
    taken.refresh_from_db()
    assert taken.state == Assignment.State.OPEN
    assert not Submission.objects.exists()


def test_a_reason_that_is_owed_has_to_be_as_long_as_the_policy_says(desk: Desk) -> None:
    taken = claim(desk.eve)
    with pytest.raises(Invalid):
        hand_in(taken, answers(accuracy=1, why="Wrong."))
    change_policy(project=desk.project, by=desk.admin, rationale_characters=5, rationale_words=1)
    assert hand_in(taken, answers(accuracy=1, why="Wrong."))


def test_answers_are_checked_against_the_version_the_person_saw(desk: Desk) -> None:
    taken = claim(desk.eve)
    body = {"criteria": CRITERIA[:1]}
    publish_version(version=save_version_draft(rubric=desk.version.rubric, body=body, by=desk.admin), by=desk.admin)
    assert hand_in(taken).rubric_version == desk.version


def test_somebody_elses_task_cannot_be_submitted(desk: Desk) -> None:
    taken = claim(desk.eve)
    with pytest.raises(StaleState):
        submit(assignment=taken, raw=answers(), by=desk.evan.user)
    assert not Submission.objects.exists()


def test_a_queued_task_has_to_be_opened_first(desk: Desk) -> None:
    listed = take_seat(member=desk.eve, batch=desk.batch, state=Assignment.State.QUEUED)
    with pytest.raises(TextKept) as refused:
        hand_in(listed)
    assert refused.value.code == "not_open"
    assert Draft.objects.get(assignment=listed).data == answers()


def test_an_ended_reservation_is_no_loss_while_the_seat_is_free(desk: Desk) -> None:
    taken = claim(desk.eve)
    with later(hours=2):
        assert expire_leases() == 1
        taken.refresh_from_db()
        assert taken.state == Assignment.State.EXPIRED
        sent = hand_in(taken)
    assert Seat.objects.get(pk=sent.assignment.seat_id).state == Seat.State.DONE


def test_an_ended_reservation_that_nobody_swept_is_no_loss(desk: Desk) -> None:
    taken = claim(desk.eve)
    with later(hours=2):
        assert hand_in(taken).revision == 1


def test_a_submission_after_the_seats_are_gone_is_kept_as_a_late_draft(desk: Desk) -> None:
    taken = claim(desk.eve)
    third = evaluator(desk.project, "Lara", desk.admin, desk.version)
    with later(hours=2):
        expire_leases()
        for member in (desk.evan, third):
            while found := claim(member):
                hand_in(found)
        with pytest.raises(TextKept) as refused:
            hand_in(taken)
    assert refused.value.code == "expired_seat_taken"
    kept = Draft.objects.get(assignment=taken)
    assert (kept.late, kept.data) == (True, answers())
    taken.refresh_from_db()
    assert taken.state == Assignment.State.EXPIRED
    assert Submission.objects.filter(task=taken.task).count() == 2


def test_another_free_seat_of_the_task_will_do(desk: Desk) -> None:
    taken = claim(desk.eve)
    third = evaluator(desk.project, "Lara", desk.admin, desk.version)
    with later(hours=2):
        expire_leases()
        while found := claim(third):
            if found.task_id == taken.task_id:
                break
            hand_in(found)
        hand_in(found)
        hand_in(taken)
    seats = Seat.objects.filter(task=taken.task)
    assert [seat.state for seat in seats] == [Seat.State.DONE] * 2
    assert len(set(Assignment.objects.filter(task=taken.task).values_list("seat", flat=True))) == 2


def test_skipped_and_given_back_tasks_answer_plainly_and_keep_the_text(desk: Desk) -> None:
    skipped = claim(desk.eve)
    skip(assignment=skipped, reason="Not my field", by=desk.eve.user)
    with pytest.raises(TextKept) as refused:
        hand_in(skipped)
    assert refused.value.code == "ended"
    assert Draft.objects.get(assignment=skipped).data == answers()
    returned = claim(desk.eve)
    give_back(assignment=returned, by=desk.eve.user)
    assert hand_in(returned).revision == 1  # changed their mind in time: the seat was free still


@pytest.mark.parametrize("released", [True, False])
def test_a_paused_evaluator_keeps_the_text_and_hands_in_nothing(desk: Desk, released: bool) -> None:
    taken = claim(desk.eve)
    save_draft(assignment=taken, data=answers(tone=1), revision=0, by=desk.eve.user)
    change_standing(member=desk.eve, to=Standing.PAUSED, reason="A look at your work.", by=desk.admin)
    if released:
        assert release_work(member=desk.eve, reason="Paused", by=desk.admin) == 1
    with pytest.raises(TextKept) as refused:
        hand_in(taken)
    assert refused.value.code == "paused"
    assert not Submission.objects.exists()
    assert Draft.objects.get(assignment=taken).data == answers()
    change_standing(member=desk.eve, to=Standing.ACTIVE, by=desk.admin)
    assert claim(desk.eve) == taken
    assert hand_in(taken).revision == 1


def test_the_sweep_ends_work_of_people_who_may_not_go_on(desk: Desk) -> None:
    taken = claim(desk.eve)
    change_standing(member=desk.eve, to=Standing.PAUSED, reason="A look at your work.", by=desk.admin)
    assert expire_leases() == 1
    taken.refresh_from_db()
    assert taken.state == Assignment.State.RELEASED
    assert Seat.objects.get(pk=taken.seat_id).state == Seat.State.FREE


# ------------------------------------------------------------------ changing


def test_a_change_in_time_is_a_new_revision_that_supersedes(desk: Desk) -> None:
    taken = claim(desk.eve)
    first = hand_in(taken)
    draft = undo(assignment=taken, by=desk.eve.user)
    assert draft.data["tone"]["r1"]["value"] == 3
    second = hand_in(taken, answers(tone=5), revision=2)
    assert (second.revision, second.supersedes) == (2, first)
    assert list(Submission.objects.current()) == [second]
    assert first.answers.count() == 4
    assert hand_in(taken, answers(tone=5), revision=2) == second
    assert hand_in(taken) == first


def test_a_change_counts_whatever_others_do_meanwhile(desk: Desk) -> None:
    taken = claim(desk.eve)
    hand_in(taken)
    while (other := claim(desk.evan)).task_id != taken.task_id:
        hand_in(other)
    hand_in(other, answers(tone=1))
    assert hand_in(taken, answers(tone=1), revision=2).revision == 2


def test_after_its_time_a_submission_stays_as_it_is(desk: Desk) -> None:
    taken = claim(desk.eve)
    hand_in(taken)
    with later(seconds=31):
        with pytest.raises(TextKept) as refused:
            hand_in(taken, answers(tone=5), revision=2)
        assert refused.value.code == "too_late"
        assert Submission.objects.count() == 1
        assert Draft.objects.get(assignment=taken).late


def test_what_was_undone_in_time_may_be_finished_within_a_reservation(desk: Desk) -> None:
    taken = claim(desk.eve)
    hand_in(taken)
    undo(assignment=taken, by=desk.eve.user)
    with later(minutes=20):
        save_draft(assignment=taken, data=answers(tone=1), revision=1, by=desk.eve.user)
        assert hand_in(taken, answers(tone=1), revision=2).revision == 2
    other = claim(desk.eve)
    hand_in(other)
    undo(assignment=other, by=desk.eve.user)
    with later(hours=3), pytest.raises(TextKept):
        hand_in(other, answers(tone=1), revision=2)


def test_revisions_come_in_order(desk: Desk) -> None:
    taken = claim(desk.eve)
    with pytest.raises(TextKept):
        hand_in(taken, revision=2)
    hand_in(taken)
    with pytest.raises(TextKept):
        hand_in(taken, answers(tone=1), revision=3)
    assert Submission.objects.count() == 1


# ---------------------------------------------------------------------- time


def test_claimed_time_is_bounded_by_the_clock_and_the_idle_cut_off(desk: Desk) -> None:
    taken = claim(desk.eve)
    with later(seconds=90):
        heartbeat(assignment=taken, seconds=9_999 * 60, by=desk.eve.user)
        taken.refresh_from_db()
        assert 88 <= taken.active_seconds <= 91
        heartbeat(assignment=taken, seconds=60, by=desk.eve.user)  # the same minute again
        taken.refresh_from_db()
        assert 88 <= taken.active_seconds <= 91
    with later(minutes=60):
        heartbeat(assignment=taken, seconds=3000, by=desk.eve.user)
        sent = hand_in(taken, active_seconds=-50)
    assert 88 + 300 <= sent.active_seconds <= 91 + 300
    spans = [(s.ended_at - s.started_at).total_seconds() for s in WorkSpan.objects.filter(assignment=taken)]
    assert sum(spans) == sent.active_seconds


def test_only_one_open_task_counts_at_a_time(desk: Desk) -> None:
    first = claim(desk.eve)
    second = take_seat(member=desk.eve, batch=desk.batch, state=Assignment.State.QUEUED)
    open_assignment(assignment=second, by=desk.eve.user)
    with later(seconds=60):
        heartbeat(assignment=first, seconds=60, by=desk.eve.user)
    with later(seconds=70):
        heartbeat(assignment=second, seconds=60, by=desk.eve.user)
    second.refresh_from_db()
    assert 9 <= second.active_seconds <= 11


def test_the_last_seconds_are_counted_with_the_submission(desk: Desk) -> None:
    taken = claim(desk.eve)
    with later(seconds=40):
        assert hand_in(taken, active_seconds=25).active_seconds == 25


def test_a_heartbeat_renews_the_reservation_and_an_ended_one_is_refused(desk: Desk) -> None:
    taken = claim(desk.eve)
    with later(minutes=80):
        beaten = heartbeat(assignment=taken, seconds=10, by=desk.eve.user)
        assert beaten.lease_until - timezone.now() > timedelta(minutes=168)
    with later(minutes=100):
        assert expire_leases() == 0
    with later(minutes=200):
        assert expire_leases() == 1
        with pytest.raises(RuleBroken) as refused:
            heartbeat(assignment=taken, seconds=10, by=desk.eve.user)
    assert refused.value.code == "ended"


# ------------------------------------------------------- what the schema refuses


def test_submissions_and_answers_are_never_changed(desk: Desk) -> None:
    sent = hand_in(claim(desk.eve))
    for rows, change in ((Submission.objects.all(), {"active_seconds": 9}), (Answer.objects.all(), {"value": 1})):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM tasks_submission WHERE id = %s", [sent.pk])
