"""The API of a project: reading it, its guideline and its members."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from projects.access import Permission, may
from projects.api_auth import key_membership, require_scope
from projects.selectors import current_guideline, members_page
from projects.serializers import GuidelineSerializer, MemberSerializer, PlainProjectSerializer, ProjectSerializer


class ProjectView(APIView):
    """One project."""

    permission_classes = (require_scope("read"),)

    @extend_schema(operation_id="project", responses=ProjectSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Name, description, domains, and for admins and QA leads who do not evaluate here the policy."""
        member = key_membership(request, Permission.SEE_PROJECT, slug)
        serializer = ProjectSerializer if may(member, Permission.MANAGE_GOLD) else PlainProjectSerializer
        return Response(serializer(member.project).data)


class GuidelineView(APIView):
    """The guideline in force."""

    permission_classes = (require_scope("read"),)

    @extend_schema(operation_id="project_guideline", responses=GuidelineSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The version in force with its sections; 404 while there is none."""
        version = current_guideline(key_membership(request, Permission.SEE_PROJECT, slug).project)
        if version is None:
            raise Http404
        return Response(GuidelineSerializer(version).data)


class MembersPagination(CursorPagination):
    """Members by the time they joined."""

    ordering = ("created_at", "pk")


class MembersView(APIView):
    """The members of a project."""

    permission_classes = (require_scope("manage"),)

    @extend_schema(operation_id="project_members", responses=MemberSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Present members, a page at a time."""
        project = key_membership(request, Permission.MANAGE_PEOPLE, slug).project
        pages = MembersPagination()
        rows: Any = pages.paginate_queryset(members_page(project), request, view=self)
        return pages.get_paginated_response(MemberSerializer(rows, many=True, context={"request": request}).data)
