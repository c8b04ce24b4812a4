"""The form of a project's model endpoint; the rules are in the command, whose problems come back to the fields."""

from typing import Any

from django import forms

from projects.commands.endpoint import SECONDS, TOKENS
from projects.models import ModelEndpoint


class EndpointForm(forms.Form):
    """Address, model and key. The key is never shown again: an empty field keeps the one there is."""

    address = forms.CharField(
        max_length=300,
        widget=forms.URLInput(attrs={"placeholder": "https://models.example.org/v1", "autocomplete": "off"}),
        help_text="An OpenAI-compatible interface. /chat/completions is added where it is missing.",
    )
    model = forms.CharField(max_length=200, help_text="As the service calls it.")
    key = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Kept sealed and never shown again. Empty keeps the one there is.",
    )
    no_key = forms.BooleanField(label="The service needs no key", required=False)
    system_prompt = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Sent before every conversation; prompt writers do not see it.",
    )
    max_tokens = forms.IntegerField(
        label="Longest answer", min_value=TOKENS[0], max_value=TOKENS[1], initial=1024, help_text="In tokens."
    )
    timeout_seconds = forms.IntegerField(
        label="Longest wait", min_value=SECONDS[0], max_value=SECONDS[1], initial=60, help_text="In seconds."
    )

    @classmethod
    def of(cls, endpoint: ModelEndpoint | None) -> "EndpointForm":
        """The form with what is set; the key's field is always empty."""
        names = ("address", "model", "system_prompt", "max_tokens", "timeout_seconds")
        initial = {name: getattr(endpoint, name) for name in names} if endpoint else {}
        return cls(initial={**initial, "no_key": bool(endpoint and not endpoint.sealed_key)} if endpoint else None)

    def values(self) -> dict[str, Any]:
        """What the command takes."""
        found = {name: value for name, value in self.cleaned_data.items() if name not in {"key", "no_key"}}
        typed: str = self.cleaned_data["key"]
        return found | {"key": typed or ("" if self.cleaned_data["no_key"] else None)}
