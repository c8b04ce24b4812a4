"""The page after too many wrong passwords."""

from datetime import timedelta
from typing import Any

from axes.helpers import get_cool_off
from django.http import HttpRequest, HttpResponse

from evaltool.base import clock
from evaltool.base.pages import render_page


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """429 and the time from which signing in works again: counted from now, since every try begins the wait anew."""
    wait = get_cool_off(request) or timedelta()
    return render_page(request, "accounts/locked.html", {"opens_at": clock.now() + wait, "wait": wait}, status=429)
