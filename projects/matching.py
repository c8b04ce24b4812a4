"""Whether a person's profile meets what a project asks for."""

import re

from accounts.models import User
from projects.models import Call


def unmet(user: User, call: Call) -> list[str]:
    """What is missing in the person's profile, in sentences; empty when they may apply."""
    missing = [f"{language} among your languages" for language in call.languages if not names(user.languages, language)]
    if call.fields and not any(names(user.fields, field) for field in call.fields):
        missing.append(f"{' or '.join(call.fields)} among your fields")
    if call.degree and not user.degree.strip():
        missing.append("a degree")
    if call.hours and (user.hours_per_week or 0) < call.hours:
        missing.append(f"at least {call.hours} hours a week")
    return [f"This project asks for {one}." for one in missing]


def names(text: str, word: str) -> bool:
    """Whether a list in words, as people write it, names something: a whole entry or whole words of one."""
    return re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", text.casefold()) is not None
