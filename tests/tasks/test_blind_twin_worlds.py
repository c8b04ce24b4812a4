"""Twin worlds: the same person does the same in two worlds that differ in what they must not see, and sees the same."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from difflib import ndiff
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from evaltool.base import todos
from evaltool.base.clock import held_at
from evaltool.base.models import ToDo
from projects.commands import add_member, change_policy, change_standing, create_project
from projects.models import Membership, Role, Standing
from reviews.asking import answer
from reviews.asking_reads import questions_for
from reviews.flagging import close_flag
from reviews.flagging_reads import flags_for
from tasks import placing, showing, submitting
from tasks.distributing import distribute_batch
from tasks.models import Assignment, Seat, Submission
from tests.conftest import person
from tests.tasks.import_samples import gold, row
from tests.tasks.work_samples import answers, claim, clear, evaluator, hand_in, make_batch, make_guideline, make_version

START = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)
NO_MORE = {"gold_share": 0.0, "gold_floor": 0.0}
CANARY = "The zebra in paragraph nine is not what the question was about at all."
HTMX, JSON = {"HX-Request": "true"}, {"Accept": "application/json"}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?")  # whole, or cut as on receipts
TOKEN = re.compile(r'(csrfmiddlewaretoken" value="|X-CSRFToken": "|X-CSRFToken&quot;: &quot;)[A-Za-z0-9]+')
HEADERS = ("Content-Type", "Location", "HX-Push-Url", "HX-Retarget", "HX-Reswap", "HX-Redirect", "Vary", "ETag")


def shape(sql: str) -> str:
    """What a statement does and to which table, without its values."""
    table = re.search(r'(?:FROM|INTO|UPDATE) "?(\w+)', sql)
    if table and table[1] == "tasks_seat" and not sql.startswith("SELECT"):
        return "one write of tasks_seat"  # gold inserts its seat where work takes one that is there
    return f"{sql.split(maxsplit=1)[0]} {table[1] if table else ''}".strip()


class Diary:
    """Everything one person's browser is answered, with tokens removed and ids numbered in order of appearance."""

    def __init__(self, member: Membership) -> None:
        self.client = Client()
        self.client.force_login(member.user)
        self.pages: list[tuple[Any, ...]] = []
        self.ids: dict[str, str] = {}

    def __call__(self, how: str, url: str, data: dict[str, str] | None = None, **more: Any) -> HttpResponse:
        with CaptureQueriesContext(connection) as queries:
            answer = getattr(self.client, how)(url, data or {}, **more)
            content = answer.getvalue() if answer.streaming else answer.content
        headers = [self.plain(answer.get(name, "")) for name in HEADERS]
        body = self.plain(content.decode())
        statements = [shape(query["sql"]) for query in queries.captured_queries]
        self.pages.append((how, self.plain(url), answer.status_code, headers, statements, body))
        return answer

    def plain(self, text: str) -> str:
        text = TOKEN.sub(r"\1-", text)
        return UUID.sub(lambda found: self.ids.setdefault(found[0], f"id-{len(self.ids)}"), text)


