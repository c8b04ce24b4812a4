"""Exports for programs."""

from rest_framework import serializers

from exports.models import Export


class NewExportSerializer(serializers.Serializer):
    """What an export shall hold."""

    project = serializers.SlugField()
    batch = serializers.UUIDField(required=False, allow_null=True)
    format = serializers.ChoiceField(choices=Export.Format.choices)
    content = serializers.ChoiceField(choices=Export.Content.choices)
    include_gold = serializers.BooleanField(default=False)


class ExportSerializer(serializers.ModelSerializer):
    """An export's state, and once it is ready its manifest."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    batch = serializers.UUIDField(source="batch.public_id", default=None, read_only=True)

    class Meta:
        model = Export
        fields = [
            "id", "batch", "format", "content", "include_gold", "state", "rows", "sha256", "manifest", "error",
            "requested_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields
