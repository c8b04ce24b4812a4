"""Alerts over the API: the same commands, one error shape, only within scope, project and role."""

import pytest

from projects.commands import create_api_key, create_project, set_roles
from projects.models import Membership, Role, Standing
from quality.models import Alert, Sanction
from tests.quality.gold_samples import REASON, alarmed

pytestmark = pytest.mark.django_db
ALERTS = "/api/v1/projects/clinical-answers/alerts/"


def _key(watch, owner, *scopes) -> dict:
    _, secret = create_api_key(project=watch.project, owner=owner, name="k", scopes=scopes or ("adjudicate",), by=owner)
    return {"authorization": f"Bearer {secret}"}


def _post(client, alert, step, header, reason=REASON):
    return client.post(
        f"{ALERTS}{alert.public_id}/{step}/", {"reason": reason}, content_type="application/json", headers=header
    )


def test_alerts_are_listed_with_their_evidence(watch, client):
    alert = alarmed(watch.eve)
    body = client.get(ALERTS, headers=_key(watch, watch.lead)).json()
    [found] = body["results"]
    assert found["id"] == str(alert.public_id)
    assert (found["state"], found["member"]["name"], found["rubric"]) == ("open", "Eve", "Answers")
    assert found["evidence"]["since"] == 6
    assert set(found["evidence"]) == {"sum", "alarm", "warning", "onset", "since", "since_right"}
    assert client.get(f"{ALERTS}{alert.public_id}/", headers=_key(watch, watch.lead)).json() == found


def test_pausing_and_reinstating_over_the_api(watch, client):
    alert, header = alarmed(watch.eve), _key(watch, watch.lead)
    paused = _post(client, alert, "pause", header).json()
    assert (paused["state"], paused["decided_by"], paused["member"]["standing"]) == ("confirmed", "Quinn", "paused")
    back = _post(client, alert, "reinstate", header).json()
    assert back["member"]["standing"] == "active"
    assert [one.step for one in Sanction.objects.order_by("pk")] == ["pause", "reinstate"]


def test_a_second_decision_is_refused(watch, client):
    alert, header = alarmed(watch.eve), _key(watch, watch.lead)
    assert _post(client, alert, "dismiss", header).json()["state"] == "dismissed"
    again = _post(client, alert, "pause", header)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "stale")
    assert Membership.objects.get(pk=watch.eve.pk).standing == Standing.ACTIVE


@pytest.mark.parametrize("reason", ["", "no"])
def test_a_reason_is_needed(watch, client, reason):
    alert = alarmed(watch.eve)
    answer = _post(client, alert, "pause", _key(watch, watch.lead), reason)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["error"]["problems"]] == ["reason"]
    alert.refresh_from_db()
    assert alert.state == Alert.State.OPEN


def test_scope_role_and_project_are_needed(watch, client, alice):
    alert = alarmed(watch.eve)
    assert client.get(ALERTS).status_code == 401
    assert client.get(ALERTS, headers=_key(watch, watch.lead, "read")).status_code == 403
    assert client.get(ALERTS, headers=_key(watch, watch.evan.user)).status_code == 404
    assert client.get(ALERTS, headers=_key(watch, alice)).status_code == 200
    assert _post(client, alert, "pause", _key(watch, alice)).status_code == 404, "an admin does not decide"
    create_project(name="Other", by=alice)
    assert client.get("/api/v1/projects/other/alerts/", headers=_key(watch, alice)).status_code == 404


def test_nobody_reads_or_decides_an_alert_about_themselves(watch, client):
    alert = alarmed(watch.eve)
    member = Membership.objects.get(pk=watch.eve.pk)
    set_roles(member=member, roles=[Role.QA_LEAD, Role.EVALUATOR], by=watch.admin)
    header = _key(watch, watch.eve.user)
    assert client.get(ALERTS, headers=header).json()["results"] == []
    assert client.get(f"{ALERTS}{alert.public_id}/", headers=header).status_code == 404
    assert _post(client, alert, "dismiss", header).status_code == 404
