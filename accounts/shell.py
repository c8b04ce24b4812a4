"""What a person's own matters add to the top bar."""

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from accounts.selectors import unread_count
from evaltool.base.pages import NavItem


def nav(request: HttpRequest) -> list[NavItem]:
    """A link to the messages while some are unread."""
    assert isinstance(request.user, User)
    unread = unread_count(request.user)
    return [NavItem("Messages", reverse("accounts:messages"), "messages", count=unread, place=90)] if unread else []
