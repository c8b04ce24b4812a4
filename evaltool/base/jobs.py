"""The one job that runs a to-do, and the sweep that finds those Celery lost."""

from celery import shared_task

from evaltool.base import todos


@shared_task(ignore_result=True)
def run_todo(pk: int) -> None:
    """Run the to-do with this key; does nothing when it is done already."""
    todos.run(pk)


@shared_task(ignore_result=True)
def sweep_todos() -> None:
    """Every few seconds: run what is due. Harmless beside other workers, since each row is reserved."""
    for pk in todos.due():
        todos.run(pk)
