"""The project's model endpoint: who sets it, what is kept of its key, what asking it gives."""

import pytest
from django.core.cache import cache

from accounts.models import AuditEvent
from evaltool.base import todos
from evaltool.base.errors import Invalid, RuleBroken
from evaltool.base.models import ToDo
from projects.asking_model import NoReply, ask, chat_address, trial_of
from projects.commands import disable_endpoint, set_endpoint, try_endpoint
from projects.models import ModelEndpoint
from tests.model_server import model_server
from tests.workers import running_worker, wait_until

pytestmark = pytest.mark.django_db
PAGE = "/manage/clinical-answers/settings/model/"
ADDRESS = "https://models.example.org/v1"
SECRET = "sk-very-secret-0001"
HI = [{"role": "user", "content": "Hi"}]


@pytest.fixture
def inside(settings, monkeypatch) -> None:
    """The operator allows endpoints on this machine, for the worker too."""
    settings.ALLOW_PRIVATE_ENDPOINTS = True
    monkeypatch.setenv("EVALTOOL_ALLOW_PRIVATE_ENDPOINTS", "1")


@pytest.fixture
def named(project, alice):
    """Name a model."""

    def name(address: str = ADDRESS, **values) -> ModelEndpoint:
        return set_endpoint(**{"project": project, "address": address, "model": "m-1", "by": alice, **values})

    return name


def run_due() -> None:
    for pk in ToDo.objects.values_list("pk", flat=True):
        todos.run(pk)


# Setting it


