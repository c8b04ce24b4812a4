"""What a supervisor asks without signing in."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User
from evaltool.jobs import CANARY, canary
from projects.commands import create_api_key, create_project

pytestmark = pytest.mark.django_db


def test_alive_while_the_database_answers(client: Client) -> None:
    assert client.get("/healthz").status_code == 200


def test_not_ready_until_a_worker_has_given_a_sign_of_life(client: Client) -> None:
    before = client.get("/readyz")
    canary()
    after = client.get("/readyz")
    assert (before.status_code, before.json()["worker"]) == (503, False)
    assert (after.status_code, after.json()) == (200, {"database": True, "redis": True, "worker": True})


def test_a_worker_silent_for_two_minutes_turns_readiness_red(client: Client) -> None:
    cache.set(CANARY, (timezone.now() - timezone.timedelta(minutes=3)).isoformat())
    assert client.get("/readyz").json()["worker"] is False


def test_an_unknown_address_of_the_api_answers_in_the_one_shape_of_errors(client: Client, alice: User) -> None:
    project = create_project(name="P", by=alice)
    _, secret = create_api_key(project=project, owner=alice, name="k", scopes=["read"], by=alice)
    answer = client.get("/api/v1/no/such/thing/", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
