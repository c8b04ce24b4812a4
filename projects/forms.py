"""Forms of a project; rules are in the commands, whose problems come back to the fields here."""

import re
from datetime import datetime, timedelta
from typing import Any

from django import forms

from accounts.forms import NewPasswordForm
from evaltool.base import clock
from evaltool.base.documents import MAX_BYTES
from projects import policy_terms
from projects.commands.keys import SCOPES, scopes_of
from projects.models import STANDING_MOVES, Expertise, Membership, Policy, Project, Role, Standing


class ProjectForm(forms.Form):
    """A project's name and what it is about."""

    name = forms.CharField(max_length=120, help_text="Shown to everybody in the project.")
    description = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What is judged, and what the result is for. Members read it.",
    )


class DomainsForm(forms.Form):
    """Fields of knowledge, one a line."""

    domains = forms.CharField(
        label="Domains",
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="One a line, such as cardiology. Tasks name a domain; experts are granted one.",
    )

    def clean_domains(self) -> list[str]:
        """The lines that say something."""
        return [line.strip() for line in str(self.cleaned_data["domains"]).splitlines() if line.strip()]

    @classmethod
    def of(cls, project: Project) -> "DomainsForm":
        """The form with what the project has."""
        return cls(initial={"domains": "\n".join(project.domains)})


class PolicyForm(forms.Form):
    """Every term of the policy as a field; shares are shown and typed as percentages."""

    number = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for term in policy_terms.TERMS.values():
            self.fields[term.name] = _term_field(term)

    @classmethod
    def of(cls, policy: Policy) -> "PolicyForm":
        """The form with the policy in force."""
        return cls(initial=as_typed(policy_terms.values(policy)) | {"number": policy.number})

    def wanted(self) -> dict[str, Any]:
        """The settings as the policy holds them: shares between 0 and 1."""
        shares = {name for name, term in policy_terms.TERMS.items() if term.is_share}
        return {
            name: round(value / 100, 6) if name in shares else value
            for name, value in self.cleaned_data.items()
            if name in policy_terms.TERMS
        }

    def rows(self) -> list[dict[str, Any]]:
        """Groups of (term, bound field, default in words) for the page."""
        return [
            {"title": group.title, "rows": [(term, self[term.name], _default(term)) for term in group.terms]}
            for group in policy_terms.GROUPS
        ]


def as_typed(values: dict[str, Any]) -> dict[str, Any]:
    """Settings as the form shows them: 0.85 as 85."""
    return {name: f"{value * 100:g}" if policy_terms.TERMS[name].is_share else value for name, value in values.items()}


def _term_field(term: policy_terms.Term) -> forms.Field:
    if term.choices:
        return forms.ChoiceField(label=term.label, choices=term.choices)
    if term.is_switch:
        return forms.BooleanField(label=term.label, required=False)
    widget = forms.TextInput(attrs={"inputmode": "decimal"})
    kind = forms.FloatField if term.is_share else forms.IntegerField
    return kind(label=term.label, widget=widget)


def _default(term: policy_terms.Term) -> str:
    return policy_terms.shown(term.name, term.default)


class RolesForm(forms.Form):
    """What a member may be."""

    roles = forms.MultipleChoiceField(choices=Role.choices, widget=forms.CheckboxSelectMultiple)


class InviteForm(RolesForm):
    """Whom a one-time link is for. `receipt` makes a second send of the same form harmless."""

    receipt = forms.UUIDField(widget=forms.HiddenInput)
    email = forms.EmailField(label="E-mail", help_text="The link works for this address only.")
    name = forms.CharField(required=False, max_length=120, help_text="They can change it.")
    expertise = forms.CharField(
        required=False,
        max_length=500,
        help_text="Domains with a level: working knowledge, professional or expert. For example: finance: expert; law.",
    )
    mail = forms.BooleanField(label="Send the link by mail", required=False, initial=True)
    field_order = ("receipt", "email", "name", "roles", "expertise", "mail")


class InviteManyForm(forms.Form):
    """A table of people, as a file or pasted."""

    file = forms.FileField(label="CSV file", required=False)
    text = forms.CharField(
        label="Or paste the table",
        required=False,
        strip=False,
        max_length=500_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "input--code"}),
        help_text="The first line names the columns: email, name, roles, expertise. Only email is needed.",
    )
    leave_out_bad = forms.BooleanField(label="Leave out the rows with problems and invite the others", required=False)

    def clean(self) -> dict[str, Any]:
        """A file takes the place of the text, and stays in the form as text."""
        cleaned = super().clean() or self.cleaned_data
        file = cleaned.get("file")
        if file:
            cleaned["text"] = self._read(file)
            self.data = {**self.data.dict(), "text": cleaned["text"]}  # type: ignore[attr-defined]
        if not self.errors and not (cleaned.get("text") or "").strip():
            self.add_error("text", "There is no table yet.")
        return cleaned

    def _read(self, file: Any) -> str:
        if file.size > 1024**2:
            self.add_error("file", "This file is larger than 1 MB.")
            return ""
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            self.add_error("file", "This file is not UTF-8 text. Save the table as CSV in UTF-8.")
            return ""


class AcceptForm(NewPasswordForm):
    """A new person's name and password."""

    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    field_order = ("name", "password", "again")


