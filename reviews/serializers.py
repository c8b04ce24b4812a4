"""Disagreements, decisions and a person's own record as the API speaks of them."""

from typing import Any

from rest_framework import serializers

from reviews.models import Adjudication, Cause, Disagreement, Ruling
from reviews.record_file import record_row
from reviews.shown.case import Case
from tasks.models import Answer, Submission


class DisagreementSerializer(serializers.ModelSerializer[Disagreement]):
    """A disagreement as in lists: what differs and how much."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    task = serializers.CharField(source="task.external_id", read_only=True)
    batch = serializers.CharField(source="batch.name", read_only=True)
    level = serializers.ChoiceField(choices=Disagreement.Level.choices, read_only=True)
    points = serializers.ListField(
        child=serializers.DictField(), help_text="criterion, target, distance (0 to 1), reason, critical; worst first"
    )

    class Meta:
        model = Disagreement
        fields: tuple[str, ...] = (
            "id",
            "task",
            "batch",
            "state",
            "level",
            "severity",
            "points",
            "opened_at",
            "held_until",
        )
        read_only_fields = fields


class AnswerSerializer(serializers.ModelSerializer[Answer]):
    """One answer of a judgment."""

    criterion = serializers.CharField(source="criterion.key", read_only=True)
    value = serializers.JSONField(read_only=True)

    class Meta:
        model = Answer
        fields = ("criterion", "target", "value", "rationale", "evidence", "deferred")
        read_only_fields = fields


class JudgmentSerializer(serializers.Serializer[Any]):
    """One judgment under a letter; who made it stays hidden."""

    id = serializers.UUIDField(read_only=True, help_text="To be named in `adopt` and `feedback`.")
    letter = serializers.CharField(read_only=True)
    active_seconds = serializers.IntegerField(read_only=True)
    answers = AnswerSerializer(many=True, read_only=True)


class WholeDisagreementSerializer(DisagreementSerializer):
    """A disagreement with the task's content and every judgment."""

    content = serializers.SerializerMethodField()
    judgments = serializers.SerializerMethodField()

    class Meta(DisagreementSerializer.Meta):
        fields: tuple[str, ...] = (*DisagreementSerializer.Meta.fields, "content", "judgments")

    def get_content(self, found: Disagreement) -> dict[str, Any]:
        """What was judged, without where it came from."""
        shown = ("prompt", "messages", "context", "criteria", "responses")
        return {part: found.task.content[part] for part in shown if found.task.content.get(part)}

    def get_judgments(self, found: Disagreement) -> list[dict[str, Any]]:
        """The judgments by letter, in the order of their seats."""
        case: Case = self.context["case"]
        rows = [
            {
                "id": judge.submission.public_id,
                "letter": judge.letter,
                "active_seconds": judge.submission.active_seconds,
                "answers": judge.submission.answers.select_related("criterion").order_by(
                    "criterion__position", "target"
                ),
            }
            for judge in case.judges
        ]
        return list(JudgmentSerializer(rows, many=True).data)


class DecisionSerializer(serializers.Serializer[Any]):
    """The decision on one criterion and target: adopt a judgment, or give a value."""

    criterion = serializers.CharField(max_length=60)
    target = serializers.CharField(
        max_length=120, default="", allow_blank=True, help_text="What the judgment's answer names; empty: the task."
    )
    adopt = serializers.UUIDField(required=False, allow_null=True, help_text="The id of a judgment.")
    value = serializers.JSONField(required=False, allow_null=True)
    na = serializers.BooleanField(default=False)
    note = serializers.CharField(default="", allow_blank=True)


class AdjudicateSerializer(serializers.Serializer[Any]):
    """What settles a disagreement."""

    decisions = DecisionSerializer(many=True)
    note = serializers.CharField(allow_blank=True, help_text="The reason every evaluator who judged the task reads.")
    cause = serializers.ChoiceField(choices=Cause.choices)
    section = serializers.CharField(default="", allow_blank=True, help_text="Anchor of the guideline section cited.")
    feedback = serializers.DictField(
        child=serializers.CharField(allow_blank=True),
        default=dict,
        help_text="A word to each evaluator, by judgment id.",
    )


class RulingSerializer(serializers.ModelSerializer[Ruling]):
    """A decided value."""

    criterion = serializers.CharField(source="criterion.key", read_only=True)
    adopted = serializers.UUIDField(source="adopted.public_id", default=None, read_only=True)
    value = serializers.JSONField(read_only=True)

    class Meta:
        model = Ruling
        fields = ("criterion", "target", "value", "adopted", "note")
        read_only_fields = fields


class AdjudicationSerializer(serializers.ModelSerializer[Adjudication]):
    """A decision as it was written."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    disagreement = serializers.UUIDField(source="disagreement.public_id", read_only=True)
    rulings = RulingSerializer(many=True, read_only=True)

    class Meta:
        model = Adjudication
        fields = ("id", "disagreement", "note", "cause", "section", "at", "rulings")
        read_only_fields = fields


class RecordSerializer(serializers.Serializer[Any]):
    """One own submission, as in the downloaded record."""

    submission = serializers.UUIDField(read_only=True)
    project = serializers.CharField(read_only=True)
    batch = serializers.CharField(read_only=True)
    submitted_at = serializers.DateTimeField(read_only=True)
    active_seconds = serializers.IntegerField(read_only=True)
    revision = serializers.IntegerField(read_only=True)
    current = serializers.BooleanField(read_only=True)
    rubric = serializers.CharField(read_only=True)
    rubric_version = serializers.IntegerField(read_only=True)
    guideline_version = serializers.IntegerField(read_only=True, allow_null=True)
    review = serializers.CharField(read_only=True)
    prompt = serializers.CharField(read_only=True, required=False)
    messages = serializers.ListField(child=serializers.DictField(), read_only=True, required=False)
    context = serializers.ListField(  # type: ignore[assignment]  # a field, not the context of the serializer
        child=serializers.DictField(), read_only=True, required=False
    )
    responses = serializers.ListField(child=serializers.DictField(), read_only=True)
    answers = serializers.ListField(child=serializers.DictField(), read_only=True)

    def to_representation(self, row: Submission) -> dict[str, Any]:
        """The same as a line of the downloaded file."""
        return record_row(row)
