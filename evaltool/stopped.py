"""When a background job is given up, the people who run the platform hear of it."""

from accounts.commands import notify_all
from accounts.models import User
from evaltool.base.models import ToDo


def tell_operators(todo: ToDo) -> None:
    """One message to everybody who may create projects; the error itself stays on the row, for `verify`."""
    notify_all(
        users=User.objects.filter(may_create_projects=True, is_active=True),
        kind="job_stopped",
        text=f"A background job was given up after {todo.attempts} tries: {todo.kind}. Nothing is lost. "
        "An operator finds it with manage.py verify and the reason in the log.",
    )
