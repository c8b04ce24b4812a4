"""What a lead writes with a decision, and what they choose for a gold item."""

from typing import Any

from django import forms

from quality.pausing import LONGEST_REASON
from tasks.models import KEY_MOVES, GoldKey


class ReasonForm(forms.Form):
    """Why somebody is paused or works again, or why an alert needs no step. `name` begins its ids on the page."""

    reason = forms.CharField(
        max_length=LONGEST_REASON, strip=True, widget=forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST_REASON})
    )

    def __init__(self, name: str, label: str, data: Any = None) -> None:
        super().__init__(data, auto_id=f"{name}-%s")
        self.fields["reason"].label = label
        self.fields["reason"].error_messages["required"] = "Say why in a sentence."


class StatusForm(forms.Form):
    """Where a gold item goes from here."""

    WORDS = {
        GoldKey.Status.ACTIVE: "Use it again",
        GoldKey.Status.SUSPECT: "Suspect it: out of use until it is checked",
        GoldKey.Status.RETIRED: "Retire it: out of use for good",
    }

    to = forms.ChoiceField(label="What happens to it", widget=forms.RadioSelect)

    def __init__(self, key: GoldKey, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moves = [(value, words) for value, words in self.WORDS.items() if value in KEY_MOVES[key.status]]
        self.fields["to"].choices = moves  # type: ignore[attr-defined]
