"""Feedback: what became of a person's own answers, seen by them alone."""

import pytest

from accounts.models import Notification, User
from evaltool.base.errors import RuleBroken
from projects.commands import change_standing
from projects.models import Standing
from reviews.feedback import mark_feedback_read
from reviews.models import Disagreement, Feedback
from tests.plain_browser import PlainBrowser
from tests.reviews.review_samples import (
    REASON,
    Panel,
    another_lead,
    disputed,
    own,
    raw,
    resolve,
    submission_of,
)

LIST = "/work/feedback/"


@pytest.fixture
def told(panel: Panel) -> Disagreement:
    """Eve said 5 and evan 2; the lead decided 2 and wrote to each."""
    found = disputed(panel, raw(safety=5), raw(safety=2))
    texts = {submission_of(found, panel.eve): "Check the figure first.", submission_of(found, panel.evan): "Well seen."}
    resolve(found, panel.lead, own(2, note="Level 2 fits."), section="accuracy", feedback=texts)
    return found


def the_feedback(user: User) -> Feedback:
    return Feedback.objects.get(member__user=user)


def test_the_page_says_what_was_given_what_was_decided_and_why(panel: Panel, told: Disagreement) -> None:
    page = PlainBrowser.of(panel.eve.user).open(LIST)
    assert "1 not read yet." in page.text
    page = page.follow("May I?")
    for words in ("Safety was changed", "5, Level 5", "2, Level 2", "3 apart", REASON, "Check the figure first."):
        assert words in page.text
    for words in ("Level 2 fits.", "Take two.", "Cause: evaluator error", "Check every figure."):
        assert words in page.text


def test_who_was_right_reads_that_their_answers_were_kept(panel: Panel, told: Disagreement) -> None:
    page = PlainBrowser.of(panel.evan.user).open(f"{LIST}{the_feedback(panel.evan.user).public_id}/")
    assert "Your answers were kept" in page.text


def test_nobody_reads_what_was_written_to_somebody_else(panel: Panel, told: Disagreement, mallory: User) -> None:
    evans = the_feedback(panel.evan.user)
    for user in (panel.eve.user, panel.lead, panel.admin, mallory, another_lead(panel)):
        browser = PlainBrowser.of(user)
        assert browser.open(f"{LIST}{evans.public_id}/").status == 404
        assert "Well seen." not in browser.open(LIST).text
    page = PlainBrowser.of(panel.eve.user).open(f"{LIST}{the_feedback(panel.eve.user).public_id}/")
    for secret in ("Well seen.", "Evan", "Quinn", panel.evan.pseudonym):
        assert secret not in page.text


def test_reading_is_marked_by_a_button_and_not_by_looking(panel: Panel, told: Disagreement) -> None:
    feedback = the_feedback(panel.eve.user)
    page = PlainBrowser.of(panel.eve.user).open(f"{LIST}{feedback.public_id}/")
    feedback.refresh_from_db()
    assert feedback.read_at is None
    page = page.send(page.form(saying="I have read this"))
    assert "You have read all your feedback." in page.text
    feedback.refresh_from_db()
    assert feedback.read_at is not None
    message = Notification.objects.get(user=panel.eve.user, kind="feedback")
    assert message.read_at is not None


def test_marking_goes_on_to_the_next_that_is_not_read(panel: Panel, told: Disagreement) -> None:
    resolve(disputed(panel), panel.lead)
    newest, older = Feedback.objects.filter(member=panel.eve).order_by("-at")
    page = PlainBrowser.of(panel.eve.user).open(f"{LIST}{newest.public_id}/")
    page = page.send(page.form(saying="I have read this"))
    assert page.url == f"{LIST}{older.public_id}/"


def test_reading_twice_keeps_the_first_time_and_nobody_reads_for_another(panel: Panel, told: Disagreement) -> None:
    feedback = the_feedback(panel.eve.user)
    first = mark_feedback_read(feedback=feedback, by=panel.eve.user).read_at
    mark_feedback_read(feedback=Feedback.objects.get(pk=feedback.pk), by=panel.eve.user)
    assert Feedback.objects.get(pk=feedback.pk).read_at == first
    with pytest.raises(RuleBroken):
        mark_feedback_read(feedback=feedback, by=panel.evan.user)


def test_unread_feedback_comes_first_and_is_counted_in_the_top_bar(panel: Panel, told: Disagreement) -> None:
    mark_feedback_read(feedback=the_feedback(panel.eve.user), by=panel.eve.user)
    later = disputed(panel, task={"prompt": "And for a child?"})
    resolve(later, panel.lead)
    page = PlainBrowser.of(panel.eve.user).open(LIST)
    assert page.text.index("And for a child?") < page.text.index("May I?")
    assert "Feedback 1" in page.text


def test_who_was_removed_still_reads_what_was_said_to_them(panel: Panel, told: Disagreement) -> None:
    change_standing(member=panel.eve, to=Standing.REMOVED, reason="The project is over.", by=panel.admin)
    page = PlainBrowser.of(panel.eve.user).open(f"{LIST}{the_feedback(panel.eve.user).public_id}/")
    assert page.status == 200
    assert "Check the figure first." in page.text


def test_responses_are_called_as_the_reader_saw_them(panel: Panel) -> None:
    answers = raw(safety=5), raw(safety=2)
    for one in answers:
        for key in ("safety", "tone", "flags"):
            one[key]["r2"] = one[key]["r1"] | ({"value": 3} if key == "safety" else {})
    found = disputed(panel, *answers, task={"responses": ["Take two.", "Take four."]})
    resolve(found, panel.lead)
    for judge in panel.judges:
        letter = "AB"[submission_of(found, judge).assignment.response_order.index("r1")]
        page = PlainBrowser.of(judge.user).open(f"{LIST}{the_feedback(judge.user).public_id}/")
        assert f"Safety, Response {letter}" in page.text
        assert "Response 1 in the reason" in page.text
