"""Adjudication: one lead at a time, every point decided, each judge told, and nobody settles their own work."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Model

from accounts.models import AuditEvent, Notification, User
from evaltool.base import clock
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from reviews.adjudicating import Decision, JudgementsChanged, hand_back, hold
from reviews.models import Adjudication, Consensus, ConsensusValue, Disagreement, Feedback, Ruling
from tasks.models import Involvement
from tests.reviews.review_samples import (
    Panel,
    another_lead,
    disputed,
    opened,
    own,
    raw,
    resolve,
    settle,
    submission_of,
    values_of,
)
from tests.reviews.threads import at_once
from tests.tasks.work_samples import hand_in

LATER = timedelta(minutes=46)
ACCURACY = "accuracy"


def adopt(disagreement: Disagreement, judge, criterion: str = "safety") -> Decision:
    return Decision(criterion, "r1", adopt=submission_of(disagreement, judge))


def problems(error: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [problem.field for problem in error.value.problems]


# ----------------------------------------------------------------- what is written


def test_adopting_a_judgement_or_writing_a_value_settles_the_task(panel: Panel) -> None:
    found = disputed(
        panel, raw(safety=5, tone=1, flags=("figure",)), raw(safety=2, tone=4, flags=("source",), advice="Ask.")
    )
    done = resolve(found, panel.lead, adopt(found, panel.evan), own(3, "tone"), own(["caveat"], "flags"))
    found.refresh_from_db()
    assert (found.state, found.held_by, found.closed_at is not None) == ("resolved", None, True)
    consensus = Consensus.objects.standing().get(task=found.task)
    assert (consensus.method, consensus.adjudication, consensus.submissions.count()) == ("adjudication", done, 2)
    assert values_of(consensus) == {
        ("safety", "r1"): 2,
        ("tone", "r1"): 3,
        ("flags", "r1"): ["caveat"],
        ("advice", ""): "Ask.",  # agreed, so it stands without a ruling
    }
    ruled = {ruling.criterion.key: ruling.adopted for ruling in Ruling.objects.select_related("criterion")}
    assert ruled == {"safety": submission_of(found, panel.evan), "tone": None, "flags": None}


def test_a_point_the_judges_agree_on_may_be_decided_otherwise(panel: Panel) -> None:
    found = disputed(panel)
    resolve(found, panel.lead, own(2), own(1, "tone"))
    assert values_of(Consensus.objects.standing().get(task=found.task))["tone", "r1"] == 1


def test_a_lead_may_decide_that_a_criterion_does_not_apply(panel: Panel) -> None:
    found = disputed(panel, raw(tone=1), raw(tone=4))
    resolve(found, panel.lead, Decision("tone", "r1", value={"na": True}))
    assert values_of(Consensus.objects.standing().get(task=found.task))["tone", "r1"] == {"na": True}


def test_the_decision_supersedes_a_consensus_that_fell_into_dispute(panel: Panel) -> None:
    first, second = opened(panel)
    hand_in(first, raw(safety=4))
    hand_in(second, raw(safety=4))
    settle()
    hand_in(second, raw(safety=1), revision=2)
    settle()
    resolve(Disagreement.objects.get(task=first.task), panel.lead, own(1))
    consensus = Consensus.objects.standing().get(task=first.task)
    assert (consensus.number, consensus.supersedes.method) == (2, "agreement")


def test_what_was_adjudicated_stays_when_a_judge_changes_their_mind(panel: Panel) -> None:
    first, second = opened(panel)
    hand_in(first, raw(safety=5))
    hand_in(second, raw(safety=2))
    settle()
    resolve(Disagreement.objects.get(task=first.task), panel.lead, own(2))
    hand_in(first, raw(safety=4), revision=2)
    settle()
    assert Consensus.objects.filter(task=first.task).count() == 1
    assert not Disagreement.objects.filter(state="open").exists()


def test_each_judge_is_told_what_became_of_their_own_answers_and_nothing_else(panel: Panel) -> None:
    found = disputed(panel, raw(safety=5, tone=3), raw(safety=2, tone=3))
    to_eve = {submission_of(found, panel.eve): "  Check the figure first.  "}
    resolve(found, panel.lead, own(2, note="Level 2 by section 1."), section=ACCURACY, feedback=to_eve)
    eves, evans = (Feedback.objects.get(member=member) for member in panel.judges)
    assert (eves.text, evans.text) == ("Check the figure first.", "")
    change = {"criterion": "safety", "target": "r1", "yours": 5, "decided": 2, "note": "Level 2 by section 1."}
    assert (eves.changes, evans.changes) == ([change], [])
    assert {one.read_at for one in (eves, evans)} == {None}
    for feedback in (eves, evans):
        message = Notification.objects.get(user=feedback.member.user, kind="feedback")
        assert message.url == f"/work/feedback/{feedback.public_id}/"


def test_the_record_of_decisions_holds_no_texts(panel: Panel) -> None:
    done = resolve(disputed(panel), panel.lead)
    event = AuditEvent.objects.get(action="adjudicate")
    assert (event.actor, event.target, event.scope) == (panel.lead, done.public_id, panel.project.public_id)
    assert event.data == {"cause": "evaluator_error", "rulings": 1}


# ------------------------------------------------------------------ what is refused


def test_every_point_in_dispute_needs_a_decision_and_all_that_is_missing_is_named(panel: Panel) -> None:
    found = disputed(panel, raw(safety=5, tone=1), raw(safety=2, tone=4))
    with pytest.raises(Invalid) as error:
        resolve(found, panel.lead, own(3, "flags"), note="No.", cause="")
    assert sorted(problems(error)) == ["cause", "flags.r1", "note", "safety.r1", "tone.r1"]
    assert not Adjudication.objects.exists()


@pytest.mark.parametrize(
    ("decision", "field"),
    [
        (own(9), "safety.r1"),
        (own(None), "safety.r1"),
        (Decision("safety", "r1", value={"na": True}), "safety.r1"),
        (own(2, note="x" * 4001), "safety.r1"),
    ],
    ids=["off the scale", "empty", "N/A not allowed", "note too long"],
)
def test_a_value_that_does_not_fit_is_refused_by_name(panel: Panel, decision: Decision, field: str) -> None:
    with pytest.raises(Invalid) as error:
        resolve(disputed(panel), panel.lead, decision)
    assert problems(error) == [field]


def test_a_judgement_without_an_answer_there_cannot_be_adopted(panel: Panel) -> None:
    found = disputed(panel, raw(safety=5, advice="Ask."), raw(safety=2))
    empty = Decision("advice", "", adopt=submission_of(found, panel.evan))
    with pytest.raises(Invalid) as error:
        resolve(found, panel.lead, own(2), empty)
    assert problems(error) == ["advice"]


def test_a_judgement_of_another_task_is_neither_adopted_nor_answered(panel: Panel) -> None:
    found, foreign = disputed(panel), submission_of(disputed(panel), panel.eve)
    with pytest.raises(Invalid) as error:
        resolve(found, panel.lead, Decision("safety", "r1", adopt=foreign), feedback={foreign: "Well done."})
    assert sorted(problems(error)) == ["feedback", "safety.r1"]


@pytest.mark.parametrize("key", ["colour", "safety"])
def test_a_criterion_is_decided_once_and_has_to_exist(panel: Panel, key: str) -> None:
    with pytest.raises(Invalid) as error:
        resolve(disputed(panel), panel.lead, own(2), own(3, key))
    assert problems(error) == [f"{key}.r1"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"section": "9-nowhere"}, "section"),
        ({"note": "Not a text \x00 at all."}, "note"),
        ({"note": "x" * 4001}, "note"),
    ],
    ids=["unknown section", "NUL", "too long"],
)
def test_words_that_do_not_fit_are_refused_by_name(panel: Panel, changes: dict, field: str) -> None:
    with pytest.raises(Invalid) as error:
        resolve(disputed(panel), panel.lead, **changes)
    assert problems(error) == [field]


def test_a_decision_made_on_a_judgement_that_changed_is_not_taken(panel: Panel) -> None:
    first, second = opened(panel)
    hand_in(first, raw(safety=5))
    hand_in(second, raw(safety=2))
    settle()
    found = Disagreement.objects.get(task=first.task)
    seen = [submission_of(found, judge).public_id for judge in panel.judges]
    hand_in(second, raw(safety=1), revision=2)
    with pytest.raises(JudgementsChanged):
        resolve(found, panel.lead, own(2), seen=seen)
    assert not Adjudication.objects.exists()


def test_a_disagreement_that_dissolved_cannot_be_decided(panel: Panel) -> None:
    first, second = opened(panel)
    hand_in(first, raw(safety=5))
    hand_in(second, raw(safety=2))
    settle()
    found = Disagreement.objects.get(task=first.task)
    hand_in(second, raw(safety=5), revision=2)
    settle()
    with pytest.raises(StaleState, match="agree now"):
        resolve(found, panel.lead)


# ------------------------------------------------------------- once, by one lead


def test_sending_the_decision_again_gives_the_first_result(panel: Panel) -> None:
    found = disputed(panel)
    first = resolve(found, panel.lead, own(2))
    assert resolve(found, panel.lead, own(3)) == first
    assert (Consensus.objects.count(), Feedback.objects.count()) == (1, 2)


def test_a_second_lead_is_told_that_somebody_was_first(panel: Panel) -> None:
    found = disputed(panel)
    resolve(found, panel.lead)
    with pytest.raises(StaleState, match="Another QA lead resolved this"):
        resolve(found, another_lead(panel))


def test_a_reservation_keeps_other_leads_out_until_it_ends(panel: Panel) -> None:
    found, rosa = disputed(panel), another_lead(panel)
    hold(disagreement=found, by=panel.lead)
    for refused in (lambda: hold(disagreement=found, by=rosa), lambda: resolve(found, rosa)):
        with pytest.raises(StaleState, match="has this open"):
            refused()
    with clock.held_at(clock.now() + LATER):
        assert hold(disagreement=found, by=rosa).held_by == rosa
        with pytest.raises(StaleState, match="has this open"):
            resolve(found, panel.lead)


def test_who_comes_back_late_may_still_decide_when_nobody_took_it(panel: Panel) -> None:
    found = hold(disagreement=disputed(panel), by=panel.lead)
    with clock.held_at(clock.now() + LATER):
        resolve(found, panel.lead)
    assert Adjudication.objects.get().adjudicator == panel.lead


def test_a_reservation_is_renewed_by_its_holder_and_can_be_handed_back(panel: Panel) -> None:
    found, rosa = hold(disagreement=disputed(panel), by=panel.lead), another_lead(panel)
    first = found.held_until
    assert hold(disagreement=found, by=panel.lead).held_until > first
    hand_back(disagreement=found, by=rosa)  # not hers: nothing happens
    with pytest.raises(StaleState):
        hold(disagreement=found, by=rosa)
    hand_back(disagreement=found, by=panel.lead)
    assert hold(disagreement=found, by=rosa).held_by == rosa


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_once_cannot_both_reserve_or_both_decide(panel: Panel) -> None:
    found, rosa = disputed(panel), another_lead(panel)
    raised = at_once(*[lambda by=by: hold(disagreement=fresh(found), by=by) for by in (panel.lead, rosa)])
    assert [type(error) for error in raised] == [StaleState]
    hand_back(disagreement=found, by=Disagreement.objects.get().held_by)
    raised = at_once(*[lambda by=by: resolve(fresh(found), by) for by in (panel.lead, rosa)])
    assert [type(error) for error in raised] == [StaleState]
    assert (Adjudication.objects.count(), Consensus.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_one_lead_clicking_twice_at_once_decides_once(panel: Panel) -> None:
    found = disputed(panel)
    assert at_once(*[lambda: resolve(fresh(found), panel.lead)] * 4) == []
    assert (Adjudication.objects.count(), Feedback.objects.count()) == (1, 2)


def fresh(disagreement: Disagreement) -> Disagreement:
    return Disagreement.objects.get(pk=disagreement.pk)


# ---------------------------------------------------------------- own work


@pytest.fixture
def own_work(panel: Panel) -> tuple[Disagreement, User]:
    return disputed(panel), panel.eve.user


def test_nobody_reserves_or_settles_a_task_they_judged(own_work: tuple[Disagreement, User]) -> None:
    found, eve = own_work
    for refused in (lambda: hold(disagreement=found, by=eve), lambda: resolve(found, eve)):
        with pytest.raises(RuleBroken) as error:
            refused()
        assert error.value.code == "own_work"
    found.refresh_from_db()
    assert (found.state, found.held_by) == ("open", None)


def test_the_database_refuses_an_adjudication_by_a_judge(own_work: tuple[Disagreement, User]) -> None:
    found, eve = own_work
    values = {"note": "Because.", "cause": "rubric_gap", "at": clock.now()}
    with pytest.raises(IntegrityError, match="nobody adjudicates a task they judged"), transaction.atomic():
        Adjudication.objects.create(disagreement=found, task=found.task, adjudicator=eve, **values)


def test_the_database_refuses_to_make_an_adjudicator_a_judge_or_a_judge_an_adjudicator(panel: Panel) -> None:
    found = hold(disagreement=disputed(panel), by=panel.lead)
    for user, how in ((panel.lead, "judge"), (panel.eve.user, "adjudicator")):
        with pytest.raises(IntegrityError, match="nobody_judges_twice"), transaction.atomic():
            Involvement.objects.create(task=found.task, user=user, how=how, at=clock.now())


@pytest.mark.parametrize("model", [Adjudication, Consensus, ConsensusValue, Ruling])
def test_the_database_refuses_to_change_what_was_decided(panel: Panel, model: type[Model]) -> None:
    resolve(disputed(panel), panel.lead)
    with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
        model.objects.update(id=F("id"))
