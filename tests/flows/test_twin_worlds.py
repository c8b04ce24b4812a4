"""Non-interference: two worlds that differ only in a secret look the same to an evaluator, byte for byte.

The same evaluator does the same things in both worlds; every answer of the server is compared after masking what is
random by design (ids, tokens) and the time of day.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from evaltool.base import clock, todos
from projects.commands import change_policy, change_standing, create_project
from projects.models import Membership, Standing
from tasks import placing
from tasks.batches import release_batch
from tasks.models import Seat, Task
from tests.conftest import person
from tests.tasks import work_samples
from tests.tasks.import_samples import gold, row

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ORDER = ("first", "second", "third")
# Enough work behind these that no list is ever short: then only what was given tells the worlds apart.
SPARE = 30
PAGES = (
    "/work/",
    "/work/record/",
    "/work/feedback/",
    "/work/quality/twins/",
    "/account/messages/",
    "/p/twins/guideline/",
)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken[^}]+}|"csrftoken[^"]*"')
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.+]+|\b\d\d:\d\d(:\d\d)?\b")

World = Callable[[], Membership]
Seen = list[tuple[str, int, str, int]]


def masked(text: str) -> str:
    """The text without what is random by design: ids by order of appearance, tokens, times of day."""
    names: dict[str, str] = {}
    text = UUID.sub(lambda found: names.setdefault(found.group(), f"id{len(names)}"), TOKEN.sub("", text))
    return TIME.sub("", text)


def found_project(gold_task: str = "") -> tuple[User, Membership, Membership]:
    """A project in which eve first meets three tasks in a fixed order; `gold_task` is gold, all others are work.

    There is as much work in both worlds.
    """
    admin = person("Ada", may_create_projects=True)
    project = create_project(name="Twins", by=admin)
    version = work_samples.make_version(project, admin)
    work_samples.make_guideline(project, admin)
    change_policy(project=project, by=admin, gold_first_count=0, gold_share=0.0, gold_floor=0.0)
    members = [work_samples.evaluator(project, name, admin, version) for name in ("Eve", "Evan")]
    rows = [row(name, **({"gold": gold()} if name == gold_task else {})) for name in ORDER]
    rows += [row(f"spare {n:02}") for n in range(SPARE + bool(gold_task))]
    batch = work_samples.make_batch(version, admin, rows=rows, release=False)
    for place, one in enumerate(rows):
        Seat.objects.filter(task__external_id=one["id"]).update(place=place)
    release_batch(batch=batch, by=admin)
    return admin, members[0], members[1]


def work_off() -> None:
    """Be the worker until nothing is due."""
    while sum(todos.run(pk) for pk in todos.due()):
        pass


def watch(member: Membership) -> Seen:
    """Everything eve's browser gets while she judges all there is, with the number of queries behind it."""
    client, seen = Client(), []
    client.force_login(member.user)

    def note(what: str, verb: str, url: str, data: dict | None = None) -> str:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = getattr(client, verb)(url, data or {}, headers={"accept": "text/html"})
        headers = {k: v for k, v in response.headers.items() if k not in {"X-Reference", "Content-Length"}}
        body = b"".join(response) if response.streaming else response.content
        seen.append((what, response.status_code, masked(f"{headers}\n{body.decode()}"), len(queries)))
        return response.headers.get("Location", "")

    for turn in range(len(ORDER)):
        with clock.held_at(START + timedelta(minutes=10 * turn)):
            address = note(f"next {turn}", "post", "/work/next/")
            assert address not in {"", "/work/"}, "eve gets a task"
            note(f"task {turn}", "get", address)
            note(f"draft {turn}", "post", f"{address}draft/", {"revision": 0, "a.tone.r1.value": "3"})
        with clock.held_at(START + timedelta(minutes=10 * turn + 4)):
            note(f"beat {turn}", "post", f"{address}heartbeat/", {"active_seconds": 200})
            note(f"submit {turn}", "post", f"{address}submit/", judged(turn))
            work_off()
            for page in PAGES:
                note(f"{page} {turn}", "get", page)
    return seen


def judged(turn: int) -> dict[str, str]:
    """What eve posts at each turn; far from every gold key on the last."""
    fields = {"receipt": "1", "revision": "1"}
    for response in ("r1", "r2"):
        fields[f"a.accuracy.{response}.value"] = "1" if turn == 1 else "4"
        fields[f"a.accuracy.{response}.rationale"] = work_samples.WHY
        fields[f"a.tone.{response}.value"] = "3"
    return fields


def assert_the_same(one: Seen, other: Seen) -> None:
    assert [step[0] for step in one] == [step[0] for step in other]
    assert len(one) > 3 * len(PAGES), "eve worked through all three tasks"
    for (what, status, text, queries), (_, twin_status, twin_text, twin_queries) in zip(one, other, strict=True):
        assert status == twin_status, what
        assert text == twin_text, what
        # What a process keeps in memory may cost the first round a query more; the secret is in the second.
        assert queries == twin_queries or what.endswith(" 0"), f"{what}: {queries} queries against {twin_queries}"


def seen_in(world: World) -> Seen:
    """Build a world in an empty database and watch eve in it."""
    call_command("flush", reset_sequences=True, interactive=False, verbosity=0)
    cache.clear()
    with clock.held_at(START - timedelta(days=1)):
        member = world()
        work_off()
    return watch(member)


def test_a_gold_task_looks_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_gold() -> Membership:
        monkeypatch.setattr(placing, "is_gold_turn", lambda *, turn, **_: turn == 2)
        return found_project(gold_task="second")[1]

    def without() -> Membership:
        monkeypatch.setattr(placing, "is_gold_turn", lambda **_: False)
        return found_project()[1]

    one = seen_in(with_gold)
    mine = Seat.objects.filter(cause=Seat.Cause.GOLD, assignments__member__user__name="Eve")
    assert mine.count() == 1, "the second task was gold in this world"
    other = seen_in(without)
    assert not Seat.objects.filter(cause=Seat.Cause.GOLD).exists()
    assert_the_same(one, other)


def test_what_the_other_evaluator_answered_shows_nowhere() -> None:
    def alone() -> Membership:
        return found_project()[1]

    def beside_a_harsh_judge() -> Membership:
        _, eve, evan = found_project()
        for _ in ORDER:
            assignment = work_samples.claim(evan)
            work_samples.hand_in(assignment, work_samples.answers(accuracy=1, tone=5, why="CANARY " * 12))
        return eve

    one, other = seen_in(alone), seen_in(beside_a_harsh_judge)
    assert Task.objects.filter(disagreements__state="open").count() == len(ORDER), "the other's answers did clash"
    assert_the_same(one, other)
    assert not any("CANARY" in text for _, _, text, _ in other)


def test_watched_is_not_told_to_the_person() -> None:
    def plain() -> Membership:
        return found_project()[1]

    def watched() -> Membership:
        admin, eve, _ = found_project()
        change_standing(member=eve, to=Standing.WATCHED, by=admin)
        return eve

    assert_the_same(seen_in(plain), seen_in(watched))
