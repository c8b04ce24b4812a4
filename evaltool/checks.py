"""System checks that refuse settings nobody should run with."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def secret_key_is_a_secret(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a secret key that is missing, short or an example."""
    key = settings.SECRET_KEY
    if len(key) >= 50 and "example" not in key and "change" not in key:
        return []
    return [Error("EVALTOOL_SECRET_KEY must be a secret of 50 characters or more.", id="evaltool.E001")]
