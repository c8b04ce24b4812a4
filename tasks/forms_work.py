"""Forms of work other than the rubric itself."""

from django import forms

from tasks.models import Assignment

SKIP_HINTS = {
    Assignment.Skip.EXPERTISE: "It never counts against you.",
    Assignment.Skip.UNRATABLE: "Nobody could judge it as it stands. Say what is missing if you can.",
    Assignment.Skip.OTHER: "Say it in a few words.",
}


class SkipForm(forms.Form):
    """Why a task is left to somebody else; the command decides whether that will do."""

    kind = forms.ChoiceField(
        label="Why you skip it",
        required=False,
        choices=[(kind.value, kind.label) for kind in SKIP_HINTS],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="In your words", required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def kinds(self) -> list[tuple[str, str, str, bool]]:
        """Value, words, hint, and whether it is chosen."""
        chosen = self.data.get("kind") if self.is_bound else None
        return [(kind.value, str(kind.label), hint, kind.value == chosen) for kind, hint in SKIP_HINTS.items()]
