"""What work adds to the top bar."""

from django.http import HttpRequest
from django.urls import reverse

from evaltool.base.pages import NavItem
from projects.models import Role


def nav(request: HttpRequest) -> list[NavItem]:
    """An evaluator's home."""
    return [NavItem("Work", reverse("tasks:work"), "work", roles=frozenset({Role.EVALUATOR.value}), place=10)]
