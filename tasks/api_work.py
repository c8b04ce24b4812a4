"""The API of work: claim, read, draft, submit, skip. The same commands as the pages, for the owner of the key."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from projects.access import Permission
from projects.api_auth import in_key_project, key_membership, require_scope
from projects.api_errors import error_body
from tasks.assigning import claim_next
from tasks.models import Assignment
from tasks.selectors import get_assignment_for
from tasks.serializers_work import (
    SKIP_KINDS,
    NewDraftSerializer,
    NewSubmissionSerializer,
    SkipSerializer,
    SubmissionSerializer,
    WorkDraftSerializer,
    WorkSerializer,
    draft_data,
)
from tasks.submitting import submit
from tasks.working import DraftStale, save_draft, skip

WORK = (require_scope("work"),)


class NextView(APIView):
    """The next task."""

    permission_classes = WORK

    @extend_schema(
        operation_id="next_task",
        request=None,
        responses={200: WorkSerializer, 204: OpenApiResponse(description="None")},
    )
    def post(self, request: Request) -> Response:
        """Claim the next task in the key's project, or get the open one again. 204 when there is none."""
        found = claim_next(member=key_membership(request, Permission.WORK), by=owner(request))
        return Response(WorkSerializer(found).data) if found else Response(status=204)


class WorkView(APIView):
    """One task of one's own."""

    permission_classes = WORK

    @extend_schema(operation_id="task", responses=WorkSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """The task with its rubric and draft."""
        return Response(WorkSerializer(own_assignment(request, public_id)).data)


class DraftView(APIView):
    """The draft of a task."""

    permission_classes = WORK

    @extend_schema(operation_id="save_draft", request=NewDraftSerializer, responses=WorkDraftSerializer)
    def put(self, request: Request, public_id: UUID) -> Response:
        """Keep answers, valid or not. 409 `stale` with the stored draft when a newer one is there."""
        found, given = own_assignment(request, public_id), given_in(NewDraftSerializer, request)
        try:
            saved = save_draft(assignment=found, data=given["answers"], revision=given["revision"], by=owner(request))
        except DraftStale as stale:
            body = error_body(stale.code, stale.message)
            return Response({**body, "draft": WorkDraftSerializer(draft_data(stale.draft)).data}, status=409)
        return Response(WorkDraftSerializer(draft_data(saved)).data)


class SubmitView(APIView):
    """Handing a task in."""

    permission_classes = WORK

    @extend_schema(operation_id="submit_task", request=NewSubmissionSerializer, responses=SubmissionSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Hand the answers in. The same content again gives the same receipt; other content is refused with 409."""
        found, given = own_assignment(request, public_id), given_in(NewSubmissionSerializer, request)
        sent = submit(
            assignment=found,
            raw=given["answers"],
            revision=given["revision"],
            active_seconds=given["active_seconds"],
            by=owner(request),
        )
        return Response(SubmissionSerializer(sent).data)


class SkipView(APIView):
    """Leaving a task to somebody else."""

    permission_classes = WORK

    @extend_schema(operation_id="skip_task", request=SkipSerializer, responses=WorkSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Skip an open task by a kind, or `other` with a reason in words; it does not come back."""
        found, given = own_assignment(request, public_id), given_in(SkipSerializer, request)
        skip(assignment=found, reason=given["reason"], kind=SKIP_KINDS[given["kind"]], by=owner(request))
        return Response(WorkSerializer(own_assignment(request, public_id)).data)


def owner(request: Request) -> User:
    """Who owns the key."""
    assert isinstance(request.user, User)
    return request.user


def own_assignment(request: Request, public_id: UUID) -> Assignment:
    """The owner's assignment, in the project of the key; Http404 otherwise."""
    found = get_assignment_for(owner(request), public_id)
    in_key_project(request, found.batch.project)
    return found


def given_in(serializer: Any, request: Request) -> dict[str, Any]:
    """The body as the serializer takes it; a body that does not fit is refused with 422."""
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
