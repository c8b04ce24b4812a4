"""The API of batches: make one, send a file, read the report, commit, release. The same commands as the pages."""

from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from evaltool.base.errors import Invalid, Problem
from projects.access import Permission
from projects.api_auth import in_key_project, key_membership, require_scope
from rubrics.models import RubricVersion
from tasks.batches import create_batch, release_batch
from tasks.importing import cancel_import, commit_import, start_import, too_large
from tasks.models import Batch, ImportRun
from tasks.selectors_batches import (
    Filters,
    batches_of,
    get_own_batch_for,
    get_own_import_for,
    problems_of,
    published_rubrics,
)
from tasks.serializers_batches import (
    BatchSerializer,
    CommitSerializer,
    ImportSerializer,
    NewBatchSerializer,
    ProblemSerializer,
    WholeBatchSerializer,
)

OVERHEAD = 64 * 1024  # bytes of a multipart body around its file
FORM = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
MANAGE = require_scope("read", write="manage")


class NewestFirst(CursorPagination):
    """Batches, newest first."""

    ordering = ("-created_at", "-pk")


class ByLine(CursorPagination):
    """Problems in the order of the file."""

    ordering = ("line", "pk")
    page_size = 500


class TooLarge(APIException):
    """The body is above the limit; nothing of it was read."""

    status_code = 413
    default_code = "too_large"


class NoLength(APIException):
    """A body without a length cannot be told from an empty one."""

    status_code = 411
    default_code = "length_required"
    default_detail = "Send the length of the file in the Content-Length header."


class Lines(BaseParser):
    """A file as the whole body: handed on unread."""

    media_type = "application/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The stream itself."""
        return _Body(stream)


class _Body:
    """A request's body as a file that cannot be rewound."""

    name = "upload.jsonl"

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        """The next piece."""
        return self._stream.read(size) if self._stream else b""

    def seekable(self) -> bool:
        """Never."""
        return False


class BatchesView(APIView):
    """The batches of the key's project."""

    permission_classes = (MANAGE,)

    @extend_schema(operation_id="batches", responses=BatchSerializer(many=True))
    def get(self, request: Request) -> Response:
        """All batches, a page at a time, newest first."""
        project = key_membership(request, Permission.MANAGE_BATCHES).project
        pages = NewestFirst()
        rows = pages.paginate_queryset(batches_of(project, Filters(tab="all")), request, view=self)
        return pages.get_paginated_response(BatchSerializer(rows, many=True).data)

    @extend_schema(operation_id="create_batch", request=NewBatchSerializer, responses={201: WholeBatchSerializer})
    def post(self, request: Request) -> Response:
        """Make an empty batch; its name is unique in the project."""
        project = key_membership(request, Permission.MANAGE_BATCHES).project
        given = NewBatchSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        version = published_rubrics(project).filter(public_id=values.pop("rubric_version")).first()
        batch = create_batch(project=project, rubric_version=_found(version), by=_owner(request), **values)
        return Response(WholeBatchSerializer(batch).data, status=201)


class BatchView(APIView):
    """One batch."""

    permission_classes = (MANAGE,)

    @extend_schema(operation_id="batch", responses=WholeBatchSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """The batch with its progress."""
        return Response(WholeBatchSerializer(_batch(request, public_id)).data)


class ReleaseView(APIView):
    """Releasing a batch."""

    permission_classes = (require_scope("manage"),)

    @extend_schema(operation_id="release_batch", request=None, responses=WholeBatchSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Hand the batch out. 409 when it is not ready; releasing what is released changes nothing."""
        batch = _batch(request, public_id)
        if batch.state != Batch.State.RELEASED:
            release_batch(batch=batch, by=_owner(request))
        return Response(WholeBatchSerializer(batch).data)


class ImportsView(APIView):
    """Files of a batch."""

    permission_classes = (require_scope("manage"),)
    parser_classes = (MultiPartParser, Lines)

    @extend_schema(
        operation_id="start_import",
        request={"multipart/form-data": FORM, "application/jsonl": OpenApiTypes.BINARY},
        responses={202: ImportSerializer},
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Send a file, as the field `file` of a form or as the whole body. A worker checks it; nothing comes in yet."""
        batch = _batch(request, public_id)
        _ask_length(request)
        file = request.data if isinstance(request.data, _Body) else request.FILES.get("file")
        if file is None:
            raise Invalid([Problem("file", "Send the file under this name, or as the whole body.")])
        name = request.query_params.get("filename") or file.name or ""
        run = start_import(batch=batch, file=file, filename=name, by=_owner(request))
        return Response(ImportSerializer(run).data, status=202)


class ImportView(APIView):
    """One import."""

    permission_classes = (MANAGE,)

    @extend_schema(operation_id="import", responses=ImportSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """Where it stands."""
        return Response(ImportSerializer(_run(request, public_id)).data)


class ProblemsView(APIView):
    """The report of a check."""

    permission_classes = (MANAGE,)

    @extend_schema(operation_id="import_problems", responses=ProblemSerializer(many=True))
    def get(self, request: Request, public_id: UUID) -> Response:
        """Every problem with line, id, field and reason, a page at a time."""
        pages = ByLine()
        rows = pages.paginate_queryset(problems_of(_run(request, public_id)), request, view=self)
        return pages.get_paginated_response(ProblemSerializer(rows, many=True).data)


class CommitView(APIView):
    """The decision on a checked file."""

    permission_classes = (require_scope("manage"),)

    @extend_schema(operation_id="commit_import", request=CommitSerializer, responses={202: ImportSerializer})
    def post(self, request: Request, public_id: UUID) -> Response:
        """Import the good rows, all or none. 400 `bad_rows` while bad rows are neither fixed nor left out."""
        run = _run(request, public_id)
        given = CommitSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        commit_import(run=run, leave_out_bad=given.validated_data["leave_out_bad"], by=_owner(request))
        return Response(ImportSerializer(run).data, status=202)


class CancelView(APIView):
    """Stopping an import."""

    permission_classes = (require_scope("manage"),)

    @extend_schema(operation_id="cancel_import", request=None, responses=ImportSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Stop it; the batch stays as it was. 409 when it has ended."""
        run = cancel_import(run=_run(request, public_id), by=_owner(request))
        return Response(ImportSerializer(run).data)


def _owner(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user


def _batch(request: Request, public_id: UUID) -> Batch:
    batch = get_own_batch_for(_owner(request), public_id)
    in_key_project(request, batch.project)
    return batch


def _run(request: Request, public_id: UUID) -> ImportRun:
    run = get_own_import_for(_owner(request), public_id)
    in_key_project(request, run.batch.project)
    return run


def _found(version: RubricVersion | None) -> RubricVersion:
    if version is None:
        raise Invalid([Problem("rubric_version", "Choose a published rubric version of this project.")])
    return version


def _ask_length(request: Request) -> None:
    """Refuse before a byte is read."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        raise NoLength
    if int(length) > settings.IMPORT_MAX_BYTES + OVERHEAD:
        raise TooLarge(too_large().problems[0].reason)
