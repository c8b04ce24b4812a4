"""Flags: a judge says that something is wrong with a task, and a QA lead answers.

A flag changes nothing about the task, the work or the person, so that it tells gold from work to nobody.
"""

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.commands import notify
from accounts.models import User
from evaltool.base import clock, states
from evaltool.base.errors import Invalid, Problem, RuleBroken, StaleState
from reviews.adjudicating import involve
from reviews.links import OWN_FLAGS
from reviews.models import FLAG_MOVES, Flag
from rubrics.safe_text import fault
from tasks.models import Assignment

LONGEST = 2000
SHORTEST = 3
CLOSING = (Flag.State.HANDLED, Flag.State.DISMISSED)


@transaction.atomic
def flag(*, assignment: Assignment, kind: str, text: str = "", by: User) -> Flag:
    """Flag the task of one's own assignment, whatever became of that since it was opened.

    Sending the same again gives the first flag. Raises Invalid naming `kind` or `text`, RuleBroken (code
    `already_flagged`) when a flag of this kind is open with other words, (`not_open`) before the task is opened.
    """
    _check_own(assignment, by)
    text = text.strip()
    _check_flag(kind, text)
    member = assignment.member
    values = {"project": member.project, "assignment": assignment, "text": text, "at": clock.now()}
    try:
        with transaction.atomic():
            found = Flag.objects.create(member=member, task_id=assignment.task_id, kind=kind, **values)
    except IntegrityError:
        return _already(assignment, kind, text)
    audit.record("task_flagged", by=by, target=found, scope=member.project.public_id, kind=kind)
    return found


def _check_own(assignment: Assignment, by: User) -> None:
    if assignment.member.user_id != by.pk:
        raise StaleState("This task belongs to somebody else.")
    if assignment.opened_at is None:
        raise RuleBroken("Open this task first.", code="not_open")


def _check_flag(kind: str, text: str) -> None:
    problems = []
    if kind not in Flag.Kind.values:
        problems.append(Problem("kind", "Choose what is wrong."))
    if problem := text_problem(text, shortest=SHORTEST if kind == Flag.Kind.OTHER else 0):
        problems.append(Problem("text", problem))
    if problems:
        raise Invalid(problems)


def text_problem(text: str, *, shortest: int = SHORTEST, longest: int = LONGEST) -> str:
    """What is wrong with a stripped text somebody wrote; "" when nothing is."""
    if len(text) < shortest:
        return "Say it in a few words."
    if len(text) > longest:
        return f"This has {len(text):,} characters; at most {longest:,} fit."
    return fault(text)


def _already(assignment: Assignment, kind: str, text: str) -> Flag:
    """The open flag of this kind, if it says the same."""
    found = Flag.objects.filter(
        member=assignment.member_id, task=assignment.task_id, kind=kind, state=Flag.State.OPEN
    ).first()
    if found is None:
        raise StaleState
    if found.text != text:
        raise RuleBroken("You flagged this already, and a QA lead has not answered yet.", code="already_flagged")
    return found


@transaction.atomic
def close_flag(*, flag: Flag, to: str, answer: str, by: User) -> Flag:
    """Handle or dismiss an open flag; the person who raised it reads the answer.

    Whoever answers does not judge the task afterwards. The same lead sending it again changes nothing. Raises
    Invalid naming `to` or `answer`, StaleState when it was closed in another way, RuleBroken when `by` judged the task.
    """
    answer = answer.strip()
    _check_closing(to, answer)
    flag.refresh_from_db()
    if (flag.state, flag.answer, flag.closed_by_id) == (to, answer, by.pk):
        return flag
    involve(flag.task, by)
    states.move(flag, to=to, moves=FLAG_MOVES, answer=answer, closed_by=by, closed_at=clock.now())
    said = f"A QA lead answered your flag “{flag.get_kind_display()}”: {answer}"
    notify(user=flag.member.user, kind="flag", text=said, url=OWN_FLAGS)
    audit.record("flag_closed", by=by, target=flag, scope=flag.project.public_id, to=to)
    return flag


def _check_closing(to: str, answer: str) -> None:
    problems = [] if to in CLOSING else [Problem("to", "Choose what becomes of the flag.")]
    if problem := text_problem(answer):
        problems.append(Problem("answer", problem))
    if problems:
        raise Invalid(problems)
