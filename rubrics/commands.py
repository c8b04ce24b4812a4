"""What can be done to a rubric. A published version is frozen (by trigger too): change means a new version."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts.audit import record
from accounts.models import User
from evaltool.base import clock, states
from evaltool.base.errors import Invalid, Problem, RuleBroken, StaleState
from projects.models import Project
from rubrics import following
from rubrics.body import check_body, check_shape, criteria_of, sha256_of, tidy_body
from rubrics.models import VERSION_MOVES, Criterion, Rubric, RubricVersion

State = RubricVersion.State
STALE = "Somebody changed this draft in the meantime. Their text is kept, and yours is below."


@transaction.atomic
def create_rubric(*, project: Project, name: str, by: User) -> Rubric:
    """A rubric without versions. Raises Invalid when the name is empty, too long or taken in the project."""
    name = name.strip()
    if not name or len(name) > 120 or "\x00" in name:
        raise Invalid([Problem("name", "A rubric has a name of at most 120 characters.")])
    try:
        with transaction.atomic():
            rubric = Rubric.objects.create(project=project, name=name, created_by=by, created_at=clock.now())
    except IntegrityError:
        raise Invalid([Problem("name", "Another rubric of this project has this name.")]) from None
    record("rubric.created", by=by, target=rubric, scope=project.public_id)
    return rubric


@transaction.atomic
def save_version_draft(
    *,
    rubric: Rubric,
    body: Any,
    change: str = RubricVersion.Change.JUDGEMENT,
    change_note: str = "",
    by: User,
    seen: str | None = None,
) -> RubricVersion:
    """Write the rubric's one draft, made if there is none; it need not be complete yet.

    `seen` is the `sha256_of` the draft's body that the change was made from: if the draft has another by now,
    StaleState is raised and nothing is written (None: whatever is there is replaced). Raises Invalid when the body
    has not the shape of a rubric.
    """
    problems = check_shape(body)
    if change not in RubricVersion.Change.values:
        problems.append(Problem("change", "Say whether the wording or the judgment changes."))
    if problems:
        raise Invalid(problems)
    Rubric.objects.select_for_update().get(pk=rubric.pk)  # one writer at a time, so that numbers have no gaps
    draft = rubric.versions.filter(state=State.DRAFT).first()
    if seen is not None and seen != (sha256_of(draft.body) if draft else ""):
        raise StaleState(STALE)
    values = {"body": body, "change": change, "change_note": change_note.strip()}
    return _update_draft(draft, values) if draft else _create_draft(rubric, values, by)


def _update_draft(draft: RubricVersion, values: dict[str, Any]) -> RubricVersion:
    """Saving a draft decides nothing, so it leaves no audit row."""
    RubricVersion.objects.filter(pk=draft.pk, state=State.DRAFT).update(**values)
    draft.refresh_from_db()
    return draft


def _create_draft(rubric: Rubric, values: dict[str, Any], by: User) -> RubricVersion:
    last = rubric.versions.aggregate(last=Max("number"))["last"] or 0
    draft = RubricVersion.objects.create(
        rubric=rubric, number=last + 1, created_by=by, created_at=clock.now(), **values
    )
    record("rubric.drafted", by=by, target=draft, scope=rubric.project.public_id, number=draft.number)
    return draft


@transaction.atomic
def publish_version(
    *, version: RubricVersion, by: User, seen: str | None = None, unstarted_too: bool = False
) -> RubricVersion:
    """Check, freeze and hash a draft, and write its criteria.

    Batches keep their version, so that only new ones use this; with `unstarted_too` what nobody has begun in them
    goes along. Raises Invalid naming everything that is missing; StaleState when it is no draft any more, or is not
    the text whose `sha256_of` is `seen`.
    """
    locked = RubricVersion.objects.select_for_update().get(pk=version.pk)
    if seen is not None and seen != sha256_of(locked.body):
        raise StaleState("Somebody changed this draft in the meantime. Read it again before you publish it.")
    problems = check_body(locked.body) if locked.state == State.DRAFT else []
    if problems:
        raise Invalid(problems)
    body = tidy_body(locked.body) if locked.state == State.DRAFT else locked.body
    digest = sha256_of(body)
    version.state = locked.state
    states.move(
        version, to=State.PUBLISHED, moves={State.DRAFT: {State.PUBLISHED}},
        body=body, sha256=digest, published_at=clock.now(),
    )  # fmt: skip
    Criterion.objects.bulk_create([_of_version(criterion, version) for criterion in criteria_of(body)])
    scope = version.rubric.project.public_id
    record("rubric.published", by=by, target=version, scope=scope, sha256=digest, unstarted_too=unstarted_too)
    if unstarted_too:
        following.move(version, by)
    return version


def _of_version(criterion: Criterion, version: RubricVersion) -> Criterion:
    criterion.version = version
    return criterion


@transaction.atomic
def retire_version(*, version: RubricVersion, by: User) -> RubricVersion:
    """Offer a published version to no new batch. What uses it goes on. Raises StaleState if it is not published."""
    states.move(version, to=State.RETIRED, moves=VERSION_MOVES)
    record("rubric.retired", by=by, target=version, scope=version.rubric.project.public_id)
    return version


@transaction.atomic
def restore_version(*, version: RubricVersion, by: User) -> RubricVersion:
    """Offer a retired version to new batches again. Raises StaleState if it is not retired."""
    states.move(version, to=State.PUBLISHED, moves={State.RETIRED: VERSION_MOVES[State.RETIRED]})
    record("rubric.restored", by=by, target=version, scope=version.rubric.project.public_id)
    return version


@transaction.atomic
def discard_draft(*, version: RubricVersion, by: User) -> None:
    """Throw a draft away. Raises RuleBroken for anything else: versions are kept for good."""
    if not RubricVersion.objects.filter(pk=version.pk, state=State.DRAFT).delete()[0]:
        raise RuleBroken("Only a draft can be thrown away.")
    record("rubric.draft_discarded", by=by, target=version, scope=version.rubric.project.public_id)
