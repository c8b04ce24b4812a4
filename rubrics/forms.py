"""Forms around rubrics; what a criterion's form posts is read by `rubrics.building`."""

from typing import Any

from django import forms

from evaltool.base.errors import Invalid, Problem
from rubrics.body import MOST_BYTES
from rubrics.files import parse, parse_bytes
from rubrics.models import RubricVersion
from rubrics.starting import starting_point


class FileForm(forms.Form):
    """A rubric file, chosen or pasted; `parsed` is its name and raw body."""

    file = forms.FileField(required=False, help_text="YAML or JSON, as another rubric's export.")
    pasted = forms.CharField(
        label="Or its text",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )
    parsed: tuple[str, dict[str, Any]] | None = None
    needs_file = True

    def clean(self) -> dict[str, Any]:
        """Read the file, or the pasted text; both at once are refused, since one of them would be lost."""
        cleaned = super().clean() or {}
        file, pasted = cleaned.get("file"), cleaned.get("pasted") or ""
        if file and pasted.strip():
            self.add_error("pasted", "Choose a file or paste its text, not both.")
        elif file or pasted.strip():
            self._read("file" if file else "pasted", file, pasted)
        elif self.needs_file and not self.errors:
            self.add_error("file", "Choose a file or paste its text.")
        return cleaned

    def _read(self, field: str, file: Any, pasted: str) -> None:
        if file and file.size > MOST_BYTES:
            self.add_error(field, f"This file is larger than {MOST_BYTES // 1024} kB.")
            return
        try:
            self.parsed = parse_bytes(file.read()) if file else parse(pasted)
        except Invalid as error:
            for problem in error.problems:
                self.add_error(field, said(problem))


class NewRubricForm(FileForm):
    """A new rubric by name: empty, from one to start from, or from a file (whose name serves where none is typed)."""

    needs_file = False
    name = forms.CharField(max_length=120, required=False, help_text="Shown to evaluators above the form.")
    start = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)
    field_order = ("name", "start", "file", "pasted")

    def clean(self) -> dict[str, Any]:
        """The name, from the field or from what the rubric begins with; two beginnings at once are refused."""
        cleaned = super().clean()
        if cleaned.get("start"):
            self._begin_from(cleaned["start"])
        cleaned["name"] = cleaned.get("name") or (self.parsed[0] if self.parsed else "")
        if not cleaned["name"] and not self.errors:
            self.add_error("name", "A rubric has a name.")
        return cleaned

    def _begin_from(self, slug: str) -> None:
        if self.parsed:
            self.add_error("file", "Start from a file or from one of the rubrics above, not both.")
            return
        try:
            found = starting_point(slug)
        except Invalid as error:
            self.add_error("start", error.message)
        else:
            self.parsed = found.name, found.body


class ReplaceForm(FileForm):
    """A file that takes the place of the draft that was `seen`."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class PublishForm(forms.Form):
    """What a new version changes, for the people who will work with it, and what becomes of work under earlier ones."""

    NEW, UNSTARTED = "new", "unstarted"
    seen = forms.CharField(widget=forms.HiddenInput)
    work = forms.ChoiceField(
        label="What happens to work",
        choices=[
            (NEW, "New tasks only: batches keep the version they have"),
            (UNSTARTED, "Unstarted work too: what nobody has begun goes to this version"),
        ],
        initial=NEW,
        widget=forms.RadioSelect,
    )
    change = forms.ChoiceField(
        label="This version",
        choices=[
            (RubricVersion.Change.JUDGEMENT, "Changes judgment: answers under it may differ from those before"),
            (RubricVersion.Change.WORDING, "Changes wording only: the same answers are right"),
        ],
        widget=forms.RadioSelect,
    )
    change_note = forms.CharField(
        label="Change note", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What changed and why, for those who compare versions later.",
    )  # fmt: skip

    def __init__(self, *args: Any, ask_for_work: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not ask_for_work:  # nothing is under an earlier version
            del self.fields["work"]


def said(problem: Problem) -> str:
    """A problem of a file in one sentence, with its line or its place."""
    if problem.row:
        return f"Line {problem.row}: {problem.reason}"
    return problem.reason if problem.field in {"file", "criteria"} else f"{problem.field}: {problem.reason}"
