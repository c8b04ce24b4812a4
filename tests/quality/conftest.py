"""A project under watch, and a browser that is signed in."""

import pytest
from django.test import Client

from accounts.models import User
from projects.commands import change_policy
from projects.models import Membership, Project
from tests.quality.gold_samples import Watch, gold_batch
from tests.reviews.review_samples import make_version
from tests.tasks import work_samples


@pytest.fixture
def watch(project: Project, alice: User, quinn: User, eve: User, evan: User) -> Watch:
    """Twelve gold items, the product's own standard, every turn gold; eve and evan cleared."""
    version = make_version(project, alice)
    work_samples.make_guideline(project, alice)
    change_policy(project=project, by=alice, gold_first_tasks=200, gold_first_count=200)
    members = [Membership.objects.select_related("user", "project").get(project=project, user=u) for u in (eve, evan)]
    for member in members:
        work_samples.clear(member, version, alice)
    return Watch(project, version, gold_batch(version, alice, 12), alice, quinn, *members)


@pytest.fixture
def signed_in():
    """A client signed in as somebody."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make
