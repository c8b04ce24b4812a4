"""Reading a guideline: only what changed, how far one is, and check questions before confirming."""

import pytest
from django.db import DatabaseError, transaction

from evaltool.base.errors import Invalid, RuleBroken
from projects.commands import acknowledge_guideline, answer_checks, note_reading, publish_guideline
from projects.confirming import missed, open_questions, progress
from projects.models import CheckAnswer, SectionRead
from projects.questions import Question, cut
from projects.selectors import unread_guideline

pytestmark = pytest.mark.django_db
TEXT = "## Accuracy\n\nRate what is said.\n\n## Tone\n\nBe fair.\n"
ASKED = "A response is right but rude. Which level of accuracy?"
WHY = "Accuracy is about what is said."
CHECK = f"\n```check\n{ASKED}\n- 3, because of the tone\n- [x] 5\n{WHY}\n```\n"
SEVERAL = "\n```check\nWhich are figures?\n- [x] 12\n- words\n- [x] 3/4\n```\n"
READ = "/p/clinical-answers/guideline/"


def test_a_question_is_cut_out_of_its_section(publish) -> None:
    section = publish(TEXT.replace("Rate what is said.", "Rate what is said." + CHECK)).sections.get(anchor="accuracy")
    assert section.body == "Rate what is said."
    question = Question(ASKED, ["3, because of the tone", "5"], [1], WHY)
    assert cut("x" + CHECK) == ("x", [question])
    assert Question(**section.questions[0]) == question


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("- a\n- [x] b", "asks nothing"),
        ("Why?\n- [x] a", "has 1 options"),
        ("Why?\n- a\n- b", "marked as right"),
        ("Why?\n" + "- [x] a\n" * 9, "has 9 options"),
    ],
)
def test_a_question_that_cannot_be_answered_is_not_published(draft_of, alice, block, reason) -> None:
    draft = draft_of(f"## Tone\n\nx\n\n```check\n{block}\n```\n")
    with pytest.raises(Invalid) as error:
        publish_guideline(version=draft, by=alice)
    assert reason in error.value.problems[0].reason


def test_nobody_confirms_before_every_question_is_right(publish, eve, member_of) -> None:
    version, member = publish(TEXT + CHECK + SEVERAL), member_of(eve)
    first, second = (one.name for one in open_questions(member, version))
    with pytest.raises(RuleBroken) as refused:
        acknowledge_guideline(member=member, version=version, by=eve)
    assert refused.value.code == "questions_open"
    answer_checks(member=member, version=version, answers={first: ["0"], second: ["0", "2"]}, by=eve)
    assert [one.name for one in open_questions(member, version)] == [first]
    answer_checks(member=member, version=version, answers={first: ["1"], "q.tone.9": ["1"], second: ["1"]}, by=eve)
    assert open_questions(member, version) == []
    acknowledge_guideline(member=member, version=version, by=eve)
    assert unread_guideline(member) is None
    assert CheckAnswer.objects.count() == 3, "every try is kept, and a question answered rightly is over"
    with pytest.raises(DatabaseError), transaction.atomic():
        CheckAnswer.objects.update(right=True)


def test_some_of_several_right_options_are_not_enough(publish, eve, member_of) -> None:
    version, member = publish(TEXT + SEVERAL), member_of(eve)
    for chosen in (["0"], ["0", "1", "2"], ["nonsense"], []):
        answer_checks(member=member, version=version, answers={"q.tone.0": chosen}, by=eve)
        assert len(open_questions(member, version)) == 1


def test_an_update_asks_only_about_what_changed(publish, eve, member_of) -> None:
    version, member = publish(TEXT.replace("\n\n## Tone", CHECK + "\n\n## Tone")), member_of(eve)
    answer_checks(member=member, version=version, answers={"q.accuracy.0": ["1"]}, by=eve)
    acknowledge_guideline(member=member, version=version, by=eve)
    update = publish(version.source.replace("Be fair.", "Be fair and brief.") + SEVERAL)
    assert progress(member, update).wanted == {"tone"}
    assert [one.name for one in open_questions(member, update)] == ["q.tone.0"]
    changed = publish(update.source.replace("Accuracy is about", "Accuracy is only about"))
    assert [one.name for one in open_questions(member, changed)] == ["q.accuracy.0", "q.tone.0"]


def test_leads_see_which_questions_are_missed_at_first(publish, eve, evan, member_of) -> None:
    version = publish(TEXT + CHECK + SEVERAL)
    for person, tries in ((eve, ["0", "1"]), (evan, ["1"])):
        for choice in tries:
            answer_checks(member=member_of(person), version=version, answers={"q.tone.0": [choice]}, by=person)
    assert [(row.number, row.people, row.at_once) for row in missed(version)] == [(0, 2, 1), (1, 0, 0)]


def test_reading_is_noted_once_and_only_by_the_reader(publish, eve, alice, member_of) -> None:
    version, member = publish(TEXT), member_of(eve)
    for _ in range(2):
        note_reading(member=member, version=version, anchors=["tone", "nowhere"], by=eve)
    assert progress(member, version).done == 1
    assert SectionRead.objects.count() == 1
    with pytest.raises(RuleBroken):
        note_reading(member=member, version=version, anchors=["tone"], by=alice)


# ------------------------------------------------------------------ pages


def test_the_page_asks_and_says_which_answer_is_not_right(publish, eve, signed_in, member_of) -> None:
    version, client = publish(TEXT + CHECK + SEVERAL), signed_in(eve)
    page = client.get(READ).content.decode()
    assert "Which level of accuracy?" in page
    assert "```" not in page
    answer = client.post(f"{READ}1/acknowledge/", {"q.tone.0": "1", "q.tone.1": ["0"]})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert WHY in text, "why a right answer is right"
    assert "Not this one. Read the section again" in text
    assert unread_guideline(member_of(eve)) == version
    assert client.post(f"{READ}1/acknowledge/", {"q.tone.1": ["0", "2"]}).status_code == 303
    assert unread_guideline(member_of(eve)) is None


def test_an_update_opens_with_what_changed_and_the_whole_is_one_click_away(publish, eve, signed_in, member_of) -> None:
    first = publish(TEXT)
    acknowledge_guideline(member=member_of(eve), version=first, by=eve)
    publish(TEXT.replace("Be fair.", "Be fair and brief."))
    client = signed_in(eve)
    page = client.get(READ)
    assert page.context["older"] == first
    assert "1 section changed since version 1" in " ".join(page.content.decode().split())
    whole = client.get(f"{READ}2/?compare=")
    assert whole.context["older"] is None
    assert "Rate what is said." in whole.content.decode()


def test_the_script_tells_what_was_read(publish, eve, signed_in, mallory) -> None:
    publish(TEXT)
    answer = signed_in(eve).post(f"{READ}1/reading/", {"section": ["accuracy", "tone"]})
    assert answer.json() == {"read": ["accuracy", "tone"], "done": 2, "wanted": 2}
    assert signed_in(mallory).post(f"{READ}1/reading/", {"section": "tone"}).status_code == 404
