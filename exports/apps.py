"""The exports app."""

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "exports"

    def ready(self) -> None:
        from evaltool.base.pages import register_nav
        from exports import jobs, shell

        jobs.register()
        register_nav(shell.nav)
