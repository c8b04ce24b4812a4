"""Flags: raised on one's own work, answered by a lead who does not judge it, told to nobody else."""

import pytest
from django.db import DatabaseError, transaction

from accounts.models import AuditEvent, Notification
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from reviews.flagging import close_flag, flag
from reviews.flagging_reads import flags_for
from reviews.models import Flag
from tasks.assigning import take_seat
from tasks.models import Assignment, Involvement
from tests.reviews.review_samples import Panel, another_lead, opened, raw
from tests.tasks.work_samples import evaluator, hand_in, make_batch

K = Flag.Kind


@pytest.fixture
def work(panel: Panel) -> Assignment:
    """A task open at eve and evan; eve's."""
    return opened(panel)[0]


def raised(work: Assignment, kind: str = K.UNSAFE, text: str = "It tells how to do harm.") -> Flag:
    return flag(assignment=work, kind=kind, text=text, by=work.member.user)


# ------------------------------------------------------------------ command


def test_a_flag_is_written_once_and_audited(work: Assignment) -> None:
    first = raised(work)
    assert raised(work) == first
    assert Flag.objects.count() == 1
    assert AuditEvent.objects.get(action="task_flagged").data == {"kind": "unsafe"}
    with pytest.raises(RuleBroken, match="flagged this already"):
        raised(work, text="Something more.")
    assert raised(work, kind=K.PERSONAL) != first


def test_a_flag_needs_a_kind_and_something_else_needs_words(work: Assignment) -> None:
    with pytest.raises(Invalid) as refused:
        raised(work, kind="boring", text="x" * 2001)
    assert [problem.field for problem in refused.value.problems] == ["kind", "text"]
    with pytest.raises(Invalid, match="few words"):
        raised(work, kind=K.OTHER, text="")
    assert raised(work, kind=K.UNRATABLE, text="").text == ""


def test_only_opened_work_of_ones_own_is_flagged(panel: Panel, work: Assignment) -> None:
    with pytest.raises(StaleState, match="somebody else"):
        flag(assignment=work, kind=K.BROKEN, by=panel.evan.user)
    batch = make_batch(panel.version, panel.admin, name="Listed", tasks=1)
    listed = take_seat(member=panel.eve, batch=batch, state="queued")
    with pytest.raises(RuleBroken, match="Open this task first"):
        raised(listed)


def test_a_submitted_task_can_still_be_flagged(work: Assignment) -> None:
    hand_in(work, raw())
    work.refresh_from_db()
    assert raised(work).state == "open"


def test_a_flag_leaves_the_work_as_it_is(work: Assignment) -> None:
    before = list(Assignment.objects.order_by("pk").values())
    raised(work)
    assert list(Assignment.objects.order_by("pk").values()) == before


def test_closing_needs_an_answer_which_reaches_the_person(panel: Panel, work: Assignment) -> None:
    found = raised(work)
    with pytest.raises(Invalid) as refused:
        close_flag(flag=found, to="open", answer=" ", by=panel.lead)
    assert [problem.field for problem in refused.value.problems] == ["to", "answer"]
    close_flag(flag=found, to="handled", answer="Taken out of the batch.", by=panel.lead)
    close_flag(flag=found, to="handled", answer="Taken out of the batch.", by=panel.lead)
    told = Notification.objects.get(kind="flag")
    assert told.user == panel.eve.user
    assert "Taken out of the batch." in told.text
    with pytest.raises(StaleState):
        close_flag(flag=found, to="dismissed", answer="Nothing is wrong with it.", by=another_lead(panel))
    assert raised(work) != found  # a new one may be raised once the first is answered


def test_who_judges_a_task_answers_no_flag_on_it_and_who_answers_does_not_judge_it(
    panel: Panel, work: Assignment
) -> None:
    found = raised(work)
    with pytest.raises(RuleBroken, match="judged this task"):
        close_flag(flag=found, to="handled", answer="It is fine.", by=panel.evan.user)
    close_flag(flag=found, to="handled", answer="It is fine.", by=panel.lead)
    assert Involvement.objects.get(task=work.task, user=panel.lead).how == "adjudicator"


def test_the_database_refuses_what_no_command_does(panel: Panel, work: Assignment) -> None:
    found = raised(work)
    bad = [
        lambda: Flag.objects.filter(pk=found.pk).update(text="Something else"),
        lambda: Flag.objects.filter(pk=found.pk).update(state="handled"),
        lambda: Flag.objects.create(
            project=panel.project, task=work.task, assignment=work, member=panel.evan, kind="broken", at=found.at
        ),
        found.delete,
    ]
    for attempt in bad:
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


# ------------------------------------------------------------------- reads


def test_leads_see_flags_of_their_projects_without_those_on_tasks_they_judged(panel: Panel, work: Assignment) -> None:
    found = raised(work)
    assert list(flags_for(panel.lead)) == [found]
    for user in (panel.admin, panel.evan.user, panel.eve.user):
        assert list(flags_for(user)) == []
    judging = evaluator(panel.project, "Juno", panel.admin, panel.version)
    lead = another_lead(panel)
    assert list(flags_for(lead)) == [found]
    Involvement.objects.create(task=work.task, user=lead, how="judge", at=found.at)
    assert list(flags_for(lead)) == []
    assert list(flags_for(judging.user)) == []


def test_flags_are_filtered_by_kind_words_and_state(panel: Panel, work: Assignment) -> None:
    unsafe, other = raised(work), raised(work, kind=K.OTHER, text="A picture is missing.")
    assert list(flags_for(panel.lead, kind="other")) == [other]
    assert list(flags_for(panel.lead, q="PICTURE")) == [other]
    assert list(flags_for(panel.lead, project="elsewhere")) == []
    close_flag(flag=unsafe, to="dismissed", answer="Checked, it is harmless.", by=panel.lead)
    assert list(flags_for(panel.lead)) == [other]
    assert list(flags_for(panel.lead, state="closed")) == [unsafe]
