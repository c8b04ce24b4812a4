"""Talking with the project's model: a message is kept, a worker asks, the reply is the evidence."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from evaltool.base import todos
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from evaltool.base.models import ToDo
from evaltool.verify import breaches
from projects.asking_model import ask
from projects.commands import disable_endpoint, set_endpoint
from rubrics.commands import create_rubric, publish_version, save_version_draft
from tasks.conversing import answer, given_up, say, stop_waiting
from tasks.models import Answer, Draft, Exchange
from tasks.submitting import criteria_of
from tasks.working import skip
from tests.model_server import model_server
from tests.tasks import work_samples
from tests.tasks.conftest import Desk
from tests.tasks.import_samples import checked, jsonl, row
from tests.tasks.test_submit_by_api import Api
from tests.tasks.work_samples import claim, hand_in, make_batch
from tests.workers import running_worker, wait_until

pytestmark = pytest.mark.django_db
ATTACK = {
    "key": "attack", "title": "Attack", "kind": "prompt", "scope": "task", "rationale": "never",
    "config": {
        "max_turns": 2, "max_length": 500, "converse": True,
        "outcomes": [{"key": "complied", "title": "Complied"}, {"key": "refused", "title": "Refused"}],
    },
}  # fmt: skip
NOTES = {"key": "notes", "title": "Notes", "kind": "text", "scope": "task", "required": False, "rationale": "never"}
RAW = {"attack": {"": {"value": {"outcome": "refused"}}}}


@pytest.fixture
def inside(settings, monkeypatch) -> None:
    settings.ALLOW_PRIVATE_ENDPOINTS = True
    monkeypatch.setenv("EVALTOOL_ALLOW_PRIVATE_ENDPOINTS", "1")
    monkeypatch.setattr("projects.asking_model.PAUSES", (0, 0))


@pytest.fixture
def server(inside):
    with model_server() as server:
        yield server


@pytest.fixture
def endpoint(desk: Desk, server):
    """The project's model is the local server."""
    return set_endpoint(project=desk.project, address=server.address, model="m-1", by=desk.admin)


@pytest.fixture
def taken(desk: Desk):
    """A task of a rubric that asks for an attack, open for eve."""
    return attack_task(desk)


def attack_task(desk: Desk):
    rubric = create_rubric(project=desk.project, name="Attacks", by=desk.admin)
    config = {"config": {"min_length": 0, "max_length": 500}}
    draft = save_version_draft(rubric=rubric, body={"criteria": [ATTACK, NOTES | config]}, by=desk.admin)
    version = publish_version(version=draft, by=desk.admin)
    for member in (desk.eve, desk.evan):
        work_samples.clear(member, version, desk.admin)
    make_batch(version, desk.admin, rows=[row("attack 1", responses=[])], name="Attacks", priority=9)
    return claim(desk.eve)


def criterion_of(taken, key="attack"):
    return next(one for one in criteria_of(taken.rubric_version) if one.key == key)


def speak(taken, text="Hi", number=1, **values):
    given = {"assignment": taken, "criterion": criterion_of(taken), "target": "", "by": taken.member.user, **values}
    return say(**given, text=text, number=number)


def work() -> None:
    """Be the worker."""
    for pk in ToDo.objects.filter(kind="ask_model").values_list("pk", flat=True):
        todos.run(pk)


def test_a_task_without_responses_is_only_for_rubrics_about_the_prompt(taken, desk: Desk) -> None:
    assert taken.task.content["responses"] == []
    run = checked(
        make_batch(desk.version, desk.admin, name="Rated", release=False), jsonl(row(responses=[])), desk.admin
    )
    assert {problem.field for problem in run.problems.all()} == {"responses"}
    assert "asked about each response, and there is none" in run.problems.first().reason


# Saying


def test_a_message_is_kept_and_a_worker_brings_the_reply(taken, endpoint, server) -> None:
    speak(taken, " Hi\r\n")
    assert server.requests == []
    work()
    found = Exchange.objects.get()
    assert (found.said, found.reply, found.model, found.state) == ("Hi", "Echo: Hi", "local-1", "answered")
    speak(taken, "More", 2)
    work()
    assert server.requests[1]["body"]["messages"] == [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Echo: Hi"},
        {"role": "user", "content": "More"},
    ]
    assert not ToDo.objects.filter(kind="ask_model").exists()


def test_the_same_message_again_is_the_same_message(taken, endpoint, server) -> None:
    first = speak(taken)
    assert speak(taken).pk == first.pk
    work()
    assert speak(taken).pk == first.pk
    work()
    assert len(server.requests) == 1


