"""The people and the project most tests start from, made by the same commands the product uses."""

import pytest
from django.core.cache import cache

from accounts.commands import create_person
from accounts.models import User
from projects.commands import add_member, change_standing, create_project
from projects.models import Membership, Project, Role, Standing

PASSWORD = "correct-horse-battery"


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """No test sees what another left in Redis."""
    cache.clear()


def person(name: str, **extra: object) -> User:
    """A signed-up person called `name`."""
    return create_person(email=f"{name.lower()}@example.org", name=name, password=PASSWORD, by=None, **extra)


@pytest.fixture
def alice(db: None) -> User:
    """Makes projects; admin of `project`."""
    return person("Alice", may_create_projects=True)


@pytest.fixture
def quinn(db: None) -> User:
    """QA lead of `project`."""
    return person("Quinn")


@pytest.fixture
def eve(db: None) -> User:
    """Evaluator in `project`."""
    return person("Eve")


@pytest.fixture
def evan(db: None) -> User:
    """Another evaluator in `project`."""
    return person("Evan")


@pytest.fixture
def mallory(db: None) -> User:
    """Signed in, but a stranger to `project`."""
    return person("Mallory")


@pytest.fixture
def project(alice: User, quinn: User, eve: User, evan: User) -> Project:
    """A project with an admin, a QA lead and two active evaluators; no guideline or rubric yet."""
    project = create_project(name="Clinical answers", description="", by=alice)
    add_member(project=project, user=quinn, roles=[Role.QA_LEAD], by=alice)
    for user in (eve, evan):
        member = add_member(project=project, user=user, roles=[Role.EVALUATOR], by=alice)
        change_standing(member=member, to=Standing.ACTIVE, reason="", by=alice)
    return project


@pytest.fixture
def member_of(project: Project):
    """Look up somebody's membership in `project`."""

    def find(user: User) -> Membership:
        return Membership.objects.get(project=project, user=user)

    return find
