"""A project is made, described, and given its numbers."""

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts import audit
from accounts.models import User
from evaltool.base import clock
from evaltool.base.errors import Invalid, Problem, RuleBroken, StaleState
from projects import policy_terms
from projects.commands.people import new_member
from projects.models import Policy, Project, Role

MAX_DOMAINS = 40


@transaction.atomic
def create_project(*, name: str, description: str = "", by: User) -> Project:
    """A new project with the default policy; whoever makes it becomes its admin.

    Raises RuleBroken when the person may not make projects, Invalid naming `name`.
    """
    if not by.may_create_projects:
        raise RuleBroken("You cannot make projects. Ask whoever runs this installation.", code="forbidden")
    name = _checked_name(name)
    now = clock.now()
    project = _with_free_slug(name, description=description.strip(), created_by=by, created_at=now)
    Policy.objects.create(project=project, number=1, created_at=now, created_by=by)
    new_member(project=project, user=by, roles=[Role.ADMIN])
    audit.record("project_created", by=by, target=project, scope=project.public_id)
    return project


@transaction.atomic
def describe_project(*, project: Project, name: str, description: str, by: User) -> Project:
    """Change a project's name and description; its address stays. Raises Invalid naming `name`."""
    project.name, project.description = _checked_name(name), description.strip()
    project.save(update_fields=["name", "description"])
    audit.record("project_described", by=by, target=project, scope=project.public_id)
    return project


@transaction.atomic
def set_domains(*, project: Project, domains: Iterable[str], by: User) -> Project:
    """Replace the fields of knowledge a project's tasks and experts belong to. Raises Invalid naming `domains`."""
    wanted = list(dict.fromkeys(domain.strip().lower() for domain in domains if domain.strip()))
    long = [domain for domain in wanted if len(domain) > 80]
    if long or len(wanted) > MAX_DOMAINS:
        reason = f"{long[0][:30]}… is longer than 80 characters." if long else f"At most {MAX_DOMAINS} domains."
        raise Invalid([Problem("domains", reason)])
    project.domains = wanted
    project.save(update_fields=["domains"])
    audit.record("domains_set", by=by, target=project, scope=project.public_id, count=len(wanted))
    return project


@transaction.atomic
def change_policy(*, project: Project, by: User, expected: int | None = None, **values: Any) -> Policy:
    """Put numbers in force as a new Policy row; those not named stay. Without a change the row in force is returned.

    `expected` is the number of the policy the person saw. Raises StaleState when another one is in force by now,
    Invalid naming each field that is out of bounds or out of order with another.
    """
    current = project.policy
    if expected is not None and current.number != expected:
        raise StaleState("Another admin changed the policy in the meantime. Nothing of yours was saved yet.")
    problems = policy_terms.problems({**policy_terms.values(current), **values})
    if problems:
        raise Invalid(problems)
    changed = {name: value for name, value in values.items() if getattr(current, name) != value}
    return _new_policy(current, changed, by) if changed else current


def _new_policy(current: Policy, changed: dict[str, Any], by: User) -> Policy:
    fields = {**policy_terms.values(current), **changed}
    project = current.project
    try:
        with transaction.atomic():
            policy = Policy.objects.create(
                project=project, number=current.number + 1, created_at=clock.now(), created_by=by, **fields
            )
    except IntegrityError as error:  # the same number was taken by another admin a moment ago
        raise StaleState("Another admin changed the policy in the meantime. Nothing of yours was saved yet.") from error
    audit.record("policy_changed", by=by, target=project, scope=project.public_id, number=policy.number, **changed)
    return policy


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 120:
        raise Invalid([Problem("name", "A project has a name of 1 to 120 characters.")])
    return name


def _with_free_slug(name: str, **values: Any) -> Project:
    """The project under the first free address made from its name."""
    base = slugify(name)[:70] or "project"
    for count in range(1, 1000):
        slug = base if count == 1 else f"{base}-{count}"
        if Project.objects.filter(slug=slug).exists():
            continue
        try:
            with transaction.atomic():
                return Project.objects.create(slug=slug, name=name, **values)
        except IntegrityError:  # taken in this moment: try the next
            continue
    raise RuleBroken("There are too many projects of this name. Choose another.")
