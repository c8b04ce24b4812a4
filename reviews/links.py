"""Addresses that commands put into messages: written out, since a command must not load every page to name one."""

from reviews.models import Feedback


def feedback_path(feedback: Feedback) -> str:
    """Where a judge reads their feedback."""
    return f"/work/feedback/{feedback.public_id}/"
