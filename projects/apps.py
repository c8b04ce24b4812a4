"""The projects app."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"

    def ready(self) -> None:
        from evaltool.base.pages import register_nav, register_projects, register_roles
        from projects import jobs, shell

        jobs.register()
        register_roles(shell.roles)
        register_projects(shell.projects)
        register_nav(shell.nav)
