"""How a view answers: a whole page or the named part of it, a redirect, and what the shell around a page shows.

Apps feed the shell from `AppConfig.ready()` by `register_nav`, `register_roles` and `register_projects`;
this floor imports none of them.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, HttpResponseServerError
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

STOP_POLLING = 286
"""The status that tells htmx to stop polling: `render_page(..., status=STOP_POLLING)`."""


# ------------------------------------------------------------------ answers


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asked for a part of the page (boosted links and history ask for all of it)."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    partial: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page, or only its `partial` when htmx asked for a part.

    Messages that are waiting ride along with a part, so that a swap shows them too.
    """
    if partial and wants_part(request):
        html = render_to_string(f"{template}#{partial}", context, request)
        if len(get_messages(request)):
            html += render_to_string("parts/messages.html", {"out_of_band": True}, request)
    else:
        html = render_to_string(template, context, request)
    response = HttpResponse(html, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


class SeeOther(HttpResponseRedirect):
    """After a POST, look here: 303."""

    status_code = 303


def redirect_to(request: HttpRequest, to: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    """Send the person to another page: by `HX-Redirect` for htmx, else by 303.

    `to` is what `django.shortcuts.redirect` takes: a path, the name of a URL, or an object.
    """
    url = resolve_url(to, *args, **kwargs)
    response: HttpResponse
    if getattr(request, "htmx", None):
        response = HttpResponse(status=200, headers={"HX-Redirect": url})
    else:
        response = SeeOther(url)
    patch_vary_headers(response, ["HX-Request"])
    return response


def go_on_to(request: HttpRequest, to: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    """Like `redirect_to`, but htmx loads the next page into this one: no page load between two tasks."""
    url = resolve_url(to, *args, **kwargs)
    if not getattr(request, "htmx", None):
        return redirect_to(request, url)
    location = {"path": url, "target": "body", "swap": "innerHTML", "headers": {"HX-Boosted": "true"}}
    response = HttpResponse(status=200, headers={"HX-Location": json.dumps(location)})
    patch_vary_headers(response, ["HX-Request"])
    return response


def with_event(response: HttpResponse, name: str, detail: Any = None) -> HttpResponse:
    """Add a server event in the past tense (`submission-recorded`) that scripts on the page may listen to."""
    events = json.loads(response.get("HX-Trigger", "{}"))
    response["HX-Trigger"] = json.dumps({**events, name: detail})
    return response


def local_next(request: HttpRequest, default: str = "/") -> str:
    """Where `next` points when it stays on this host, else `default`."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    return target if is_local(request, target) else default


def is_local(request: HttpRequest, url: str) -> bool:
    """Whether a URL from outside stays on this host (no scheme tricks, no `//host`)."""
    safe = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return safe and url.startswith("/")


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for a failure of ours (`handler500`), with the reference that is also in the log."""
    reference = getattr(request, "reference", "")
    return HttpResponseServerError(render_to_string("500.html", {"reference": reference}))


# ------------------------------------------------------------------- shell


@dataclass(frozen=True)
class NavItem:
    """A link in the top bar. `count` is a badge; with `roles` it shows only for these keys of `RoleItem`.

    Links of the same `place` stand in the order of the apps: 10 a role's first page, 50 most, 90 the end.
    """

    label: str
    url: str
    key: str
    count: int | None = None
    roles: frozenset[str] = frozenset()
    place: int = 50


@dataclass(frozen=True)
class RoleItem:
    """A role the person may switch to in the account menu; `url` is its home and the prefix of its pages."""

    key: str
    label: str
    url: str


@dataclass(frozen=True)
class ProjectItem:
    """A project in the switcher of the top bar."""

    label: str
    url: str
    current: bool = False


NavProvider = Callable[[HttpRequest], Iterable[NavItem]]
RoleProvider = Callable[[HttpRequest], Iterable[RoleItem]]
ProjectProvider = Callable[[HttpRequest], Iterable[ProjectItem]]

_nav: list[NavProvider] = []
_roles: list[RoleProvider] = []
_projects: list[ProjectProvider] = []


def register_nav(provider: NavProvider) -> None:
    """Let an app add links to the top bar; called from `AppConfig.ready()`, in the order of the apps."""
    if provider not in _nav:
        _nav.append(provider)


def register_roles(provider: RoleProvider) -> None:
    """Let an app name the roles a person holds, most used first."""
    if provider not in _roles:
        _roles.append(provider)


def register_projects(provider: ProjectProvider) -> None:
    """Let an app fill the project switcher; an empty list hides it."""
    if provider not in _projects:
        _projects.append(provider)


@dataclass
class Shell:
    """What surrounds a page. Everything is read when a whole page asks for it, so parts cost nothing."""

    request: HttpRequest

    @cached_property
    def signed_in(self) -> bool:
        """Whether somebody is signed in."""
        user = getattr(self.request, "user", None)
        return user is not None and user.is_authenticated

    @cached_property
    def roles(self) -> list[RoleItem]:
        """The roles of the person, none for a visitor."""
        return [item for provider in _roles for item in provider(self.request)] if self.signed_in else []

    @cached_property
    def role(self) -> str:
        """The key of the role this page belongs to: by its address, else the one last chosen, else the first."""
        path, keys = self.request.path, [item.key for item in self.roles]
        by_address = [item.key for item in self.roles if item.url != "/" and path.startswith(item.url)]
        chosen = self.request.session.get("role") if keys and hasattr(self.request, "session") else None
        return (by_address or ([chosen] if chosen in keys else []) or keys or [""])[0]

    @cached_property
    def nav(self) -> list[NavItem]:
        """The links of the top bar for this role."""
        items = [item for provider in _nav for item in provider(self.request)] if self.signed_in else []
        shown = [item for item in items if not item.roles or self.role in item.roles]
        return sorted(shown, key=lambda item: item.place)

    @cached_property
    def current(self) -> str:
        """The key of the link whose address is the longest prefix of this page's (`nav_current` overrides it)."""
        path = self.request.path
        fits = [i for i in self.nav if path == i.url or (i.url != "/" and path.startswith(i.url.split("?")[0]))]
        return max(fits, key=lambda item: len(item.url)).key if fits else ""

    @cached_property
    def projects(self) -> list[ProjectItem]:
        """The project switcher."""
        return [item for provider in _projects for item in provider(self.request)] if self.signed_in else []

    @cached_property
    def project(self) -> ProjectItem | None:
        """The project of this page, if it has one."""
        return next((item for item in self.projects if item.current), None)

    @property
    def home(self) -> str:
        """Where the brand leads: the home of the current role."""
        return next((item.url for item in self.roles if item.key == self.role), "/")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell` for the templates around a page."""
    return {"shell": Shell(request)}


def sign_in_url(next_path: str) -> str:
    """The sign-in page that leads back to a path of ours."""
    return f"{reverse('accounts:sign_in')}?{urlencode({'next': next_path})}"
