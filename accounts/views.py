"""Pages of a person's own: signing in and out, profile, look, password, messages."""

from copy import copy  # a bound form writes onto its instance: not onto the person the page shows
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.commands import LOOK, change_password, mark_read, set_preferences
from accounts.forms import ChangePasswordForm, LookForm, ProfileForm, SignInForm, show_problems
from accounts.models import User
from accounts.selectors import get_notification_for, notifications_of, unread_count
from evaltool.base.errors import RuleBroken
from evaltool.base.middleware import wants_json
from evaltool.base.pages import is_local, local_next, redirect_to, render_page
from evaltool.base.paging import paginate

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


def me(request: HttpRequest) -> User:
    """The signed-in person."""
    assert isinstance(request.user, User)
    return request.user


@sensitive_post_parameters("password")
@get_or_post
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in by e-mail and password and go on where `next` says, if that is a page of ours."""
    target = local_next(request)
    if request.user.is_authenticated:
        return redirect_to(request, target)
    form = SignInForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.get_user())
        return redirect_to(request, target)
    context = {"form": form, "next": target}
    return render_page(request, "accounts/sign_in.html", context, status=_status(form))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    logout(request)
    return redirect_to(request, "accounts:sign_in")


@get_or_post
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """What a person says about themselves."""
    form = ProfileForm(request.POST or None, instance=copy(me(request)))
    if request.method == "POST" and form.is_valid() and _saved(request, form):
        messages.success(request, "Your profile is saved.")
        return redirect_to(request, "accounts:profile")
    return render_page(request, "accounts/profile.html", {"form": form}, status=_status(form))


@get_or_post
@login_required
def appearance(request: HttpRequest) -> HttpResponse:
    """Theme, text size, reading face, single keys. The account menu posts one of them alone."""
    if request.method == "POST" and "whole" not in request.POST:
        return _one_look(request)
    form = LookForm(request.POST or None, instance=copy(me(request)))
    if request.method == "POST" and form.is_valid() and _saved(request, form):
        messages.success(request, "Your settings are saved.")
        return redirect_to(request, "accounts:appearance")
    return render_page(request, "accounts/look.html", {"form": form}, status=_status(form))


@sensitive_post_parameters()
@get_or_post
@login_required
def password(request: HttpRequest) -> HttpResponse:
    """A new password: this session goes on, all others end."""
    user = me(request)
    form = ChangePasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            change_password(user=user, password=form.cleaned_data["password"], by=user)
        except RuleBroken as error:
            show_problems(form, error)
        else:
            update_session_auth_hash(request, user)
            messages.success(request, "Your password is changed. You are signed out everywhere else.")
            return redirect_to(request, "accounts:password")
    return render_page(request, "accounts/password.html", {"form": form}, status=_status(form))


@require_safe
@login_required
def message_list(request: HttpRequest) -> HttpResponse:
    """What the person was told, newest first."""
    page = paginate(request, notifications_of(me(request)))
    context = {"page": page, "unread": unread_count(me(request))}
    return render_page(request, "accounts/messages.html", context, partial="message-list")


@require_POST
@login_required
def message_read(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark one message as read, and go to its page if the person asked to open it."""
    user = me(request)
    message = get_notification_for(user, public_id)
    mark_read(user=user, by=user, notification=message)
    opens = "open" in request.POST and is_local(request, message.url)
    return redirect_to(request, message.url if opens else "accounts:messages")


@require_POST
@login_required
def messages_read(request: HttpRequest) -> HttpResponse:
    """Mark every message as read."""
    mark_read(user=me(request), by=me(request))
    return redirect_to(request, "accounts:messages")


def _one_look(request: HttpRequest) -> HttpResponse:
    values = {name: request.POST[name] for name in LOOK - {"single_keys"} if name in request.POST}
    set_preferences(user=me(request), by=me(request), **values)
    if wants_json(request):
        return HttpResponse(status=204)
    return redirect_to(request, local_next(request))


def _saved(request: HttpRequest, form: forms.BaseForm) -> bool:
    values: dict[str, Any] = form.cleaned_data
    try:
        set_preferences(user=me(request), by=me(request), **values)
    except RuleBroken as error:
        show_problems(form, error)
        return False
    return True


def _status(form: forms.BaseForm) -> int:
    return 422 if form.is_bound and form.errors else 200
