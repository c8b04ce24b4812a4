"""A form beside a task: a panel on the evaluation screen for htmx, a page of its own for everybody else."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from evaltool.base.pages import render_page, wants_part


def aside(request: HttpRequest, body: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The template `body` as the panel `#side-panel`, or as a page."""
    in_panel = wants_part(request)
    template = "reviews/panel.html" if in_panel else "reviews/aside.html"
    return render_page(request, template, {**context, "body": body, "in_panel": in_panel}, status=status)
