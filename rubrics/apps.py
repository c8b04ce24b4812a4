"""The rubrics app."""

from django.apps import AppConfig


class RubricsConfig(AppConfig):
    name = "rubrics"

    def ready(self) -> None:
        from evaltool.base.pages import register_nav
        from rubrics import shell

        register_nav(shell.nav)
