"""The API of rubrics: reading versions, saving a draft, publishing it."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from projects.access import Permission, may
from projects.api_auth import in_key_project, key_membership, require_scope
from projects.models import Project
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.models import RubricVersion
from rubrics.selectors import get_version_for, rubric_named, versions_in
from rubrics.serializers import (
    DraftSerializer,
    PublishSerializer,
    SavedDraftSerializer,
    VersionSerializer,
    WholeVersionSerializer,
)

State = RubricVersion.State


class VersionPagination(CursorPagination):
    """Newest first."""

    ordering = ("-created_at", "-pk")


class VersionsView(APIView):
    """The rubric versions of a project."""

    permission_classes = (require_scope("read", write="manage"),)

    @extend_schema(operation_id="rubric_versions", responses=VersionSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Versions of every rubric, a page at a time; drafts only for admins."""
        member = key_membership(request, Permission.SEE_PROJECT, slug)
        rows = versions_in(member.project, drafts=may(member, Permission.SET_UP))
        pages = VersionPagination()
        shown = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(VersionSerializer(shown, many=True).data)

    @extend_schema(operation_id="save_rubric_draft", request=DraftSerializer, responses=SavedDraftSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Save the draft of a rubric's next version; it need not be complete yet."""
        project = key_membership(request, Permission.SET_UP, slug).project
        given = DraftSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        draft = _save(project, dict(given.validated_data), _owner(request))
        return Response(SavedDraftSerializer(draft).data, status=201)


class VersionView(APIView):
    """One rubric version."""

    permission_classes = (require_scope("read"),)

    @extend_schema(operation_id="rubric_version", responses=WholeVersionSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """The version with its body; a draft only for admins."""
        version = get_version_for(_owner(request), public_id, Permission.SEE_PROJECT)
        in_key_project(request, version.rubric.project)
        member = key_membership(request, Permission.SEE_PROJECT)
        if version.state == State.DRAFT and not may(member, Permission.SET_UP):
            raise Http404
        return Response(WholeVersionSerializer(version).data)


class PublishView(APIView):
    """Publishing a draft."""

    permission_classes = (require_scope("manage"),)

    @extend_schema(operation_id="publish_rubric_version", request=PublishSerializer, responses=WholeVersionSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Freeze and hash the draft; 422 names everything that is missing, 409 when it is no draft any more."""
        version = get_version_for(_owner(request), public_id, Permission.SET_UP)
        in_key_project(request, version.rubric.project)
        given = PublishSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        version = publish_version(version=version, by=_owner(request), **given.validated_data)
        return Response(WholeVersionSerializer(version).data)


@transaction.atomic
def _save(project: Project, given: dict[str, Any], by: User) -> RubricVersion:
    name = given.pop("name").strip()
    rubric = rubric_named(project, name) or create_rubric(project=project, name=name, by=by)
    return save_version_draft(rubric=rubric, by=by, **given)


def _owner(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user
