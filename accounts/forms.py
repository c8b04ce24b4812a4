"""Forms about a person; rules are in the commands, whose problems come back to the fields here."""

from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from accounts.models import User
from evaltool.base.errors import Invalid, RuleBroken

WRONG = "E-mail or password is not right. Both matter; capital letters count in the password only."


def show_problems(form: forms.BaseForm, error: RuleBroken) -> None:
    """Put what a command refused on the form: at the field it names, else above the form."""
    if not isinstance(error, Invalid):
        form.add_error(None, error.message)
        return
    for problem in error.problems:
        form.add_error(problem.field if problem.field in form.fields else None, problem.reason)


class SignInForm(AuthenticationForm):
    """E-mail and password. The address is brought to one spelling first, so that attempts are counted together."""

    error_messages = {"invalid_login": WRONG, "inactive": WRONG}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["username"] = forms.CharField(
            label="E-mail",
            max_length=254,
            widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
        )
        self.fields["password"].widget.attrs["autocomplete"] = "current-password"
        self.order_fields(["username", "password"])

    def clean_username(self) -> str:
        """The address in small letters without spaces around it."""
        return str(self.cleaned_data["username"]).strip().lower()


class ProfileForm(forms.ModelForm):
    """What a person says about themselves. Nothing is required but a name."""

    time_zone = forms.ChoiceField(help_text="Times on every page are shown in this zone.")
    hours_per_week = forms.IntegerField(
        label="Hours per week",
        required=False,
        help_text="About how much you can work. Leave it empty if you do not know.",
    )

    class Meta:
        model = User
        fields = (
            "name",
            "time_zone",
            "hours_per_week",
            "degree",
            "fields",
            "languages",
            "jurisdictions",
            "credentials",
            "experience",
        )
        labels = {
            "fields": "Fields you work in",
            "credentials": "Credentials and licenses",
            "jurisdictions": "Countries whose law you know",
        }
        help_texts = {
            "name": "Shown to admins and QA leads. Exports use a pseudonym.",
            "languages": "Separated by commas.",
        }
        widgets = {
            "credentials": forms.Textarea(attrs={"rows": 2}),
            "experience": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        zones = sorted(available_timezones() | {"UTC"})
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]  # type: ignore[attr-defined]


class LookForm(forms.ModelForm):
    """How pages look to a person."""

    class Meta:
        model = User
        fields = ("theme", "text_size", "reading", "single_keys")
        labels = {
            "text_size": "Size of text under judgment",
            "reading": "Face of text under judgment",
            "single_keys": "Use single keys, such as 1 to 5 for a level",
        }
        help_texts = {"single_keys": "They work outside text fields. Ctrl or ⌘ Enter works either way."}
        widgets = {
            "theme": forms.RadioSelect,
            "text_size": forms.RadioSelect,
            "reading": forms.RadioSelect,
        }


class NewPasswordForm(forms.Form):
    """A password typed twice; whether it is strong enough is the command's to say."""

    password = forms.CharField(
        label="New password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters, not a common password, and not close to your name or address.",
    )
    again = forms.CharField(
        label="New password, again", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_again(self) -> str:
        """Both fields hold the same."""
        if self.cleaned_data["again"] != self.cleaned_data.get("password", self.cleaned_data["again"]):
            raise forms.ValidationError("This is not the same as the password above.")
        return str(self.cleaned_data["again"])


class ChangePasswordForm(NewPasswordForm):
    """A new password for somebody who knows the old one."""

    old = forms.CharField(
        label="Present password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("old", "password", "again")

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        self.user = user
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def clean_old(self) -> str:
        """The password in use."""
        if not self.user.check_password(self.cleaned_data["old"]):
            raise forms.ValidationError("This is not your present password.")
        return str(self.cleaned_data["old"])