def same_numbers() -> None:
    """Let every sequence go on from one number, so that both worlds count alike."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname || '.' || sequencename FROM pg_sequences WHERE schemaname = 'public'")
        for (name,) in cursor.fetchall():
            cursor.execute("SELECT setval(%s, 5000000)", [name])


def world(build: Callable[[], Membership]) -> list[tuple[Any, ...]]:
    """Build a world, let its person live through the same day, and take the world back."""
    cache.clear()
    with transaction.atomic():
        same_numbers()
        with held_at(START):
            member = build()
        submitting._criteria.cache_clear()  # what building has warmed up says nothing about the world
        showing._drawer.cache_clear()
        pages = a_day(member)
        transaction.set_rollback(True)
    return pages


def worker() -> None:
    """Be the worker, for everything that follows a submission."""
    for pk in ToDo.objects.exclude(kind="distribute_batch").order_by("pk").values_list("pk", flat=True):
        todos.run(pk)


def form(accuracy: int, tone: int, receipt: int = 1) -> dict[str, str]:
    """A filled-in form."""
    fields = {"receipt": str(receipt), "active_seconds": "20"}
    for response in ("r1", "r2"):
        fields |= {f"a.accuracy.{response}.value": str(accuracy), f"a.tone.{response}.value": str(tone)}
        fields[f"a.accuracy.{response}.rationale"] = "The figure in the second paragraph contradicts the prompt."
    return fields


def own_pages(diary: Diary, slug: str) -> None:
    """Every page an evaluator has about themselves."""
    diary("get", "/work/")
    for name, args in (
        ("reviews:feedback_list", []),
        ("reviews:record", []),
        ("reviews:record_file", ["csv"]),
        ("quality:mine_projects", []),
        ("reviews:own_flags", []),
        ("reviews:own_questions", []),
        ("reviews:skipped", []),
        ("accounts:messages", []),
        ("accounts:profile", []),
        ("quality:mine", [slug]),
    ):
        try:
            diary("get", reverse(name, args=args))
        except NoReverseMatch:
            continue


def ask_aside(diary: Diary, place: str) -> None:
    """Flag the task twice and ask about it, as a panel and as a page, and look at the task again."""
    for headers in (HTMX, {}):
        diary("get", f"{place}flag/", headers=headers)
        diary("get", f"{place}ask/", headers=headers)
    diary("post", f"{place}flag/", {"kind": "other"}, headers=HTMX)
    diary("post", f"{place}flag/", {"kind": "unratable", "text": "The figure is missing."}, headers=HTMX)
    diary("post", f"{place}flag/", {"kind": "broken"})
    diary("post", f"{place}ask/", {"question": "Which figure is meant?", "criterion": "tone"}, headers=HTMX)
    diary("get", place)


def answer_asides(member: Membership) -> None:
    """Be the lead: answer what was flagged and asked, the same in every world."""
    lead = User.objects.get(email="lee@example.org")
    for flag in flags_for(lead, [member.project]).filter(kind="broken"):
        close_flag(flag=flag, to="handled", answer="Thank you, it is looked at.", by=lead)
    for question in questions_for(lead, [member.project]):
        answer(clarification=question, text="Read section 2 again.", by=lead)


def a_day(member: Membership) -> list[tuple[Any, ...]]:
    """Take tasks until there are none; draft, beat, submit, undo, skip; look at every page in between."""
    diary, slug = Diary(member), member.project.slug
    now = START
    own_pages(diary, slug)
    for turn in range(12):
        now += timedelta(minutes=3)
        with held_at(now):
            place = diary("post", "/work/next/", {"project": slug})["Location"]
            if place == "/work/":
                break
            diary("get", place)
            diary("post", f"{place}draft/", {"a.tone.r1.value": "2", "revision": "0"}, headers=JSON)
            diary("post", f"{place}draft/", {"a.tone.r1.value": "3", "revision": "0"}, headers=JSON)
            ask_aside(diary, place)
        now += timedelta(seconds=50)
        with held_at(now):
            diary("post", f"{place}heartbeat/", {"active_seconds": "45"}, headers=JSON)
            if turn == 4:
                diary("post", f"{place}skip/", {"kind": "expertise", "reason": "Not my field"})
            else:
                diary("post", f"{place}submit/", {"a.tone.r1.value": "9"}, headers=HTMX)
                diary("post", f"{place}submit/", form(1 + turn % 5, 1 + turn % 4), headers=HTMX if turn % 2 else {})
                diary("post", f"{place}submit/", form(1 + turn % 5, 5), headers=HTMX)
            worker()
            answer_asides(member)
            diary("get", place)
            if turn == 2:
                diary("post", f"{place}undo/")
                diary("get", place)
                diary("post", f"{place}submit/", form(2, 2, receipt=2))
                worker()
        with held_at(now + timedelta(minutes=1)):
            diary("post", f"{place}undo/")
            own_pages(diary, slug)
    assert Submission.objects.filter(member=member, revision=1).count() >= 6
    return diary.pages


def differences(one: list[tuple[Any, ...]], two: list[tuple[Any, ...]]) -> list[str]:
    """Where two diaries part, with the words around it."""
    found = [] if len(one) == len(two) else [f"{len(one)} and {len(two)} answers"]
    for a, b in zip(one, two, strict=False):
        if a[:4] != b[:4]:
            found.append(f"{a[:4]} and {b[:4]}")
        elif a[4] != b[4]:
            only = [line for line in ndiff(a[4], b[4]) if line[0] in "+-"]
            found.append(f"{a[:2]}: statements {only}")
        elif a[5] != b[5]:
            place = next((n for n, (x, y) in enumerate(zip(a[5], b[5], strict=False)) if x != y), 0)
            around = slice(max(0, place - 80), place + 80)
            found.append(f"{a[:3]}: …{a[5][around]}… and …{b[5][around]}…")
    return found


def office() -> tuple[Any, Any, Membership, Membership, Any]:
    """A project with guideline, rubric, QA lead and two evaluators, of whom the second may not work yet."""
    admin = person("Ada", may_create_projects=True)
    project = create_project(name="Twin", by=admin)
    make_guideline(project, admin)
    version = make_version(project, admin)
    lead = add_member(project=project, user=person("Lee"), roles=[Role.QA_LEAD], by=admin)
    assert lead
    return admin, project, evaluator(project, "Eve", admin, version), evaluator(project, "Evan", admin), version


def in_order(names: list[str]) -> None:
    """Give the tasks' seats places in this order."""
    for place, name in enumerate(names):
        Seat.objects.filter(task__external_id=name).update(place=place)


