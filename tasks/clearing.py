"""Clearing members for a rubric: without it nobody is given its tasks. Admins do it until a qualification does."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from evaltool.base import clock, todos
from evaltool.base.errors import Invalid, Problem, RuleBroken
from projects.models import Membership, Role
from rubrics.models import Rubric
from tasks.models import Batch, Clearance


@transaction.atomic
def grant_clearance(
    *, member: Membership, rubric: Rubric, domain: str = "", until: datetime | None = None, by: User
) -> Clearance:
    """Clear an evaluator for a rubric, in one domain or ("") in all; again with another `until`, that holds.

    Raises Invalid for an unknown domain or a time gone by, RuleBroken for somebody who is no evaluator there.
    """
    if member.project_id != rubric.project_id or Role.EVALUATOR not in member.roles:
        raise RuleBroken(f"{member.user.name} is not an evaluator in this project.")
    _check(member, domain, until)
    clearance, _ = Clearance.objects.update_or_create(
        member=member,
        rubric=rubric,
        domain=domain,
        defaults={"until": until, "granted_by": by, "granted_at": clock.now()},
    )
    audit.record("grant_clearance", by=by, target=member, scope=member.project.public_id, rubric=str(rubric.public_id))
    for batch in Batch.objects.filter(rubric_version__rubric=rubric, state=Batch.State.RELEASED):
        todos.add("distribute_batch", batch.pk)
    return clearance


@transaction.atomic
def revoke_clearance(*, member: Membership, rubric: Rubric, by: User) -> int:
    """Take every clearance for a rubric back; open tasks may be finished. Returns how many were held."""
    number, _ = Clearance.objects.filter(member=member, rubric=rubric).delete()
    if number:
        audit.record(
            "revoke_clearance", by=by, target=member, scope=member.project.public_id, rubric=str(rubric.public_id)
        )
    return number


def _check(member: Membership, domain: str, until: datetime | None) -> None:
    problems = []
    if domain and domain not in member.project.domains:
        problems.append(Problem("domain", "The project has no such domain."))
    if until is not None and until <= clock.now():
        problems.append(Problem("until", "Choose a time to come."))
    if problems:
        raise Invalid(problems)
