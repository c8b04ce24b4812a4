"""A world with something on every page, made by commands: work of every kind, disputes, alerts, flags, files."""

from typing import NamedTuple

from accounts.models import User
from evaltool.base import todos
from evaltool.base.models import ToDo
from exports.building import request_export
from projects.commands import (
    add_member,
    change_policy,
    change_standing,
    create_api_key,
    create_project,
    invite,
    save_guideline_draft,
)
from projects.commands.calls import set_call
from projects.models import Membership, Project, Role, Standing
from reviews.adjudicating import hold
from reviews.asking import answer, ask
from reviews.flagging import close_flag, flag
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.models import RubricVersion
from rubrics.starting import starting_points
from tasks.assigning import take_seat
from tasks.batches import create_batch
from tests.conftest import person
from tests.quality.gold_samples import alarmed, gold_batch
from tests.reviews.review_samples import CRITERIA, Panel, disputed, make_version, opened, resolve
from tests.tasks.import_samples import checked, jsonl, row
from tests.tasks.work_samples import GUIDE, clear, evaluator, make_batch, make_guideline

TEXT = """A paragraph with **bold**, *emphasis*, `code` and a [link](https://example.org).

| Drug | Dose |
|---|---:|
| One | 5 mg |

```python
def dose(weight):
    return weight * 5
```

1. First.
2. Second, with $x^2$.
"""


class World(NamedTuple):
    """The project, whose eyes to look through, and pages nobody links to from their home."""

    project: Project
    eyes: list[User]
    pages: list[tuple[User, str]]


def build() -> World:
    """Make it all."""
    admin, lead = person("Ada", may_create_projects=True), person("Lee")
    project = create_project(name="Clinical answers", by=admin)
    add_member(project=project, user=lead, roles=[Role.QA_LEAD], by=admin)
    panel = _panel(project, admin, lead)
    _alert(panel)
    change_policy(project=project, by=admin, gold_first_tasks=1, gold_first_count=0, gold_share=0.0, gold_floor=0.0)
    pages = [*_reviews(panel), *_every_kind(panel), *_set_up(panel)]
    pages += _another_project(panel)
    return World(project, [panel.eve.user, lead, admin], pages)


def _panel(project: Project, admin: User, lead: User) -> Panel:
    version = make_version(project, admin)
    make_guideline(project, admin)
    members = []
    for name in ("Eve", "Evan"):
        member = add_member(project=project, user=person(name), roles=[Role.EVALUATOR], by=admin)
        change_standing(member=member, to=Standing.ACTIVE, by=admin)
        member = Membership.objects.select_related("user", "project").get(pk=member.pk)
        clear(member, version, admin)
        members.append(member)
    return Panel(project, version, admin, lead, *members)


def _alert(panel: Panel) -> None:
    change_policy(project=panel.project, by=panel.admin, gold_first_tasks=200, gold_first_count=200)
    gold_batch(panel.version, panel.admin, 12)
    alarmed(evaluator(panel.project, "Ivan", panel.admin, panel.version))


def _another_project(panel: Panel) -> list[tuple[User, str]]:
    """Whoever is in one project only is sent straight to it, past the lists. This one is open to applications."""
    other = create_project(name="Legal answers", by=panel.admin)
    for user, role in ((panel.lead, Role.QA_LEAD), (panel.eve.user, Role.EVALUATOR)):
        add_member(project=other, user=user, roles=[role], by=panel.admin)
    make_guideline(other, panel.admin)
    set_call(project=other, is_open=True, text="We look for lawyers.", by=panel.admin)
    return [(person("Mallory"), f"/p/open/{other.slug}/")]


def _reviews(panel: Panel) -> list[tuple[User, str]]:
    """A dispute that waits, one resolved with feedback, flags and questions in every state."""
    task = {"prompt": f"May I take **two**?\n\n{TEXT}", "responses": [TEXT]}
    waiting = disputed(panel, task=task)
    hold(disagreement=waiting, by=panel.lead)
    resolve(disputed(panel, task=task), panel.lead, section="accuracy")
    work = opened(panel, panel.eve, task={"responses": [TEXT, "Another."]}, overlap=1)[0]
    eve = panel.eve.user
    closed = flag(assignment=work, kind="personal", text="It names a patient.", by=eve)
    close_flag(flag=closed, to="handled", answer="The name is taken out.", by=panel.lead)
    flag(assignment=work, kind="unsafe", text="It could harm a child.", by=eve)
    answered = ask(member=panel.eve, assignment=work, question="Which dose is meant?", section="accuracy", by=eve)
    answer(clarification=answered, text="The one for adults.", by=panel.lead)
    ask(member=panel.eve, assignment=work, question="Does a warning count?", criterion="tone", by=eve)
    return [(panel.lead, f"/qa/tasks/{waiting.public_id}/")]


def _set_up(panel: Panel) -> list[tuple[User, str]]:
    """What an admin looks at: a new guideline, a rubric draft, an import with bad rows, an export, a key, a guest."""
    project, admin = panel.project, panel.admin
    make_guideline(project, admin, f"{GUIDE} Twice.", change_note="Check twice.", must_read=False)
    save_guideline_draft(project=project, title="Guideline", source=f"{GUIDE} Thrice.", by=admin)
    empty = create_batch(project=project, name="To fill", rubric_version=panel.version, by=admin)
    checked(empty, jsonl(row("fine", responses=["One."]), {"id": "broken"}), admin)
    request_export(project=project, format="jsonl", content="judgments", by=admin)
    for pk in ToDo.objects.filter(kind="build_export").values_list("pk", flat=True):
        todos.run(pk)
    create_api_key(project=project, owner=admin, name="Nightly", scopes=["read"], by=admin)
    invite(project=project, email="guest@example.org", roles=[Role.EVALUATOR], by=admin)
    version = _new_version(panel)
    rubric = f"/manage/{project.slug}/rubrics/{version.rubric.public_id}/{version.number}"
    return [(admin, f"{rubric}/compare/"), (admin, f"{rubric}/work/"), (admin, f"/p/{project.slug}/keys/")]


def _new_version(panel: Panel) -> RubricVersion:
    """The rubric with another help text, published, and a draft after it."""
    body = {"criteria": [{**one, "help": "Read it twice."} for one in CRITERIA]}
    rubric, by = panel.version.rubric, panel.admin
    version = publish_version(version=save_version_draft(rubric=rubric, body=body, by=by), by=by)
    save_version_draft(rubric=rubric, body={"criteria": CRITERIA}, by=by)
    return version


def _every_kind(panel: Panel) -> list[tuple[User, str]]:
    """The evaluation screen of each rubric to start from, each open at somebody of its own."""
    found = []
    for number, point in enumerate(starting_points()):
        rubric = create_rubric(project=panel.project, name=point.name, by=panel.admin)
        version = publish_version(
            version=save_version_draft(rubric=rubric, body=point.body, by=panel.admin), by=panel.admin
        )
        rows = [row(f"{point.slug} {n}", prompt=f"Question {n}?\n\n{TEXT}", responses=[TEXT, "No."]) for n in range(2)]
        batch = make_batch(version, panel.admin, name=point.name, rows=rows, overlap=1)
        judge = evaluator(panel.project, f"Judge{number}", panel.admin, version)
        work = take_seat(member=judge, batch=batch, state="open")
        found.append((judge.user, f"/work/{work.public_id}/"))
    return found
