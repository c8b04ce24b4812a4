"""The one way to leave an audit row: called by commands inside their transaction."""

from typing import Any
from uuid import UUID

from accounts.models import AuditEvent, User
from evaltool.base import clock
from evaltool.base.models import PublicModel


def record(
    action: str, *, by: User | None, target: PublicModel | None = None, scope: UUID | None = None, **data: Any
) -> None:
    """Record that `by` (None: the system) did `action`. `data` holds ids, states and numbers, never texts."""
    AuditEvent.objects.create(
        at=clock.now(),
        actor=by,
        action=action,
        scope=scope,
        target_kind=type(target).__name__ if target else "",
        target=target.public_id if target else None,
        data=data,
    )
