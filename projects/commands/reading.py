"""The guideline is read, its check questions are answered, and a member confirms it."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from accounts import audit
from accounts.models import User
from evaltool.base import clock
from evaltool.base.errors import RuleBroken, StaleState
from projects.confirming import open_questions
from projects.models import Acknowledgement, CheckAnswer, GuidelineVersion, Membership, SectionRead
from projects.questions import Asked


@transaction.atomic
def acknowledge_guideline(*, member: Membership, version: GuidelineVersion, by: User) -> Acknowledgement:
    """Note that a member has read a version and answered its check questions; harmless when done twice.

    Raises RuleBroken when somebody else confirms, the version is not one of the member's project in force, or check
    questions are open (code `questions_open`); StaleState when a newer version that must be read has appeared.
    """
    if by.pk != member.user_id:
        raise RuleBroken("Only the person who read the guideline can confirm it.", code="forbidden")
    if version.published_at is None or version.guideline.project_id != member.project_id:
        raise RuleBroken("This version of the guideline is not in force here.")
    newer = version.guideline.versions.filter(published_at__isnull=False, must_read=True, number__gt=version.number)
    if newer.exists():
        raise StaleState("A newer version appeared while you were reading. Read that one and confirm it.")
    if open_questions(member, version):
        raise RuleBroken("Answer the check questions first.", code="questions_open")
    done, new = Acknowledgement.objects.get_or_create(member=member, version=version, defaults={"at": clock.now()})
    if new:
        scope = member.project.public_id
        audit.record("guideline_acknowledged", by=by, target=version, scope=scope, number=version.number)
    return done


@transaction.atomic
def answer_checks(
    *, member: Membership, version: GuidelineVersion, answers: Mapping[str, list[str]], by: User
) -> list[Asked]:
    """Keep what a member answered to the check questions still open to them; returns these with what was chosen.

    Questions that were not answered are left open and not kept.
    """
    if by.pk != member.user_id:
        raise RuleBroken("Only the person who read the guideline can answer for it.", code="forbidden")
    given = [one for one in open_questions(member, version, answers) if one.chosen]
    CheckAnswer.objects.bulk_create(
        CheckAnswer(
            member=member, section=one.section, number=one.number, chosen=one.chosen, right=one.is_right, at=clock.now()
        )
        for one in given
    )
    return given


@transaction.atomic
def note_reading(*, member: Membership, version: GuidelineVersion, anchors: Iterable[str], by: User) -> None:
    """Note that a member has seen these sections to their end; twice is once, and unknown anchors are ignored."""
    if by.pk != member.user_id:
        raise RuleBroken("Only the person who reads can say so.", code="forbidden")
    parts = version.sections.filter(anchor__in=list(anchors)[:500])
    rows = [SectionRead(member=member, section=part, at=clock.now()) for part in parts]
    SectionRead.objects.bulk_create(rows, ignore_conflicts=True)
