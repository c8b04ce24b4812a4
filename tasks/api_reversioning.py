"""The API of what becomes of work when a rubric has a newer version. The same commands as the pages."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from projects.access import Permission
from projects.api_auth import in_key_project, require_scope
from rubrics.models import RubricVersion
from rubrics.selectors import get_version_for
from tasks.reversioning import forecast, move_all
from tasks.serializers_batches import ForecastSerializer, MovedSerializer


class UnstartedWorkView(APIView):
    """Unstarted work under earlier versions of a rubric."""

    permission_classes = (require_scope("manage"),)

    @extend_schema(operation_id="unstarted_work", responses=ForecastSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """What would move to this version, and what would stay."""
        version = self._version(request, public_id)
        return Response(ForecastSerializer(forecast(version.rubric, version.number)).data)

    @extend_schema(operation_id="move_unstarted_work", request=None, responses=MovedSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Move it: batches change now, work lists as a job. Moving twice is moving once."""
        moved = move_all(version=self._version(request, public_id), by=_owner(request))
        return Response(MovedSerializer({"batches": [batch.public_id for batch in moved]}).data)

    def _version(self, request: Request, public_id: UUID) -> RubricVersion:
        version = get_version_for(_owner(request), public_id, Permission.MANAGE_BATCHES)
        in_key_project(request, version.rubric.project)
        return version


def _owner(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user
