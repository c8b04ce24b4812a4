"""A version as evaluators see it, as a file, beside another one; and taking it out of use."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from accounts.views import me
from evaltool.base.pages import redirect_to, render_page
from projects.access import Permission, get_membership_for, may
from rubrics import selectors
from rubrics.body import check_body, criteria_of, tidy_body
from rubrics.commands import restore_version, retire_version
from rubrics.differing import changes
from rubrics.files import to_json, to_yaml
from rubrics.models import RubricVersion
from rubrics.sampling import sample_rows

FORMATS = {"yaml": (to_yaml, "application/yaml"), "json": (to_json, "application/json")}


@require_safe
@login_required
def version(request: HttpRequest, slug: str, public_id: UUID, number: int) -> HttpResponse:
    """The version as an evaluator sees it. For everybody who sees quality; a draft only once it could be published."""
    shown = _version_or_404(request, slug, public_id, number)
    problems = check_body(shown.body)
    criteria = criteria_of(tidy_body(shown.body)) if not problems else []
    context = {
        "project": shown.rubric.project,
        "rubric": shown.rubric,
        "version": shown,
        "rows": sample_rows(criteria),
        "problems": problems,
        "total": sum(criterion.weight for criterion in criteria),
        "manages": shown.state == RubricVersion.State.PUBLISHED and shown.number > 1 and _manages(request, slug),
    }
    return render_page(request, "rubrics/version.html", context)


def _manages(request: HttpRequest, slug: str) -> bool:
    return may(get_membership_for(me(request), slug, Permission.SEE_QUALITY), Permission.MANAGE_BATCHES)


@require_safe
@login_required
def export(request: HttpRequest, slug: str, public_id: UUID, number: int, file_format: str) -> HttpResponse:
    """The version as a file that can be imported again."""
    if file_format not in FORMATS:
        raise Http404
    shown = _version_or_404(request, slug, public_id, number)
    write, content_type = FORMATS[file_format]
    response = HttpResponse(write(shown.rubric.name, shown.body), content_type=f"{content_type}; charset=utf-8")
    name = f"{slugify(shown.rubric.name) or 'rubric'}-v{shown.number}.{file_format}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@login_required
def compare(request: HttpRequest, slug: str, public_id: UUID, number: int) -> HttpResponse:
    """What a version changed against an earlier one (`?with=`), by default the one before it."""
    shown = _version_or_404(request, slug, public_id, number)
    others = list(selectors.versions_of(shown.rubric).exclude(pk=shown.pk)[:100])
    other = _other(others, request.GET.get("with", ""), number)
    readable = other is not None and not check_body(other.body) and not check_body(shown.body)
    found = changes(tidy_body(other.body), tidy_body(shown.body)) if other and readable else []
    context = {
        "project": shown.rubric.project,
        "rubric": shown.rubric,
        "version": shown,
        "other": other,
        "others": others,
        "readable": readable,
        "changes": found,
    }
    return render_page(request, "rubrics/compare.html", context, partial="comparison")


def _other(others: list[RubricVersion], asked: str, number: int) -> RubricVersion | None:
    """The version asked for, else the nearest earlier one, else any."""
    named = next((one for one in others if str(one.number) == asked), None)
    return named or next((one for one in others if one.number < number), others[0] if others else None)


@require_POST
@login_required
def retire(request: HttpRequest, slug: str, public_id: UUID, number: int) -> HttpResponse:
    """Offer the version to no new batch."""
    shown = _version_or_404(request, slug, public_id, number, Permission.SET_UP)
    retire_version(version=shown, by=me(request))
    messages.success(request, f"Version {number} is offered to no new batch. Work that uses it goes on.")
    return redirect_to(request, "rubrics:rubric", slug, public_id)


@require_POST
@login_required
def restore(request: HttpRequest, slug: str, public_id: UUID, number: int) -> HttpResponse:
    """Offer a retired version to new batches again."""
    shown = _version_or_404(request, slug, public_id, number, Permission.SET_UP)
    restore_version(version=shown, by=me(request))
    messages.success(request, f"New batches can use version {number} again.")
    return redirect_to(request, "rubrics:rubric", slug, public_id)


def _version_or_404(
    request: HttpRequest, slug: str, public_id: UUID, number: int, permission: Permission = Permission.SEE_QUALITY
) -> RubricVersion:
    rubric = selectors.get_rubric_for(me(request), slug, public_id, permission)
    shown = selectors.versions_of(rubric).filter(number=number).first()
    if shown is None:
        raise Http404
    return shown
