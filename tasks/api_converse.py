"""The API of talking with the project's model: the same command as the page."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evaltool.base.errors import Invalid, Problem
from rubrics.models import Criterion
from tasks.api_work import WORK, given_in, own_assignment, owner
from tasks.conversing import say
from tasks.models import Assignment, Exchange
from tasks.submitting import criteria_of


class ExchangeSerializer(serializers.ModelSerializer[Exchange]):
    """One message and what came back. Which model answers is not said."""

    criterion = serializers.CharField(source="criterion.key")

    class Meta:
        model = Exchange
        fields = ("criterion", "target", "number", "said", "reply", "state", "error", "asked_at", "ended_at")


class SaySerializer(serializers.Serializer[Any]):
    """A message: for which answer, its number in the conversation (1 first), the text."""

    criterion = serializers.CharField(max_length=60)
    target = serializers.CharField(max_length=120, allow_blank=True, default="")
    number = serializers.IntegerField(min_value=1, max_value=1000)
    text = serializers.CharField(max_length=100_000, trim_whitespace=False, allow_blank=True)


class ConverseView(APIView):
    """The conversations of one task."""

    permission_classes = WORK

    @extend_schema(operation_id="conversation", responses=ExchangeSerializer(many=True))
    def get(self, request: Request, public_id: UUID) -> Response:
        """Every message in order, with its reply or the reason why there is none yet."""
        found = own_assignment(request, public_id)
        rows = Exchange.objects.filter(assignment=found).select_related("criterion")
        rows = rows.order_by("criterion__position", "target", "number")
        return Response(ExchangeSerializer(rows, many=True).data)

    @extend_schema(operation_id="say", request=SaySerializer, responses={202: ExchangeSerializer})
    def post(self, request: Request, public_id: UUID) -> Response:
        """Say something to the project's model. The same number and text again gives the same message."""
        found, given = own_assignment(request, public_id), given_in(SaySerializer, request)
        exchange = say(
            assignment=found,
            criterion=_criterion(found, given["criterion"]),
            target=given["target"],
            text=given["text"],
            number=given["number"],
            by=owner(request),
        )
        return Response(ExchangeSerializer(exchange).data, status=202)


def _criterion(found: Assignment, key: str) -> Criterion:
    for criterion in criteria_of(found.rubric_version):
        if criterion.key == key:
            return criterion
    raise Invalid([Problem("criterion", "This rubric version has no such criterion.")])
