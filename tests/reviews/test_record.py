"""My record: everything a person submitted, theirs alone, telling nothing about gold or about others."""

import csv
import io
import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from projects.commands import change_policy
from projects.models import Membership
from reviews.models import Disagreement
from reviews.own import submissions_of
from tasks.models import Submission
from tests.plain_browser import PlainBrowser
from tests.reviews.review_samples import WHY, Panel, disputed, judged, opened, raw, resolve, settle
from tests.tasks.import_samples import row
from tests.tasks.work_samples import claim, hand_in, make_batch

RECORD = "/work/record/"


def lines(user: User, ending: str, query: str = "") -> list[str]:
    client = Client()
    client.force_login(user)
    response = client.get(f"{RECORD}record.{ending}{query}")
    assert response.streaming
    assert response["Content-Disposition"].endswith(f'.{ending}"')
    return b"".join(response.streaming_content).decode().splitlines()


def rows(user: User, query: str = "") -> list[dict]:
    return [json.loads(line) for line in lines(user, "jsonl", query)]


def test_the_record_shows_every_submission_with_reasons_times_and_versions(panel: Panel) -> None:
    judged(panel, raw(safety=4, tone="na"), raw(safety=4))
    page = PlainBrowser.of(panel.eve.user).open(RECORD)
    for words in ("May I?", "4, Level 4", WHY, "N/A", "revision 1, rubric v1, guideline v1", "No change so far"):
        assert words in page.text
    assert "1 found" in page.text


def test_one_submission_is_shown_whole_with_every_revision(panel: Panel) -> None:
    first, _ = opened(panel)
    hand_in(first, raw(safety=4, advice="Ask a pharmacist."))
    hand_in(first, raw(safety=5), revision=2)
    page = PlainBrowser.of(panel.eve.user).open(RECORD)
    assert page.text.count("What you wrote") == 1
    page = page.follow("May I?")
    assert "5, Level 5" in page.text
    page = page.follow("Revision 1")
    for words in ("4, Level 4", "Ask a pharmacist.", "You handed in a later one, which counts."):
        assert words in page.text


def test_nobody_sees_anybody_elses_record(panel: Panel, mallory: User) -> None:
    judged(panel, raw(safety=4), raw(safety=4, advice="Only evan says this."))
    evans = Submission.objects.get(member=panel.evan)
    for user in (panel.eve.user, panel.lead, panel.admin, mallory):
        assert PlainBrowser.of(user).open(f"{RECORD}{evans.public_id}/").status == 404
        assert "Only evan says this." not in PlainBrowser.of(user).open(RECORD).text
        assert not any("Only evan says this." in line for line in lines(user, "jsonl"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=PHARMACY", ["Open the pharmacy?"]),
        ("q=another+medicine", ["Is it safe?", "Open the pharmacy?"]),
        ("q=zebra", []),
        ("review=feedback", ["Open the pharmacy?"]),
        ("review=none", ["Is it safe?"]),
        ("review=odd", ["Is it safe?", "Open the pharmacy?"]),
        ("project=clinical-answers", ["Is it safe?", "Open the pharmacy?"]),
        ("project=elsewhere", []),
    ],
)
def test_the_record_is_searched_and_filtered_on_the_page_and_in_the_file(
    panel: Panel, query: str, found: list[str]
) -> None:
    resolve(disputed(panel, task={"prompt": "Open the pharmacy?"}), panel.lead)
    judged(panel, raw(), raw(), task={"prompt": "Is it safe?"})
    page = PlainBrowser.of(panel.eve.user).open(f"{RECORD}?{query}")
    shown = [prompt for prompt in ("Is it safe?", "Open the pharmacy?") if prompt in page.text]
    assert shown == found
    assert sorted(one["prompt"] for one in rows(panel.eve.user, f"?{query}")) == sorted(found)


def test_the_file_holds_every_revision_and_says_which_counts(panel: Panel) -> None:
    first, second = opened(panel)
    hand_in(first, raw(safety=4))
    hand_in(first, raw(safety=5, flags=("figure",)), revision=2)
    hand_in(second, raw())
    current, older = rows(panel.eve.user)
    assert [(one["revision"], one["current"]) for one in (current, older)] == [(2, True), (1, False)]
    answer = next(one for one in current["answers"] if one["criterion"] == "flags")
    assert (answer["value"], answer["answer"], answer["response"]) == (["figure"], "Figure", "Response")
    assert (current["project"], current["rubric_version"], current["guideline_version"]) == ("Clinical answers", 1, 1)


