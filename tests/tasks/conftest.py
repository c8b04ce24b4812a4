"""The sample rubric with a released batch, and two evaluators who may work on it."""

from typing import NamedTuple

import pytest

from accounts.models import User
from projects.commands import change_policy
from projects.models import Membership, Project
from rubrics.models import RubricVersion
from tasks.models import Batch
from tests.tasks import work_samples


class Desk(NamedTuple):
    """A project at work: no gold is mixed in unless a test says so."""

    project: Project
    version: RubricVersion
    batch: Batch
    eve: Membership
    evan: Membership
    admin: User


@pytest.fixture
def version(project: Project, alice: User) -> RubricVersion:
    """The sample rubric of `project`, published."""
    return work_samples.make_version(project, alice)


@pytest.fixture
def desk(project: Project, version: RubricVersion, alice: User, eve: User, evan: User) -> Desk:
    """Four tasks, overlap 2, eve and evan cleared, guideline read, no gold."""
    work_samples.make_guideline(project, alice)
    change_policy(project=project, by=alice, gold_first_count=0, gold_share=0.0, gold_floor=0.0)
    members = [Membership.objects.select_related("user", "project").get(project=project, user=u) for u in (eve, evan)]
    for member in members:
        work_samples.clear(member, version, alice)
    return Desk(project, version, work_samples.make_batch(version, alice), *members, alice)
