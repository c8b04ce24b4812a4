"""Rubrics as the API speaks of them. What a body may hold is said by `rubrics.body`, not here."""

from typing import Any

from rest_framework import serializers

from rubrics.body import check_body, sha256_of
from rubrics.models import RubricVersion


class VersionSerializer(serializers.ModelSerializer[RubricVersion]):
    """A version without its criteria, as in lists."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    rubric = serializers.CharField(source="rubric.name", read_only=True)
    rubric_id = serializers.UUIDField(source="rubric.public_id", read_only=True)

    class Meta:
        model = RubricVersion
        fields: tuple[str, ...] = (
            "id", "rubric", "rubric_id", "number", "state", "change", "change_note", "sha256", "published_at",
        )  # fmt: skip


class WholeVersionSerializer(VersionSerializer):
    """A version with its body: `{"description", "criteria": [...]}`."""

    body = serializers.DictField(read_only=True)

    class Meta(VersionSerializer.Meta):
        fields = (*VersionSerializer.Meta.fields, "body")


class DraftSerializer(serializers.Serializer[Any]):
    """What saves a draft; the rubric is made if the project has none of this name."""

    name = serializers.CharField(max_length=120, help_text="Name of the rubric; a new one is made if there is none.")
    body = serializers.JSONField(help_text='`{"description", "criteria": [...]}`, as in a rubric file.')
    change = serializers.ChoiceField(choices=RubricVersion.Change.choices, default=RubricVersion.Change.JUDGEMENT)
    change_note = serializers.CharField(max_length=2000, default="", allow_blank=True)
    seen = serializers.CharField(
        required=False,
        help_text="`draft_sha256` of the draft this was made from (empty: there was none); refused if it has changed.",
    )


class SavedDraftSerializer(WholeVersionSerializer):
    """A saved draft, with the hash to send as `seen` next time, and what keeps it from being published."""

    draft_sha256 = serializers.SerializerMethodField(help_text="Hash of the draft's body as it is now.")
    problems = serializers.SerializerMethodField(help_text="What has to be put right before it can be published.")

    class Meta(WholeVersionSerializer.Meta):
        fields = (*WholeVersionSerializer.Meta.fields, "draft_sha256", "problems")

    def get_draft_sha256(self, version: RubricVersion) -> str:
        """The hash of what is stored."""
        return sha256_of(version.body)

    def get_problems(self, version: RubricVersion) -> list[dict[str, str]]:
        """Everything publishing would refuse."""
        return [{"field": problem.field, "reason": problem.reason} for problem in check_body(version.body)]


class PublishSerializer(serializers.Serializer[Any]):
    """What becomes of work under earlier versions."""

    unstarted_too = serializers.BooleanField(
        default=False, help_text="Take along what nobody has begun; without it batches keep the version they have."
    )
