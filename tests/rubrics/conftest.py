"""A rubric of the project, made by the product's own commands."""

import pytest
from hypothesis import HealthCheck, settings

from accounts.models import User
from projects.models import Project
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.models import Rubric, RubricVersion
from tests.rubrics.making import labels, levels, raw_criterion

# A shared machine may be slow; that says nothing about the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def raw_body() -> dict:
    """Three criteria, one of each kind."""
    return {
        "description": "Judges one response at a time.",
        "criteria": [
            raw_criterion("rating", levels(1, 2, 3, 4, 5), key="accuracy", title="Accuracy", weight=3, allow_na=True,
                          rationale="extreme", help="Is it right?"),
            raw_criterion("choice", labels("figure", "source", "tone", min=0, max=0), key="flaws", title="Flaws",
                          required=False, rationale="never", help="Tick each flaw."),
            raw_criterion("text", {"min_length": 20, "max_length": 500}, key="advice", title="Advice", scope="task",
                          rationale="never", help="Which one would you send?"),
        ],
    }  # fmt: skip


@pytest.fixture
def body() -> dict:
    return raw_body()


@pytest.fixture
def rubric(project: Project, alice: User) -> Rubric:
    return create_rubric(project=project, name="Everyday answers", by=alice)


@pytest.fixture
def draft(rubric: Rubric, body: dict, alice: User) -> RubricVersion:
    return save_version_draft(rubric=rubric, body=body, by=alice)


@pytest.fixture
def version(draft: RubricVersion, alice: User) -> RubricVersion:
    return publish_version(version=draft, by=alice)
