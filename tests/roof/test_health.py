"""What a supervisor asks without signing in."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from evaltool.jobs import CANARY, canary

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
