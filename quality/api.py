"""Alerts over the API: read, and decided by the same commands as on the page."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from projects.access import Permission
from projects.api_auth import key_membership, require_scope
from quality import pausing
from quality.models import Alert
from quality.selectors import alerts_for
from quality.serializers import AlertSerializer, ReasonSerializer


class AlertsPagination(CursorPagination):
    """The newest first."""

    ordering = ("-opened_at", "-pk")


class AlertsView(APIView):
    """The alerts of a project."""

    permission_classes = (require_scope("adjudicate"),)

    @extend_schema(operation_id="alerts", responses=AlertSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Open and decided ones, the newest first, without those about the key's owner."""
        viewer = key_membership(request, Permission.SEE_QUALITY, slug)
        pages = AlertsPagination()
        rows: Any = pages.paginate_queryset(alerts_for(viewer), request, view=self)
        return pages.get_paginated_response(AlertSerializer(rows, many=True).data)


class AlertView(APIView):
    """One alert."""

    permission_classes = (require_scope("adjudicate"),)

    @extend_schema(operation_id="alert", responses=AlertSerializer)
    def get(self, request: Request, slug: str, public_id: UUID) -> Response:
        """Its evidence, and the decision once there is one."""
        return Response(AlertSerializer(_alert(request, slug, public_id, Permission.SEE_QUALITY)).data)


class DecisionView(APIView):
    """A decision on an alert, with a reason."""

    permission_classes = (require_scope("adjudicate"),)

    def decided(self, request: Request, slug: str, public_id: UUID) -> Response:
        """Take the decision and answer with the alert as it stands then."""
        alert = _alert(request, slug, public_id, Permission.DECIDE_QUALITY)
        form = ReasonSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        assert isinstance(request.user, User)
        self.decide(alert, form.validated_data["reason"], request.user)
        return Response(AlertSerializer(_alert(request, slug, public_id, Permission.SEE_QUALITY)).data)

    def decide(self, alert: Alert, reason: str, by: User) -> None:
        """What this view decides."""
        raise NotImplementedError


class PauseView(DecisionView):
    """Pause the person an alert is about."""

    @extend_schema(operation_id="alert_pause", request=ReasonSerializer, responses=AlertSerializer)
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """Confirm the alert and pause the person, who reads the reason; their open work goes back, drafts stay."""
        return self.decided(request, slug, public_id)

    def decide(self, alert: Alert, reason: str, by: User) -> None:
        """Only an alert about drift is a cause for a pause."""
        if alert.member is None or alert.kind != Alert.Kind.DRIFT:
            raise Http404
        pausing.pause(member=alert.member, reason=reason, alert=alert, by=by)


class DismissView(DecisionView):
    """Decide that an alert needs no step."""

    @extend_schema(operation_id="alert_dismiss", request=ReasonSerializer, responses=AlertSerializer)
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """Close the alert; the drift sum starts afresh, and a pause that the project's rule set is lifted."""
        return self.decided(request, slug, public_id)

    def decide(self, alert: Alert, reason: str, by: User) -> None:
        """Any alert can be dismissed."""
        pausing.dismiss_alert(alert=alert, reason=reason, by=by)


class ReinstateView(DecisionView):
    """Let the person an alert is about work again."""

    @extend_schema(operation_id="alert_reinstate", request=ReasonSerializer, responses=AlertSerializer)
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """The person works again and reads the reason; their drift sums start afresh."""
        return self.decided(request, slug, public_id)

    def decide(self, alert: Alert, reason: str, by: User) -> None:
        """There has to be a person."""
        if alert.member is None:
            raise Http404
        pausing.reinstate(member=alert.member, reason=reason, by=by)


def _alert(request: Request, slug: str, public_id: UUID, permission: Permission) -> Alert:
    viewer = key_membership(request, permission, slug)
    found = alerts_for(viewer).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found
