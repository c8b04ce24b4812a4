"""The settings page of the model that prompt writers talk to."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from accounts.forms import show_problems
from accounts.views import get_or_post, me
from evaltool.base.errors import RuleBroken
from evaltool.base.pages import STOP_POLLING, redirect_to, render_page
from projects.access import Permission, get_project_for
from projects.asking_model import trial_of
from projects.commands.endpoint import disable_endpoint, set_endpoint, try_endpoint
from projects.forms_endpoint import EndpointForm
from projects.models import ModelEndpoint, Project
from projects.selectors import endpoint_of


@get_or_post
@login_required
def endpoint(request: HttpRequest, slug: str) -> HttpResponse:
    """Address, model, key and limits; a save switches it on."""
    project = get_project_for(me(request), slug, Permission.SET_UP)
    form = EndpointForm(request.POST) if request.method == "POST" else EndpointForm.of(endpoint_of(project))
    if request.method == "POST" and form.is_valid():
        try:
            set_endpoint(project=project, **form.values(), by=me(request))
        except RuleBroken as error:
            show_problems(form, error)
        else:
            messages.success(request, "The endpoint is saved and switched on. Test it before people use it.")
            return redirect_to(request, "projects:endpoint", slug)
    return _page(request, project, form)


@get_or_post
@login_required
def trial(request: HttpRequest, slug: str) -> HttpResponse:
    """POST has a worker ask the model; GET shows how the test stands."""
    project = get_project_for(me(request), slug, Permission.SET_UP)
    found = _found(project)
    if request.method == "POST":
        try_endpoint(endpoint=found, by=me(request))
        if not getattr(request, "htmx", None):
            return redirect_to(request, "projects:endpoint", slug)
    state = trial_of(found)
    polls = request.method == "GET" and getattr(request, "htmx", None) and not state.running
    context = {"project": project, "endpoint": found, "test": state, "form": EndpointForm.of(found)}
    status = STOP_POLLING if polls else 200
    return render_page(request, "projects/endpoint.html", context, partial="endpoint-test", status=status)


@require_POST
@login_required
def disable(request: HttpRequest, slug: str) -> HttpResponse:
    """Switch it off."""
    project = get_project_for(me(request), slug, Permission.SET_UP)
    disable_endpoint(endpoint=_found(project), by=me(request))
    messages.success(request, "The endpoint is switched off. From now on conversations are pasted.")
    return redirect_to(request, "projects:endpoint", slug)


def _found(project: Project) -> ModelEndpoint:
    found = endpoint_of(project)
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, project: Project, form: EndpointForm) -> HttpResponse:
    found = endpoint_of(project)
    context = {"project": project, "form": form, "endpoint": found, "test": trial_of(found) if found else None}
    return render_page(request, "projects/endpoint.html", context, status=422 if form.errors else 200)
