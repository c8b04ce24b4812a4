"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import shell
        from evaltool.base.pages import register_nav

        register_nav(shell.nav)
