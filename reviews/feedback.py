"""Feedback is read by the one person it is for."""

from django.db import transaction

from accounts.models import Notification, User
from evaltool.base import clock
from evaltool.base.errors import RuleBroken
from reviews.links import feedback_path
from reviews.models import Feedback


@transaction.atomic
def mark_feedback_read(*, feedback: Feedback, by: User) -> Feedback:
    """Note that the person has read their feedback, and the message that told them of it; twice changes nothing.

    Raises RuleBroken when it is somebody else's.
    """
    if feedback.member.user_id != by.pk:
        raise RuleBroken("Only the person it is for can mark it as read.", code="forbidden")
    now = clock.now()
    if Feedback.objects.filter(pk=feedback.pk, read_at__isnull=True).update(read_at=now):
        feedback.read_at = now
    Notification.objects.filter(user=by, url=feedback_path(feedback), read_at__isnull=True).update(read_at=now)
    return feedback
