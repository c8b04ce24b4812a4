"""Forms about batches and uploads; rules are in the commands, whose problems come back to the fields here."""

from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat

from projects.models import Project
from rubrics.models import RubricVersion
from tasks.batches import MAX_NAME, MAX_OVERLAP
from tasks.models import Batch
from tasks.selectors_batches import published_rubrics

TYPED = "%Y-%m-%dT%H:%M"
PURPOSES = (
    (Batch.Purpose.WORK, "Work: evaluators judge its tasks"),
    (Batch.Purpose.GOLD, "Gold bank: only a store of gold, mixed into other batches"),
)


class VersionField(forms.ModelChoiceField):
    """A rubric version by name and number."""

    def label_from_instance(self, obj: Any) -> str:
        """As people call it."""
        assert isinstance(obj, RubricVersion)
        return f"{obj.rubric.name}, version {obj.number}"


def _deadline() -> forms.DateTimeField:
    return forms.DateTimeField(
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=TYPED),
        input_formats=[TYPED],
        help_text="In your time zone. Evaluators see it in theirs.",
    )


class BatchForm(forms.Form):
    """A new batch; its tasks come from a file afterwards."""

    name = forms.CharField(max_length=MAX_NAME, help_text="Evaluators see it. Names are unique in the project.")
    rubric_version = VersionField(
        queryset=RubricVersion.objects.none(),
        label="Rubric",
        to_field_name="public_id",
        empty_label=None,
        help_text="Every task of the batch is judged under this version.",
    )
    overlap = forms.IntegerField(
        min_value=1,
        max_value=MAX_OVERLAP,
        label="Judgments per task",
        help_text="How many different people judge each task. With two or more, disagreements become visible.",
    )
    deadline = _deadline()
    purpose = forms.ChoiceField(choices=PURPOSES, widget=forms.RadioSelect, initial=Batch.Purpose.WORK)

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rubric_version"].queryset = published_rubrics(project)  # type: ignore[attr-defined]
        self.fields["overlap"].initial = project.policy.overlap


class ChangeForm(forms.Form):
    """What may change on a batch that goes on."""

    deadline = _deadline()
    priority = forms.IntegerField(
        min_value=-1000,
        max_value=1000,
        initial=0,
        help_text="Batches with a higher number are given out first; 0 is usual.",
    )


class UploadForm(forms.Form):
    """A file of tasks."""

    file = forms.FileField(
        allow_empty_file=True,  # the command says it better
        max_length=None,
        widget=forms.FileInput(attrs={"accept": ".jsonl,.ndjson,.json,.txt,application/jsonl"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = filesizeformat(settings.IMPORT_MAX_BYTES)
        self.fields["file"].help_text = f"JSON Lines in UTF-8: one task on each line. At most {limit}."


class CommitForm(forms.Form):
    """The decision on a checked file."""

    leave_out_bad = forms.BooleanField(required=False)
