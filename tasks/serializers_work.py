"""Work as the API speaks of it: what an evaluator may see of a task, and what they hand in."""

from typing import Any

from rest_framework import serializers

from tasks.content import SHOWN
from tasks.models import Assignment, Draft, Submission
from tasks.submitting import criteria_of

CRITERION = (
    "key",
    "title",
    "help",
    "kind",
    "scope",
    "required",
    "allow_na",
    "rationale",
    "weight",
    "critical",
    "config",
)


class DraftSerializer(serializers.Serializer[Any]):
    """A draft as it is sent: the answers so far, and the revision they were read at (0: none yet)."""

    revision = serializers.IntegerField(min_value=0)
    answers = serializers.DictField()


class SubmitSerializer(serializers.Serializer[Any]):
    """Answers to hand in. The receipt is the assignment and `revision`; 1 is the first."""

    revision = serializers.IntegerField(min_value=1, default=1)
    answers = serializers.DictField()
    active_seconds = serializers.IntegerField(min_value=0, max_value=24 * 3600, default=0)


class SkipSerializer(serializers.Serializer[Any]):
    """Why a task is skipped."""

    reason = serializers.CharField(max_length=1000)


class AssignmentSerializer(serializers.Serializer[Assignment]):
    """One's own task with its rubric; whose the responses are, and what becomes of the task, is not told."""

    id = serializers.UUIDField(source="public_id")
    state = serializers.CharField()
    batch = serializers.CharField(source="batch.name")
    deadline = serializers.DateTimeField(source="batch.deadline", allow_null=True)
    reserved_until = serializers.DateTimeField(source="lease_until", allow_null=True)
    task = serializers.SerializerMethodField()
    rubric = serializers.SerializerMethodField()
    draft = serializers.SerializerMethodField()

    def get_task(self, found: Assignment) -> dict[str, Any]:
        """What is to be judged, the responses in the order shown to this person."""
        shown = {part: found.task.content[part] for part in SHOWN if part in found.task.content}
        place = {response: number for number, response in enumerate(found.response_order)}
        shown["responses"] = sorted(shown["responses"], key=lambda one: place.get(one["id"], 0))
        return {**shown, "domain": found.task.domain}

    def get_rubric(self, found: Assignment) -> dict[str, Any]:
        """The rubric version the work stands under."""
        version = found.rubric_version
        criteria = [{name: getattr(c, name) for name in CRITERION} for c in criteria_of(version)]
        return {"name": version.rubric.name, "version": version.number, "criteria": criteria}

    def get_draft(self, found: Assignment) -> dict[str, Any] | None:
        """What was typed so far."""
        draft = Draft.objects.filter(assignment=found).first()
        return {"revision": draft.revision, "answers": draft.data} if draft else None


class SubmissionSerializer(serializers.Serializer[Submission]):
    """The receipt of a submission."""

    id = serializers.UUIDField(source="public_id")
    revision = serializers.IntegerField()
    submitted_at = serializers.DateTimeField(source="at")
    active_seconds = serializers.IntegerField()
