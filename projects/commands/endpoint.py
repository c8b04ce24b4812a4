"""The model that a project's prompt writers talk to: named, tried, switched off."""

from urllib.parse import urlsplit

from django.db import transaction

from accounts import audit
from accounts.models import User
from evaltool.base import clock, outgoing, todos
from evaltool.base.errors import Invalid, Problem, RuleBroken
from evaltool.base.sealing import seal
from projects.models import ModelEndpoint, Project

TEST = "test_endpoint"
LONGEST_KEY = 500
LONGEST_SYSTEM_PROMPT = 20_000
TOKENS = (1, 32_000)
SECONDS = (5, 120)
KEY_OF_ANOTHER = "Type the key again: the kept one belongs to the earlier address and is not sent to another."


@transaction.atomic
def set_endpoint(
    *,
    project: Project,
    address: str,
    model: str,
    key: str | None = None,
    system_prompt: str = "",
    max_tokens: int = 1024,
    timeout_seconds: int = 60,
    by: User,
) -> ModelEndpoint:
    """Name the model and switch it on. `key` None keeps the key there is, "" means none; it is stored sealed.

    A kept key goes to no other host than the one it was given for. Raises Invalid naming `address`, `model`, `key`,
    `system_prompt`, `max_tokens` or `timeout_seconds`.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    before = ModelEndpoint.objects.filter(project=project).first()
    values = {
        "address": address.strip(), "model": model.strip(), "system_prompt": system_prompt.strip(),
        "max_tokens": max_tokens, "timeout_seconds": timeout_seconds,
    }  # fmt: skip
    problems = [*_problems(values), *_key_problems(key, values["address"], before)]
    if problems:
        raise Invalid(problems)
    sealed = before.sealed_key if key is None and before else seal(key.strip()) if key else ""
    if before and before.enabled and key is None and all(getattr(before, n) == v for n, v in values.items()):
        return before
    values |= {"sealed_key": sealed, "enabled": True, "changed_by": by, "changed_at": clock.now()}
    endpoint, _ = ModelEndpoint.objects.update_or_create(project=project, defaults=values)
    audit.record("endpoint_set", by=by, target=endpoint, scope=project.public_id, new_key=key is not None)
    return endpoint


@transaction.atomic
def disable_endpoint(*, endpoint: ModelEndpoint, by: User) -> None:
    """Switch the model off; conversations under way are kept, to be handed in as they are. Twice is once."""
    if ModelEndpoint.objects.filter(pk=endpoint.pk, enabled=True).update(
        enabled=False, changed_by=by, changed_at=clock.now()
    ):
        audit.record("endpoint_disabled", by=by, target=endpoint, scope=endpoint.project.public_id)
    endpoint.enabled = False


@transaction.atomic
def try_endpoint(*, endpoint: ModelEndpoint, by: User) -> None:
    """Have a worker ask the model one question; the page shows what came. Raises RuleBroken while it is off."""
    if not endpoint.enabled:
        raise RuleBroken("This endpoint is switched off. Save it to switch it on.", code="endpoint_off")
    todos.add(TEST, endpoint.pk)
    audit.record("endpoint_tested", by=by, target=endpoint, scope=endpoint.project.public_id)


def _problems(values: dict[str, object]) -> list[Problem]:
    address, model, prompt = (str(values[name]) for name in ("address", "model", "system_prompt"))
    checks = [
        ("address", outgoing.fault(address)),
        ("address", "" if len(address) <= 300 else "At most 300 characters fit."),
        (
            "model",
            "" if 0 < len(model) <= 200 and model.isprintable() else "A model has a name of 1 to 200 characters.",
        ),
        ("system_prompt", "" if len(prompt) <= LONGEST_SYSTEM_PROMPT else f"At most {LONGEST_SYSTEM_PROMPT:,} fit."),
        ("max_tokens", _outside(values["max_tokens"], TOKENS)),
        ("timeout_seconds", _outside(values["timeout_seconds"], SECONDS)),
    ]
    return [Problem(field, reason) for field, reason in checks if reason]


def _outside(value: object, bounds: tuple[int, int]) -> str:
    low, high = bounds
    fits = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    return "" if fits else f"This has to be from {low:,} to {high:,}."


def _key_problems(key: str | None, address: object, before: ModelEndpoint | None) -> list[Problem]:
    if key is None:
        moved = before is not None and before.sealed_key and _origin(before.address) != _origin(str(address))
        return [Problem("key", KEY_OF_ANOTHER)] if moved else []
    plain = key.strip()
    fits = plain.isascii() and plain.isprintable() and " " not in plain and len(plain) <= LONGEST_KEY
    return [] if fits else [Problem("key", f"A key is one word of at most {LONGEST_KEY} letters, digits and signs.")]


def _origin(address: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port, the way a browser keeps secrets apart."""
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname, parts.port
    except ValueError:
        return address, None, None
