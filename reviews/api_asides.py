"""The API of flags and questions: raised and asked on one's own work, answered by leads."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects.access import Permission
from projects.api_auth import in_key_project, key_membership, key_owner, require_scope
from reviews.api import WorstFirst
from reviews.asking import answer, ask, close_question, reply
from reviews.asking_forms import question_filters
from reviews.asking_reads import STATES, get_own_question_for, get_question_for, own_questions, questions_for
from reviews.flagging import close_flag, flag
from reviews.flagging_forms import flag_filters
from reviews.flagging_reads import STATES as FLAG_STATES
from reviews.flagging_reads import flags_for, get_flag_for
from reviews.models import Clarification, Flag
from reviews.serializers_asides import (
    CloseFlagSerializer,
    FlagSerializer,
    LeadFlagSerializer,
    LeadQuestionSerializer,
    NewFlagSerializer,
    NewQuestionSerializer,
    PostSerializer,
    QuestionSerializer,
    ThreadSerializer,
)
from tasks.models import Assignment
from tasks.selectors import get_assignment_for

WORK = (require_scope("work"),)
LEAD = (require_scope("adjudicate"),)
WORDS = OpenApiParameter("q", OpenApiTypes.STR, description="Words, or a task's id.")


class FlagTaskView(APIView):
    """Flagging a task."""

    permission_classes = WORK

    @extend_schema(operation_id="flag_task", request=NewFlagSerializer, responses=FlagSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Say what is wrong with a task of one's own; it stays as it is. The same again gives the first flag."""
        found = flag(assignment=_work(request, public_id), by=key_owner(request), **_given(NewFlagSerializer, request))
        return Response(FlagSerializer(found).data)


class AskView(APIView):
    """Asking about a task."""

    permission_classes = WORK

    @extend_schema(operation_id="ask", request=NewQuestionSerializer, responses=QuestionSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Ask about a task of one's own; it stays as it is. The same again gives the first question."""
        work, given = _work(request, public_id), _given(NewQuestionSerializer, request)
        found = ask(member=work.member, assignment=work, by=key_owner(request), **given)
        return Response(QuestionSerializer(found).data)


class OwnQuestionsView(ListAPIView[Clarification]):
    """One's own questions."""

    permission_classes = WORK
    serializer_class = QuestionSerializer
    pagination_class = WorstFirst

    @extend_schema(operation_id="own_questions")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What the owner of the key asked in its project, the last moved first."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Clarification]:
        """The owner's questions in the key's project."""
        project = key_membership(self.request, Permission.WORK).project
        return own_questions(key_owner(self.request)).filter(project=project)


class OwnQuestionView(APIView):
    """One question of one's own."""

    permission_classes = WORK

    @extend_schema(operation_id="own_question", responses=ThreadSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """The question with what was said to it."""
        return Response(ThreadSerializer(self._found(request, public_id)).data)

    @extend_schema(operation_id="reply", request=PostSerializer, responses=ThreadSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Say more; 409 once it is closed."""
        found = self._found(request, public_id)
        reply(clarification=found, by=key_owner(request), **_given(PostSerializer, request))
        return Response(ThreadSerializer(found).data)

    def _found(self, request: Request, public_id: UUID) -> Clarification:
        found = get_own_question_for(key_owner(request), public_id)
        in_key_project(request, found.project)
        return found


# ------------------------------------------------------------------- a lead


class FlagsView(ListAPIView[Flag]):
    """Flags."""

    permission_classes = LEAD
    serializer_class = LeadFlagSerializer
    pagination_class = WorstFirst

    @extend_schema(
        operation_id="flags",
        parameters=[
            OpenApiParameter("kind", OpenApiTypes.STR, enum=Flag.Kind.values),
            OpenApiParameter("state", OpenApiTypes.STR, enum=list(FLAG_STATES)),
            WORDS,
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Flags in the key's project, without those on tasks its owner judged."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Flag]:
        """Those of the key's project."""
        project = key_membership(self.request, Permission.ADJUDICATE).project
        filters = {**flag_filters(self.request.query_params), "project": project.slug}
        return flags_for(key_owner(self.request), [project], **filters).select_related("task")


class CloseFlagView(APIView):
    """Answering a flag."""

    permission_classes = LEAD

    @extend_schema(operation_id="close_flag", request=CloseFlagSerializer, responses=LeadFlagSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Handle or dismiss it with an answer the person reads; 409 when another lead was first."""
        found = get_flag_for(key_owner(request), public_id)
        in_key_project(request, found.project)
        close_flag(flag=found, by=key_owner(request), **_given(CloseFlagSerializer, request))
        return Response(LeadFlagSerializer(found).data)


class QuestionsView(ListAPIView[Clarification]):
    """Questions."""

    permission_classes = LEAD
    serializer_class = LeadQuestionSerializer
    pagination_class = WorstFirst

    @extend_schema(
        operation_id="questions",
        parameters=[OpenApiParameter("state", OpenApiTypes.STR, enum=list(STATES)), WORDS],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Questions in the key's project, what waits longest first, without those on tasks its owner judged."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Clarification]:
        """Those of the key's project."""
        project = key_membership(self.request, Permission.ADJUDICATE).project
        filters = {**question_filters(self.request.query_params), "project": project.slug}
        rows = questions_for(key_owner(self.request), [project], **filters)
        return rows.select_related("task", "criterion")


class QuestionView(APIView):
    """One question, for leads."""

    permission_classes = LEAD

    @extend_schema(operation_id="question", responses=ThreadSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """The question with what was said to it; nobody's name."""
        return Response(ThreadSerializer(_question(request, public_id)).data)

    @extend_schema(operation_id="answer", request=PostSerializer, responses=ThreadSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Answer it; 409 once it is closed."""
        found = _question(request, public_id)
        answer(clarification=found, by=key_owner(request), **_given(PostSerializer, request))
        return Response(ThreadSerializer(found).data)


class CloseQuestionView(APIView):
    """Ending a question."""

    permission_classes = LEAD

    @extend_schema(operation_id="close_question", request=None, responses=ThreadSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Close it; the person who asked is told."""
        found = _question(request, public_id)
        close_question(clarification=found, by=key_owner(request))
        return Response(ThreadSerializer(found).data)


def _work(request: Request, public_id: UUID) -> Assignment:
    found = get_assignment_for(key_owner(request), public_id)
    in_key_project(request, found.batch.project)
    return found


def _question(request: Request, public_id: UUID) -> Clarification:
    found = get_question_for(key_owner(request), public_id)
    in_key_project(request, found.project)
    return found


def _given(serializer: Any, request: Request) -> dict[str, Any]:
    """The body as the serializer takes it; a body that does not fit is refused with 422."""
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
