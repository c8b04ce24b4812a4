"""What the tests of work start from: people who may work, a released batch, and ways to act for them."""

from collections.abc import Iterable
from typing import Any

from accounts.models import User
from evaltool.base import todos
from evaltool.base.models import ToDo
from projects.commands import (
    acknowledge_guideline,
    add_member,
    change_standing,
    publish_guideline,
    save_guideline_draft,
)
from projects.models import GuidelineVersion, Membership, Project, Role, Standing
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.models import RubricVersion
from tasks.assigning import claim_next
from tasks.batches import create_batch, release_batch
from tasks.clearing import grant_clearance
from tasks.importing import commit_import
from tasks.models import Assignment, Batch, Submission, Task
from tasks.submitting import submit
from tests.conftest import person
from tests.tasks.import_samples import checked, gold, jsonl, row, work

LEVELS = [{"score": n, "title": f"Level {n}", "description": f"What level {n} means."} for n in range(1, 6)]
CRITERIA: list[dict[str, Any]] = [
    {
        "key": "accuracy", "title": "Accuracy", "kind": "rating", "help": "Facts and figures are right.",
        "allow_na": True, "rationale": "extreme", "critical": True, "weight": 2, "sections": ["accuracy"],
        "config": {"levels": LEVELS},
    },
    {"key": "tone", "title": "Tone", "kind": "rating", "config": {"levels": LEVELS}},
    {
        "key": "notes", "title": "Notes", "kind": "text", "scope": "task", "required": False,
        "rationale": "never", "config": {"min_length": 0, "max_length": 500},
    },
]  # fmt: skip
WHY = "The figure in the second paragraph contradicts the prompt, and no source is given."
GUIDE = "# Guideline\n\n## 1 Accuracy\n\nCheck every figure.\n\n## 2 Tone\n\nSuit the reader."


def answers(accuracy: int = 4, tone: int = 3, responses: Iterable[str] = ("r1", "r2"), why: str = WHY) -> dict:
    """Raw answers that fit the sample rubric."""
    return {
        "accuracy": {r: {"value": accuracy, "na": False, "rationale": why} for r in responses},
        "tone": {r: {"value": tone, "na": False, "rationale": ""} for r in responses},
    }


def make_version(project: Project, by: User, name: str = "Answers") -> RubricVersion:
    """The sample rubric, published."""
    rubric = create_rubric(project=project, name=name, by=by)
    return publish_version(version=save_version_draft(rubric=rubric, body={"criteria": CRITERIA}, by=by), by=by)


def make_guideline(project: Project, by: User, source: str = GUIDE, **values: Any) -> GuidelineVersion:
    """The next guideline version, in force."""
    draft = save_guideline_draft(project=project, title="Guideline", source=source, by=by, **values)
    return publish_guideline(version=draft, by=by)


def filled(batch: Batch, by: User, rows: Iterable[dict[str, Any]]) -> Batch:
    """The batch with these rows imported."""
    run = checked(batch, jsonl(*rows), by)
    assert not run.rows_bad, list(run.problems.values_list("line", "field", "reason"))
    commit_import(run=run, leave_out_bad=False, by=by)
    work()
    batch.refresh_from_db()
    return batch


def make_batch(
    version: RubricVersion, by: User, *, tasks: int = 4, gold_tasks: int = 0, rows: Any = None, name: str = "Batch 1",
    release: bool = True, **values: Any,
) -> Batch:  # fmt: skip
    """A released batch with `tasks` tasks and `gold_tasks` gold ones."""
    batch = create_batch(project=version.rubric.project, name=name, rubric_version=version, by=by, **values)
    plain = [row(f"{name} t{n:03}") for n in range(tasks)]
    keyed = [row(f"{name} g{n:03}", gold=gold()) for n in range(gold_tasks)]
    filled(batch, by, rows or [*plain, *keyed])
    if release:
        release_batch(batch=batch, by=by)
    return batch


def clear(member: Membership, version: RubricVersion, by: User, **values: Any) -> None:
    """Everything a member needs before work: the guideline confirmed, a clearance."""
    for current in GuidelineVersion.objects.filter(guideline__project=member.project, published_at__isnull=False):
        acknowledge_guideline(member=member, version=current, by=member.user)
    grant_clearance(member=member, rubric=version.rubric, by=by, **values)


def evaluator(project: Project, name: str, by: User, version: RubricVersion | None = None) -> Membership:
    """A new evaluator who is active and, given a version, cleared for its rubric."""
    member = add_member(project=project, user=person(name), roles=[Role.EVALUATOR], by=by)
    change_standing(member=member, to=Standing.ACTIVE, by=by)
    if version:
        clear(member, version, by)
    return member


def claim(member: Membership) -> Assignment | None:
    """The member's next task."""
    return claim_next(member=member, by=member.user)


def hand_in(assignment: Assignment, raw: dict | None = None, **values: Any) -> Submission:
    """Submit for the assignment's own person."""
    raw = answers() if raw is None else raw
    return submit(assignment=assignment, raw=raw, by=assignment.member.user, **values)


def run_due(*kinds: str) -> None:
    """Be the worker for these kinds of to-do."""
    for pk in ToDo.objects.filter(kind__in=kinds).order_by("pk").values_list("pk", flat=True):
        todos.run(pk)


def names(assignments: Iterable[Assignment | None]) -> list[str]:
    """External ids of the tasks of these assignments."""
    return [Task.objects.get(pk=one.task_id).external_id if one else "nothing" for one in assignments]
