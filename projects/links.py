"""Addresses that commands put into messages: written out, since a command must not load every page to name one."""

from projects.models import Project


def guideline_path(project: Project) -> str:
    """Where a project's guideline in force is read."""
    return f"/p/{project.slug}/guideline/"
