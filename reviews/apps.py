"""The reviews app."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"

    def ready(self) -> None:
        from evaltool.base.pages import register_nav
        from reviews import jobs, shell

        jobs.register()
        register_nav(shell.nav)
