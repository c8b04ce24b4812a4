"""Forms of work other than the rubric itself."""

from django import forms

from tasks.working import LONGEST_REASON


class SkipForm(forms.Form):
    """Why a task is left to somebody else; the command decides whether that will do."""

    reason = forms.CharField(
        label="Why you skip it",
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="A few words, for example: not my field.",
    )
