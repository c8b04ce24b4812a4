"""Addresses that commands put into messages: written out, since a command must not load every page to name one."""

from reviews.models import Clarification, Feedback

OWN_FLAGS = "/work/flags/"


def feedback_path(feedback: Feedback) -> str:
    """Where a judge reads their feedback."""
    return f"/work/feedback/{feedback.public_id}/"


def question_path(clarification: Clarification) -> str:
    """Where somebody reads what was said to their question."""
    return f"/work/questions/{clarification.public_id}/"
