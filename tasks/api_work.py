"""Work over the API: take a task, draft, submit, skip; the same commands as the pages."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects.access import Permission
from projects.api_auth import in_key_project, key_membership, require_scope
from projects.api_errors import error_body
from tasks import serializers_work as shapes
from tasks.assigning import claim_next
from tasks.models import Assignment
from tasks.selectors import get_assignment_for
from tasks.submitting import submit
from tasks.working import DraftStale, save_draft, skip

STALE = OpenApiResponse(description="Another draft was saved since this one was read; `stored` is that one.")


class NextView(APIView):
    """The next task."""

    permission_classes = (require_scope("work"),)

    @extend_schema(request=None, responses={200: shapes.AssignmentSerializer, 204: None})
    def post(self, request: Request) -> Response:
        """Take the next task of the key's project, or go on with the open one; 204 when there is nothing."""
        member = key_membership(request, Permission.WORK)
        found = claim_next(member=member, by=member.user)
        return Response(shapes.AssignmentSerializer(found).data) if found else Response(status=204)


class AssignmentView(APIView):
    """One's own task."""

    permission_classes = (require_scope("work"),)

    @extend_schema(responses=shapes.AssignmentSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """The task, its rubric and the draft."""
        return Response(shapes.AssignmentSerializer(_own(request, public_id)).data)


class DraftView(APIView):
    """The draft of a task."""

    permission_classes = (require_scope("work"),)

    @extend_schema(request=shapes.DraftSerializer, responses={200: shapes.DraftSerializer, 409: STALE})
    def put(self, request: Request, public_id: UUID) -> Response:
        """Keep the answers so far, valid or not; 409 with the stored draft when a newer one was saved."""
        given = _given(shapes.DraftSerializer, request)
        found = _own(request, public_id)
        try:
            draft = save_draft(
                assignment=found, data=given["answers"], revision=given["revision"], by=found.member.user
            )
        except DraftStale as stale:
            stored = {"revision": stale.draft.revision, "answers": stale.draft.data}
            return Response({**error_body(stale.code, stale.message), "stored": stored}, status=409)
        return Response({"revision": draft.revision, "answers": draft.data})


class SubmitView(APIView):
    """Handing a task in."""

    permission_classes = (require_scope("work"),)

    @extend_schema(request=shapes.SubmitSerializer, responses=shapes.SubmissionSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Hand in answers. Again with the same content: the same receipt; with other content: 409."""
        given = _given(shapes.SubmitSerializer, request)
        found = _own(request, public_id)
        submission = submit(
            assignment=found,
            raw=given["answers"],
            revision=given["revision"],
            active_seconds=given["active_seconds"],
            by=found.member.user,
        )
        return Response(shapes.SubmissionSerializer(submission).data)


class SkipView(APIView):
    """Skipping a task."""

    permission_classes = (require_scope("work"),)

    @extend_schema(request=shapes.SkipSerializer, responses=shapes.AssignmentSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Give the task back for good, with a reason."""
        given = _given(shapes.SkipSerializer, request)
        found = _own(request, public_id)
        return Response(
            shapes.AssignmentSerializer(skip(assignment=found, reason=given["reason"], by=found.member.user)).data
        )


def _own(request: Request, public_id: UUID) -> Assignment:
    member = key_membership(request, Permission.WORK)
    found = get_assignment_for(member.user, public_id)
    in_key_project(request, found.batch.project)
    return found


def _given(shape: type[Any], request: Request) -> dict[str, Any]:
    form = shape(data=request.data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)
