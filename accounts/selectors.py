"""Reads about one person."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import Notification, User


def notifications_of(user: User) -> QuerySet[Notification]:
    """A person's messages, newest first."""
    return Notification.objects.filter(user=user).order_by("-created_at", "-pk")


def unread_count(user: User) -> int:
    """How many messages a person has not read."""
    return Notification.objects.filter(user=user, read_at__isnull=True).count()


def get_notification_for(user: User, public_id: UUID) -> Notification:
    """A message to this person, or Http404."""
    found = Notification.objects.filter(user=user, public_id=public_id).first()
    if found is None:
        raise Http404
    return found
