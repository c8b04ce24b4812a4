"""The evaluation screen as data: what is read on the left, what is decided on the right, what is left to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from evaltool.base.errors import Problem
from projects.models import GuidelineVersion, Policy
from projects.reading import drawer
from rubrics.answers import EvaluationForm, evaluation_form
from rubrics.answers.labels import in_words
from rubrics.models import Criterion
from tasks.labels import mode_of, shown_labels, starting_answers
from tasks.models import Assignment, Submission
from tasks.opening import RESUMABLE, resumable
from tasks.pane import reading_of
from tasks.selectors import last_submission, title_of
from tasks.submitting import criteria_of, may_change
from tasks.talks import shown_content
from tasks.terms import policy_for


@lru_cache(maxsize=64)
def _drawer(pk: int, public_id: UUID) -> dict[str, Any]:
    """The guideline beside the task; kept in memory, since a published version and its sections never change."""
    version = GuidelineVersion.objects.select_related("guideline__project").get(pk=pk, public_id=public_id)
    return drawer(version)


def drawer_of(assignment: Assignment) -> dict[str, Any]:
    """The drawer for the guideline version this work stands under; empty without one."""
    version = assignment.guideline_version
    return _drawer(version.pk, version.public_id) if version else {}


def form_of(
    assignment: Assignment, raw: Any = None, problems: Iterable[Problem] = (), *, disabled: bool = False
) -> EvaluationForm:
    """The rubric to fill in, with these raw answers or those of the draft."""
    draft, criteria = draft_of(assignment), criteria_of(assignment.rubric_version)
    if raw is None:
        raw = draft.data if draft else starting_answers(assignment, criteria)
    return evaluation_form(
        criteria, shown_content(assignment, criteria), raw, problems,
        order=assignment.response_order, disabled=disabled, sections=_sections(assignment),
        **_labels(assignment, criteria, draft),
    )  # fmt: skip


def _sections(assignment: Assignment) -> dict[str, str]:
    """What the sections of the guideline are called, by anchor: criteria name those they rest on."""
    sections = drawer_of(assignment).get("sections", ())
    return {one["anchor"]: f"{one['number']} {one['title']}".strip() for one in sections}


def _labels(assignment: Assignment, criteria: Sequence[Criterion], draft: Any) -> dict[str, Any]:
    mode = mode_of(assignment)
    if mode == Policy.Prelabels.OFF:
        return {}
    shown = shown_labels(assignment, criteria, draft.data if draft else {})
    return {"labels": in_words(criteria, shown), "prefilled": mode == Policy.Prelabels.SHOWN}


def draft_of(assignment: Assignment) -> Any:
    """The assignment's draft, None without one."""
    return getattr(assignment, "draft", None)


def bench(assignment: Assignment, *, receipt: int = 1, **form: Any) -> dict[str, Any]:
    """The context of the evaluation screen. `receipt` is the revision that submitting makes."""
    draft, policy = draft_of(assignment), policy_for(assignment, assignment.batch.project)
    number = assignment.done_here + 1  # type: ignore[attr-defined]
    total = assignment.done_here + assignment.live_here  # type: ignore[attr-defined]
    is_open = receipt == 1
    return {
        "assignment": assignment,
        "task": assignment.task,
        "batch": assignment.batch,
        "project": assignment.batch.project,
        "rubric": assignment.rubric_version,
        "reading": reading_of(assignment),
        "rubric_form": form_of(assignment, **form),
        "draft": draft,
        "draft_revision": draft.revision if draft else 0,
        "saved_at": draft.saved_at if draft else None,
        "receipt": receipt,
        "drawer": drawer_of(assignment),
        "bench_title": assignment.batch.project.name,
        "place": f"task {number} of your {max(number, total)}" if is_open else "changing what you submitted",
        "place_short": f"Task {number} of {max(number, total)}" if is_open else "Change",
        "active_seconds": assignment.active_seconds if is_open else None,
        "reserved_until": assignment.lease_until if is_open else None,
        "idle_seconds": policy.idle_minutes * 60,
    }


@dataclass(frozen=True)
class Ending:
    """How an assignment ended, what of it is kept, and what can still be done."""

    assignment: Assignment
    submission: Submission | None
    can_undo: bool
    can_resume: bool
    late_text: bool


def ending_of(assignment: Assignment) -> Ending:
    """What the page of a task that is not open says."""
    sent = last_submission(assignment) if assignment.state == Assignment.State.SUBMITTED else None
    draft = draft_of(assignment)
    back = assignment.state in RESUMABLE and resumable(assignment.member).filter(pk=assignment.pk).exists()
    return Ending(
        assignment=assignment,
        submission=sent,
        can_undo=sent is not None and may_change(assignment, sent),
        can_resume=back,
        late_text=draft is not None and draft.late,
    )


def kept_form(assignment: Assignment) -> EvaluationForm | None:
    """The text that is kept with a task that is not open, read only; None when there is none."""
    draft = draft_of(assignment)
    return form_of(assignment, draft.data, disabled=True) if draft else None


def seconds_to_undo(assignment: Assignment, sent: Submission) -> int:
    """How long a fresh submission can still be taken back, in whole seconds."""
    undo = timedelta(seconds=policy_for(assignment, assignment.batch.project).undo_seconds)
    left = sent.at + undo - assignment.db_now  # type: ignore[attr-defined]
    return max(0, int(left.total_seconds()))


def title_for(assignment: Assignment) -> str:
    """A short name of the task for headings."""
    return title_of(assignment.task)
