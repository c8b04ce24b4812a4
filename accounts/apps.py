"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import jobs, shell
        from evaltool.base.pages import register_nav

        jobs.register()
        register_nav(shell.nav)
