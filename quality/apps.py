"""The quality app."""

from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "quality"

    def ready(self) -> None:
        from evaltool.base.pages import register_nav
        from quality import jobs, shell

        jobs.register()
        register_nav(shell.nav)
