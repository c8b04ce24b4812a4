"""A person's own keys: listed by where they apply, changed, swapped, given back."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from accounts.commands import reset_keys, set_key, set_preferences
from accounts.keys import ACTIONS, CONTEXTS, FIXED, KeyTaken, by_context, keys_of, shown
from accounts.views import get_or_post, me
from evaltool.base.errors import Invalid
from evaltool.base.pages import redirect_to, render_page


@get_or_post
@login_required
def keys(request: HttpRequest) -> HttpResponse:
    """Every action with its key; a POST changes one."""
    if request.method != "POST":
        return _page(request)
    action, key = request.POST.get("action", ""), request.POST.get("key", "")
    try:
        set_key(user=me(request), action=action, key=key, swap="swap" in request.POST, by=me(request))
    except Invalid as refusal:
        return _refused(request, action, key, refusal)
    messages.success(request, f"{shown(key.strip())} is the key for “{ACTIONS[action].label}” now.")
    return redirect_to(request, "accounts:keys")


def _refused(request: HttpRequest, action: str, key: str, refusal: Invalid) -> HttpResponse:
    """The page with what stands in the way; a key that is taken can be swapped, if that was not tried yet."""
    context: dict[str, Any] = {"action": ACTIONS.get(action), "typed": key, "problem": refusal.problems[0].reason}
    if isinstance(refusal, KeyTaken) and "swap" not in request.POST:
        old = keys_of(me(request).keys)[action]
        context |= {"other": refusal.other, "old": shown(old), "new": shown(key.strip())}
    return _page(request, status=422, refused=context)


@require_POST
@login_required
def keys_reset(request: HttpRequest) -> HttpResponse:
    """Every action takes its key by default again."""
    reset_keys(user=me(request), by=me(request))
    messages.success(request, "Every action has its first key again.")
    return redirect_to(request, "accounts:keys")


@require_POST
@login_required
def single_keys(request: HttpRequest) -> HttpResponse:
    """Turn single keys on or off as a whole."""
    on = request.POST.get("single_keys") == "on"
    set_preferences(user=me(request), by=me(request), single_keys=on)
    messages.success(
        request, "Single keys work again." if on else "Single keys are off. Ctrl Enter and Esc still work."
    )
    return redirect_to(request, "accounts:keys")


def _page(request: HttpRequest, status: int = 200, refused: dict[str, Any] | None = None) -> HttpResponse:
    present = keys_of(me(request).keys)
    groups = [
        (
            CONTEXTS[name],
            [(action, shown(present[action.name]), action.name in me(request).keys) for action in actions],
            FIXED.get(name, ()),
        )
        for name, actions in by_context().items()
    ]
    context = {"groups": groups, "refused": refused, "changed": bool(me(request).keys)}
    return render_page(request, "accounts/keys.html", context, status=status)
