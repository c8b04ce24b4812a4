"""Questions: a judge asks about a task, a criterion or a section; a QA lead answers; both go on until it is closed."""

from django.db import transaction

from accounts import audit
from accounts.commands import notify
from accounts.models import User
from evaltool.base import clock, states
from evaltool.base.errors import Invalid, Problem, RuleBroken, StaleState
from projects.models import GuidelineVersion, Membership
from projects.selectors import current_guideline
from reviews.adjudicating import involve
from reviews.flagging import text_problem
from reviews.links import question_path
from reviews.models import CLARIFICATION_MOVES, Clarification, ClarificationPost
from rubrics.models import Criterion
from tasks.models import Assignment

CLOSED = "This question is closed. Ask a new one if something is left open."
S = Clarification.State


@transaction.atomic
def ask(
    *,
    member: Membership,
    question: str,
    assignment: Assignment | None = None,
    criterion: str = "",
    section: str = "",
    by: User,
) -> Clarification:
    """Ask the QA leads, from one's own work or about the guideline alone.

    `criterion` is a key of the rubric version the work stands under, `section` an anchor of its guideline (without
    work: of the one in force). Asking the same again while it is not closed gives the first question. Raises Invalid
    naming `question`, `criterion` or `section`, RuleBroken for work that is not one's own or not opened.
    """
    _check_asker(member, assignment, by)
    question = question.strip()
    asked = _about(member, assignment, criterion, section)
    if problem := text_problem(question):
        raise Invalid([Problem("question", problem)])
    Membership.objects.select_for_update(no_key=True).get(pk=member.pk)  # two clicks ask once
    same = {"asked_by": member, "assignment": assignment, "question": question}
    if found := Clarification.objects.filter(**same).exclude(state=S.CLOSED).first():
        return found
    now = clock.now()
    task = assignment.task if assignment else None
    found = Clarification.objects.create(project=member.project, task=task, at=now, moved_at=now, **asked, **same)
    audit.record("question_asked", by=by, target=found, scope=member.project.public_id)
    return found


def _check_asker(member: Membership, assignment: Assignment | None, by: User) -> None:
    if member.user_id != by.pk or (assignment and assignment.member_id != member.pk):
        raise RuleBroken("People ask about their own work.", code="forbidden")
    if assignment and assignment.opened_at is None:
        raise RuleBroken("Open this task first.", code="not_open")


def _about(member: Membership, assignment: Assignment | None, criterion: str, section: str) -> dict[str, object]:
    """The criterion and section a question names. Raises Invalid when the work has no such part."""
    found = None
    if criterion:
        version = assignment.rubric_version_id if assignment else None
        found = Criterion.objects.filter(version=version, key=criterion).first()
        if found is None:
            raise Invalid([Problem("criterion", "This task has no such criterion.")])
    guideline = guideline_of(member, assignment)
    if section and not (guideline and guideline.sections.filter(anchor=section).exists()):
        raise Invalid([Problem("section", "The guideline has no such section.")])
    return {"criterion": found, "section": section}


def guideline_of(member: Membership, assignment: Assignment | None) -> GuidelineVersion | None:
    """The guideline version a question is about: the one the work stands under, else the one in force."""
    return assignment.guideline_version if assignment else current_guideline(member.project)


@transaction.atomic
def answer(*, clarification: Clarification, text: str, by: User) -> ClarificationPost:
    """Answer as a QA lead; the asker is told. Whoever answers does not judge the task afterwards.

    The same words again give the first answer. Raises Invalid naming `text`, StaleState when it is closed,
    RuleBroken when `by` asked it or judged the task.
    """
    if clarification.asked_by.user_id == by.pk:
        raise RuleBroken("You asked this, so somebody else answers.", code="own_question")
    if clarification.task:
        involve(clarification.task, by)
    post, is_new = _post(clarification, text, by, by_lead=True)
    if is_new:
        _move(clarification, S.ANSWERED)
        said = f"A QA lead answered your question: {clarification.headline}"
        notify(user=clarification.asked_by.user, kind="question", text=said, url=question_path(clarification))
        audit.record("question_answered", by=by, target=clarification, scope=clarification.project.public_id)
    return post


@transaction.atomic
def reply(*, clarification: Clarification, text: str, by: User) -> ClarificationPost:
    """Say more to one's own question; it waits for a lead again. Raises as `answer` does."""
    _check_asked_by(clarification, by)
    post, is_new = _post(clarification, text, by, by_lead=False)
    if is_new:
        _move(clarification, S.OPEN)
    return post


@transaction.atomic
def close_question(*, clarification: Clarification, by: User) -> Clarification:
    """End a question, by whoever asked it or by a lead, who tells the asker. Twice changes nothing."""
    row = _locked(clarification)
    if row.state == S.CLOSED:
        return row
    _move(clarification, S.CLOSED)
    if clarification.asked_by.user_id != by.pk:
        said = f"A QA lead closed your question: {clarification.headline}"
        notify(user=clarification.asked_by.user, kind="question", text=said, url=question_path(clarification))
    audit.record("question_closed", by=by, target=clarification, scope=clarification.project.public_id)
    return clarification


def _check_asked_by(clarification: Clarification, by: User) -> None:
    if clarification.asked_by.user_id != by.pk:
        raise RuleBroken("Only the person who asked replies here.", code="forbidden")


def _locked(clarification: Clarification) -> Clarification:
    row = Clarification.objects.select_for_update(no_key=True).get(pk=clarification.pk)
    clarification.state = row.state
    return row


def _post(clarification: Clarification, text: str, by: User, *, by_lead: bool) -> tuple[ClarificationPost, bool]:
    """Write a post under the question's lock, and whether it is new: the last one with the same words is the same."""
    text = text.strip()
    if problem := text_problem(text):
        raise Invalid([Problem("text", problem)])
    row = _locked(clarification)
    last = row.posts.order_by("-pk").first()
    if last and (last.author_id, last.text) == (by.pk, text):
        return last, False
    if row.state == S.CLOSED:
        raise StaleState(CLOSED)
    return row.posts.create(author=by, by_lead=by_lead, text=text, at=clock.now()), True


def _move(clarification: Clarification, to: str) -> None:
    """Move the state under the lock; another post in the same state only moves the time."""
    now = clock.now()
    if clarification.state == to:
        if to != S.OPEN:  # what waits keeps its place
            Clarification.objects.filter(pk=clarification.pk, state=to).update(moved_at=now)
        return
    states.move(clarification, to=to, moves=CLARIFICATION_MOVES, moved_at=now)
