"""Exports over the API: the same command as the page."""

from uuid import UUID

from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from exports.building import request_export
from exports.models import Export
from exports.selectors import filename, get_any_export_for
from exports.serializers import ExportSerializer, NewExportSerializer
from projects.access import Permission
from projects.api_auth import in_key_project, key_membership, key_owner, require_scope
from tasks.models import Batch


class ExportsView(APIView):
    """Ask for an export."""

    permission_classes = (require_scope("export"),)

    @extend_schema(request=NewExportSerializer, responses={202: ExportSerializer})
    def post(self, request: Request) -> Response:
        """Ask for an export; a worker builds it. Poll the export until its state is `ready`."""
        form = NewExportSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = dict(form.validated_data)
        project = key_membership(request, Permission.EXPORT, asked.pop("project")).project
        batch = asked.pop("batch", None)
        found = Batch.objects.filter(project=project, public_id=batch).first() if batch else None
        if batch and found is None:
            raise Http404
        export = request_export(project=project, batch=found, by=key_owner(request), **asked)
        return Response(ExportSerializer(export).data, status=202)


class ExportView(APIView):
    """One export."""

    permission_classes = (require_scope("export"),)

    @extend_schema(responses=ExportSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """Its state, and once it is ready its manifest."""
        return Response(ExportSerializer(_export(request, public_id)).data)


class ExportFileView(APIView):
    """The file of an export."""

    permission_classes = (require_scope("export"),)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, public_id: UUID) -> FileResponse:
        """The file; 404 until it is ready."""
        export = _export(request, public_id)
        if export.state != Export.State.READY:
            raise Http404
        return FileResponse(export.file.open("rb"), as_attachment=True, filename=filename(export, export.format))


def _export(request: Request, public_id: UUID) -> Export:
    export = get_any_export_for(key_owner(request), public_id)
    in_key_project(request, export.project)
    return export
