"""Who calls the API: a key in the header `Authorization: Bearer evt_<prefix>_<secret>`.

A key acts as its owner, in one project only, within its scopes. Views take objects through the getters of
`projects.access` for `request.user`, and hold them to the key's project with `key_membership` or `in_key_project`.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.http import Http404
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import User
from evaltool.base import clock
from projects.access import Permission, require
from projects.commands.keys import SCOPES, digest
from projects.models import ApiKey, Membership, Project

if TYPE_CHECKING:
    from rest_framework.views import APIView  # it reads the settings that name this module

NOTED_EVERY = timedelta(minutes=5)
REFUSED = "This key is not valid. It may be mistyped, revoked or expired."


class ApiKeyAuthentication(BaseAuthentication):
    """Finds the person behind a key. `request.auth` is the ApiKey; every refusal reads the same."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """The owner and the key, None without a key, AuthenticationFailed for a key that does not open."""
        kind, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if kind.lower() != "bearer":
            return None
        key = ApiKey.objects.select_related("owner", "project").filter(sha256=digest(secret.strip())).first()
        if key is None or not _opens(key):
            raise AuthenticationFailed(REFUSED)
        _note_use(key)
        return key.owner, key

    def authenticate_header(self, request: Request) -> str:
        """Makes a refusal 401 rather than 403."""
        return 'Bearer realm="evaltool"'


def require_scope(scope: str, *, write: str | None = None) -> type[BasePermission]:
    """A permission class: the key holds `scope`, or `write` for anything but GET, HEAD and OPTIONS."""
    wanted = {scope, write or scope}
    assert wanted <= set(SCOPES), wanted

    class HasScope(BasePermission):
        message = f"This key does not have the scope {' or '.join(sorted(wanted))}."
        code = "scope_missing"

        def has_permission(self, request: Request, view: "APIView") -> bool:
            needed = scope if request.method in {"GET", "HEAD", "OPTIONS"} else (write or scope)
            return isinstance(request.auth, ApiKey) and needed in request.auth.scopes

    return HasScope


def key_membership(request: Request, permission: Permission, slug: str | None = None) -> Membership:
    """The owner's membership in the key's project if they hold the permission there; Http404 otherwise.

    With `slug`, the project must be that one.
    """
    project = _key(request).project
    if slug is not None and project.slug != slug:
        raise Http404
    return require(_key(request).owner, permission, project)


def in_key_project(request: Request, project: Project) -> None:
    """Raise Http404 for an object of a project the key was not made for."""
    if _key(request).project_id != project.pk:
        raise Http404


def key_owner(request: Request) -> User:
    """The person whose key this is."""
    return _key(request).owner


def _key(request: Request) -> ApiKey:
    if not isinstance(request.auth, ApiKey):
        raise Http404
    return request.auth


def _opens(key: ApiKey) -> bool:
    in_time = key.expires_at is None or key.expires_at > clock.now()
    return key.revoked_at is None and in_time and key.owner.is_active


def _note_use(key: ApiKey) -> None:
    """Note the last use, at most every few minutes: a busy key must not write on every call."""
    now = clock.now()
    long_ago = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - NOTED_EVERY)
    ApiKey.objects.filter(long_ago, pk=key.pk).update(last_used_at=now)


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """How the API's description names the key."""

    target_class = "projects.api_auth.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A bearer token in OpenAPI's words."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "evt_<prefix>_<secret>"}
