"""Flags and questions as the API speaks of them. What leads read holds nobody's name where a task was judged."""

from typing import Any

from rest_framework import serializers

from reviews.flagging import CLOSING
from reviews.models import Clarification, Flag


class FlagSerializer(serializers.ModelSerializer[Flag]):
    """A flag."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Flag
        fields: tuple[str, ...] = ("id", "kind", "text", "at", "state", "answer", "closed_at")
        read_only_fields = fields


class LeadFlagSerializer(FlagSerializer):
    """A flag as leads read it, with the task's own id."""

    task = serializers.CharField(source="task.external_id", read_only=True)

    class Meta(FlagSerializer.Meta):
        fields: tuple[str, ...] = (*FlagSerializer.Meta.fields, "task")
        read_only_fields = fields


class NewFlagSerializer(serializers.Serializer[Any]):
    """What is wrong with a task."""

    kind = serializers.ChoiceField(choices=Flag.Kind.choices)
    text = serializers.CharField(default="", allow_blank=True)


class CloseFlagSerializer(serializers.Serializer[Any]):
    """What becomes of a flag, and what the person reads."""

    to = serializers.ChoiceField(choices=[(state.value, state.label) for state in CLOSING])
    answer = serializers.CharField(allow_blank=True)


class PostSerializer(serializers.Serializer[Any]):
    """One answer or reply."""

    by_lead = serializers.BooleanField(read_only=True)
    text = serializers.CharField()
    at = serializers.DateTimeField(read_only=True)


class QuestionSerializer(serializers.ModelSerializer[Clarification]):
    """A question."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    criterion = serializers.CharField(source="criterion.key", default="", read_only=True)

    class Meta:
        model = Clarification
        fields: tuple[str, ...] = ("id", "question", "criterion", "section", "at", "state", "moved_at")
        read_only_fields = fields


class LeadQuestionSerializer(QuestionSerializer):
    """A question as leads read it, with the task's own id."""

    task = serializers.CharField(source="task.external_id", default="", read_only=True)

    class Meta(QuestionSerializer.Meta):
        fields: tuple[str, ...] = (*QuestionSerializer.Meta.fields, "task")
        read_only_fields = fields


class ThreadSerializer(QuestionSerializer):
    """A question with what was said to it, in order."""

    posts = PostSerializer(many=True, read_only=True)

    class Meta(QuestionSerializer.Meta):
        fields: tuple[str, ...] = (*QuestionSerializer.Meta.fields, "posts")
        read_only_fields = fields


class NewQuestionSerializer(serializers.Serializer[Any]):
    """A question, and what it is about."""

    question = serializers.CharField(allow_blank=True)
    criterion = serializers.CharField(default="", allow_blank=True, help_text="Key of a criterion of the task.")
    section = serializers.CharField(default="", allow_blank=True, help_text="Anchor of a section of the guideline.")
