"""One evaluator as a lead sees them, and the steps that can be taken."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import show_problems
from accounts.views import me
from evaltool.base.errors import Invalid
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from projects.access import Permission
from projects.models import MAY_WORK, Membership, Standing
from quality import pausing
from quality.agreement import Peers, agreement_of
from quality.evaluators import Gold, gold_of
from quality.evidence import items_of
from quality.forms import ReasonForm
from quality.models import Alert
from quality.people import courses_of, lean_of, timeline_of
from quality.selectors import (
    alerts_about,
    decides,
    expertise_of,
    feedback_counts,
    get_person_for,
    results_of,
    sees_gold,
    skips_of,
    submitted,
    versions_used,
)


@require_safe
@login_required
def person(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How a person does on gold and among their peers, and what was decided so far."""
    member, viewer = get_person_for(me(request), public_id)
    return _page(request, member, viewer)


@require_POST
@login_required
def pause(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Pause the person without an alert."""
    member, viewer = get_person_for(me(request), public_id, Permission.DECIDE_QUALITY)

    def act(reason: str) -> None:
        pausing.pause(member=member, reason=reason, by=me(request))

    return _decide(request, member, viewer, "pause", act, f"{member.user.name} is paused and reads your reason.")


@require_POST
@login_required
def reinstate(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let the person work again."""
    member, viewer = get_person_for(me(request), public_id, Permission.DECIDE_QUALITY)

    def act(reason: str) -> None:
        pausing.reinstate(member=member, reason=reason, by=me(request))

    return _decide(
        request, member, viewer, "reinstate", act, f"{member.user.name} can work again and reads your reason."
    )


def _decide(
    request: HttpRequest, member: Membership, viewer: Membership, name: str, act: Callable[[str], None], said: str
) -> HttpResponse:
    form = _form(member, name, request.POST)
    if form.is_valid():
        try:
            act(form.cleaned_data["reason"])
        except Invalid as error:
            show_problems(form, error)
        else:
            messages.success(request, said)
            return redirect_to(request, "quality:person", member.public_id)
    return _page(request, member, viewer, **{name: form})


def _form(member: Membership, name: str, data: Any = None) -> ReasonForm:
    return ReasonForm(name, f"Reason {member.user.name} will read", data)


def _page(request: HttpRequest, member: Membership, viewer: Membership, **forms: ReasonForm) -> HttpResponse:
    page = paginate(request, results_of(member), per_page=20)
    context = {
        "project": member.project,
        "member": member,
        "policy": member.project.policy,
        "decides": decides(viewer),
        "sees_gold": sees_gold(viewer),
        "paused": member.standing == Standing.PAUSED,
        "works": member.standing in MAY_WORK,
        "expertise": expertise_of(member),
        "gold": gold_of([member]).get(member.pk, Gold()),
        "peers": _peers(member),
        "tasks": submitted(member),
        "feedback": feedback_counts(member),
        "skips": skips_of(member),
        "courses": courses_of(member),
        "lean": lean_of(member),
        "page": page,
        "items": items_of(page) if sees_gold(viewer) else [],
        "events": timeline_of(member),
        "open_alert": alerts_about(member).filter(state=Alert.State.OPEN, kind=Alert.Kind.DRIFT).first(),
        "pause_form": forms.get("pause") or _form(member, "pause"),
        "reinstate_form": forms.get("reinstate") or _form(member, "reinstate"),
        "nav_current": "quality",
    }
    return render_page(request, "quality/person.html", context, partial="gold-rows", status=422 if forms else 200)


def _peers(member: Membership) -> Peers:
    """How the person agrees with others under the rubric version judged last."""
    version = versions_used(member.project).first()
    return agreement_of(version).peers.get(member.pk, Peers()) if version else Peers()