class StandingForm(forms.Form):
    """Where a member goes from here. `seen` is the standing the page showed."""

    # Training and qualification have no rooms of their own yet, and watched is for the quality pages.
    OFFERED = frozenset({Standing.READING, Standing.ACTIVE, Standing.PAUSED, Standing.REMOVED})

    seen = forms.CharField(widget=forms.HiddenInput)
    to = forms.ChoiceField(label="New standing")
    reason = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The person reads it. Needed to pause or remove somebody.",
    )

    def __init__(self, member: Membership, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moves = self.OFFERED.intersection(STANDING_MOVES[member.standing]) - {shown_standing(member)}
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            (value, label) for value, label in Standing.choices if value in moves
        ]
        self.initial.setdefault("seen", member.standing)


def shown_standing(member: Membership) -> Standing:
    """The standing as the person themselves may see it: watched reads active."""
    return Standing.ACTIVE if member.standing == Standing.WATCHED else Standing(member.standing)


class ExpertiseForm(forms.Form):
    """What a member is an expert in, and how one knows."""

    domain = forms.CharField(max_length=80)
    level = forms.TypedChoiceField(choices=Expertise.Level.choices, coerce=int, initial=Expertise.Level.PROFESSIONAL)
    evidence = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Such as a license, a degree, or whose word you took. Admins read it.",
    )

    def __init__(self, domains: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if domains:
            choices = [(domain, domain.capitalize()) for domain in domains]
            self.fields["domain"] = forms.ChoiceField(choices=choices)


class ApiKeyForm(forms.Form):
    """What a key is for and what it may do. `receipt` makes a second send of the same form harmless."""

    LASTS = (("30", "30 days"), ("90", "90 days"), ("365", "one year"), ("", "until it is revoked"))

    receipt = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(max_length=80, help_text="Where it is used, so that you know it again.")
    scopes = forms.MultipleChoiceField(
        label="It may",
        widget=forms.CheckboxSelectMultiple,
        help_text="Never more than you may do yourself in this project.",
    )
    lasts = forms.ChoiceField(label="It lasts", choices=LASTS, required=False, initial="90")

    def __init__(self, member: Membership, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes = self.fields["scopes"]
        assert isinstance(scopes, forms.MultipleChoiceField)
        scopes.choices = [(scope, f"{scope}: {SCOPES[scope]}") for scope in scopes_of(member)]

    def expires_at(self) -> datetime | None:
        """When the key ends, if it does."""
        days = self.cleaned_data["lasts"]
        return clock.now() + timedelta(days=int(days)) if days else None


class GuidelineForm(forms.Form):
    """The draft of a guideline version, typed or pasted. `expected` is the draft it began from."""

    expected = forms.CharField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(max_length=200)
    source = forms.CharField(
        label="Text",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "class": "input--long", "spellcheck": "true"}),
        help_text="Markdown. Begin each section with a heading, such as ## Accuracy. Evaluators cite sections.",
    )
    change_note = forms.CharField(
        label="What changed",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="People read this before the text. Needed from the second version on.",
    )
    must_read = forms.BooleanField(
        label="Must be read before the next task",
        required=False,
        help_text="Evaluators confirm that they have read it. Leave it off for wording only.",
    )


LINE = re.compile(r"[0-9]{1,7}")
LEVELS = frozenset("01234")


class DocumentForm(forms.Form):
    """A guideline that was written elsewhere."""

    file = forms.FileField(
        label="Document",
        help_text=f"Word (.docx), PDF, HTML or Markdown, at most {MAX_BYTES // 1024**2} MB. Its headings come next.",
        widget=forms.ClearableFileInput(attrs={"accept": ".docx,.pdf,.html,.htm,.md,.markdown,.txt"}),
    )


class HeadingsForm(GuidelineForm):
    """The draft made from a document: as `GuidelineForm`, with a level for each heading instead of the text."""

    source = None  # type: ignore[assignment]  # the text is the document's

    def levels(self) -> dict[int, int]:
        """Line of a heading to the level chosen for it, 0 for plain text; whatever else was posted is left out."""
        given = {name.removeprefix("level."): self.data.get(name) for name in self.data if name.startswith("level.")}
        return {int(line): int(level) for line, level in given.items() if LINE.fullmatch(line) and level in LEVELS}


class WordsField(forms.CharField):
    """Words separated by commas or lines, as a list."""

    def clean(self, value: Any) -> list[str]:
        """The words in order, without empty ones."""
        return [word.strip() for word in re.split(r"[,\n]", super().clean(value)) if word.strip()]

    def prepare_value(self, value: Any) -> Any:
        """A list as it is typed."""
        return ", ".join(value) if isinstance(value, list) else value


class CallForm(forms.Form):
    """Whether people may apply, and what is asked of them."""

    is_open = forms.BooleanField(label="People can apply", required=False)
    text = forms.CharField(
        label="What the work is",
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Shown to everybody who is signed in. Markdown.",
    )
    languages = WordsField(required=False, max_length=500, help_text="All of these, separated by commas.")
    fields_asked = WordsField(label="Fields", required=False, max_length=500, help_text="At least one of these.")
    degree = forms.BooleanField(label="A degree is needed", required=False)
    hours = forms.IntegerField(label="Hours a week, at least", required=False, min_value=0, max_value=80)

    def clean_hours(self) -> int:
        """Nothing is asked where nothing is written."""
        return self.cleaned_data["hours"] or 0


class NoteForm(forms.Form):
    """What somebody writes when they apply."""

    note = forms.CharField(
        label="A note to whoever decides",
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Your profile goes along with it.",
    )


class AnnounceForm(forms.Form):
    """Words to everybody in a project."""

    text = forms.CharField(label="Announcement", max_length=5_000, widget=forms.Textarea(attrs={"rows": 4}))
    mail = forms.BooleanField(label="Send it by mail as well", required=False)
