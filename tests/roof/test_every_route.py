"""Every route there is, found by walking the URL map, is shut to those it is not for."""

from collections.abc import Iterator
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, SlugConverter, UUIDConverter

from accounts.models import User
from projects.models import Project

# Open to everybody on purpose.
PUBLIC = {"accounts:sign_in", "projects:invitation", "healthz", "readyz"}
# Open to whoever is signed in, because it shows only what is theirs (or sends them where they belong).
OWN = {
    "home", "accounts:sign_out", "accounts:profile", "accounts:appearance", "accounts:keys", "accounts:keys_reset",
    "accounts:single_keys", "accounts:password", "accounts:messages",
    "accounts:messages_read", "projects:projects", "projects:guidelines", "projects:open_projects",
    "tasks:work", "tasks:next",
    "reviews:feedback_list", "reviews:feedback", "reviews:record", "reviews:record_file", "reviews:queue",
    "reviews:flags", "reviews:questions", "reviews:own_flags", "reviews:own_questions", "reviews:skipped",
}  # fmt: skip
VERBS = ("get", "head", "options", "post", "put", "patch", "delete")


def routes(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern, dict]]:
    """Every named route with the converters of its arguments."""

    def walk(node: URLResolver, space: str, taken: dict) -> Iterator[tuple[str, URLPattern, dict]]:
        for entry in node.url_patterns:
            kinds = {**taken, **entry.pattern.converters}
            if isinstance(entry, URLResolver):
                yield from walk(entry, f"{space}{entry.namespace}:" if entry.namespace else space, kinds)
            else:
                assert entry.name, f"route {entry.pattern} has no name"
                yield f"{space}{entry.name}", entry, kinds

    yield from walk(resolver, namespace, {})


ROUTES = sorted(
    {(name, tuple(sorted(kinds.items(), key=lambda k: k[0]))) for name, _, kinds in routes(get_resolver())},
    key=lambda route: route[0],
)


def address(name: str, kinds: tuple, slug: str) -> str:
    """The route's address with this project and ids nobody has."""

    def value(key: str, converter: object) -> object:
        if isinstance(converter, UUIDConverter):
            return uuid4()
        if isinstance(converter, IntConverter):
            return 1
        return slug if isinstance(converter, SlugConverter) else {"file_format": "yaml"}.get(key, "nothing")

    return reverse(name, kwargs={key: value(key, converter) for key, converter in kinds})


def test_the_url_map_is_walked_whole() -> None:
    assert len(ROUTES) > 60
    assert {name for name, _ in ROUTES} >= PUBLIC


def is_shut(response: HttpResponse) -> bool:
    """Refused, or sent to the page for signing in."""
    to_sign_in = response.status_code in {302, 303} and "/sign-in/" in response["Location"]
    return to_sign_in or response.status_code in {401, 403, 404, 405}


def test_nobody_gets_in_without_signing_in(project: Project, client: Client) -> None:
    opened = [
        (name, verb)
        for name, kinds in ROUTES
        for verb in VERBS
        if name not in PUBLIC and not is_shut(getattr(client, verb)(address(name, kinds, project.slug)))
    ]
    assert opened == []


def test_a_stranger_is_told_nothing_of_a_project(project: Project, mallory: User, client: Client) -> None:
    client.force_login(mallory)
    opened = []
    for name, kinds in ROUTES:
        for verb in VERBS if name not in PUBLIC | OWN else ():
            response = getattr(client, verb)(address(name, kinds, project.slug))
            if response.status_code not in {401, 403, 404, 405} or project.name.encode() in response.content:
                opened.append((name, verb, response.status_code))
    assert opened == []


def test_a_project_that_is_not_there_looks_the_same_to_a_stranger(
    project: Project, mallory: User, client: Client
) -> None:
    client.force_login(mallory)
    for name, kinds in ROUTES:
        if name not in PUBLIC | OWN and "slug" in dict(kinds):
            real = client.get(address(name, kinds, project.slug))
            made_up = client.get(address(name, kinds, "clinical-answerz"))
            assert (real.status_code, len(real.content)) == (made_up.status_code, len(made_up.content)), name
