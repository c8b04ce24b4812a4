"""An evaluator at a real browser: tests of the evaluation screen start from here."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection
from django.test import Client

from tasks.assigning import take_seat
from tests.browser import chromium
from tests.tasks.conftest import Desk
from tests.tasks.work_samples import make_batch

T = TypeVar("T")


def meanwhile(act: Callable[[], T]) -> T:
    """Do something in the database while the browser's event loop runs in this thread."""

    def run() -> T:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()


def listed(desk: Desk, *, tasks: int = 2, rows: Any = None, **values: Any) -> str:
    """A batch whose tasks stand on Eve's list; the address of the first, opened."""
    batch = make_batch(desk.version, desk.admin, tasks=tasks, rows=rows, name="Many", priority=9, **values)
    for _ in range(len(rows) if rows else tasks):
        take_seat(member=desk.eve, batch=batch, state="queued")
    client = Client()
    client.force_login(desk.eve.user)
    return client.post("/work/next/")["Location"]


@contextmanager
def at_work(desk: Desk, server: Any, *, width: int = 1440, **options: Any) -> Iterator[Any]:
    """A browser context in which Eve is signed in; what any of its pages reports as an error fails the test."""
    client = Client()
    client.force_login(desk.eve.user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}
    errors: list[str] = []

    def watch(page: Any) -> None:
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: "Content Security" in message.text and errors.append(message.text))

    with chromium() as browser:
        context = browser.new_context(base_url=server.url, viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(15_000)
        context.add_cookies([cookie])
        context.on("page", watch)
        yield context
        context.close()
    assert errors == []
