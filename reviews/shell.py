"""What reviews add to the top bar: a lead's queue, flags and questions, a judge's feedback, questions and record."""

from django.http import HttpRequest
from django.urls import reverse

from accounts.views import me
from evaltool.base.pages import NavItem
from projects.access import Permission, may
from projects.models import Project, Role
from projects.shell import memberships
from reviews.asking_reads import own_questions, questions_for
from reviews.flagging_reads import flags_for
from reviews.models import Clarification
from reviews.own import unread_feedback
from reviews.selectors import open_for


def nav(request: HttpRequest) -> list[NavItem]:
    """The links with what waits behind them, counted only for those who have the link (one query each)."""
    return [*_lead_nav(request), *_judge_nav(request)]


def led_projects(request: HttpRequest) -> list[Project]:
    """The projects whose disagreements this person may settle, read once for each request."""
    return [member.project for member in memberships(request) if may(member, Permission.ADJUDICATE)]


def _lead_nav(request: HttpRequest) -> list[NavItem]:
    led = led_projects(request)
    if not led:
        return []
    user, leading = me(request), frozenset({Role.QA_LEAD.value})
    return [
        NavItem("Queue", reverse("reviews:queue"), "queue", open_for(user, led).count(), leading),
        NavItem("Flags", reverse("reviews:flags"), "flags", flags_for(user, led).count(), leading),
        NavItem("Questions", reverse("reviews:questions"), "questions", questions_for(user, led).count(), leading),
    ]


def _judge_nav(request: HttpRequest) -> list[NavItem]:
    if not any(may(member, Permission.WORK) for member in memberships(request)):
        return []
    judging = frozenset({Role.EVALUATOR.value})
    unread = unread_feedback(me(request))
    answered = own_questions(me(request)).filter(state=Clarification.State.ANSWERED).count()
    return [
        NavItem("Feedback", reverse("reviews:feedback_list"), "feedback", unread, judging),
        NavItem("Questions", reverse("reviews:own_questions"), "own-questions", answered, judging),
        NavItem("My record", reverse("reviews:record"), "record", roles=judging),
    ]
