"""One shape for every error the API answers: `{"error": {"code", "message", "problems": [...]}}`."""

from typing import Any

from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from evaltool.base.errors import Invalid, Problem, RuleBroken, StaleState

CONFLICTS = frozenset({"stale", "already_submitted"})


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an exception of a view: 422 for input that does not fit, 409 when the object has moved on, else 400.

    Errors of the framework keep their status; what is none of these becomes a 500 elsewhere.
    """
    if isinstance(exc, RuleBroken):
        set_rollback()
        problems = exc.problems if isinstance(exc, Invalid) else []
        return Response(error_body(exc.code, exc.message, problems), status=_status(exc))
    response = exception_handler(exc, context)
    if response is None:
        return None
    if isinstance(exc, exceptions.ValidationError):
        problems = list(_flattened(response.data))
        response.status_code = 422
        response.data = error_body("invalid", "Some fields do not fit.", problems)
    else:
        response.data = error_body(*_code_and_words(exc, response))
    return response


def error_body(code: str, message: str, problems: list[Problem] | None = None) -> dict[str, Any]:
    """The body of an error."""
    listed = [{"field": p.field, "reason": p.reason, "row": p.row} for p in problems or []]
    return {"error": {"code": code, "message": message, "problems": listed}}


def _status(exc: RuleBroken) -> int:
    if isinstance(exc, Invalid):
        return 422
    if exc.code == "forbidden":
        return 403
    conflict = isinstance(exc, StaleState) or exc.code in CONFLICTS or exc.code.startswith("expired")
    return 409 if conflict else 400


def _code_and_words(exc: Exception, response: Response) -> tuple[str, str]:
    if response.status_code == 404:
        return "not_found", "There is nothing here that you can see."
    detail = getattr(exc, "detail", None)
    return getattr(detail, "code", "refused"), str(detail or exc)


def _flattened(data: Any, path: str = "") -> Any:
    """Problems out of the nested errors of a serializer; the path names the field, a list index the row."""
    if isinstance(data, dict):
        for name, inner in data.items():
            yield from _flattened(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(data, list):
        for inner in data:
            yield from _flattened(inner, path)
    else:
        yield Problem(path.removesuffix(".non_field_errors") or "body", str(data))
