"""The gold bank: its items with their keys, and taking them out of use."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.views import me
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from projects.access import Permission, get_project_for
from quality import stock
from quality.evidence import items_of
from quality.forms import StatusForm
from rubrics.answers.showing import response_label
from tasks.models import GoldKey


@require_safe
@login_required
def gold(request: HttpRequest, slug: str) -> HttpResponse:
    """The items of the bank, found by text and status."""
    project = get_project_for(me(request), slug, Permission.MANAGE_GOLD)
    filters = {"q": request.GET.get("q", "").strip(), "status": request.GET.get("status", "")}
    if filters["status"] not in GoldKey.Status.values:
        filters["status"] = ""
    page = paginate(request, stock.items_in(project, **filters), per_page=25)
    stock.describe(list(page))
    context = {
        "project": project,
        "page": page,
        "filters": filters,
        "filtered": any(filters.values()),
        "statuses": GoldKey.Status.choices,
        "figures": stock.figures(project),
        "policy": project.policy,
        "nav_current": "gold",
    }
    return render_page(request, "quality/gold.html", context, partial="gold-rows")


@require_safe
@login_required
def item(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """One item: what is judged, the key, and what people gave."""
    return _page(request, stock.get_item_for(me(request), slug, public_id))


@require_POST
@login_required
def status(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Take an item out of use, or into use again."""
    found = stock.get_item_for(me(request), slug, public_id)
    form = StatusForm(found, request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    stock.set_status(key=found, to=form.cleaned_data["to"], by=me(request))
    messages.success(request, f"This item: {found.get_status_display().lower()} from now on.")
    return redirect_to(request, "quality:gold_item", slug, public_id)


def _page(request: HttpRequest, found: GoldKey, form: StatusForm | None = None) -> HttpResponse:
    stock.describe([found])
    content = found.task.content
    page = paginate(request, stock.results_on(found), per_page=20)
    context: dict[str, Any] = {
        "project": found.task.project,
        "item": found,
        "content": content,
        "responses": [(response_label(content, one["id"]), one) for one in content["responses"]],
        "page": page,
        "items": items_of(page),
        "form": form or StatusForm(found),
        "nav_current": "gold",
    }
    return render_page(request, "quality/gold_item.html", context, partial="item-rows", status=422 if form else 200)
