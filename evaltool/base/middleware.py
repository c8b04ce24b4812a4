"""What holds for every answer: nothing is cached, nothing leaks, nothing typed is lost."""

import logging
import secrets
import zoneinfo
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from evaltool.base.errors import Invalid, RuleBroken
from evaltool.base.pages import is_local, sign_in_url

log = logging.getLogger("evaltool.web")
GetResponse = Callable[[HttpRequest], HttpResponse]

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope",
        "magnetometer", "microphone", "midi", "payment", "screen-wake-lock", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip


def wants_json(request: HttpRequest) -> bool:
    """Whether a script of ours asks (drafts, heartbeats): it names JSON first."""
    return request.headers.get("Accept", "").startswith("application/json")


def signed_in(request: HttpRequest) -> bool:
    """Whether this browser is signed in; a request without our cookie costs no query."""
    user = getattr(request, "user", None)
    return settings.SESSION_COOKIE_NAME in request.COOKIES and user is not None and user.is_authenticated


class PrivatePages:
    """Security headers Django and the CSP do not set, no caching, the person's time zone, and the end of a session.

    - Every answer that did not choose otherwise is `no-store`: pages hold task text.
    - An expired session answers htmx with 401 and `HX-Redirect`, and our scripts with JSON, so that the page with
      its text stays until the person signs in.
    - Signing out clears caches and storage in the browser, except drafts that were not saved yet (see `_clear`).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.reference = secrets.token_hex(4)  # type: ignore[attr-defined]
        was_signed_in = request.method == "POST" and signed_in(request)
        with self._zone(request):
            response = self.get_response(request)
        response = self._kept_on_page(request, response)
        if was_signed_in and not request.user.is_authenticated:
            self._clear(request, response)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("X-Reference", request.reference)  # type: ignore[attr-defined]
        patch_vary_headers(response, ["Cookie", "HX-Request"])
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Write the reference the person sees into the log, beside the traceback Django writes."""
        if isinstance(exception, Http404 | PermissionDenied | RuleBroken):
            return  # an answer, not a failure
        log.error("failed request %s %s %s", getattr(request, "reference", "-"), request.method, request.path)

    def _zone(self, request: HttpRequest) -> AbstractContextManager[object]:
        """Times are shown in the person's own zone; an unknown zone means UTC."""
        if not signed_in(request):
            return nullcontext()
        try:
            return timezone.override(zoneinfo.ZoneInfo(request.user.time_zone))  # type: ignore[union-attr]
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return nullcontext()

    def _kept_on_page(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Turn the redirect of an expired session into something a script can act on."""
        if response.status_code != 302 or not (request.htmx or wants_json(request)):  # type: ignore[attr-defined]
            return response
        if urlsplit(response["Location"]).path != resolve_url(settings.LOGIN_URL) or request.user.is_authenticated:
            return response
        page = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
        back = page.path + (f"?{page.query}" if page.query else "")
        url = sign_in_url(back if page.netloc == request.get_host() and is_local(request, back) else "/")
        if wants_json(request):
            return JsonResponse({"code": "signed_out", "message": "You were signed out.", "sign_in": url}, status=401)
        return HttpResponse(status=401, headers={"HX-Redirect": url})

    def _clear(self, request: HttpRequest, response: HttpResponse) -> None:
        """Leave no task text behind on a shared computer.

        Text that the server never acknowledged is the one thing worth more than that: the sign-out form says so
        (`unsent`, set by app.js after asking), and then storage stays. It is bound to the person's id, so nobody
        else is ever shown it.
        """
        response["Clear-Site-Data"] = '"cache"' if request.POST.get("unsent") else '"cache", "storage"'


class PlainRefusals:
    """A rule that stands in the way answers plainly, and what was typed comes back on the page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            # An address that takes forms only, opened as a page: after a sign-in, or from the address bar.
            response.content = render_to_string("405.html", {"page": urljoin(request.path, "..")}, request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """409 for a refused command, 422 for an input that does not fit; other failures go on."""
        if not isinstance(exception, RuleBroken):
            return None
        problems = exception.problems if isinstance(exception, Invalid) else []
        status = 422 if problems else 409
        if wants_json(request):
            listed = [{"field": p.field, "reason": p.reason, "row": p.row} for p in problems]
            body = {"code": exception.code, "message": exception.message, "problems": listed}
            return JsonResponse(body, status=status)
        context = {"message": exception.message, "problems": problems, "kept": _typed(request), "back": _back(request)}
        if getattr(request, "htmx", None):
            html = render_to_string("parts/refusal.html", context, request)
            return HttpResponse(html, status=status, headers={"HX-Retarget": "#messages", "HX-Reswap": "innerHTML"})
        return HttpResponse(render_to_string("refused.html", context, request), status=status)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Texts of a form worth keeping: what somebody wrote, never a password or a token."""
    secret = ("password", "token", "secret")
    return [
        (name.replace("_", " ").replace("-", " "), value)
        for name, values in request.POST.lists()
        for value in values
        if len(value.strip()) > 15 and not any(word in name.lower() for word in secret)
    ]


def _back(request: HttpRequest) -> str:
    """The page the person came from, when it is ours."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    path = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    return path if came_from.netloc == request.get_host() and is_local(request, path) else "/"
