"""The demo project's history, told by the real commands under a fixed seed and a held clock.

Twelve days of a small project: set up, two batches judged and settled, a third under way, somebody who
drifts and is paused, a guideline changed because of a disagreement, an export. Nothing is inserted by hand.
"""

import io
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.commands import create_person
from accounts.models import User
from evaltool.base import clock, todos
from evaltool.demo import leading, material, samples
from evaltool.demo.judging import Judge
from exports.building import request_export
from exports.models import Export
from projects.commands import (
    acknowledge_guideline,
    change_policy,
    change_standing,
    create_project,
    invite,
    publish_guideline,
    save_guideline_draft,
    set_domains,
)
from projects.commands.invitations import accept_invitation
from projects.models import MAY_WORK, Membership, Project, Standing
from projects.selectors import unread_guideline
from quality.models import GoldResult
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.files import parse
from rubrics.models import Criterion, RubricVersion
from tasks.assigning import claim_next
from tasks.batches import complete_batch, create_batch, release_batch
from tasks.clearing import grant_clearance
from tasks.importing.committing import commit_import
from tasks.importing.uploading import start_import
from tasks.models import Assignment, Batch, ImportRun
from tasks.submitting import submit
from tasks.working import heartbeat, save_draft

SEED = 20261121
DAYS = 12
# Tasks a person takes on one day; from SLOW_DAY on the others have little time, so that work is left.
QUOTA = {"excellent": 5, "solid": 5, "careless": 5, "drifted": 5}
SLOW_DAY = -3
HURRIED_AFTER = 4  # gold items before the careless person hurries; their alert waits for whoever opens the demo
DRIFT_AFTER = 5  # gold items judged carefully before the drifting person grows careless
BEAT = 280  # seconds between two signs of life while somebody works

Say = Callable[[str], None]


@dataclass
class Demo:
    """The story as far as it has come."""

    today: datetime
    say: Say
    rng: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311  a demo, not a secret
    users: dict[str, User] = field(default_factory=dict)
    judges: dict[str, Judge] = field(default_factory=dict)
    sides: Counter[str] = field(default_factory=Counter)
    done: Counter[tuple[str, int]] = field(default_factory=Counter)
    project: Project = field(init=False)
    version: RubricVersion = field(init=False)

    @contextmanager
    def at(self, day: int, hour: float = 9.0) -> Iterator[None]:
        """Hold the clock on `day` (negative: days ago, at that hour UTC; 0: today, 9 being the end of the story)."""
        moment = self.today + timedelta(hours=hour - 9) if day == 0 else self.midnight(day) + timedelta(hours=hour)
        with clock.held_at(moment):
            yield
            run_todos()

    def midnight(self, day: int) -> datetime:
        """When `day` begins."""
        return self.today.replace(hour=0, minute=0, second=0) + timedelta(days=day)

    def member(self, key: str) -> Membership:
        """Somebody's membership as it stands."""
        return Membership.objects.select_related("project", "user").get(project=self.project, user=self.users[key])

    def criteria(self) -> list[Criterion]:
        """The criteria in force."""
        return list(self.version.criteria.all())


def run_todos() -> None:
    """Do what a worker would do now, until nothing is due."""
    while sum(todos.run(pk) for pk in todos.due()):
        pass


@transaction.atomic
def tell(*, now: datetime, say: Say) -> Project:
    """Tell the whole story, ending at `now`; nothing of it stays when it fails on the way."""
    demo = Demo(today=now.replace(microsecond=0), say=say)
    set_up(demo)
    for day in range(1 - DAYS, 0):
        open_day(demo, day)
        work_day(demo, day)
        leading.lead_day(demo, day)
        samples.sample_day(demo, day)
    this_morning(demo)
    return demo.project


def set_up(demo: Demo) -> None:
    """The first day: people, project, guideline, rubric, and the first batch."""
    demo.say("People, guideline and rubric")
    with demo.at(-DAYS, 9):
        cast = material.people()
        _people_and_project(demo, cast)
        source = material.text("guideline.md")
        draft = save_guideline_draft(
            project=demo.project, title="How we judge everyday expert answers", source=source, by=demo.users["admin"]
        )
        publish_guideline(version=draft, by=demo.users["admin"])
        _rubric(demo)
    with demo.at(-DAYS, 11):
        _start_evaluators(demo, cast)


