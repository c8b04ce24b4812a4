"""The tasks app."""

from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "tasks"

    def ready(self) -> None:
        from evaltool.base.pages import register_nav
        from tasks import handlers, shell_batches, shell_work

        handlers.register_all()
        register_nav(shell_work.nav)
        register_nav(shell_batches.nav)
