"""How far a member is with a version: what changed for them, what they have read, which questions are open."""

from collections.abc import Mapping
from dataclasses import dataclass

from projects.models import CheckAnswer, GuidelineVersion, Membership, Section, SectionRead
from projects.questions import Asked, asked


def last_confirmed(member: Membership, before: GuidelineVersion) -> GuidelineVersion | None:
    """The newest version earlier than this one that the member confirmed, if any."""
    rows = GuidelineVersion.objects.filter(
        acknowledgements__member=member, guideline=before.guideline_id, number__lt=before.number
    )
    return rows.order_by("-number").first()


def new_sections(member: Membership, version: GuidelineVersion) -> list[Section]:
    """The sections the member has to read: all of them, or after an earlier confirmation those that changed."""
    known = last_confirmed(member, version)
    same = set(known.sections.values_list("anchor", "title", "body")) if known else set()
    parts = version.sections.all()
    return [part for part in parts if (part.anchor, part.title, part.body) not in same or _asks_anew(part, known)]


def _asks_anew(part: Section, known: GuidelineVersion | None) -> bool:
    """Whether a section asks something that its earlier text did not."""
    if known is None or not part.questions:
        return False
    before = known.sections.filter(anchor=part.anchor).values_list("questions", flat=True).first()
    return before != part.questions


def open_questions(
    member: Membership, version: GuidelineVersion, answers: Mapping[str, list[str]] | None = None
) -> list[Asked]:
    """The check questions the member has not answered rightly yet, with what was posted for them."""
    parts = [part for part in new_sections(member, version) if part.questions]
    right = CheckAnswer.objects.filter(member=member, section__in=parts, right=True) if parts else ()
    done = {(row.section_id, row.number) for row in right}
    return [one for one in asked(parts, answers or {}) if (one.section.pk, one.number) not in done]


@dataclass(frozen=True)
class Progress:
    """Which sections a member has to read, and which of these they have had before their eyes to the end."""

    wanted: frozenset[str]
    read: frozenset[str]

    @property
    def done(self) -> int:
        """How many of the wanted sections are read."""
        return len(self.wanted & self.read)


def progress(member: Membership, version: GuidelineVersion) -> Progress:
    """How far a member is with a version. Sections that did not change since they confirmed count as read."""
    wanted = frozenset(part.anchor for part in new_sections(member, version))
    seen = SectionRead.objects.filter(member=member, section__version=version)
    return Progress(wanted, frozenset(seen.values_list("section__anchor", flat=True)))


@dataclass(frozen=True)
class Missed:
    """How a check question went: tries, and how many of the people got it at once."""

    section: Section
    number: int
    text: str
    people: int
    at_once: int


def missed(version: GuidelineVersion) -> list[Missed]:
    """How the version's check questions went, those most often missed at first before the others."""
    first: dict[tuple[int, int], dict[int, bool]] = {}
    for row in CheckAnswer.objects.filter(section__version=version).order_by("pk"):
        first.setdefault((row.section_id, row.number), {}).setdefault(row.member_id, row.right)
    found = []
    for section in version.sections.all():
        for number, question in enumerate(section.questions):
            tries = first.get((section.pk, number), {})
            found.append(Missed(section, number, question["text"], len(tries), sum(tries.values())))
    return sorted(found, key=lambda one: (one.at_once / one.people if one.people else 2, one.section.position))
