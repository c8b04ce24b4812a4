"""The API of settled work that a newer rubric version makes stale. The same command as the page."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from projects.access import Permission
from projects.api_auth import in_key_project, require_scope
from reviews.models import Consensus
from reviews.putting_back import Reason, put_back, stale
from rubrics.models import RubricVersion
from rubrics.selectors import get_version_for


class StaleSerializer(serializers.ModelSerializer[Consensus]):
    """A settled task that rests on judgments from before judgment changed."""

    task = serializers.CharField(source="task.external_id", read_only=True, help_text="The task's id in its file.")
    batch = serializers.CharField(source="batch.name", read_only=True)

    class Meta:
        model = Consensus
        fields = ("task", "batch", "number", "method", "at")


class PutBackSerializer(serializers.Serializer[Any]):
    """What is to be judged anew, and why."""

    reason = serializers.ChoiceField(choices=Reason.choices)
    tasks = serializers.ListField(
        child=serializers.CharField(), required=False, max_length=1000,
        help_text="Ids of tasks as in their file; without it everything that is stale.",
    )  # fmt: skip


class CountSerializer(serializers.Serializer[Any]):
    """How many tasks it is."""

    tasks = serializers.IntegerField()


class ByTask(CursorPagination):
    """Settled tasks in the order they were imported."""

    ordering = ("task_id", "pk")


class StaleView(APIView):
    """Settled work under earlier versions."""

    permission_classes = (require_scope("manage"),)

    @extend_schema(operation_id="stale_work", responses=StaleSerializer(many=True))
    def get(self, request: Request, public_id: UUID) -> Response:
        """What stands from before judgment last changed, up to this version; a page at a time."""
        version = self._version(request, public_id)
        pages = ByTask()
        rows = pages.paginate_queryset(stale(version.rubric, version.number), request, view=self)
        return pages.get_paginated_response(StaleSerializer(rows, many=True).data)

    @extend_schema(operation_id="put_back", request=PutBackSerializer, responses=CountSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Have it judged anew under this version by people who have not judged it. Twice is once."""
        version = self._version(request, public_id)
        given = PutBackSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        names, tasks = given.validated_data.get("tasks"), None
        if names is not None:
            rows = stale(version.rubric, version.number).filter(task__external_id__in=names)
            tasks = [row.task for row in rows]
        reason = given.validated_data["reason"]
        count = put_back(version=version, reason=reason, tasks=tasks, by=_owner(request))
        return Response(CountSerializer({"tasks": count}).data)

    def _version(self, request: Request, public_id: UUID) -> RubricVersion:
        version = get_version_for(_owner(request), public_id, Permission.MANAGE_BATCHES)
        in_key_project(request, version.rubric.project)
        return version


def _owner(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user