def test_the_spreadsheet_has_a_line_for_each_answer_and_runs_nothing(panel: Panel) -> None:
    bomb = '=HYPERLINK("http://example.org","Ask a pharmacist first")'
    judged(panel, raw(advice=bomb), raw(), task={"prompt": "+1+1 is what?"})
    text = "\r\n".join(lines(panel.eve.user, "csv"))
    found = list(csv.DictReader(io.StringIO(text)))
    assert [one["criterion"] for one in found] == ["Safety", "Tone", "Flags", "Advice"]
    assert {one["prompt"] for one in found} == {"'+1+1 is what?"}
    assert found[-1]["answer"] == f"'{bomb}"
    assert found[0]["reason"] == WHY


def test_gold_settled_disputed_and_waiting_work_look_alike_until_feedback_is_sent(panel: Panel) -> None:
    change_policy(project=panel.project, by=panel.admin, gold_first_count=1, gold_first_tasks=1)
    gold = {"answers": {"safety": {"r1": {"value": 4}}}, "explanation": "zz-secret"}
    same = {"prompt": "Is it so?", "responses": ["Yes."]}
    make_batch(
        panel.version, panel.admin, name="zz-bank", purpose="gold", release=False, rows=[row("zz-g", gold=gold, **same)]
    )
    batch = make_batch(panel.version, panel.admin, rows=[row("zz-work", **same)])
    keyed = claim(panel.eve)
    assert keyed.task.external_id == "zz-g"
    hand_in(keyed, raw())
    hand_in(claim(panel.eve), raw())
    judged(panel, raw(), raw())
    disputed(panel, raw(safety=4), raw(safety=1))
    page = PlainBrowser.of(panel.eve.user).open(RECORD)
    assert page.text.count("No change so far") == 4 + 1 + 1  # four rows, the filter, the note under the table
    by_batch = [one for one in rows(panel.eve.user) if one["batch"] == batch.name]
    assert len(by_batch) == 2  # gold stands under the batch that hosts it
    one, other = ({key: value for key, value in line.items() if key not in OWN} for line in by_batch)
    assert one == other
    for text in (page.response.content.decode(), json.dumps(by_batch)):
        assert not any(secret in text for secret in ("zz-", "gold", "origin", "external", "consensus", "dispute"))


OWN = {"submission", "submitted_at", "active_seconds"}


def test_feedback_is_linked_from_the_record(panel: Panel) -> None:
    resolve(disputed(panel), panel.lead)
    page = PlainBrowser.of(panel.eve.user).open(RECORD).follow("See why")
    assert "Safety was changed" in page.text


def test_an_empty_record_says_how_it_fills(panel: Panel) -> None:
    assert "Nothing submitted yet" in PlainBrowser.of(panel.eve.user).open(RECORD).text


def test_the_number_of_queries_does_not_grow_with_the_record(panel: Panel) -> None:
    def queries() -> int:
        browser = PlainBrowser.of(panel.eve.user)
        with CaptureQueriesContext(connection) as found:
            assert browser.open(RECORD).status == 200
        return len(found)

    resolve(disputed(panel), panel.lead)
    first = queries()
    for _ in range(3):
        resolve(disputed(panel), panel.lead)
        judged(panel, raw(), raw())
    assert queries() == first <= 16


def test_the_links_of_the_top_bar_follow_the_role(panel: Panel) -> None:
    found = disputed(panel)
    lead = PlainBrowser.of(panel.lead).open("/qa/queue/").text
    assert "Queue 1" in lead
    assert "My record" not in lead
    evaluator = PlainBrowser.of(panel.eve.user).open(RECORD).text
    assert "My record" in evaluator
    assert "Queue" not in evaluator
    assert found.state == Disagreement.State.OPEN


def test_work_of_a_person_who_judges_twice_over_is_kept_apart_by_project(panel: Panel) -> None:
    judged(panel, raw(), raw())
    settle()
    member = Membership.objects.get(pk=panel.eve.pk)
    assert [one.member for one in submissions_of(panel.eve.user, project="clinical-answers")] == [member]
    assert not submissions_of(panel.eve.user, project="another").exists()
