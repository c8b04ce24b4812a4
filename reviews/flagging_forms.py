"""What people fill in about flags; rules are in the commands."""

from typing import Any

from django import forms
from django.http import QueryDict

from reviews.flagging import CLOSING
from reviews.flagging_reads import OPEN, STATES
from reviews.forms import asked
from reviews.models import Flag

HINTS = {
    Flag.Kind.UNRATABLE: "Something is missing or contradicts itself.",
    Flag.Kind.UNSAFE: "It could harm whoever reads or follows it.",
    Flag.Kind.PERSONAL: "It names or describes a real person.",
    Flag.Kind.BROKEN: "It is cut off, garbled or shown wrongly.",
    Flag.Kind.GUIDELINE: "You cannot tell what it asks of you here.",
    Flag.Kind.OTHER: "Say it in your words.",
}


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "dir": "auto"})


class FlagForm(forms.Form):
    """What is wrong with a task."""

    kind = forms.ChoiceField(label="What is wrong", required=False, choices=Flag.Kind, widget=forms.RadioSelect)
    text = forms.CharField(label="In your words", required=False, widget=_area(3))

    def kinds(self) -> list[tuple[str, str, str, bool]]:
        """Value, words, hint, and whether it is chosen."""
        chosen = self.data.get("kind") if self.is_bound else None
        return [(kind.value, str(kind.label), hint, kind.value == chosen) for kind, hint in HINTS.items()]


class CloseFlagForm(forms.Form):
    """What becomes of a flag, and what the person reads."""

    to = forms.ChoiceField(
        label="What becomes of it",
        required=False,
        choices=[(state.value, state.label) for state in CLOSING],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(label="Your answer, read by the person who flagged it", required=False, widget=_area(4))


def flag_filters(data: QueryDict | dict[str, Any]) -> dict[str, str]:
    """The filters of a lead's list that an address names; what is not known counts as none."""
    found = {name: asked(data, name) for name in ("project", "kind", "state", "q")}
    if found["kind"] not in Flag.Kind.values:
        found["kind"] = ""
    if found["state"] not in STATES:
        found["state"] = OPEN
    return found