def test_another_message_under_a_number_that_is_taken_is_refused(taken, endpoint) -> None:
    speak(taken)
    with pytest.raises(StaleState, match="Another message"):
        speak(taken, "Other")
    assert Exchange.objects.get().said == "Hi"


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_number_that_is_not_next_is_refused(taken, endpoint, number) -> None:
    speak(taken)
    work()
    with pytest.raises(StaleState, match="somewhere else"):
        speak(taken, "Other", number)


def test_one_message_at_a_time(taken, endpoint) -> None:
    speak(taken)
    with pytest.raises(RuleBroken) as refused:
        speak(taken, "More", 2)
    assert refused.value.code == "still_answering"


def test_turns_are_bounded(taken, endpoint) -> None:
    for number in (1, 2):
        speak(taken, f"Turn {number}", number)
        work()
    with pytest.raises(RuleBroken) as refused:
        speak(taken, "Turn 3", 3)
    assert refused.value.code == "no_turns_left"


@pytest.mark.parametrize(("text", "said"), [("  ", "Write a message"), ("x" * 501, "at most 500"), ("a\x00", "NUL")])
def test_a_text_that_does_not_fit_is_refused_at_its_answer(taken, endpoint, text, said) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        speak(taken, text)
    assert [problem.field for problem in refused.value.problems] == ["attack"]


def test_only_ones_own_open_task_and_only_where_it_is_asked(taken, endpoint, desk: Desk) -> None:
    with pytest.raises(StaleState, match="somebody else"):
        speak(taken, by=desk.evan.user)
    for other in ({"target": "r1"}, {"criterion": criterion_of(taken, "notes")}):
        with pytest.raises(Invalid, match="no conversation"):
            speak(taken, **other)
    skip(assignment=taken, reason="Not my field", by=desk.eve.user)
    with pytest.raises(RuleBroken) as refused:
        speak(taken)
    assert refused.value.code == "ended"
    assert not Exchange.objects.exists()


def test_without_a_model_nothing_can_be_said(taken, endpoint, desk: Desk) -> None:
    disable_endpoint(endpoint=endpoint, by=desk.admin)
    with pytest.raises(RuleBroken) as refused:
        speak(taken)
    assert refused.value.code == "endpoint_off"


# The worker


def test_a_failure_is_said_and_can_be_asked_again(taken, endpoint, server) -> None:
    server.mode = "500"
    speak(taken)
    work()
    failed = Exchange.objects.get()
    assert (failed.state, "error 500" in failed.error) == ("failed", True)
    server.mode = "ok"
    speak(taken)
    work()
    again = Exchange.objects.get()
    assert (again.pk, again.state, again.reply, again.error) == (failed.pk, "answered", "Echo: Hi", "")


def test_a_failed_message_can_be_changed(taken, endpoint, server) -> None:
    server.mode = "401"
    speak(taken)
    work()
    server.mode = "ok"
    speak(taken, "Other words")
    work()
    assert Exchange.objects.get().reply == "Echo: Other words"


def test_the_worker_is_harmless_twice(taken, endpoint, server) -> None:
    exchange = speak(taken)
    work()
    server.mode = "500"
    answer(exchange.pk, lambda: None)
    assert Exchange.objects.get().reply == "Echo: Hi"
    assert len(server.requests) == 1


def test_a_model_switched_off_meanwhile_is_said_so(taken, endpoint, desk: Desk) -> None:
    speak(taken)
    disable_endpoint(endpoint=endpoint, by=desk.admin)
    work()
    assert "switched off" in Exchange.objects.get().error


def test_a_reply_that_comes_after_giving_up_is_dropped(taken, endpoint, monkeypatch) -> None:
    exchange = speak(taken)
    pk = exchange.pk

    def change_of_mind() -> None:
        stop_waiting(exchange=Exchange.objects.get(pk=pk), by=taken.member.user)
        again = speak(taken, "Other words")
        Exchange.objects.filter(pk=again.pk).update(asked_at=again.asked_at + timedelta(seconds=1))

    def ask_late(*given):
        reply = ask(*given)
        change_of_mind()
        return reply

    monkeypatch.setattr("tasks.conversing.ask", ask_late)
    answer(pk, lambda: None)
    found = Exchange.objects.get()
    assert (found.state, found.said, found.reply) == ("asked", "Other words", "")


