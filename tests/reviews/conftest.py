"""A panel: the project with its QA lead, and two evaluators who may judge."""

import pytest

from accounts.models import User
from projects.commands import change_policy
from projects.models import Membership, Project
from tests.reviews.review_samples import Panel, make_version
from tests.tasks import work_samples


@pytest.fixture
def panel(project: Project, alice: User, quinn: User, eve: User, evan: User) -> Panel:
    """The guideline is read, eve and evan are cleared, no gold is mixed in."""
    version = make_version(project, alice)
    work_samples.make_guideline(project, alice)
    change_policy(project=project, by=alice, gold_first_count=0, gold_share=0.0, gold_floor=0.0)
    members = [Membership.objects.select_related("user", "project").get(project=project, user=u) for u in (eve, evan)]
    for member in members:
        work_samples.clear(member, version, alice)
    return Panel(project, version, alice, quinn, *members)