def _people_and_project(demo: Demo, cast: list[material.Person]) -> None:
    admin = cast[0]
    demo.users["admin"] = create_person(
        email=admin.email, name=admin.name, password=material.PASSWORD, may_create_projects=True, by=None
    )
    about = material.cast()["project"]
    by = demo.users["admin"]
    demo.project = create_project(name=about["name"], description=about["description"], by=by)
    set_domains(project=demo.project, domains=sorted({t.domain for t in material.tasks().values()}), by=by)
    # A small project that is over in two weeks: denser gold, and an alarm that may be false once in 200 items.
    change_policy(project=demo.project, gold_share=0.4, gold_floor=0.10, false_alarm_items=200, by=by)
    for person in cast[1:]:
        _, token = invite(project=demo.project, email=person.email, name=person.name, roles=[person.role], by=by)
        member = accept_invitation(token=token, name=person.name, password=material.PASSWORD)
        demo.users[person.key] = member.user


def _rubric(demo: Demo) -> None:
    by = demo.users["admin"]
    name, body = parse(material.text("rubric.yaml"))
    rubric = create_rubric(project=demo.project, name=name, by=by)
    demo.version = publish_version(version=save_version_draft(rubric=rubric, body=body, by=by), by=by)


def _start_evaluators(demo: Demo, cast: list[material.Person]) -> None:
    for person in cast:
        if person.role != "evaluator":
            continue
        member = demo.member(person.key)
        _acknowledge(member)
        change_standing(
            member=member, to=Standing.ACTIVE, reason="Welcome. Your first batch is waiting.", by=demo.users["admin"]
        )
        grant_clearance(member=member, rubric=demo.version.rubric, by=demo.users["admin"])
        rng = random.Random(f"{SEED} {person.key}")  # noqa: S311  a demo, not a secret
        demo.judges[person.key] = Judge(person, rng, demo.project.policy)


def _acknowledge(member: Membership) -> None:
    version = unread_guideline(member)
    if version is not None:
        acknowledge_guideline(member=member, version=version, by=member.user)


# --------------------------------------------------------------------- days

BATCH_DAYS = {-11: "opening", -8: "money-contracts", -3: "health"}
GUIDELINE_DAY = -4


def open_day(demo: Demo, day: int) -> None:
    """What the admin does before the others come."""
    if day in BATCH_DAYS:
        with demo.at(day, 8):
            _batch(demo, BATCH_DAYS[day])
    if day == GUIDELINE_DAY:
        demo.say("A second version of the guideline")
        with demo.at(day, 8.5):
            _second_guideline(demo)


def _batch(demo: Demo, key: str) -> None:
    by = demo.users["admin"]
    plan = next(entry for entry in material.cast()["batches"] if entry["key"] == key)
    demo.say(f"Batch: {plan['name']}")
    batch = create_batch(
        project=demo.project,
        name=plan["name"],
        rubric_version=demo.version,
        deadline=demo.midnight(plan["deadline_days"]) + timedelta(hours=18),
        priority=plan["priority"],
        by=by,
    )
    run = start_import(batch=batch, file=io.BytesIO(material.upload(plan["domains"])), filename=f"{key}.jsonl", by=by)
    run_todos()
    commit_import(run=_fresh(run), by=by)
    run_todos()
    batch.refresh_from_db()
    release_batch(batch=batch, by=by)


def _fresh(run: ImportRun) -> ImportRun:
    run.refresh_from_db()
    return run


def _second_guideline(demo: Demo) -> None:
    draft = save_guideline_draft(
        project=demo.project,
        title="How we judge everyday expert answers",
        source=material.text("guideline_v2.md"),
        change_note=material.text("guideline_v2_note.txt").strip(),
        by=demo.users["admin"],
    )
    publish_guideline(version=draft, by=demo.users["admin"])
    for key in demo.judges:
        member = demo.member(key)
        if member.standing in MAY_WORK:
            _acknowledge(member)


def work_day(demo: Demo, day: int) -> None:
    """Everybody takes their tasks of the day, by turns, each at their own pace."""
    hours = {key: 9.0 + number * 0.11 for number, key in enumerate(demo.judges)}
    for _ in range(max(QUOTA.values())):
        for key in demo.judges:
            if demo.done[key, day] < _quota(key, day) and demo.member(key).standing in MAY_WORK:
                hours[key] += _one_task(demo, key, day, hours[key])


