"""Addresses that commands put into messages: written out, since a command must not load every page to name one."""

from projects.models import Project


def guideline_path(project: Project) -> str:
    """Where a project's guideline in force is read."""
    return f"/p/{project.slug}/guideline/"


def my_quality_path(project: Project) -> str:
    """Where an evaluator reads how they stand in the project; the page belongs to a floor above."""
    return f"/work/quality/{project.slug}/"


def announcements_path(project: Project) -> str:
    """What was announced in the project."""
    return f"/p/{project.slug}/announcements/"
