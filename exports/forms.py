"""What somebody chooses for an export."""

from typing import Any

from django import forms

from exports.models import Export
from projects.models import Project
from tasks.models import Batch


class ExportForm(forms.Form):
    """Content, format, batch, and whether gold is included."""

    content = forms.ChoiceField(choices=Export.Content.choices, initial=Export.Content.CONSENSUS)
    format = forms.ChoiceField(choices=Export.Format.choices, initial=Export.Format.JSONL)
    batch = forms.ModelChoiceField(
        queryset=Batch.objects.none(), required=False, empty_label="All batches", to_field_name="public_id"
    )
    include_gold = forms.BooleanField(
        required=False,
        label="Include gold items",
        help_text="Only with every judgment. They are marked in the file, and the choice is kept in the record.",
    )

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        batches = self.fields["batch"]
        assert isinstance(batches, forms.ModelChoiceField)
        batches.queryset = Batch.objects.filter(project=project).order_by("-created_at")
