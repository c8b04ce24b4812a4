"""Questions: asked from one's own work, answered by a lead, a thread until it is closed; what is said stays said."""

import pytest
from django.db import DatabaseError, transaction

from accounts.models import Notification
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from reviews.asking import answer, ask, close_question, reply
from reviews.asking_reads import own_questions, posts_of, questions_for, section_of
from reviews.models import Clarification, ClarificationPost
from tasks.models import Assignment, Involvement
from tests.reviews.review_samples import Panel, another_lead, opened

WHY = "Does a general warning count when the dose is wrong?"


@pytest.fixture
def work(panel: Panel) -> Assignment:
    """A task open at eve and evan; eve's."""
    return opened(panel)[0]


def asked(work: Assignment, question: str = WHY, **about: str) -> Clarification:
    return ask(member=work.member, assignment=work, question=question, by=work.member.user, **about)


def test_a_question_names_its_task_criterion_and_section(work: Assignment) -> None:
    found = asked(work, criterion="safety", section="accuracy")
    assert (found.task, found.criterion.key, found.state) == (work.task, "safety", "open")
    assert section_of(found).title == "Accuracy"
    assert asked(work, criterion="safety", section="accuracy") == found
    assert Clarification.objects.count() == 1


def test_what_a_question_names_must_exist(work: Assignment) -> None:
    for about in ({"criterion": "beauty"}, {"section": "no-such-section"}):
        with pytest.raises(Invalid) as refused:
            asked(work, **about)
        assert [problem.field for problem in refused.value.problems] == list(about)
    with pytest.raises(Invalid, match="few words"):
        asked(work, " ? ")


def test_people_ask_about_their_own_work_or_about_the_guideline_alone(panel: Panel, work: Assignment) -> None:
    with pytest.raises(RuleBroken, match="their own work"):
        ask(member=panel.evan, assignment=work, question=WHY, by=panel.evan.user)
    found = ask(member=panel.evan, section="tone", question=WHY, by=panel.evan.user)
    assert (found.task, found.assignment, section_of(found).title) == (None, None, "Tone")
    with pytest.raises(Invalid, match="no such criterion"):
        ask(member=panel.evan, criterion="safety", question=WHY, by=panel.evan.user)


def test_a_thread_waits_for_a_lead_then_for_nobody_until_it_is_closed(panel: Panel, work: Assignment) -> None:
    found = asked(work)
    answer(clarification=found, text="No: read 1 again.", by=panel.lead)
    assert found.state == "answered"
    reply(clarification=found, text="And for a child?", by=panel.eve.user)
    assert found.state == "open"
    answer(clarification=found, text="The same.", by=another_lead(panel))
    close_question(clarification=found, by=panel.eve.user)
    close_question(clarification=found, by=panel.eve.user)
    for late in (lambda: reply(clarification=found, text="One more.", by=panel.eve.user),
                 lambda: answer(clarification=found, text="One more.", by=panel.lead)):  # fmt: skip
        with pytest.raises(StaleState, match="closed"):
            late()
    assert [(post.by_lead, post.text) for post in posts_of(found)] == [
        (True, "No: read 1 again."), (False, "And for a child?"), (True, "The same."),
    ]  # fmt: skip


def test_the_same_answer_sent_twice_is_one_and_is_told_once(panel: Panel, work: Assignment) -> None:
    found = asked(work)
    one = answer(clarification=found, text="It does not count.", by=panel.lead)
    assert answer(clarification=found, text="It does not count. ", by=panel.lead) == one
    told = Notification.objects.get(kind="question")
    assert (told.user, told.url) == (panel.eve.user, f"/work/questions/{found.public_id}/")


def test_a_question_closed_by_a_lead_is_told_to_who_asked(panel: Panel, work: Assignment) -> None:
    found = asked(work)
    close_question(clarification=found, by=panel.lead)
    assert "closed your question" in Notification.objects.get(kind="question").text
    assert asked(work) != found


def test_only_the_asker_replies_and_nobody_answers_themselves(panel: Panel, work: Assignment) -> None:
    found = asked(work)
    with pytest.raises(RuleBroken, match="Only the person who asked"):
        reply(clarification=found, text="Me too.", by=panel.evan.user)
    with pytest.raises(RuleBroken, match="somebody else answers"):
        answer(clarification=found, text="Yes.", by=panel.eve.user)
    with pytest.raises(RuleBroken, match="judged this task"):
        answer(clarification=found, text="Yes, I think.", by=panel.evan.user)
    answer(clarification=found, text="It does not count.", by=panel.lead)
    assert Involvement.objects.get(task=work.task, user=panel.lead).how == "adjudicator"


def test_leads_see_what_waits_longest_first_without_tasks_they_judged(panel: Panel, work: Assignment) -> None:
    first, second = asked(work), asked(work, "Is a brand name enough?")
    assert list(questions_for(panel.lead)) == [first, second]
    answer(clarification=first, text="It does not count.", by=panel.lead)
    assert list(questions_for(panel.lead)) == [second]
    reply(clarification=first, text="And for a child?", by=panel.eve.user)
    assert list(questions_for(panel.lead)) == [second, first]
    assert list(questions_for(panel.lead, q="BRAND")) == [second]
    lead = another_lead(panel)
    Involvement.objects.create(task=work.task, user=lead, how="judge", at=first.at)
    assert list(questions_for(lead)) == []
    for user in (panel.admin, panel.eve.user, panel.evan.user):
        assert list(questions_for(user)) == []
    assert set(own_questions(panel.eve.user)) == {first, second}
    assert list(own_questions(panel.evan.user)) == []


def test_the_database_lets_nothing_be_unsaid(panel: Panel, work: Assignment) -> None:
    found = asked(work)
    post = answer(clarification=found, text="It does not count.", by=panel.lead)
    bad = [
        lambda: ClarificationPost.objects.filter(pk=post.pk).update(text="It counts."),
        post.delete,
        lambda: Clarification.objects.filter(pk=found.pk).update(question="Something else"),
        lambda: Clarification.objects.create(
            project=panel.project, asked_by=panel.evan, assignment=work, task=work.task, question=WHY,
            at=found.at, moved_at=found.at,
        ),
    ]  # fmt: skip
    for attempt in bad:
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