def _quota(key: str, day: int) -> int:
    slow = {"drifted": QUOTA["drifted"]}
    return slow.get(key, 1) if day >= SLOW_DAY else QUOTA[key]


def _one_task(demo: Demo, key: str, day: int, hour: float) -> float:
    """One task from claim to submission. Returns the hours it took, with a short break."""
    judge = demo.judges[key]
    with demo.at(day, hour):
        assignment = claim_next(member=demo.member(key), by=demo.users[key])
    if assignment is None:
        return 0.0
    judge.drifting = _drifts(demo, key)
    judge.hurried = key == "careless" and _gold_done(demo, key) >= HURRIED_AFTER
    seconds = judge.seconds()
    raw = _raw(demo, judge, assignment)
    for passed in range(BEAT, seconds, BEAT):
        with demo.at(day, hour + passed / 3600):
            heartbeat(assignment=assignment, seconds=BEAT, by=demo.users[key])
    with demo.at(day, hour + seconds / 3600):
        submit(assignment=assignment, raw=raw, active_seconds=seconds % BEAT, by=demo.users[key])
    demo.done[key, day] += 1
    return (seconds + 90) / 3600


def _drifts(demo: Demo, key: str) -> bool:
    """Whether somebody has come to the careless part of the story: after a few gold items done well."""
    if "drift" not in demo.judges[key].person.style:
        return False
    return _gold_done(demo, key) >= DRIFT_AFTER


def _gold_done(demo: Demo, key: str) -> int:
    return GoldResult.objects.filter(member=demo.member(key)).count()


def _raw(demo: Demo, judge: Judge, assignment: Assignment) -> dict[str, Any]:
    task = material.tasks()[assignment.task.external_id].stored(assignment.task.content)
    side = demo.sides[task.external_id] % 2
    demo.sides[task.external_id] += 1
    return judge.answers(task, demo.criteria(), side)


# ------------------------------------------------------------- this morning


def this_morning(demo: Demo) -> None:
    """Where the story stops: a batch done, a file built, work lying open, a bad upload waiting."""
    demo.say("Today: an export, open work, an upload with bad rows")
    by = demo.users["admin"]
    with demo.at(-1, 18):
        _complete_what_is_done(demo)
        request_export(project=demo.project, format=Export.Format.JSONL, content=Export.Content.CONSENSUS, by=by)
    with demo.at(0, 8.2):
        leading.watch_the_careless(demo)
        _upload_with_bad_rows(demo)
    with demo.at(0, 8.7):
        _leave_open(demo, "excellent")
        _leave_open(demo, "solid")


def _complete_what_is_done(demo: Demo) -> None:
    for batch in Batch.objects.filter(project=demo.project, state=Batch.State.RELEASED):
        if not batch.seats.wanted().exclude(state="done").exists():
            complete_batch(batch=batch, by=demo.users["admin"])


def _upload_with_bad_rows(demo: Demo) -> None:
    by = demo.users["admin"]
    batch = create_batch(
        project=demo.project,
        name="Contracts, second delivery",
        rubric_version=demo.version,
        deadline=demo.midnight(18) + timedelta(hours=18),
        by=by,
    )
    file = io.BytesIO(material.text("late_rows.jsonl").encode())
    start_import(batch=batch, file=file, filename="contracts-2.jsonl", by=by)


def _leave_open(demo: Demo, key: str) -> None:
    """Begin a task, save half a draft, and stop there."""
    assignment = claim_next(member=demo.member(key), by=demo.users[key])
    if assignment is None:
        return
    raw = _raw(demo, demo.judges[key], assignment)
    half = dict(list(raw.items())[:2])
    save_draft(assignment=assignment, data=json.loads(json.dumps(half)), revision=0, by=demo.users[key])


def demo_exists() -> bool:
    """Whether the story has been told in this database."""
    return User.objects.filter(email=material.people()[0].email).exists()


def is_local() -> bool:
    """The demo's password is public, so it is loaded only where nobody else can reach it."""
    return bool(settings.LOCAL)
