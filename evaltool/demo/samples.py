"""A small project for every rubric one can start from: judged by two people, mostly settled, some of it left to try."""

from __future__ import annotations

import io
import json
import random
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from accounts.models import User
from evaltool.demo.material import CONTENT
from projects.commands import add_member, change_policy, change_standing, create_project
from projects.models import Membership, Project, Role, Standing
from reviews.adjudicating import Decision, adjudicate, hold
from reviews.models import Disagreement
from reviews.settling import judgements_of
from rubrics.answers import targets
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.kinds import kind_of
from rubrics.models import Criterion, RubricVersion
from rubrics.starting import starting_point, starting_points
from tasks.assigning import claim_next
from tasks.batches import complete_batch, create_batch, release_batch
from tasks.clearing import grant_clearance
from tasks.content import file_order
from tasks.importing.committing import commit_import
from tasks.importing.uploading import start_import
from tasks.models import Assignment, Batch
from tasks.submitting import submit

if TYPE_CHECKING:
    from evaltool.demo.story import Demo

JUDGES = ("excellent", "solid")  # whose judgments the content holds, in this order
FIRST_DAY = -8  # of the first project; each has a day of its own
ROW = ("id", "prompt", "messages", "context", "responses", "criteria")


@dataclass(frozen=True)
class Sample:
    """One project: its words, the rubric it starts from, tasks with their judgments, tasks to try."""

    name: str
    description: str
    start: str
    tasks: list[dict[str, Any]]
    open: list[dict[str, Any]]

    def task(self, external_id: str) -> dict[str, Any]:
        """A judged task by its id."""
        return next(task for task in self.tasks if task["id"] == external_id)


@cache
def samples() -> tuple[Sample, ...]:
    """Every project, in the order in which rubrics to start from are offered."""
    files = [CONTENT / "samples" / f"{point.slug}.yaml" for point in starting_points()]
    return tuple(Sample(**yaml.safe_load(file.read_text("utf-8"))) for file in files)


def upload(tasks: list[dict[str, Any]]) -> bytes:
    """These tasks as a JSON Lines file."""
    rows = [{part: task[part] for part in ROW if part in task} for task in tasks]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def raw_answers(criteria: list[Criterion], content: dict[str, Any], judgment: dict[str, Any]) -> dict[str, Any]:
    """Raw answers from a judgment as it is written: `{key: value}` or `{key: {"v": value, "why": reason}}`.

    Every criterion is about one thing there; responses are called r1, r2 … in the order of the file.
    """
    names = {f"r{number}": one for number, one in enumerate(file_order(content), start=1)}
    by_key = {criterion.key: criterion for criterion in criteria}
    raw: dict[str, Any] = {}
    for key, given in judgment.items():
        [target] = targets(by_key[key], content)
        said = given if isinstance(given, dict) and "v" in given else {"v": given}
        value = kind_of(by_key[key]).renamed(said["v"], names)
        raw[key] = {target: {"value": value, "rationale": said.get("why", "")}}
    return raw


def sample_day(demo: Demo, day: int) -> None:
    """Tell the project whose day this is, if one begins today."""
    place = day - FIRST_DAY
    if 0 <= place < len(samples()):
        _tell(demo, samples()[place], day)


def _tell(demo: Demo, sample: Sample, day: int) -> None:
    demo.say(f"A small project: {sample.name}")
    with demo.at(day, 12.5):
        version, members = _set_up(demo, sample)
    judged = _batch(demo, sample, version, day, "First set", sample.tasks)
    for place, member in enumerate(members):
        _judge(demo, sample, member, place, day)
    with demo.at(day, 16.5):
        _adjudicate(demo, sample, members)
        complete_batch(batch=Batch.objects.get(pk=judged.pk), by=demo.users["admin"])
    _batch(demo, sample, version, day, "To try", sample.open, hour=17)


def _set_up(demo: Demo, sample: Sample) -> tuple[RubricVersion, list[Membership]]:
    by, point = demo.users["admin"], starting_point(sample.start)
    project = create_project(name=sample.name, description=sample.description, by=by)
    change_policy(project=project, gold_first_count=0, gold_share=0.0, gold_floor=0.0, by=by)
    rubric = create_rubric(project=project, name=point.name, by=by)
    version = publish_version(version=save_version_draft(rubric=rubric, body=point.body, by=by), by=by)
    add_member(project=project, user=demo.users["lead"], roles=[Role.QA_LEAD], by=by)
    return version, [_evaluator(project, demo.users[key], version, by) for key in JUDGES]


def _evaluator(project: Project, user: User, version: RubricVersion, by: User) -> Membership:
    member = add_member(project=project, user=user, roles=[Role.EVALUATOR], by=by)
    change_standing(member=member, to=Standing.ACTIVE, reason="You know how we work. Enjoy the change.", by=by)
    grant_clearance(member=member, rubric=version.rubric, by=by)
    return member


def _batch(
    demo: Demo,
    sample: Sample,
    version: RubricVersion,
    day: int,
    name: str,
    tasks: list[dict[str, Any]],
    hour: float = 12.6,
) -> Batch:
    by = demo.users["admin"]
    with demo.at(day, hour):
        batch = create_batch(project=version.rubric.project, name=name, rubric_version=version, overlap=2, by=by)
        run = start_import(batch=batch, file=io.BytesIO(upload(tasks)), filename=f"{sample.start}.jsonl", by=by)
    with demo.at(day, hour + 0.05):
        run.refresh_from_db()
        commit_import(run=run, by=by)
    with demo.at(day, hour + 0.1):
        batch.refresh_from_db()
        release_batch(batch=batch, by=by)
    return batch


def _judge(demo: Demo, sample: Sample, member: Membership, place: int, day: int) -> None:
    rng = random.Random(f"{sample.start} {place}")  # noqa: S311  a demo, not a secret
    hour = 13.0 + 1.5 * place
    for _ in sample.tasks:
        seconds = rng.randint(70, 270)
        with demo.at(day, hour):
            assignment = claim_next(member=Membership.objects.get(pk=member.pk), by=member.user)
        assert assignment is not None
        with demo.at(day, hour + seconds / 3600):
            submit(assignment=assignment, raw=_said(sample, assignment, place), active_seconds=seconds, by=member.user)
        hour += (seconds + 40) / 3600


def _said(sample: Sample, assignment: Assignment, place: int) -> dict[str, Any]:
    judgment = sample.task(assignment.task.external_id)["judgments"][place]
    criteria = list(Criterion.objects.filter(version=assignment.rubric_version_id))
    return raw_answers(criteria, assignment.task.content, judgment)


def _adjudicate(demo: Demo, sample: Sample, members: list[Membership]) -> None:
    """The lead rules on the task whose ruling is written; other disagreements stay in the queue."""
    rows = Disagreement.objects.open().filter(project=members[0].project_id).select_related("task", "project", "batch")
    for found in rows:
        ruling = sample.task(found.task.external_id).get("ruling")
        if ruling:
            _rule(found, ruling, members[ruling["adopt"]], demo.users["lead"])


def _rule(found: Disagreement, ruling: dict[str, Any], adopted: Membership, by: User) -> None:
    hold(disagreement=found, by=by)
    [theirs] = [one for one in judgements_of(found.task).submissions if one.member_id == adopted.pk]
    decisions = [Decision(point["criterion"], point["target"], adopt=theirs) for point in found.points]
    adjudicate(disagreement=found, decisions=decisions, note=ruling["note"], cause=ruling["cause"], by=by)
