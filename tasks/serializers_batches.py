"""Batches and imports as the API speaks of them."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tasks.batches import MAX_NAME, progress
from tasks.models import Batch, ImportRun, RowProblem


class BatchSerializer(serializers.ModelSerializer[Batch]):
    """A batch as in lists."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    rubric = serializers.CharField(source="rubric_version.rubric.name", read_only=True)
    rubric_version = serializers.UUIDField(source="rubric_version.public_id", read_only=True)
    rubric_number = serializers.IntegerField(source="rubric_version.number", read_only=True)

    class Meta:
        model = Batch
        fields: tuple[str, ...] = (
            "id",
            "name",
            "state",
            "purpose",
            "rubric",
            "rubric_version",
            "rubric_number",
            "overlap",
            "deadline",
            "priority",
            "created_at",
            "released_at",
        )


class ProgressSerializer(serializers.Serializer[Any]):
    """Wanted judgments by where they stand, gold left out."""

    tasks = serializers.IntegerField(help_text="Tasks that want judgments.")
    done = serializers.IntegerField()
    open = serializers.IntegerField()
    queued = serializers.IntegerField(help_text="On work lists.")
    free = serializers.IntegerField(help_text="Held by nobody.")
    wanted = serializers.IntegerField()


class WholeBatchSerializer(BatchSerializer):
    """A batch with its progress."""

    progress = serializers.SerializerMethodField()

    class Meta(BatchSerializer.Meta):
        fields = (*BatchSerializer.Meta.fields, "progress")

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, batch: Batch) -> dict[str, int]:
        """Counted now."""
        found = progress(batch)
        return {**asdict(found), "wanted": found.wanted}


class NewBatchSerializer(serializers.Serializer[Any]):
    """What makes a batch."""

    name = serializers.CharField(max_length=MAX_NAME)
    rubric_version = serializers.UUIDField(help_text="A published rubric version of the key's project.")
    overlap = serializers.IntegerField(required=False, help_text="Judgments per task; the project's policy if absent.")
    deadline = serializers.DateTimeField(required=False, allow_null=True)
    purpose = serializers.ChoiceField(choices=Batch.Purpose.choices, default=Batch.Purpose.WORK)
    priority = serializers.IntegerField(default=0)


class ImportSerializer(serializers.ModelSerializer[ImportRun]):
    """An import: where it stands and what it found. `checked` waits for a commit."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    batch = serializers.UUIDField(source="batch.public_id", read_only=True)
    kept_as_metadata = serializers.SerializerMethodField(help_text="Unknown keys of new rows and in how many they are.")
    conflicts = serializers.SerializerMethodField(help_text="Bad rows whose id names a task with other content.")

    class Meta:
        model = ImportRun
        fields = (
            "id",
            "batch",
            "filename",
            "size",
            "sha256",
            "state",
            "bytes_done",
            "rows_total",
            "rows_new",
            "rows_unchanged",
            "rows_bad",
            "conflicts",
            "kept_as_metadata",
            "leave_out_bad",
            "error",
            "created_at",
            "finished_at",
        )

    def get_kept_as_metadata(self, run: ImportRun) -> dict[str, int]:
        """From the report of the check."""
        return dict(run.mapping.get("kept_as_metadata", {}))

    def get_conflicts(self, run: ImportRun) -> int:
        """From the report of the check."""
        return int(run.mapping.get("conflicts", 0))


class ProblemSerializer(serializers.ModelSerializer[RowProblem]):
    """Why a row is bad."""

    class Meta:
        model = RowProblem
        fields = ("line", "external_id", "field", "reason")


class CommitSerializer(serializers.Serializer[Any]):
    """The decision on a checked file."""

    leave_out_bad = serializers.BooleanField(default=False, help_text="Import the good rows though others are bad.")


class ForecastSerializer(serializers.Serializer[Any]):
    """What moving unstarted work to a rubric version would do."""

    batches = serializers.IntegerField(help_text="Batches that would change their version.")
    unstarted = serializers.IntegerField(help_text="Tasks nobody has begun, which would move.")
    begun = serializers.IntegerField(help_text="Open or judged tasks, which stay as they were shown.")
    keys = serializers.IntegerField(help_text="Gold keys in use in these batches.")
    waiting = serializers.ListField(
        child=serializers.CharField(), help_text="Batches that stay until the file on its way is in."
    )


class MovedSerializer(serializers.Serializer[Any]):
    """The batches that changed their version."""

    batches = serializers.ListField(child=serializers.UUIDField())
