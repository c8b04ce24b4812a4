"""A browser that is signed in, and a guideline to read."""

import pytest
from django.test import Client

from accounts.models import User
from projects.commands import publish_guideline, save_guideline_draft
from projects.models import GuidelineVersion, Project

TEXT = "## Accuracy\n\nRate what is said.\n\n### Figures\n\nCount them twice.\n\n## Tone\n\nBe fair to the reader.\n"


@pytest.fixture
def signed_in():
    """A client signed in as somebody."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def draft_of(project: Project, alice: User):
    """Keep a draft of the guideline."""

    def draft(source: str = TEXT, **values: object) -> GuidelineVersion:
        return save_guideline_draft(project=project, title="Guide", source=source, by=alice, **values)

    return draft


@pytest.fixture
def publish(draft_of, alice: User):
    """Put a version of the guideline in force."""

    def make(source: str = TEXT, **values: object) -> GuidelineVersion:
        return publish_guideline(version=draft_of(source, **{"change_note": "Clearer.", **values}), by=alice)

    return make
