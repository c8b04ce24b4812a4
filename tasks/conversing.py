"""Talking with the project's model for an answer: what a person says is kept, a worker asks, the reply is kept.

Each message has its number in the conversation. Saying the same under the same number again changes nothing, so that
a lost answer to a request does no harm; a number that failed is asked again, with the same words or others.
"""

from django.db import transaction

from accounts.models import User
from evaltool.base import clock, states, todos
from evaltool.base.errors import Invalid, Problem, RuleBroken, StaleState
from evaltool.base.models import ToDo
from projects.asking_model import NoReply, ask
from rubrics.answers.cleaning import field_of
from rubrics.kinds import kind_of
from rubrics.kinds.base import Conversation
from rubrics.kinds.originals import plain
from rubrics.models import Criterion
from rubrics.safe_text import fault
from rubrics.targets import targets
from tasks.models import EXCHANGE_MOVES, Assignment, Exchange
from tasks.reading import locked
from tasks.transcripts import endpoint_for, turns_of

ASK = "ask_model"
State = Exchange.State
OFF = "The project's model is switched off. What was said is kept."
STOPPED = "You stopped waiting. Ask again, or change your message."
GIVEN_UP = "The model could not be asked. Ask again, or change your message."


@transaction.atomic
def say(*, assignment: Assignment, criterion: Criterion, target: str, text: str, number: int, by: User) -> Exchange:
    """Say `text` to the project's model as message `number` (1 first) of a conversation; a worker fetches the reply.

    Only on an open task of one's own. Raises Invalid (the field is the answer's) for a text that does not fit;
    StaleState for another message under a number that is taken, and for one that skips a number; RuleBroken with code
    `ended`, `endpoint_off`, `still_answering` or `no_turns_left`.
    """
    row = _own_open(assignment, by)
    limits = _limits(criterion, target, assignment)
    text = _checked(text, field_of(criterion, target), limits)
    said = list(Exchange.objects.filter(assignment=row, criterion=criterion, target=target).order_by("number"))
    known = said[number - 1] if 1 <= number <= len(said) else None
    if known is not None and known.state != State.FAILED:
        if known.said == text:
            return known
        raise StaleState("Another message was sent as this turn already. Look at the conversation, then send again.")
    _check_turn(said, number, limits, row)
    if known is not None:
        states.move(
            known, to=State.ASKED, moves=EXCHANGE_MOVES, said=text, error="", asked_at=clock.now(), ended_at=None
        )
    else:
        known = Exchange.objects.create(
            assignment=row, criterion=criterion, target=target, number=number, said=text, asked_at=clock.now()
        )
    todos.add(ASK, known.pk)
    return known


@transaction.atomic
def stop_waiting(*, exchange: Exchange, by: User) -> Exchange:
    """Give a message up whose reply does not come; a reply that comes later is dropped. Nothing when it is there."""
    _own_open(exchange.assignment, by)
    fresh = Exchange.objects.get(pk=exchange.pk)
    if fresh.state == State.ASKED:
        states.move(fresh, to=State.FAILED, moves=EXCHANGE_MOVES, error=STOPPED, ended_at=clock.now())
    return fresh


def _own_open(assignment: Assignment, by: User) -> Assignment:
    row = locked(assignment)
    if row.member.user_id != by.pk:
        raise StaleState("This task belongs to somebody else.")
    if row.state != Assignment.State.OPEN:
        raise RuleBroken("This task is not open any more. The conversation is kept.", code="ended")
    return row


def _limits(criterion: Criterion, target: str, assignment: Assignment) -> Conversation:
    limits = kind_of(criterion).conversation(criterion)
    fits = criterion.version_id == assignment.rubric_version_id
    if limits is None or not fits or target not in targets(criterion, assignment.task.content):
        raise Invalid([Problem(field_of(criterion, target), "There is no conversation with a model here.")])
    return limits


def _checked(text: str, field: str, limits: Conversation) -> str:
    if damage := fault(text):
        raise Invalid([Problem(field, damage)])
    text = plain(text)
    if not text:
        raise Invalid([Problem(field, "Write a message first.")])
    if len(text) > limits.longest:
        raise Invalid([Problem(field, f"The message has {len(text):,} characters; at most {limits.longest:,} fit.")])
    return text


def _check_turn(said: list[Exchange], number: int, limits: Conversation, row: Assignment) -> None:
    last = said[-1] if said else None
    if last is not None and last.state == State.ASKED:
        raise RuleBroken("The model is still answering. Your message is kept in its box.", code="still_answering")
    due = len(said) if last is not None and last.state == State.FAILED else len(said) + 1
    if number != due:
        raise StaleState("This conversation went on somewhere else. Look at it, then send again.")
    if number > limits.turns:
        raise RuleBroken("All turns of this conversation are used.", code="no_turns_left")
    if endpoint_for(row) is None:
        raise RuleBroken(OFF, code="endpoint_off")


# ------------------------------------------------------------------ the worker


def answer(exchange_pk: int, alive: todos.Alive) -> None:
    """The to-do behind a message: ask the model outside any transaction, then keep what came. Harmless twice."""
    rows = Exchange.objects.select_related("assignment__batch__project", "criterion")
    exchange = rows.filter(pk=exchange_pk, state=State.ASKED).first()
    if exchange is None:
        return
    endpoint = endpoint_for(exchange.assignment)
    if endpoint is None:
        _end(exchange, State.FAILED, error=OFF)
        return
    with todos.kept(alive):
        try:
            reply = ask(endpoint, _messages(exchange))
        except NoReply as failure:
            _end(exchange, State.FAILED, error=failure.message[:500])
            return
    _end(exchange, State.ANSWERED, reply=reply.text, model=reply.model)


def _messages(exchange: Exchange) -> list[dict[str, str]]:
    """The conversation up to this message."""
    same = {"assignment": exchange.assignment, "criterion": exchange.criterion, "target": exchange.target}
    said = Exchange.objects.filter(**same, number__lte=exchange.number).order_by("number")
    return [{"role": turn["role"], "content": turn["content"]} for turn in turns_of(said)]


def _end(exchange: Exchange, to: str, **changes: str) -> None:
    """Only of the very message that was asked: while the model answered, it may have been given up and asked anew."""
    asked = Exchange.objects.filter(pk=exchange.pk, state=State.ASKED, asked_at=exchange.asked_at)
    asked.update(state=to, ended_at=clock.now(), **changes)


def given_up(todo: ToDo) -> None:
    """A to-do that ended its worker again and again is given up; then its message failed, and can be asked again."""
    if todo.kind == ASK:
        asked = Exchange.objects.filter(pk=todo.object_id, state=State.ASKED)
        asked.update(state=State.FAILED, error=GIVEN_UP, ended_at=clock.now())
