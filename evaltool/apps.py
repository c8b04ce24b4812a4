"""The roof as a Django app: it loads Celery's application and the checks of settings."""

from django.apps import AppConfig


class RoofConfig(AppConfig):
    name = "evaltool"
    verbose_name = "evaltool"

    def ready(self) -> None:
        from evaltool import celery, checks, shell  # noqa: F401  the app must exist before a job is sent
        from evaltool.base import todos
        from evaltool.base.pages import register_nav
        from evaltool.stopped import tell_operators

        register_nav(shell.nav)
        todos.on_stop(tell_operators)
