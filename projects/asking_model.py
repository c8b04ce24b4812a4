"""Asking a project's model: an OpenAI-compatible call, its answer or the reason why there is none in plain words."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.cache import cache

from evaltool.base import clock, outgoing, todos
from evaltool.base.models import ToDo
from evaltool.base.sealing import Unsealable, unseal
from projects.commands.endpoint import TEST
from projects.models import ModelEndpoint

PATH = "/chat/completions"
PAUSES = (1.0, 3.0)
LONGEST_REPLY = 50_000
QUESTION = "This is a test of the connection. Answer with the word: ready"
KEPT_SECONDS = 24 * 3600
KEY_LOST = "The key cannot be opened any more, because the installation's secret key changed. An admin types it again."
STATUS = {
    400: "The model's service does not take the request; the model's name or a limit may be wrong.",
    401: "The model's service refuses the key.",
    403: "The model's service refuses the key.",
    404: "The model's service knows no such address or model.",
    429: "The model's service takes no more requests for now.",
}


class NoReply(Exception):
    """There is no answer; the message is for people. `again` tells whether asking once more may help."""

    def __init__(self, message: str, *, again: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.again = again


@dataclass(frozen=True)
class Reply:
    """What the model said, and the name it gave itself."""

    text: str
    model: str


def ask(endpoint: ModelEndpoint, messages: Sequence[dict[str, str]]) -> Reply:
    """Ask, and once or twice again after failures that may pass, while the endpoint's time lasts.

    Call it outside a transaction. Raises NoReply.
    """
    began = time.monotonic()
    for pause in (*PAUSES, None):
        try:
            return _ask_once(endpoint, messages)
        except NoReply as failure:
            late = time.monotonic() - began + (pause or 0) >= endpoint.timeout_seconds
            if pause is None or late or not failure.again:
                raise
            time.sleep(pause)
    raise AssertionError("unreachable: the last turn returns or raises")


def _ask_once(endpoint: ModelEndpoint, messages: Sequence[dict[str, str]]) -> Reply:
    system = [{"role": "system", "content": endpoint.system_prompt}] if endpoint.system_prompt else []
    body = {"model": endpoint.model, "messages": [*system, *messages], "max_tokens": endpoint.max_tokens}
    try:
        answer = outgoing.post_json(
            chat_address(endpoint.address), body, headers=_headers(endpoint), seconds=endpoint.timeout_seconds
        )
    except outgoing.Unreachable as error:
        raise NoReply(error.message, again=error.again) from error
    if answer.status != 200:
        said = STATUS.get(answer.status, f"The model's service answers with the error {answer.status}.")
        raise NoReply(said, again=answer.status == 429 or answer.status >= 500)
    return _reply(answer.data, endpoint)


def chat_address(address: str) -> str:
    """The address of the chat interface, whether or not an admin typed its last part."""
    parts = urlsplit(address)
    path = parts.path.rstrip("/")
    return parts._replace(path=path if path.endswith(PATH) else path + PATH).geturl()


def _headers(endpoint: ModelEndpoint) -> dict[str, str]:
    try:
        return {"Authorization": f"Bearer {unseal(endpoint.sealed_key)}"} if endpoint.sealed_key else {}
    except Unsealable as error:
        raise NoReply(KEY_LOST) from error


def _reply(data: Any, endpoint: ModelEndpoint) -> Reply:
    try:
        text, model = data["choices"][0]["message"]["content"], data.get("model")
    except (KeyError, IndexError, TypeError, AttributeError):
        text, model = None, None
    if not isinstance(text, str):
        raise NoReply("The answer is not that of an OpenAI-compatible model.")
    text = storable(text).strip()
    if not text:
        raise NoReply("The model answered with nothing.", again=True)
    if len(text) > LONGEST_REPLY:
        raise NoReply(f"The model's answer is longer than {LONGEST_REPLY:,} characters.")
    return Reply(text, storable(model)[:200] if isinstance(model, str) and model else endpoint.model)


def storable(text: str) -> str:
    """The text without what a database cannot hold: NUL characters, halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


# ------------------------------------------------------------------------ test


def run_trial(endpoint_pk: int, alive: todos.Alive) -> None:
    """The to-do behind "Test it": one question; what came is shown on the page for a day."""
    endpoint = ModelEndpoint.objects.filter(pk=endpoint_pk, enabled=True).first()
    if endpoint is None:
        return
    with todos.kept(alive):
        try:
            reply = ask(endpoint, [{"role": "user", "content": QUESTION}])
        except NoReply as failure:
            found = {"worked": False, "text": failure.message, "model": ""}
        else:
            found = {"worked": True, "text": reply.text[:200], "model": reply.model}
    cache.set(_result_key(endpoint), {**found, "at": clock.now()}, KEPT_SECONDS)


@dataclass(frozen=True)
class Trial:
    """Whether a test runs, and what the last one since the endpoint was changed found (None: no test yet)."""

    running: bool
    result: dict[str, Any] | None


def trial_of(endpoint: ModelEndpoint) -> Trial:
    """How the test of an endpoint stands."""
    running = ToDo.objects.filter(kind=TEST, object_id=endpoint.pk, stopped_at__isnull=True).exists()
    return Trial(running, None if running else cache.get(_result_key(endpoint)))


def _result_key(endpoint: ModelEndpoint) -> str:
    return f"endpoint-test:{endpoint.pk}:{endpoint.changed_at.timestamp()}"
