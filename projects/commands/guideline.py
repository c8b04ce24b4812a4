"""The guideline is drafted and published."""

import hashlib

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts import audit
from accounts.commands import notify_all
from accounts.models import User
from evaltool.base import clock
from evaltool.base.documents import MAX_CHARS as MOST_CHARS
from evaltool.base.errors import Invalid, Problem, StaleState
from evaltool.base.markdown import MAX_CHARS
from evaltool.base.sections import Section as Found
from evaltool.base.sections import sections
from projects import questions
from projects.links import guideline_path
from projects.models import Guideline, GuidelineFile, GuidelineVersion, Membership, Project, Section

NO_SECTION = "No section was found. Begin each section with a heading, such as ## Accuracy."


@transaction.atomic
def save_guideline_draft(
    *,
    project: Project,
    title: str,
    source: str,
    change_note: str = "",
    must_read: bool = True,
    by: User,
    expected: str | None = None,
    original: GuidelineFile | None = None,
) -> GuidelineVersion:
    """Keep the one draft of the next version. `source` is Markdown; `original` the document it was made from.

    `expected` is the SHA-256 of the draft the person started from ("" for none): raises StaleState when another text
    is stored by now. Raises Invalid naming `title` or `source`.
    """
    title, source = title.strip(), source.replace("\r\n", "\n").strip() + "\n"
    _check_draft(title, source)
    guideline = _guideline_of(project, title)
    draft = guideline.versions.select_for_update().filter(published_at__isnull=True).first()
    if expected is not None and expected != (draft.sha256 if draft else ""):
        raise StaleState("Another admin changed this draft in the meantime. Nothing of yours was saved yet.")
    values: dict[str, object] = {
        "source": source,
        "sha256": sha256(source),
        "change_note": change_note.strip(),
        "must_read": must_read,
    }
    if original is not None:
        values["original"] = original
    draft = _change(draft, values) if draft else _new_version(guideline, values, by)
    audit.record("guideline_drafted", by=by, target=draft, scope=project.public_id, number=draft.number)
    return draft


@transaction.atomic
def publish_guideline(*, version: GuidelineVersion, by: User) -> GuidelineVersion:
    """Put a draft in force for good and cut it into sections that can be cited.

    Where it must be read, every member is told. Raises Invalid naming `source` when there is no section, or
    `change_note` from the second version on; StaleState when it was published already.
    """
    found = sections(version.source)
    _check_publishable(version, found)
    project, now = version.guideline.project, clock.now()
    same_text = GuidelineVersion.objects.filter(pk=version.pk, published_at__isnull=True, sha256=version.sha256)
    if same_text.update(published_at=now) != 1:
        raise StaleState("This draft was changed or published in the meantime.")
    version.published_at = now
    Section.objects.bulk_create(
        Section(
            version=version, position=place, number=part.number[:20], anchor=part.anchor, title=part.title[:300],
            level=part.level, body=questions.cut(part.body)[0], questions=questions.as_json(part.body),
        )
        for place, part in enumerate(found, start=1)
    )  # fmt: skip
    audit.record("guideline_published", by=by, target=version, scope=project.public_id, number=version.number)
    _tell_members(project, version, by)
    return version


def sha256(text: str) -> str:
    """The fingerprint of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _check_draft(title: str, source: str) -> None:
    problems = []
    if not title or len(title) > 200:
        problems.append(Problem("title", "A guideline has a title of 1 to 200 characters."))
    if not source.strip():
        problems.append(Problem("source", "There is no text yet."))
    if len(source) > MOST_CHARS:
        problems.append(Problem("source", f"At most {MOST_CHARS:,} characters; this has {len(source):,}."))
    elif len(source) > MAX_CHARS:
        problems += [Problem("source", reason) for reason in _too_long(source)]
    if "\0" in source:
        problems.append(Problem("source", "The text holds a character that cannot be kept (NUL)."))
    if problems:
        raise Invalid(problems)


def _too_long(source: str) -> list[str]:
    """Sections longer than what is rendered at once."""
    return [
        f"{part.number} {part.title}: {len(part.body):,} characters in one section; at most {MAX_CHARS:,}. Divide it."
        for part in sections(source)
        if len(part.body) > MAX_CHARS
    ]


def _check_publishable(version: GuidelineVersion, found: list[Found]) -> None:
    problems = questions.problems(found)
    if not found:
        problems.append(Problem("source", NO_SECTION))
    if version.number > 1 and not version.change_note:
        problems.append(Problem("change_note", "Say what changed: people read this before the text."))
    if problems:
        raise Invalid(problems)


def _guideline_of(project: Project, title: str) -> Guideline:
    guideline, new = Guideline.objects.get_or_create(project=project, defaults={"title": title})
    if not new and guideline.title != title:
        guideline.title = title
        guideline.save(update_fields=["title"])
    return guideline


def _change(draft: GuidelineVersion, values: dict[str, object]) -> GuidelineVersion:
    for name, value in values.items():
        setattr(draft, name, value)
    draft.save(update_fields=list(values))
    return draft


def _new_version(guideline: Guideline, values: dict[str, object], by: User) -> GuidelineVersion:
    last = guideline.versions.aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            return GuidelineVersion.objects.create(
                guideline=guideline, number=last + 1, created_by=by, created_at=clock.now(), **values
            )
    except IntegrityError as error:
        raise StaleState("Another admin started a draft in the same moment. Reload to see it.") from error


def _tell_members(project: Project, version: GuidelineVersion, by: User) -> None:
    if not version.must_read:
        return
    members = Membership.objects.present().filter(project=project).exclude(user=by).select_related("user")
    text = f"Version {version.number} of the guideline of {project.name} is in force. Read it before your next task."
    users = [member.user for member in members]
    notify_all(users=users, kind="guideline_published", text=text, url=guideline_path(project))