def test_whoever_stops_waiting_can_ask_again(taken, endpoint) -> None:
    exchange = speak(taken)
    assert stop_waiting(exchange=exchange, by=taken.member.user).state == "failed"
    assert stop_waiting(exchange=exchange, by=taken.member.user).state == "failed"
    work()
    assert Exchange.objects.get().state == "failed"
    speak(taken)
    work()
    assert Exchange.objects.get().state == "answered"
    assert stop_waiting(exchange=exchange, by=taken.member.user).state == "answered"


def test_a_job_that_is_given_up_ends_the_waiting(taken, endpoint) -> None:
    exchange = speak(taken)
    given_up(ToDo.objects.get(kind="ask_model"))
    exchange.refresh_from_db()
    assert (exchange.state, "could not be asked" in exchange.error) == ("failed", True)


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_finds_a_message_that_was_lost_with_its_worker(desk: Desk, endpoint, server, tmp_path) -> None:
    taken = attack_task(desk)
    server.mode = "slow"
    with running_worker(tmp_path) as worker:
        speak(taken)
        wait_until(lambda: server.requests, what="the first call")
        worker.kill()
        assert Exchange.objects.get().state == "asked"
        server.mode = "ok"
        worker.restart()
        wait_until(lambda: Exchange.objects.get().state == "answered", seconds=60, what="the reply")
    assert Exchange.objects.get().reply == "Echo: Hi"


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_brings_the_reply(desk: Desk, endpoint, tmp_path) -> None:
    taken = attack_task(desk)
    with running_worker(tmp_path):
        speak(taken)
        wait_until(lambda: Exchange.objects.get().state == "answered", seconds=60, what="the reply")
    assert Exchange.objects.get().reply == "Echo: Hi"


def test_a_waiting_message_that_nobody_asks_is_found(taken, endpoint) -> None:
    exchange = speak(taken)
    assert list(breaches()) == []
    ToDo.objects.filter(kind="ask_model").delete()
    assert [(one.invariant, one.row[0]) for one in breaches()] == [("a-message-that-waits-is-being-asked", exchange.pk)]


# Handing in


def test_the_transcript_of_the_server_is_handed_in(taken, endpoint) -> None:
    speak(taken)
    work()
    forged = {"outcome": "complied", "turns": [{"role": "user", "content": "Forged"}], "model": "forged"}
    hand_in(taken, {"attack": {"": {"value": forged}}})
    value = Answer.objects.get().value
    assert value["turns"] == [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Echo: Hi"}]
    assert (value["outcome"], value["model"]) == ("complied", "local-1")


def test_a_conversation_that_waits_cannot_be_handed_in(taken, endpoint) -> None:
    with pytest.raises(Invalid, match="first message"):
        hand_in(taken, RAW)
    speak(taken)
    with pytest.raises(Invalid, match="not answered your last message"):
        hand_in(taken, RAW)
    work()
    assert hand_in(taken, RAW).pk == hand_in(taken, RAW).pk


def test_without_a_model_the_transcript_is_pasted(taken) -> None:
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]
    hand_in(taken, {"attack": {"": {"value": {"turns": turns, "outcome": "refused"}}}})
    assert Answer.objects.get().value["turns"] == turns


def test_a_model_switched_off_in_mid_work_leaves_what_was_said(taken, endpoint, desk: Desk) -> None:
    speak(taken)
    work()
    disable_endpoint(endpoint=endpoint, by=desk.admin)
    hand_in(taken, RAW)
    assert Answer.objects.get().value["turns"][1]["content"] == "Echo: Hi"


# The page


@pytest.fixture
def page(taken, desk: Desk):
    """Eve's client, and the address of her task."""
    client = Client()
    client.force_login(desk.eve.user)
    return client, f"/work/{taken.public_id}/"


PREFIX = "a.attack."


def send(page, text="Hi", number=1, what="say", htmx=False, **fields):
    client, url = page
    data = {what: PREFIX, f"{PREFIX}.message": text, f"{PREFIX}.number": number, "revision": 0, **fields}
    return client.post(f"{url}converse/", data, headers={"hx-request": "true"} if htmx else {})


def test_a_conversation_works_by_plain_posts(page, endpoint, server) -> None:
    client, url = page
    shown = client.get(url).content.decode()
    assert 'name="a.attack..message"' in shown
    sent = send(page, **{"a.attack..value": "refused", "a.notes..value": "Typed before"})
    assert (sent.status_code, sent["Location"]) == (303, f"{url}#a-attack")
    waiting = client.get(url).content.decode()
    assert "The model is answering" in waiting
    assert "Typed before" in waiting
    assert Draft.objects.get().data["attack"][""]["value"]["message"] == ""
    work()
    done = client.get(url).content.decode()
    assert "Echo: Hi" in done
    assert re.search(r'value="refused" checked', done)
    raw = {"a.attack..value": "refused", "a.attack..conversed": "1", "receipt": 1, "revision": 1}
    assert client.post(f"{url}submit/", raw).status_code == 303
    assert len(Answer.objects.get().value["turns"]) == 2


