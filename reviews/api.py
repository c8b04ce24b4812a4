"""The API of reviews: a lead's disagreements, and a person's own record."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from evaltool.base.errors import Invalid, Problem
from projects.access import Permission
from projects.api_auth import in_key_project, key_membership, require_scope
from reviews.adjudicating import adjudicate
from reviews.forms import NOT_HERE, asked, queue_filters
from reviews.models import Disagreement, DisagreementQuerySet
from reviews.own import in_full, submissions_of
from reviews.ruling import Decision
from reviews.selectors import get_disagreement_for, queue_for
from reviews.serializers import (
    AdjudicateSerializer,
    AdjudicationSerializer,
    DisagreementSerializer,
    RecordSerializer,
    WholeDisagreementSerializer,
)
from reviews.shown.case import case_of
from tasks.models import Submission, SubmissionQuerySet

FILTERS = [
    OpenApiParameter("severity", OpenApiTypes.STR, enum=Disagreement.Level.values),
    OpenApiParameter("criterion", OpenApiTypes.STR, description="Key of a criterion in dispute."),
    OpenApiParameter("q", OpenApiTypes.STR, description="Words of the prompt, or a task's id."),
    OpenApiParameter("sort", OpenApiTypes.STR, enum=["-severity", "severity", "-waiting", "waiting"]),
]


class WorstFirst(PageNumberPagination):
    """Pages of the queue, whose order is not one column."""

    page_size = 50


class DisagreementsView(ListAPIView[Disagreement]):
    """Open disagreements."""

    permission_classes = (require_scope("adjudicate"),)
    serializer_class = DisagreementSerializer
    pagination_class = WorstFirst

    @extend_schema(operation_id="disagreements", parameters=FILTERS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Open disagreements of the key's project that its owner may settle, the worst first."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> DisagreementQuerySet:
        """Those of the key's project, without tasks the owner judged."""
        project = key_membership(self.request, Permission.ADJUDICATE).project
        filters = {**queue_filters(self.request.query_params), "project": project.slug}
        return queue_for(_owner(self.request), None, **filters).select_related("task", "batch")


class DisagreementView(APIView):
    """One disagreement."""

    permission_classes = (require_scope("adjudicate"),)

    @extend_schema(operation_id="disagreement", responses=WholeDisagreementSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """The task's content and every judgment under a letter; 404 to whoever judged the task."""
        found = _disagreement(request, public_id)
        return Response(WholeDisagreementSerializer(found, context={"case": case_of(found)}).data)


class AdjudicateView(APIView):
    """Settling a disagreement."""

    permission_classes = (require_scope("adjudicate"),)

    @extend_schema(operation_id="adjudicate", request=AdjudicateSerializer, responses=AdjudicationSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Settle it: every point in dispute needs a decision, elsewhere the agreed value stands.

        Sending it again gives the first result; 409 when somebody else has it or was first.
        """
        found = _disagreement(request, public_id)
        given = AdjudicateSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = dict(given.validated_data)
        by_id = {str(judge.submission.public_id): judge.submission for judge in case_of(found).judges}
        decisions = [_decision(one, by_id) for one in data.pop("decisions")]
        feedback = {_named(by_id, key, "feedback"): text for key, text in data.pop("feedback").items()}
        done = adjudicate(disagreement=found, decisions=decisions, feedback=feedback, by=_owner(request), **data)
        return Response(AdjudicationSerializer(done).data)


class RecordView(ListAPIView[Submission]):
    """The owner's own record."""

    permission_classes = (require_scope("read") | require_scope("work"),)
    serializer_class = RecordSerializer

    class pagination_class(CursorPagination):  # noqa: N801  the name the framework asks for
        """Newest first."""

        page_size = 50
        ordering = ("-at", "-pk")

    @extend_schema(
        operation_id="record",
        parameters=[
            OpenApiParameter("q", OpenApiTypes.STR, description="Words of the prompt or of one's own reasons."),
            OpenApiParameter("review", OpenApiTypes.STR, enum=["none", "feedback"]),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Everything the owner of the key submitted in its project, every revision, newest first."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> SubmissionQuerySet:
        """The owner's submissions in the key's project."""
        project = key_membership(self.request, Permission.SEE_PROJECT).project
        filters = {name: asked(self.request.query_params, name) for name in ("q", "review")}
        return in_full(submissions_of(_owner(self.request), project=project.slug, **filters))


def _disagreement(request: Request, public_id: UUID) -> Disagreement:
    found = get_disagreement_for(_owner(request), public_id)
    in_key_project(request, found.project)
    return found


def _decision(given: dict[str, Any], by_id: dict[str, Submission]) -> Decision:
    place: dict[str, Any] = {name: given[name] for name in ("criterion", "target", "note")}
    if given.get("adopt"):
        return Decision(**place, adopt=_named(by_id, str(given["adopt"]), Decision(**place).field))
    return Decision(**place, value={"value": given.get("value"), "na": given["na"]})


def _named(by_id: dict[str, Submission], key: str, field: str) -> Submission:
    if key not in by_id:
        raise Invalid([Problem(field, NOT_HERE)])
    return by_id[key]


def _owner(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user
