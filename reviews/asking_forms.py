"""What people fill in about questions; rules are in the commands."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from projects.models import Section
from reviews.asking_reads import STATES
from reviews.forms import asked
from reviews.models import Clarification
from rubrics.models import Criterion


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "dir": "auto"})


class AskForm(forms.Form):
    """A question, and what it is about."""

    question = forms.CharField(label="Your question", required=False, widget=_area(4))
    criterion = forms.ChoiceField(label="About a criterion", required=False)
    section = forms.ChoiceField(label="About a section of the guideline", required=False)

    def __init__(self, criteria: Iterable[Criterion], sections: Iterable[Section], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices("criterion", [(one.key, one.title) for one in criteria], "The task as a whole")
        self._choices("section", [(one.anchor, str(one)) for one in sections], "None")

    def _choices(self, name: str, choices: list[tuple[str, str]], nothing: str) -> None:
        if not choices:
            del self.fields[name]
            return
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", nothing), *choices]


class PostForm(forms.Form):
    """An answer or a reply."""

    text = forms.CharField(required=False, widget=_area(4))

    def __init__(self, label: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label


def question_filters(data: QueryDict) -> dict[str, str]:
    """The filters of a lead's list that an address names; what is not known counts as none."""
    found = {name: asked(data, name) for name in ("project", "state", "q")}
    if found["state"] not in STATES:
        found["state"] = Clarification.State.OPEN
    return found
