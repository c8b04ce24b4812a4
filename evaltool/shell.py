"""What the roof adds to the top bar: a QA lead's first page."""

from django.http import HttpRequest
from django.urls import reverse

from evaltool.base.pages import NavItem
from projects.models import Role


def nav(request: HttpRequest) -> list[NavItem]:
    """Today, for QA leads."""
    return [NavItem("Today", reverse("qa_home"), "today", roles=frozenset({Role.QA_LEAD.value}), place=10)]
