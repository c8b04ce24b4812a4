"""Reads over a person's own work: their feedback and their record. Nobody reads anybody else's through these.

Nothing here tells gold, settled and waiting work apart: what is shown of a review is feedback that was sent.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, F, Min, OuterRef, Prefetch, Q, QuerySet, Sum
from django.http import Http404

from accounts.models import User
from projects.models import Membership, Project
from reviews.models import Feedback
from reviews.selectors import in_task
from tasks.models import Answer, Assignment, Submission, SubmissionQuerySet

NO_CHANGE, FEEDBACK = "none", "feedback"
REVIEW_STATES = {NO_CHANGE: "No change so far", FEEDBACK: "Feedback"}


# ---------------------------------------------------------------- feedback


def feedback_of(user: User) -> QuerySet[Feedback]:
    """A person's feedback, what they have not read first, then the newest."""
    rows = Feedback.objects.filter(member__user=user)
    joined = rows.select_related("submission__task", "member__project", "submission__assignment", "adjudication")
    return joined.order_by(F("read_at").desc(nulls_first=True), "-at", "-pk")


def unread_feedback(user: User) -> int:
    """How much feedback a person has not read."""
    return Feedback.objects.filter(member__user=user, read_at__isnull=True).count()


def get_feedback_for(user: User, public_id: UUID) -> Feedback:
    """Feedback to this person, or Http404."""
    rows = feedback_of(user).select_related(
        "submission__task", "submission__assignment", "submission__guideline_version", "member__project", "adjudication"
    )
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


# ------------------------------------------------------------------ record


def submissions_of(user: User, *, project: str = "", review: str = "", q: str = "") -> SubmissionQuerySet:
    """Everything a person handed in, every revision, newest first; `reviewed` says whether feedback was sent.

    `project` is a slug, `review` a key of REVIEW_STATES, `q` words of the prompt or of one's own reasons.
    """
    sent = Feedback.objects.filter(submission__assignment=OuterRef("assignment"))
    rows = Submission.objects.filter(member__user=user).annotate(reviewed=Exists(sent))
    if project:
        rows = rows.filter(member__project__slug=project)
    if review in REVIEW_STATES:
        rows = rows.filter(reviewed=review == FEEDBACK)
    if q:
        own_words = Answer.objects.filter(submission=OuterRef("pk"), rationale__icontains=q)
        rows = rows.filter(in_task(q) | Q(Exists(own_words)))
    return rows.order_by("-at", "-pk")


def in_full(rows: SubmissionQuerySet) -> SubmissionQuerySet:
    """Submissions with all that a person may see of them, in a constant number of queries.

    The batch is the one that hosts the work, never the one a task was imported with.
    """
    answers = Answer.objects.select_related("criterion").order_by("criterion__position", "target")
    joined = rows.select_related(
        "task", "assignment__batch", "member__project", "rubric_version__rubric", "guideline_version"
    ).annotate(superseded=Exists(Submission.objects.filter(supersedes=OuterRef("pk"))))
    return joined.prefetch_related(Prefetch("answers", answers))


def get_submission_for(user: User, public_id: UUID) -> Submission:
    """One's own submission of any revision, in full, or Http404."""
    found = in_full(submissions_of(user)).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def revisions_of(submission: Submission) -> QuerySet[Submission]:
    """Every revision of the same piece of work, the newest first."""
    return Submission.objects.filter(assignment=submission.assignment_id).order_by("-revision")


@dataclass(frozen=True)
class RecordFigures:
    """A person's record in numbers: tasks handed in, with feedback, active seconds, since when."""

    tasks: int
    with_feedback: int
    active_seconds: int
    since: datetime | None


def record_figures(user: User) -> RecordFigures:
    """What a person has handed in so far, over all projects."""
    rows = submissions_of(user).current()
    found = rows.aggregate(
        tasks=Count("pk"),
        with_feedback=Count("pk", filter=Q(reviewed=True)),
        seconds=Sum("active_seconds"),
        since=Min("at"),
    )
    return RecordFigures(found["tasks"], found["with_feedback"], found["seconds"] or 0, found["since"])


def skips_of(user: User) -> QuerySet[Assignment]:
    """What a person skipped, the newest first."""
    rows = Assignment.objects.of(user).filter(state=Assignment.State.SKIPPED)
    return rows.select_related("task", "batch__project").order_by("-ended_at", "-pk")


def projects_of(user: User) -> list[Project]:
    """The projects a person is or was an evaluator in, by name."""
    members = Membership.objects.filter(user=user).evaluators().select_related("project")
    return [member.project for member in members.order_by("project__name")]


def latest_feedback(user: User, assignments: list[int]) -> dict[int, Feedback]:
    """By assignment, the last feedback this person was sent."""
    rows = Feedback.objects.filter(member__user=user, submission__assignment__in=assignments)
    return {row.submission.assignment_id: row for row in rows.select_related("submission").order_by("at", "pk")}
