"""Is this process alive, and is the whole ready for work? Asked by supervisors, without signing in."""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaltool.jobs import CANARY

SILENT_AFTER = timedelta(minutes=2)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers and reaches its database."""
    return HttpResponse("ok", content_type="text/plain") if _database_answers() else HttpResponse(status=503)


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, Redis and a worker all answer; 503 with the name of what does not."""
    parts = {"database": _database_answers(), "redis": _redis_answers(), "worker": _worker_answers()}
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis_answers() -> bool:
    try:
        cache.get(CANARY)
    except Exception:  # whatever the client raises, Redis is not there
        return False
    return True


def _worker_answers() -> bool:
    try:
        seen = cache.get(CANARY)
    except Exception:  # as above
        return False
    return bool(seen) and timezone.now() - datetime.fromisoformat(seen) < SILENT_AFTER
