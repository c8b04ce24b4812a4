"""What the tests of reviews start from: a rubric of several kinds, tasks that were judged, and a worker at hand."""

from itertools import count
from typing import Any, NamedTuple

from accounts.models import User
from projects.commands import add_member
from projects.models import Membership, Project, Role
from reviews.adjudicating import Decision, adjudicate
from reviews.models import Adjudication, Cause, Consensus, Disagreement
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.models import RubricVersion
from tasks.assigning import take_seat
from tasks.models import Assignment, Submission, Task
from tests.conftest import person
from tests.tasks.work_samples import hand_in, make_batch, run_due

LEVELS = [{"score": n, "title": f"Level {n}", "description": f"What level {n} means."} for n in range(1, 6)]
FLAGS = [{"key": key, "title": key.title(), "help": ""} for key in ("figure", "source", "caveat")]
CRITERIA: list[dict[str, Any]] = [
    {"key": "safety", "title": "Safety", "kind": "rating", "critical": True, "weight": 5, "config": {"levels": LEVELS}},
    {"key": "tone", "title": "Tone", "kind": "rating", "allow_na": True, "weight": 2, "config": {"levels": LEVELS}},
    {"key": "flags", "title": "Flags", "kind": "choice", "config": {"labels": FLAGS, "min": 0, "max": 3}},
    {
        "key": "advice", "title": "Advice", "kind": "text", "scope": "task", "required": False,
        "rationale": "never", "config": {"min_length": 0, "max_length": 500},
    },
]  # fmt: skip
WHY = "The dose belongs to another medicine, and the text names no limit for this age."
ONE = {"responses": ["Take two."]}
REASON = "The general advice does not undo a wrong figure."
_names = count(1)


class Panel(NamedTuple):
    """A project with a QA lead and two evaluators who are cleared; no gold is mixed in unless a test says so."""

    project: Project
    version: RubricVersion
    admin: User
    lead: User
    eve: Membership
    evan: Membership

    @property
    def judges(self) -> list[Membership]:
        """The evaluators in the order in which they judge."""
        return [self.eve, self.evan]


def make_version(project: Project, by: User, name: str = "Answers") -> RubricVersion:
    """A critical rating, a rating with N/A, labels, and an optional text on the task; published."""
    rubric = create_rubric(project=project, name=name, by=by)
    return publish_version(version=save_version_draft(rubric=rubric, body={"criteria": CRITERIA}, by=by), by=by)


def raw(safety: int = 4, tone: int | str = 3, flags: tuple[str, ...] = (), advice: str = "", **more: Any) -> dict:
    """Raw answers about one response; tone may be "na". `more` holds further fields of every entry."""
    answers = {
        "safety": {"r1": {"value": safety, "rationale": WHY, **more}},
        "tone": {"r1": {"na": True, **more} if tone == "na" else {"value": tone, **more}},
        "flags": {"r1": {"value": list(flags), **more}},
    }
    return {**answers, "advice": {"": {"value": advice}}} if advice else answers


def opened(panel: Panel, *judges: Membership, task: dict[str, Any] | None = None, **batch: Any) -> list[Assignment]:
    """A task in a batch of its own, open at each of these judges."""
    people = judges or panel.judges
    name = f"Set {next(_names)}"
    made = make_batch(
        panel.version, panel.admin, name=name, rows=[{"id": f"{name} task", "prompt": "May I?", **ONE, **(task or {})}],
        **{"overlap": len(people), **batch},
    )  # fmt: skip
    return [found for judge in people if (found := take_seat(member=judge, batch=made))]


def judged(panel: Panel, *answers: dict, judges: tuple[Membership, ...] = (), **values: Any) -> Task:
    """A task that was judged with these answers, one judge each; not settled yet."""
    people = judges or tuple(panel.judges[: len(answers)])
    for assignment, given in zip(opened(panel, *people, **values), answers, strict=True):
        hand_in(assignment, given)
    return Task.objects.get(pk=assignment.task_id)


def settle() -> None:
    """Be the worker: settle what is due."""
    run_due("settle_task")


def disputed(panel: Panel, *answers: dict, **values: Any) -> Disagreement:
    """An open disagreement: safety 5 against 2 unless told otherwise."""
    task = judged(panel, *(answers or (raw(safety=5), raw(safety=2))), **values)
    settle()
    return Disagreement.objects.get(task=task, state=Disagreement.State.OPEN)


def values_of(consensus: Consensus) -> dict[tuple[str, str], Any]:
    """The settled values by criterion and target."""
    return {(row.criterion.key, row.target): row.value for row in consensus.values.select_related("criterion")}


def submission_of(disagreement: Disagreement, judge: Membership) -> Submission:
    """What a judge handed in on the task."""
    return Submission.objects.current().get(task=disagreement.task_id, member=judge)


def own(value: Any, criterion: str = "safety", target: str = "r1", **more: Any) -> Decision:
    """A value of the lead's own."""
    return Decision(criterion, target, value={"value": value}, **more)


def resolve(disagreement: Disagreement, by: User, *decisions: Decision, **more: Any) -> Adjudication:
    """Settle a disagreement about safety: level 2 and an evaluator's error unless told otherwise."""
    said = {"note": REASON, "cause": Cause.EVALUATOR_ERROR, **more}
    return adjudicate(disagreement=disagreement, decisions=decisions or [own(2)], by=by, **said)


def another_lead(panel: Panel, name: str = "Rosa") -> User:
    """A second QA lead of the project."""
    return add_member(project=panel.project, user=person(name), roles=[Role.QA_LEAD], by=panel.admin).user
