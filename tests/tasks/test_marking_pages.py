"""Without a script: words are marked by quoting them, and what is not found is said where it was typed."""

import pytest

from rubrics.commands import create_rubric, publish_version, save_version_draft
from tasks.assigning import take_seat
from tasks.models import Submission
from tests.plain_browser import PlainBrowser
from tests.tasks.conftest import Desk
from tests.tasks.work_samples import clear, make_batch

pytestmark = pytest.mark.django_db

TEXT = "Take **5 mg** a day. A day\r\nis enough."
CRITERIA = [
    {
        "key": "flaws", "title": "Flaws", "kind": "spans", "rationale": "never",
        "config": {"labels": [{"key": "wrong", "title": "Wrong"}, {"key": "good", "title": "Good"}], "min": 1},
    },
]  # fmt: skip


@pytest.fixture
def page(desk: Desk):
    rubric = create_rubric(project=desk.project, name="Passages", by=desk.admin)
    draft = save_version_draft(rubric=rubric, body={"criteria": CRITERIA}, by=desk.admin)
    version = publish_version(version=draft, by=desk.admin)
    clear(desk.eve, version, desk.admin)
    row = {"id": "marked", "prompt": "How much?", "responses": [TEXT]}
    batch = make_batch(version, desk.admin, rows=[row], name="Marking", priority=9)
    assignment = take_seat(member=desk.eve, batch=batch, state="queued")
    browser = PlainBrowser.of(desk.eve.user)
    start = browser.open(f"/work/{assignment.public_id}/")
    return start.send(start.form(to="/open/"))


def test_quoted_words_are_marked_and_handed_in(page) -> None:
    form = page.form(to="/submit/", having="a.flaws.r1.value")
    quote = {"a.flaws.r1.new.0.quote": "5 mg a day", "a.flaws.r1.new.0.label": "wrong"}
    later = {"a.flaws.r1.new.1.quote": "A day is", "a.flaws.r1.new.1.label": "good"}
    page.browser.send(page.url, form, {**form.values, **quote, **later})
    [answer] = Submission.objects.get(assignment__batch__name="Marking").answers.all()
    assert [one["text"] for one in answer.value["spans"]] == ["5 mg** a day", "A day\nis"]


def test_quote_that_is_not_in_the_text_is_named_and_stays_as_typed(page) -> None:
    form = page.form(to="/submit/", having="a.flaws.r1.value")
    refused = page.browser.send(
        page.url, form, {**form.values, "a.flaws.r1.new.0.quote": "6 mg", "a.flaws.r1.new.0.label": "wrong"}
    )
    assert refused.status == 422
    assert "Mark 1: “6 mg” is not in the text." in refused.text
    again = refused.form(to="/submit/", having="a.flaws.r1.value")
    assert again.values["a.flaws.r1.new.0.quote"] == "6 mg"
    assert again.values["a.flaws.r1.new.0.label"] == "wrong"


def test_mark_can_be_removed_again(page) -> None:
    form = page.form(to="/submit/", having="a.flaws.r1.value")
    typed = {"a.flaws.r1.new.0.quote": "enough", "a.flaws.r1.new.0.label": "good"}
    kept = page.browser.send(
        page.url,
        page.form(to="/submit/", having="a.flaws.r1.value"),
        {**form.values, **typed, "a.flaws.r1.new.1.quote": "6"},
    )
    assert kept.status == 422
    form = kept.form(to="/submit/", having="a.flaws.r1.value")
    assert [form.values[f"a.flaws.r1.new.{n}.quote"] for n in (0, 1)] == ["enough", "6"]
    form.values["a.flaws.r1.new.1.quote"] = ""
    form.values["a.flaws.r1.value"] = '[{"start":0,"end":4,"label":"wrong","severity":"","note":"","text":"Take"}]'
    form.values["a.flaws.r1.remove"] = ["0-4-wrong"]
    page.browser.send(page.url, form, form.values)
    [answer] = Submission.objects.get(assignment__batch__name="Marking").answers.all()
    assert [one["text"] for one in answer.value["spans"]] == ["enough"]


def test_reading_pane_says_where_its_words_stand(page) -> None:
    html = page.response.content.decode()
    assert 'data-source-target="r1" data-positions="[[0,4]' in html
    assert "data-mark-start" in html
