"""What the API of work takes and answers; read and write apart."""

from typing import Any

from rest_framework import serializers

from rubrics.answers import targets
from rubrics.answers.labels import as_raw_labels
from rubrics.models import Criterion
from tasks.content import shown
from tasks.labels import shown_labels, starting_answers
from tasks.models import Assignment, Draft, Submission
from tasks.showing import draft_of
from tasks.submitting import criteria_of


class CriterionSerializer(serializers.ModelSerializer[Criterion]):
    """One criterion of the rubric version shown."""

    class Meta:
        model = Criterion
        fields = (
            "key", "title", "help", "kind", "scope", "of", "condition", "config", "weight", "critical", "required",
            "allow_na", "rationale", "sections",
        )  # fmt: skip


class WorkSerializer(serializers.ModelSerializer[Assignment]):
    """A task as its evaluator sees it, responses in the order recorded for them."""

    id = serializers.UUIDField(source="public_id")
    project = serializers.CharField(source="batch.project.slug")
    batch = serializers.CharField(source="batch.name")
    rubric = serializers.CharField(source="rubric_version.rubric.name")
    rubric_version = serializers.IntegerField(source="rubric_version.number")
    guideline_version = serializers.IntegerField(source="guideline_version.number", allow_null=True, default=None)
    criteria = serializers.SerializerMethodField()
    content = serializers.SerializerMethodField()
    targets = serializers.SerializerMethodField()
    labels = serializers.SerializerMethodField()
    draft = serializers.SerializerMethodField()

    class Meta:
        model = Assignment
        fields = (
            "id", "state", "project", "batch", "rubric", "rubric_version", "guideline_version", "criteria", "content",
            "targets", "labels", "draft", "lease_until", "active_seconds",
        )  # fmt: skip

    def get_criteria(self, row: Assignment) -> list[dict[str, Any]]:
        """The criteria in order."""
        return list(CriterionSerializer(criteria_of(row.rubric_version), many=True).data)

    def get_content(self, row: Assignment) -> dict[str, Any]:
        """The task without metadata, origins or labels; nothing of a task that is not opened yet."""
        if row.state == Assignment.State.QUEUED:
            return {}
        content = shown(row.task.content)
        order = {one: place for place, one in enumerate(row.response_order)}
        responses = sorted(content.get("responses", ()), key=lambda response: order.get(response["id"], len(order)))
        return {**content, "responses": responses}

    def get_targets(self, row: Assignment) -> dict[str, list[str]]:
        """By criterion, what an answer can be about; spans as far as the draft marks them."""
        if row.state == Assignment.State.QUEUED:
            return {}
        criteria, draft = criteria_of(row.rubric_version), draft_of(row)
        raw = draft.data if draft else starting_answers(row, criteria)
        return {one.key: targets(one, row.task.content, raw, criteria) for one in criteria}

    def get_labels(self, row: Assignment) -> dict[str, dict[str, Any]]:
        """A model's labels as raw answers, as far as the project lets them be seen: after one's own saved answer."""
        draft = draft_of(row)
        seen = shown_labels(row, criteria_of(row.rubric_version), draft.data if draft else {})
        return as_raw_labels(seen) if row.state != Assignment.State.QUEUED else {}

    def get_draft(self, row: Assignment) -> dict[str, Any]:
        """The draft with its revision, 0 when nothing is saved."""
        draft: Draft | None = draft_of(row)
        return draft_data(draft) if draft else {"revision": 0, "answers": {}, "saved_at": None}


def draft_data(draft: Draft) -> dict[str, Any]:
    """A draft as the API shows it."""
    return {"revision": draft.revision, "answers": draft.data, "saved_at": draft.saved_at}


class NewDraftSerializer(serializers.Serializer[Any]):
    """Answers in any state, and the revision they were written on."""

    revision = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    answers = serializers.DictField()


class WorkDraftSerializer(serializers.Serializer[Any]):
    """The saved draft."""

    revision = serializers.IntegerField()
    answers = serializers.DictField()
    saved_at = serializers.DateTimeField(allow_null=True)


class NewSubmissionSerializer(serializers.Serializer[Any]):
    """Answers to hand in. `revision` is the one this makes: 1 first, 2 for a change in time."""

    revision = serializers.IntegerField(min_value=1, max_value=10_000, default=1)
    answers = serializers.DictField()
    active_seconds = serializers.IntegerField(min_value=0, max_value=10**6, default=0)


class SubmissionSerializer(serializers.ModelSerializer[Submission]):
    """The receipt."""

    id = serializers.UUIDField(source="public_id")
    assignment = serializers.UUIDField(source="assignment.public_id")

    class Meta:
        model = Submission
        fields = ("id", "assignment", "revision", "content_sha256", "active_seconds", "at")


SKIP_KINDS = {kind.value or "other": kind.value for kind in Assignment.Skip}


class SkipSerializer(serializers.Serializer[Any]):
    """Why a task is left to somebody else: a kind, or `other` with a reason in words."""

    kind = serializers.ChoiceField(choices=[*SKIP_KINDS], default="other")
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)
