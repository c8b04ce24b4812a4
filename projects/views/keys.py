"""The page of keys to the API."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from accounts.forms import show_problems
from accounts.views import get_or_post, me
from evaltool.base import clock
from evaltool.base.errors import RuleBroken
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from projects import selectors
from projects.access import Permission, get_api_key_for, get_membership_for
from projects.commands import create_api_key, revoke_api_key
from projects.forms import ApiKeyForm
from projects.models import ApiKey, Membership


@get_or_post
@login_required
def keys(request: HttpRequest, slug: str) -> HttpResponse:
    """A project's keys, for its admins."""
    member = get_membership_for(me(request), slug, Permission.MANAGE_KEYS)
    return _keys_page(request, member, selectors.api_keys(member.project), own=False)


@get_or_post
@login_required
def own_keys(request: HttpRequest, slug: str) -> HttpResponse:
    """One's own keys in a project, for every member: a program acts as the person, never as somebody else."""
    member = get_membership_for(me(request), slug, Permission.SEE_PROJECT)
    return _keys_page(request, member, selectors.api_keys(member.project).filter(owner=me(request)), own=True)


def _keys_page(request: HttpRequest, member: Membership, rows: QuerySet[ApiKey], *, own: bool) -> HttpResponse:
    """The list and the form; a new key is shown in the answer, once, because only its hash is kept."""
    project = member.project
    form = ApiKeyForm(member, request.POST or None, initial={"receipt": uuid4()})
    context = {"project": project, "form": form, "now": clock.now(), "own": own}
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            key, secret = create_api_key(
                project=project,
                owner=me(request),
                name=data["name"],
                scopes=data["scopes"],
                expires_at=form.expires_at(),
                receipt=data["receipt"],
                by=me(request),
            )
        except RuleBroken as error:
            show_problems(form, error)
        else:
            context |= {"made": key, "secret": secret, "form": ApiKeyForm(member, initial={"receipt": uuid4()})}
    context["page"] = paginate(request, rows)
    return render_page(request, "projects/keys.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def revoke(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Make a key useless."""
    key = get_api_key_for(me(request), slug, public_id)
    revoke_api_key(key=key, by=me(request))
    messages.success(request, f"The key {key.name} no longer opens anything.")
    managed = key.owner != me(request)
    return redirect_to(request, "projects:keys" if managed else "projects:own_keys", slug)