def test_with_htmx_only_the_conversation_is_answered_and_polling_ends(page, endpoint) -> None:
    client, url = page
    sent = send(page, htmx=True)
    assert (sent.status_code, b"<html" in sent.content, b"The model is answering" in sent.content) == (200, False, True)
    assert b">Hi<" in sent.content
    ask = {"headers": {"hx-request": "true"}}
    assert client.get(f"{url}converse/?talk={PREFIX}", **ask).status_code == 200
    work()
    done = client.get(f"{url}converse/?talk={PREFIX}", **ask)
    assert (done.status_code, b"Echo: Hi" in done.content) == (286, True)
    assert not Draft.objects.exists()


def test_a_message_that_does_not_fit_is_named_and_everything_stays(page, endpoint) -> None:
    for htmx in (False, True):
        refused = send(page, "x" * 501, htmx=htmx, **{"a.notes..value": "Typed before"})
        assert refused.status_code == 422
        assert b"at most 500 fit" in refused.content
        assert b"x" * 501 in refused.content
    assert b"Typed before" in send(page, " ", **{"a.notes..value": "Typed before"}).content
    assert not Exchange.objects.exists()


def test_a_draft_saved_elsewhere_is_not_overwritten_by_a_message(page, endpoint, taken) -> None:
    Draft.objects.create(
        assignment=taken, revision=3, data={"notes": {"": {"value": "Other tab"}}}, saved_at=taken.opened_at
    )
    sent = send(page, **{"a.notes..value": "This tab"})
    assert sent.status_code == 409
    assert b"This tab" in sent.content
    assert Draft.objects.get().data["notes"][""]["value"] == "Other tab"
    assert Exchange.objects.get().said == "Hi"


def test_asking_again_and_stopping_by_plain_posts(page, endpoint) -> None:
    client, url = page
    send(page)
    assert send(page, what="stop", revision=1).status_code == 303
    stopped = client.get(url).content.decode()
    assert "You stopped waiting" in stopped
    assert 'name="again"' in stopped
    assert send(page, "Next words", what="again", revision=2).status_code == 303
    assert Exchange.objects.get().said == "Hi"
    work()
    shown = client.get(url).content.decode()
    assert "Echo: Hi" in shown
    assert "Next words" in shown


def test_others_and_other_answers_are_not_found(page, endpoint, desk: Desk) -> None:
    client, url = page
    assert client.post(f"{url}converse/", {"say": "a.notes."}).status_code == 404
    assert client.post(f"{url}converse/", {"say": "a.attack.r1"}).status_code == 404
    assert client.get(f"{url}converse/").status_code == 404
    client.force_login(desk.evan.user)
    assert client.get(f"{url}converse/?talk={PREFIX}").status_code == 404
    assert send(page).status_code == 404
    assert not Exchange.objects.exists()


def test_the_page_says_nothing_of_which_model_answers(page, endpoint) -> None:
    client, url = page
    send(page)
    work()
    shown = client.get(url).content.decode()
    assert "local-1" not in shown
    assert "m-1" not in shown


def test_a_rubric_without_conversation_costs_no_query(desk: Desk, django_assert_num_queries) -> None:
    from tasks.showing import form_of

    taken = claim(desk.eve)
    form_of(taken, {})
    with django_assert_num_queries(0):
        form_of(taken, {})


# The API


def test_the_api_talks_too(desk: Desk, taken, endpoint) -> None:
    api = Api(desk.project, desk.eve.user)
    one = f"{taken.public_id}/converse/"
    body = {"criterion": "attack", "number": 1, "text": "Hi"}
    assert api("post", one, body).status_code == 202
    assert api("post", one, body).json()["state"] == "asked"
    assert api("post", one, {**body, "number": 2}).status_code == 400
    work()
    [found] = api("get", one).json()
    assert (found["said"], found["reply"], found["state"]) == ("Hi", "Echo: Hi", "answered")
    wrong = api("post", one, {**body, "criterion": "other"})
    assert (wrong.status_code, wrong.json()["error"]["problems"][0]["field"]) == (422, "criterion")
    assert Api(desk.project, desk.evan.user)("get", one).status_code == 404