def with_or_without_gold(is_gold: bool, listed: bool) -> Membership:
    """Eight tasks; the one on Eve's second gold turn is gold, or work like the others."""
    admin, project, eve, _, version = office()
    policy = change_policy(project=project, by=admin, gold_first_tasks=6, gold_first_count=1, **NO_MORE)
    turn = next(t for t in range(1, 7) if placing.is_gold_turn(member=eve.pk, turn=t, policy=policy, share=0.0))
    names = [f"t{n}" for n in range(8)]
    special = names[turn - 1]
    # The gold row comes last in the file, so that the tasks have the same numbers in both worlds.
    plain = [row(name) for name in names if name != special]
    batch = make_batch(version, admin, rows=[*plain, row(special, gold=gold() if is_gold else None)], overlap=1)
    in_order(names)
    while listed and distribute_batch(batch.pk):
        pass  # gold is given beside the shares of work, so that filling up takes one more round
    return eve


@pytest.mark.parametrize("listed", [True, False])
def test_gold_looks_like_work_in_every_byte(db: None, listed: bool) -> None:
    seen: dict[bool, list[tuple[Any, ...]]] = {}
    for is_gold in (True, False):
        seen[is_gold] = world(lambda is_gold=is_gold: with_or_without_gold(is_gold, listed))
    assert len(seen[True]) > 60
    assert differences(seen[True], seen[False]) == []


def test_the_twin_worlds_do_differ_in_gold(db: None) -> None:
    with transaction.atomic():
        same_numbers()
        eve = with_or_without_gold(True, True)
        causes = Assignment.objects.filter(member=eve).order_by("turn").values_list("seat__cause", flat=True)
        assert sorted(causes).count("gold") == 1
        transaction.set_rollback(True)


def with_or_without_another(works: str) -> Membership:
    """Eight tasks of overlap 2 on which Evan has said something else, the same, or nothing yet."""
    admin, project, eve, evan, version = office()
    change_policy(project=project, by=admin, gold_first_count=0, **NO_MORE)
    names = [f"t{n}" for n in range(8)]
    make_batch(version, admin, rows=[row(name) for name in names], overlap=2)
    in_order(names)
    clear(evan, version, admin)
    while works != "nothing" and (found := claim(evan)):
        hand_in(found, answers(tone=5 if works == "other" else 1, why=CANARY))
    return eve


def test_what_somebody_else_says_or_whether_they_say_anything_shows_nowhere(db: None) -> None:
    other, same, nothing = (world(lambda w=w: with_or_without_another(w)) for w in ("other", "same", "nothing"))
    assert differences(other, same) == []
    assert differences(other, nothing) == []
    assert not [page for page in other if CANARY in page[5]]


def test_being_watched_shows_nowhere(db: None) -> None:
    def build(watched: bool) -> Membership:
        eve = with_or_without_another("nothing")
        if watched:
            change_standing(member=eve, to=Standing.WATCHED, by=eve.project.created_by)
        return eve

    assert differences(world(lambda: build(True)), world(lambda: build(False))) == []


def test_the_words_of_pages_never_name_gold_or_watched(db: None) -> None:
    pages = world(lambda: with_or_without_gold(True, True))
    named = re.compile(r"\bgold\b|watched|golden|honeypot", re.IGNORECASE)
    assert [page[:3] for page in pages if named.search(page[5])] == []