def test_the_key_is_kept_sealed_and_stands_in_no_record(named) -> None:
    endpoint = named(key=SECRET)
    assert SECRET not in str(ModelEndpoint.objects.values().get())
    assert SECRET not in str(list(AuditEvent.objects.values()))
    assert endpoint.sealed_key
    assert AuditEvent.objects.filter(action="endpoint_set", target=endpoint.public_id).exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"address": "https://127.0.0.1/v1"}, "address"),
        ({"address": "http://models.example.org/v1"}, "address"),
        ({"address": f"https://models.example.org/{'a' * 300}"}, "address"),
        ({"model": " "}, "model"),
        ({"model": "m\n1"}, "model"),
        ({"key": "two words"}, "key"),
        ({"key": "line\r\nX-Other: 1"}, "key"),
        ({"key": "k" * 501}, "key"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"timeout_seconds": 121}, "timeout_seconds"),
        ({"system_prompt": "x" * 20_001}, "system_prompt"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(named, values, field) -> None:
    with pytest.raises(Invalid) as refused:
        named(**values)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert not ModelEndpoint.objects.exists()


def test_a_kept_key_is_not_sent_to_another_host(named) -> None:
    sealed = named(key=SECRET).sealed_key
    assert named(f"{ADDRESS}/more").sealed_key == sealed
    with pytest.raises(Invalid, match="Type the key again"):
        named("https://elsewhere.example.org/v1")
    assert ModelEndpoint.objects.get().address == f"{ADDRESS}/more"
    assert named("https://elsewhere.example.org/v1", key="").sealed_key == ""


def test_saving_the_same_again_changes_nothing(named) -> None:
    first = named(key=SECRET)
    assert named().changed_at == first.changed_at
    assert AuditEvent.objects.filter(action="endpoint_set").count() == 1


def test_switched_off_twice_is_once_and_a_save_switches_it_on(named, alice) -> None:
    endpoint = named()
    for _ in range(2):
        disable_endpoint(endpoint=endpoint, by=alice)
    assert AuditEvent.objects.filter(action="endpoint_disabled").count() == 1
    with pytest.raises(RuleBroken, match="switched off"):
        try_endpoint(endpoint=endpoint, by=alice)
    assert named().enabled


@pytest.mark.parametrize(
    ("typed", "called"),
    [
        (ADDRESS, f"{ADDRESS}/chat/completions"),
        (f"{ADDRESS}/", f"{ADDRESS}/chat/completions"),
        (f"{ADDRESS}/chat/completions", f"{ADDRESS}/chat/completions"),
        (f"{ADDRESS}?version=2", f"{ADDRESS}/chat/completions?version=2"),
    ],
)
def test_the_last_part_of_the_address_is_added_where_it_is_missing(typed, called) -> None:
    assert chat_address(typed) == called


# Asking it


def test_the_model_gets_the_conversation_with_key_and_limits(named, inside) -> None:
    with model_server() as server:
        reply = ask(named(server.address, key=SECRET, system_prompt="Be brief.", max_tokens=7), HI)
        [request] = server.requests
    assert (reply.text, reply.model) == ("Echo: Hi", "local-1")
    assert request["path"] == "/v1/chat/completions"
    assert request["headers"]["Authorization"] == f"Bearer {SECRET}"
    assert request["body"] == {
        "model": "m-1", "max_tokens": 7, "messages": [{"role": "system", "content": "Be brief."}, *HI],
    }  # fmt: skip


def test_without_a_key_none_is_sent(named, inside) -> None:
    with model_server() as server:
        ask(named(server.address), HI)
        assert "Authorization" not in server.requests[0]["headers"]


@pytest.mark.parametrize(
    ("mode", "said", "calls"),
    [
        ("401", "refuses the key", 1),
        ("404", "no such address or model", 1),
        ("500", "answers with the error 500", 3),
        ("redirect", "not followed", 1),
        ("large", "too long", 1),
        ("text", "not JSON", 1),
        ("odd", "not that of an OpenAI-compatible", 1),
        ("empty", "answered with nothing", 3),
    ],
)
def test_why_there_is_no_answer_is_said_without_inner_details(named, inside, monkeypatch, mode, said, calls) -> None:
    monkeypatch.setattr("projects.asking_model.PAUSES", (0, 0))
    with model_server(mode) as server, pytest.raises(NoReply, match=said) as refused:
        ask(named(server.address, key=SECRET), HI)
    assert len(server.requests) == calls
    assert not {"10.0.0.7", "127.0.0.1", SECRET} & set(refused.value.message.split())


def test_a_failure_that_passes_is_tried_again(named, inside, monkeypatch) -> None:
    monkeypatch.setattr("projects.asking_model.PAUSES", (0, 0))
    with model_server("once") as server:
        assert ask(named(server.address), HI).text == "Echo: Hi"
        assert len(server.requests) == 2


def test_a_key_that_does_not_open_any_more_is_said_so(named, inside, settings) -> None:
    with model_server() as server:
        endpoint = named(server.address, key=SECRET)
        settings.SECRET_KEY = "another-secret-key" * 4
        with pytest.raises(NoReply, match="types it again"):
            ask(endpoint, HI)
        assert server.requests == []


def test_what_no_database_can_hold_is_taken_out(named, inside, monkeypatch) -> None:
    with model_server() as server:
        reply = ask(named(server.address), [{"role": "user", "content": "a\x00b"}])
    assert reply.text == "Echo: ab"


# The page


def test_the_page_never_shows_the_key(named, alice, signed_in) -> None:
    named(key=SECRET)
    page = signed_in(alice).get(PAGE).content.decode()
    assert SECRET not in page
    assert "A key is kept, sealed." in page


def test_an_admin_sets_it_up_on_the_page(project, alice, signed_in) -> None:
    client = signed_in(alice)
    form = {"address": ADDRESS, "model": "m-1", "key": SECRET, "max_tokens": 100, "timeout_seconds": 30}
    assert client.post(PAGE, form).status_code == 303
    assert ModelEndpoint.objects.get().max_tokens == 100
    wrong = client.post(PAGE, {**form, "address": "https://10.0.0.1/", "key": "other-key"})
    assert (wrong.status_code, b"private network" in wrong.content) == (422, True)
    assert b"other-key" not in wrong.content
    assert client.post(f"{PAGE}disable/").status_code == 303
    assert not ModelEndpoint.objects.get().enabled


def test_only_admins_see_it(named, eve, quinn, mallory, signed_in) -> None:
    named()
    for person in (eve, quinn, mallory):
        client = signed_in(person)
        assert {client.get(PAGE).status_code, client.post(PAGE).status_code} == {404}
        assert {client.post(f"{PAGE}{what}/").status_code for what in ("test", "disable")} == {404}


def test_the_page_shows_what_a_test_found(named, inside, alice, signed_in) -> None:
    client = signed_in(alice)
    with model_server() as server:
        endpoint = named(server.address)
        assert client.post(f"{PAGE}test/").status_code == 303
        assert trial_of(endpoint).running
        assert b'hx-trigger="every 2s"' in client.get(PAGE).content
        run_due()
        polled = client.get(f"{PAGE}test/", headers={"hx-request": "true"})
        assert (polled.status_code, b"local-1 answered: Echo:" in polled.content) == (286, True)
        server.mode = "401"
        client.post(f"{PAGE}test/")
        run_due()
    page = client.get(PAGE).content.decode()
    assert "No answer." in page
    assert "refuses the key" in page


def test_a_test_says_nothing_of_an_endpoint_changed_since(named, inside) -> None:
    with model_server() as server:
        endpoint = named(server.address)
        cache.clear()
        try_endpoint(endpoint=endpoint, by=endpoint.changed_by)
        run_due()
        assert trial_of(endpoint).result["worked"]
        assert trial_of(named(server.address, model="m-2")).result is None


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_tries_it(named, inside, tmp_path) -> None:
    with model_server() as server:
        endpoint = named(server.address, key=SECRET)
        with running_worker(tmp_path):
            try_endpoint(endpoint=endpoint, by=endpoint.changed_by)
            wait_until(lambda: trial_of(endpoint).result, what="the test of the endpoint")
    assert trial_of(endpoint).result["worked"]
    assert server.requests[0]["headers"]["Authorization"] == f"Bearer {SECRET}"
