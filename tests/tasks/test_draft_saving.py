"""Drafts: what is typed is kept, valid or not, and nothing newer is ever overwritten."""

from datetime import timedelta

import pytest
from django.utils import timezone

from evaltool.base.clock import held_at
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from tasks.assigning import release_work, take_seat
from tasks.models import Assignment, Draft
from tasks.working import LONGEST_DRAFT, DraftStale, expire_leases, save_draft
from tests.tasks.conftest import Desk
from tests.tasks.work_samples import answers, claim, hand_in

HALF = {"tone": {"r1": {"value": "eleven", "na": False, "rationale": "un"}}}


def save(desk: Desk, assignment: Assignment, data: dict, revision: int) -> Draft:
    """Save as eve."""
    return save_draft(assignment=assignment, data=data, revision=revision, by=desk.eve.user)


def test_a_draft_is_kept_as_typed_even_when_it_would_not_do(desk: Desk) -> None:
    taken = claim(desk.eve)
    assert save(desk, taken, HALF, 0).revision == 1
    assert save(desk, taken, answers(), 1).revision == 2
    assert Draft.objects.get(assignment=taken).data == answers()


def test_a_stale_draft_is_refused_with_the_stored_one(desk: Desk) -> None:
    taken = claim(desk.eve)
    save(desk, taken, HALF, 0)
    save(desk, taken, answers(tone=1), 1)
    with pytest.raises(DraftStale) as stale:
        save(desk, taken, answers(tone=5), 1)
    assert (stale.value.draft.revision, stale.value.draft.data) == (2, answers(tone=1))
    assert Draft.objects.get(assignment=taken).data == answers(tone=1)


def test_a_first_draft_saved_elsewhere_is_not_overwritten(desk: Desk) -> None:
    taken = claim(desk.eve)
    save(desk, taken, HALF, 0)
    with pytest.raises(DraftStale):
        save(desk, taken, answers(), 0)


def test_a_save_whose_answer_was_lost_may_be_sent_again(desk: Desk) -> None:
    taken = claim(desk.eve)
    save(desk, taken, HALF, 0)
    assert save(desk, taken, HALF, 0).revision == 1
    assert save(desk, taken, answers(), 1).revision == 2
    assert save(desk, taken, answers(), 1).revision == 2


def test_the_text_of_an_ended_reservation_is_kept_and_goes_on_being_kept(desk: Desk) -> None:
    taken = claim(desk.eve)
    save(desk, taken, HALF, 0)
    with held_at(timezone.now() + timedelta(hours=2)):
        expire_leases()
        assert save(desk, taken, answers(), 1).revision == 2
        again = claim(desk.eve)
    assert again == taken
    assert again.draft.data == answers()


def test_the_text_of_somebody_who_was_paused_is_kept(desk: Desk) -> None:
    taken = claim(desk.eve)
    save(desk, taken, HALF, 0)
    release_work(member=desk.eve, reason="Paused", by=desk.admin)
    assert save(desk, taken, answers(), 1).revision == 2


def test_nothing_is_drafted_on_a_task_not_opened_or_already_submitted(desk: Desk) -> None:
    listed = take_seat(member=desk.evan, batch=desk.batch, state=Assignment.State.QUEUED)
    with pytest.raises(RuleBroken) as refused:
        save_draft(assignment=listed, data=HALF, revision=0, by=desk.evan.user)
    assert refused.value.code == "not_open"
    taken = claim(desk.eve)
    hand_in(taken)
    with pytest.raises(RuleBroken) as refused:
        save(desk, taken, HALF, 0)
    assert refused.value.code == "already_submitted"
    assert not Draft.objects.exists()


def test_nobody_writes_into_somebody_elses_draft(desk: Desk) -> None:
    taken = claim(desk.eve)
    with pytest.raises(StaleState):
        save_draft(assignment=taken, data=HALF, revision=0, by=desk.evan.user)
    assert not Draft.objects.exists()


@pytest.mark.parametrize("text", ["x" * (LONGEST_DRAFT + 1), "a\0b", "\ud800"])
def test_a_text_that_cannot_be_kept_is_refused_by_name(desk: Desk, text: str) -> None:
    taken = claim(desk.eve)
    with pytest.raises(Invalid):
        save(desk, taken, {"notes": {"": {"value": text}}}, 0)
    assert not Draft.objects.exists()
