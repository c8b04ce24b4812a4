"""Quality of a project at a glance: what needs a decision, agreement by criterion, the evaluators."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.views import me
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from projects.access import Permission, get_membership_for
from quality.agreement import Agreement, agreement_of
from quality.charts import forest
from quality.evaluators import evaluators_for, rows_of
from quality.models import Alert
from quality.selectors import alerts_for, decides, open_alerts, projects_seen, sees_gold, versions_used
from rubrics.models import RubricVersion

SHOWN_ALERTS = 20


@require_safe
@login_required
def projects(request: HttpRequest) -> HttpResponse:
    """The projects whose quality the person may read; straight to it when there is one."""
    found = projects_seen(me(request))
    if not found:
        raise Http404
    if len(found) == 1:
        return redirect_to(request, "quality:quality", found[0].project.slug)
    return render_page(request, "quality/projects.html", {"members": found, "nav_current": "quality"})


@require_safe
@login_required
def quality(request: HttpRequest, slug: str) -> HttpResponse:
    """What needs a decision, how far people agree, and who needs attention."""
    viewer = get_membership_for(me(request), slug, Permission.SEE_QUALITY)
    versions = list(versions_used(viewer.project)[:50])
    version = _chosen(versions, request.GET.get("rubric", ""))
    agreement = agreement_of(version) if version else None
    people = paginate(request, evaluators_for(viewer), per_page=25)
    context = {
        "project": viewer.project,
        "viewer": viewer,
        "sees_gold": sees_gold(viewer),
        "decides": decides(viewer),
        "alerts": list(open_alerts(viewer)[:SHOWN_ALERTS]),
        "versions": versions,
        "version": version,
        "agreement": agreement,
        "criteria": _criteria(agreement),
        "page": people,
        "rows": rows_of(people, agreement.peers if agreement else {}),
        "policy": viewer.project.policy,
        "nav_current": "quality",
    }
    return render_page(request, "quality/quality.html", context, partial="evaluator-rows")


@require_safe
@login_required
def alerts(request: HttpRequest, slug: str) -> HttpResponse:
    """Every alert of a project, open ones first."""
    viewer = get_membership_for(me(request), slug, Permission.SEE_QUALITY)
    state = request.GET.get("state", "")
    rows = alerts_for(viewer)
    page = paginate(request, rows.filter(state=state) if state in Alert.State.values else rows)
    context = {
        "project": viewer.project,
        "page": page,
        "state": state,
        "states": Alert.State.choices,
        "nav_current": "quality",
    }
    return render_page(request, "quality/alerts.html", context, partial="alert-rows")


def _chosen(versions: list[RubricVersion], wanted: str) -> RubricVersion | None:
    """The version the address names, else the newest."""
    try:
        named = UUID(wanted)
    except ValueError:
        return versions[0] if versions else None
    return next((version for version in versions if version.public_id == named), versions[0] if versions else None)


def _criteria(agreement: Agreement | None) -> list[dict[str, object]]:
    """Each criterion with its place on the strip."""
    return [
        {"row": row, "strip": forest(alpha.value, alpha.low, alpha.interval.high if alpha.interval else None)}
        for row in (agreement.rows if agreement else [])
        for alpha in [row.summary.alpha]
    ]
