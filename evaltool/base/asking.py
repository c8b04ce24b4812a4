"""Texts from an address or a bare form field, made safe to look up."""

from django.http import QueryDict


def asked(data: QueryDict, name: str, *, limit: int = 200) -> str:
    """The text under `name`, without spaces around it, cut at `limit`, and without NUL, which the database refuses."""
    return data.get(name, "").replace("\0", "").strip()[:limit]
