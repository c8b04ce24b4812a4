"""One alert: its evidence, and the decision."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import show_problems
from accounts.views import me
from evaltool.base.errors import Invalid
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from projects.access import Permission
from projects.models import Membership, Standing
from quality import pausing
from quality.charts import CourseChart, course_of
from quality.detector import design_of
from quality.evidence import items_of
from quality.forms import ReasonForm
from quality.models import Alert
from quality.selectors import decides, get_alert_for, results_in, results_of, sees_gold, submitted_since

READ = 240


@require_safe
@login_required
def alert(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The evidence of an alert, and the forms to decide it."""
    found, viewer = get_alert_for(me(request), public_id)
    return _page(request, found, viewer)


@require_POST
@login_required
def pause(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Pause the person, or keep them paused, and confirm the alert."""
    found, viewer = get_alert_for(me(request), public_id, Permission.DECIDE_QUALITY)
    if found.kind != Alert.Kind.DRIFT or found.member is None:
        raise Http404
    member = found.member

    def act(reason: str) -> None:
        pausing.pause(member=member, reason=reason, alert=found, by=me(request))

    return _decide(request, found, viewer, "pause", act, f"{member.user.name} is paused and reads your reason.")


@require_POST
@login_required
def dismiss(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Decide that the alert needs no step."""
    found, viewer = get_alert_for(me(request), public_id, Permission.DECIDE_QUALITY)

    def act(reason: str) -> None:
        pausing.dismiss_alert(alert=found, reason=reason, by=me(request))

    return _decide(request, found, viewer, "dismiss", act, "The alert is closed.")


def _decide(
    request: HttpRequest, found: Alert, viewer: Membership, name: str, act: Callable[[str], None], said: str
) -> HttpResponse:
    form = _form(found, name, request.POST)
    if form.is_valid():
        try:
            act(form.cleaned_data["reason"])
        except Invalid as error:
            show_problems(form, error)
        else:
            messages.success(request, said)
            return redirect_to(request, "quality:alert", found.public_id)
    return _page(request, found, viewer, **{name: form})


def _form(found: Alert, name: str, data: Any = None) -> ReasonForm:
    if found.kind != Alert.Kind.DRIFT or found.member is None:
        return ReasonForm(name, "What you did about it", data)
    label = "Why no step is needed" if name == "dismiss" else f"Reason {found.member.user.name} will read"
    return ReasonForm(name, label, data)


def _page(request: HttpRequest, found: Alert, viewer: Membership, **forms: ReasonForm) -> HttpResponse:
    drift = found.kind == Alert.Kind.DRIFT and found.member is not None
    context: dict[str, Any] = {
        "alert": found,
        "project": found.project,
        "drift": drift,
        "decides": decides(viewer),
        "sees_gold": sees_gold(viewer),
        "paused": found.member is not None and found.member.standing == Standing.PAUSED,
        "pause_form": forms.get("pause") or _form(found, "pause"),
        "reinstate_form": _form(found, "reinstate"),
        "dismiss_form": forms.get("dismiss") or _form(found, "dismiss"),
        "nav_current": "quality",
        **(_evidence(request, found, viewer) if drift else {}),
    }
    return render_page(request, "quality/alert.html", context, partial="alert-items", status=422 if forms else 200)


def _evidence(request: HttpRequest, found: Alert, viewer: Membership) -> dict[str, Any]:
    assert found.member is not None
    since = submitted_since(found.member, found.onset_at) if found.onset_at else 0
    page = paginate(request, results_in(found), per_page=20)
    return {
        "chart": _chart(found),
        "design": design_of(found.project.policy),
        "tasks_since": since,
        "page": page,
        "items": items_of(page) if sees_gold(viewer) else [],
        "by_rule": found.state == Alert.State.OPEN and pausing.paused_by_rule(found.member, found),
    }


def _chart(found: Alert) -> CourseChart | None:
    """The course of the sum up to the alarm, with the limits as they were then."""
    assert found.member is not None
    rows = results_of(found.member, found.rubric).filter(correct__isnull=False, at__lte=found.opened_at)
    scored = sorted(rows[:READ], key=lambda result: result.number)
    evidence = found.evidence
    return course_of(scored, alarm=evidence["alarm"], warning=evidence["warning"], onset=evidence["onset"])
