"""Alerts for programs: every field is named here, none comes along by itself."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from projects.models import Membership
from quality.models import Alert
from quality.pausing import LONGEST_REASON


class ReasonSerializer(serializers.Serializer):
    """Why somebody is paused or works again, or why an alert needs no step."""

    reason = serializers.CharField(max_length=LONGEST_REASON)


class PersonSerializer(serializers.ModelSerializer[Membership]):
    """Whom an alert is about."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    name = serializers.CharField(source="user.name", read_only=True)

    class Meta:
        model = Membership
        fields = ("id", "name", "pseudonym", "standing")


class EvidenceSerializer(serializers.Serializer):
    """For drift: the sum and both limits, the gold number of the likely start, and the items since."""

    sum = serializers.FloatField()
    alarm = serializers.FloatField()
    warning = serializers.FloatField()
    onset = serializers.IntegerField()
    since = serializers.IntegerField()
    since_right = serializers.IntegerField()


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """An alert with its evidence and, once it is decided, the decision."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    member = PersonSerializer(read_only=True, allow_null=True)
    rubric = serializers.CharField(source="rubric.name", default=None, read_only=True)
    evidence = serializers.SerializerMethodField()
    decided_by = serializers.CharField(source="decided_by.name", default=None, read_only=True)

    class Meta:
        model = Alert
        fields = (
            "id", "kind", "state", "member", "rubric", "evidence", "opened_at", "onset_at", "decided_by", "decided_at",
            "decision",
        )  # fmt: skip

    @extend_schema_field(EvidenceSerializer(allow_null=True))
    def get_evidence(self, alert: Alert) -> dict[str, Any] | None:
        """The evidence of a drift alert; null for others."""
        if alert.kind != Alert.Kind.DRIFT:
            return None
        return dict(EvidenceSerializer(alert.evidence).data)
