"""What a person was told about their own judgments."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from accounts.views import me
from evaltool.base.pages import redirect_to, render_page
from evaltool.base.paging import paginate
from reviews.feedback import mark_feedback_read
from reviews.own import feedback_of, get_feedback_for, unread_feedback
from reviews.shown.own import feedback_page


@require_safe
@login_required
def feedback_list(request: HttpRequest) -> HttpResponse:
    """The person's feedback, what they have not read first."""
    page = paginate(request, feedback_of(me(request)), per_page=25)
    context = {"page": page, "unread": unread_feedback(me(request))}
    return render_page(request, "reviews/feedback_list.html", context, partial="feedback-rows")


@require_safe
@login_required
def feedback(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One feedback: what the person gave, what was decided, and why."""
    found = get_feedback_for(me(request), public_id)
    return render_page(request, "reviews/feedback.html", {"shown": feedback_page(found), "feedback": found})


@require_POST
@login_required
def feedback_read(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Mark it as read, and go on with the next that is not."""
    mark_feedback_read(feedback=get_feedback_for(me(request), public_id), by=me(request))
    following = feedback_of(me(request)).filter(read_at__isnull=True).first()
    if following:
        return redirect_to(request, "reviews:feedback", following.public_id)
    messages.success(request, "You have read all your feedback.")
    return redirect_to(request, "reviews:feedback_list")
