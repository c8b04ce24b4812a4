"""The evaluator's pages: by plain forms first, in few queries, with every refusal in plain words and no text lost."""

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from evaltool.base import markdown
from evaltool.base.clock import held_at
from projects.commands import change_standing
from projects.models import Membership, Standing
from rubrics.commands import create_rubric, publish_version, save_version_draft
from tasks.assigning import release_work, take_seat
from tasks.clearing import revoke_clearance
from tasks.models import Assignment, Draft, Seat, Submission
from tasks.working import expire_leases
from tests.plain_browser import PlainBrowser
from tests.tasks.conftest import Desk
from tests.tasks.import_samples import row
from tests.tasks.work_samples import CRITERIA, WHY, claim, clear, evaluator, hand_in, make_batch, make_guideline

HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}


@pytest.fixture
def browser(desk: Desk) -> PlainBrowser:
    """Eve's browser, without scripts."""
    return PlainBrowser.of(desk.eve.user)


@pytest.fixture
def client(desk: Desk) -> Client:
    """Eve signed in, as a script would call."""
    signed_in = Client()
    signed_in.force_login(desk.eve.user)
    return signed_in


def posted(accuracy: int = 4, tone: int = 3, **more: str) -> dict[str, str]:
    """The fields of a filled-in form."""
    fields = {"receipt": "1", **more}
    for response in ("r1", "r2"):
        fields |= {
            f"a.accuracy.{response}.value": str(accuracy),
            f"a.accuracy.{response}.rationale": WHY,
            f"a.tone.{response}.value": str(tone),
        }
    return fields


def at(assignment: Assignment, name: str = "assignment") -> str:
    """An address of the assignment."""
    return reverse(f"tasks:{name}", args=[assignment.public_id])


# ---------------------------------------------------------------------- home


def test_from_home_to_the_first_task_and_through_all_of_them(desk: Desk, browser: PlainBrowser) -> None:
    page = browser.open("/work/")
    assert "Open to you" in page.text
    page = page.send(page.form(to="/work/next/"))
    for left in (3, 2, 1, 0):
        assert "Submit" in page.text
        page = browser.send(page.url, page.form(having="receipt"), {**page.form(having="receipt").values, **posted()})
        assert "Submitted." in page.text
        assert Assignment.objects.filter(state="open").count() == (1 if left else 0)
    assert "All tasks are done by you, or reserved by others" in page.text
    assert Submission.objects.count() == 4


def test_home_offers_to_go_on_with_what_is_open(desk: Desk, browser: PlainBrowser) -> None:
    taken = claim(desk.eve)
    page = browser.open("/work/").follow("Continue task")
    assert page.url == at(taken)


def test_home_says_why_there_is_nothing(desk: Desk, browser: PlainBrowser) -> None:
    Seat.objects.update(state=Seat.State.CLOSED)
    assert "One may come back when a reservation ends" in browser.open("/work/").text
    revoke_clearance(member=desk.eve, rubric=desk.version.rubric, by=desk.admin)
    assert "not cleared for a rubric yet" in browser.open("/work/").text
    make_guideline(desk.project, desk.admin, "## 1 New\n\nText.", change_note="Caution is defined anew.")
    page = browser.open("/work/")
    assert "Version 2 of the guideline is in force. Caution is defined anew." in page.text
    reason = "Your levels on accuracy were off on three tasks."
    change_standing(member=desk.eve, to=Standing.PAUSED, reason=reason, by=desk.admin)
    page = browser.open("/work/")
    assert "Paused for you" in page.text
    assert reason in page.text
    assert not [form for form in page.reader.forms if form.action == "/work/next/"]


def test_asking_for_a_task_when_there_is_none_says_so(desk: Desk, browser: PlainBrowser) -> None:
    page = browser.open("/work/")
    form = page.form(to="/work/next/")
    Seat.objects.update(state=Seat.State.CLOSED)
    assert "There is nothing for you right now" in page.send(form).text


def test_the_list_is_shown_and_can_be_opened_or_given_back(desk: Desk, browser: PlainBrowser) -> None:
    listed = [take_seat(member=desk.eve, batch=desk.batch, state="queued") for _ in range(3)]
    page = browser.open("/work/")
    assert "3 on your list" in page.text
    page = browser.open(at(listed[1]))
    page = page.send(page.form(to="/open/"))
    assert page.form(having="receipt")
    page = browser.open("/work/")
    page = page.send(page.form(to="/work/give-back/"))
    assert "You gave back 2 tasks" in page.text
    assert Assignment.objects.filter(state="released").count() == 2


# ------------------------------------------------------------- the screen


def test_the_screen_shows_everything_to_judge_by(desk: Desk, browser: PlainBrowser) -> None:
    taken = claim(desk.eve)
    page = browser.open(at(taken))
    shown = ("Question Batch 1", "Response A", "Response B", "Level 3", "Facts and figures are right.")
    assert [text for text in (*shown, "task 1 of your 1") if text not in page.text] == []
    first = taken.task.content["responses"][int(taken.response_order[0][1]) - 1]["text"]
    assert page.text.index(first) > page.text.index("Response A")


def test_a_faulty_form_comes_back_with_every_problem_and_everything_typed(desk: Desk, browser: PlainBrowser) -> None:
    taken = claim(desk.eve)
    page = browser.open(at(taken))
    form = page.form(having="receipt")
    fields = {"a.accuracy.r1.value": "1", "a.accuracy.r1.rationale": "Too short.", "a.notes..value": "My note."}
    page = browser.send(page.url, form, {**form.values, **fields})
    assert page.status == 422
    assert "Not submitted yet" in page.text
    assert "Say a little more" in page.text
    again = page.form(having="receipt").values
    assert {name: again.get(name) for name in fields} == fields
    assert not Submission.objects.exists()


def test_a_faulty_form_is_swapped_in_place_for_htmx(desk: Desk, client: Client) -> None:
    taken = claim(desk.eve)
    response = client.post(at(taken, "submit"), {"a.tone.r1.value": "9"}, headers=HTMX)
    assert response.status_code == 422
    assert response["HX-Retarget"] == "#rate"
    html = response.content.decode()
    assert html.startswith("<title>Not submitted yet: ")
    assert html.partition("</title>")[2].lstrip().startswith("<section")
    assert "data-focus" in html


def test_submit_answers_htmx_with_the_next_task_itself(desk: Desk, client: Client) -> None:
    taken = claim(desk.eve)
    response = client.post(at(taken, "submit"), posted(), headers=HTMX)
    following = Assignment.objects.get(state="open")
    assert response.status_code == 200
    assert response["HX-Push-Url"] == at(following)
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("body", "innerHTML")
    html = response.content.decode()
    assert "<title>" in html
    assert f'data-acknowledged="{taken.public_id}"' in html
    assert at(taken, "undo") in html
    assert 'data-countdown="30"' in html


def test_a_double_click_gets_the_same_answer_twice(desk: Desk, client: Client) -> None:
    taken = claim(desk.eve)
    first, second = (client.post(at(taken, "submit"), posted()) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Submission.objects.count() == 1


def test_back_and_submit_again_with_other_answers_is_refused_and_kept(desk: Desk, browser: PlainBrowser) -> None:
    taken = claim(desk.eve)
    page = browser.open(at(taken))
    form = page.form(having="receipt")
    browser.send(page.url, form, {**form.values, **posted()})
    page = browser.send(page.url, form, {**form.values, **posted(tone=1)})
    assert page.status == 409
    assert "submitted already, with other answers" in page.text
    assert "Another version of yours, not submitted" in page.text
    assert Submission.objects.count() == 1


def test_undo_brings_the_form_back_and_the_change_counts(desk: Desk, browser: PlainBrowser) -> None:
    taken = claim(desk.eve)
    page = browser.open(at(taken))
    form = page.form(having="receipt")
    page = browser.send(page.url, form, {**form.values, **posted()})
    page = page.send(page.form(to="/undo/"))
    assert page.url == at(taken)
    assert "You are changing what you submitted" in page.text
    form = page.form(having="receipt")
    assert form.values["a.tone.r1.value"] == "3"
    page = browser.send(page.url, form, {**form.values, "a.tone.r1.value": "5", "a.tone.r2.value": "5"})
    assert [s.revision for s in Submission.objects.order_by("revision")] == [1, 2]
    assert Submission.objects.current().get().answers.get(criterion__key="tone", target="r1").value == 5
    assert "Submit" in page.text  # the task that was opened meanwhile


def test_undo_too_late_says_so(desk: Desk, browser: PlainBrowser) -> None:
    taken = claim(desk.eve)
    hand_in(taken)
    page = browser.open(at(taken))
    form = page.form(to="/undo/")
    with held_at(timezone.now() + timedelta(minutes=1)):
        page = page.send(form)
    assert "The time to change this submission is over" in page.text
    assert not Draft.objects.exists()


def test_skip_needs_a_reason_and_goes_on(desk: Desk, browser: PlainBrowser) -> None:
    taken = claim(desk.eve)
    page = browser.open(at(taken))
    page = page.send(page.form(having="reason"), reason="")
    assert page.status == 422
    assert "Choose a reason, or say yours in a few words." in page.text
    page = page.send(page.form(having="reason"), reason="Not my field")
    assert "Skipped. Somebody else gets it." in page.text
    assert page.url != at(taken)
    assert "You skipped this task" in browser.open(at(taken)).text


@pytest.mark.parametrize(
    ("kind", "words"), [("expertise", "outside my expertise"), ("unratable", "it cannot be rated")]
)
def test_a_kind_of_skip_needs_no_words_and_counts_against_nobody(
    desk: Desk, browser: PlainBrowser, kind: str, words: str
) -> None:
    taken = claim(desk.eve)
    page = browser.open(at(taken))
    assert "It never counts against you." in page.text
    page.send(page.form(having="kind"), kind=kind)
    taken.refresh_from_db()
    assert (taken.state, taken.skip, taken.end_reason) == ("skipped", kind, "")
    page = browser.open(at(taken))
    assert f"{words}. It does not count against you." in page.text


def test_a_skip_of_no_known_kind_is_refused_with_what_was_typed(desk: Desk, browser: PlainBrowser) -> None:
    taken = claim(desk.eve)
    page = browser.open(at(taken))
    page = page.send(page.form(having="kind"), kind="bored", reason="Too many of these.")
    assert (page.status, "This is not one of the reasons." in page.text) == (422, True)
    assert page.form(having="kind").values["reason"] == "Too many of these."
    taken.refresh_from_db()
    assert taken.state == "open"


# --------------------------------------------------- what ended, and its text


def test_an_ended_reservation_shows_the_text(desk: Desk, client: Client, browser: PlainBrowser) -> None:
    taken = claim(desk.eve)
    text = "What I typed before the phone rang, at some length."
    client.post(at(taken, "draft"), {"a.tone.r1.rationale": text, "revision": "0"}, headers=JSON)
    with held_at(timezone.now() + timedelta(hours=2)):
        expire_leases()
        page = browser.open(at(taken))
        assert "Your reservation ended" in page.text
        assert text in page.text
        page = page.send(page.form(to="/open/"))
        assert page.form(having="receipt").values["a.tone.r1.rationale"] == text


def test_a_submission_for_a_seat_that_is_gone_says_so_and_keeps_the_text(desk: Desk, browser: PlainBrowser) -> None:
    taken = claim(desk.eve)
    page = browser.open(at(taken))
    form = page.form(having="receipt")
    third = evaluator(desk.project, "Lara", desk.admin, desk.version)
    with held_at(timezone.now() + timedelta(hours=2)):
        expire_leases()
        for member in (desk.evan, third):
            while found := claim(member):
                hand_in(found)
        page = browser.send(page.url, form, {**form.values, **posted()})
    assert page.status == 409
    assert "Somebody else has this task now. Your text is kept." in page.text
    assert WHY in page.text
    assert Draft.objects.get(assignment=taken).late


def test_a_paused_person_reads_why_and_finds_the_text(desk: Desk, browser: PlainBrowser) -> None:
    taken = claim(desk.eve)
    page = browser.open(at(taken))
    form = page.form(having="receipt")
    change_standing(member=desk.eve, to=Standing.PAUSED, reason="A look at your work.", by=desk.admin)
    release_work(member=desk.eve, reason="Paused", by=desk.admin)
    page = browser.send(page.url, form, {**form.values, **posted()})
    assert page.status == 409
    assert "is paused" in page.text
    assert WHY in page.text


def test_somebody_elses_task_is_not_there(desk: Desk, client: Client) -> None:
    foreign = claim(desk.evan)
    names = ("draft", "submit", "undo", "heartbeat", "extend", "skip", "give_back", "open")
    answers = [client.get(at(foreign)), *(client.post(at(foreign, name), posted()) for name in names)]
    assert {answer.status_code for answer in answers} == {404}
    assert not Submission.objects.exists()


def test_reading_pages_changes_nothing(desk: Desk, client: Client) -> None:
    taken = claim(desk.eve)
    listed = take_seat(member=desk.eve, batch=desk.batch, state="queued")
    Assignment.objects.filter(pk=taken.pk).update(lease_until=timezone.now() - timedelta(hours=3))

    def everything() -> dict[str, list]:
        models = [m for m in apps.get_models() if m._meta.app_label != "sessions"]
        return {m._meta.label: list(m.objects.order_by("pk").values()) for m in models if m._meta.managed}

    client.get("/work/")
    before = everything()
    for url in ("/work/", at(listed), at(taken), f"/work/?after={listed.public_id}", "/work/?after=nonsense"):
        assert client.get(url).status_code == 200
        assert client.head(url).status_code == 200
        for name in ("draft", "submit", "undo", "heartbeat", "skip", "give_back", "open"):
            assert client.get(at(listed, name)).status_code == 405
    assert everything() == before


# -------------------------------------------------------------------- scripts


def test_the_draft_script_gets_its_answers(desk: Desk, client: Client) -> None:
    taken = claim(desk.eve)
    answer = client.post(at(taken, "draft"), {"a.tone.r1.value": "2", "revision": "0"}, headers=JSON)
    assert answer.status_code == 200
    assert answer.json()["revision"] == 1
    assert answer.json()["saved_at"]
    stale = client.post(at(taken, "draft"), {"a.tone.r1.value": "5", "revision": "0"}, headers=JSON)
    assert stale.status_code == 409
    assert stale.json()["revision"] == 1
    assert stale.json()["data"]["a.tone.r1.value"] == "2"
    hand_in(taken)
    refused = client.post(at(taken, "draft"), {"a.tone.r1.value": "5", "revision": "1"}, headers=JSON)
    assert refused.status_code == 422
    assert "submitted" in refused.json()["message"]


def test_a_draft_saved_by_button_over_a_newer_one_shows_both(desk: Desk, browser: PlainBrowser, client: Client) -> None:
    taken = claim(desk.eve)
    page = browser.open(at(taken))
    form = page.form(having="receipt")
    client.post(at(taken, "draft"), {"a.tone.r1.rationale": "From the other tab.", "revision": "0"}, headers=JSON)
    form.action = at(taken, "draft")
    page = browser.send(page.url, form, {**form.values, "a.tone.r1.rationale": "From this tab."})
    assert page.status == 409
    assert "Two versions." in page.text
    assert "From the other tab." in page.text
    again = page.form(having="receipt")
    assert (again.values["a.tone.r1.rationale"], again.values["revision"]) == ("From this tab.", "1")


def test_the_clock_script_gets_its_answers(desk: Desk, client: Client) -> None:
    taken = claim(desk.eve)
    with held_at(timezone.now() + timedelta(seconds=70)):
        answer = client.post(at(taken, "heartbeat"), {"active_seconds": "60"}, headers=JSON)
    assert answer.json()["active_seconds"] == 60
    assert answer.json()["reserved_until"]
    assert client.post(at(taken, "heartbeat"), {"active_seconds": "-9999999999999"}, headers=JSON).status_code == 200
    hand_in(taken)
    refused = client.post(at(taken, "heartbeat"), {"active_seconds": "60"}, headers=JSON)
    assert (refused.status_code, bool(json.loads(refused.content)["reason"])) == (409, True)


def test_one_click_extends_the_reservation(desk: Desk, browser: PlainBrowser) -> None:
    taken = claim(desk.eve)
    page = browser.open(at(taken))
    with held_at(timezone.now() + timedelta(minutes=80)):
        page.send(page.form(to="/extend/"))
    taken.refresh_from_db()
    assert taken.lease_until > timezone.now() + timedelta(minutes=169)


# -------------------------------------------------------------------- queries


def test_the_screen_takes_few_queries(desk: Desk, client: Client, django_assert_max_num_queries) -> None:
    taken = claim(desk.eve)
    client.post(at(taken, "draft"), {"a.tone.r1.value": "2", "revision": "0"}, headers=JSON)
    with django_assert_max_num_queries(12):
        client.get(at(taken))


def test_submit_and_the_next_task_take_few_queries(desk: Desk, client: Client, django_assert_max_num_queries) -> None:
    for _ in range(4):
        take_seat(member=desk.eve, batch=desk.batch, state="queued")
    client.post(at(claim(desk.eve), "submit"), posted())
    taken = claim(desk.eve)
    client.post(at(taken, "draft"), {"a.tone.r1.value": "2", "revision": "0"}, headers=JSON)
    client.get(at(taken))  # the guideline's sections are in memory from the first page on
    with held_at(timezone.now() + timedelta(seconds=50)), django_assert_max_num_queries(15):
        answer = client.post(at(taken, "submit"), posted(active_seconds="40"), headers=HTMX)
    assert answer["HX-Push-Url"]
    assert Submission.objects.latest("pk").active_seconds == 40


def test_home_takes_no_more_queries_for_many_tasks(desk: Desk, client: Client, django_assert_max_num_queries) -> None:
    take_seat(member=desk.eve, batch=desk.batch, state="queued")
    client.get("/work/")
    with CaptureQueriesContext(connection) as few:
        client.get("/work/")
    for name in ("Two", "Three", "Four"):
        batch = make_batch(desk.version, desk.admin, name=name)
        for _ in range(3):
            take_seat(member=desk.eve, batch=batch, state="queued")
    with django_assert_max_num_queries(len(few)):
        client.get("/work/")


def test_a_conversation_of_200_kb_is_rendered_when_first_shown_and_not_again(desk: Desk, client: Client) -> None:
    turns = [{"role": ("user", "assistant")[n % 2], "content": f"Turn {n}. " + "*word* " * 700} for n in range(41)]
    rows = [row("talk", prompt=None, messages=turns, responses=["Yes.", "No."])]
    make_batch(desk.version, desk.admin, rows=rows, name="Talk", priority=9)
    taken = claim(desk.eve)
    cache.clear()
    assert "<em>word</em>" in client.get(at(taken)).content.decode()
    keys = [markdown._key("block", turn["content"]) for turn in turns]
    cache.set_many(dict.fromkeys(cache.get_many(keys), ("<p>as it was kept</p>", 700)))
    again = client.get(at(taken)).content.decode()
    assert again.count("<p>as it was kept</p>") == 41
    assert "<em>word</em>" not in again


def test_the_screen_takes_no_more_queries_for_forty_criteria(desk: Desk) -> None:
    def queries(member: Membership, criteria: int) -> int:
        body = {"criteria": [{**CRITERIA[1], "key": f"c{n}", "title": f"C {n}"} for n in range(criteria)]}
        rubric = create_rubric(project=desk.project, name=f"Of {criteria}", by=desk.admin)
        version = publish_version(version=save_version_draft(rubric=rubric, body=body, by=desk.admin), by=desk.admin)
        clear(member, version, desk.admin)
        batch = make_batch(version, desk.admin, tasks=1, name=f"Of {criteria}")
        taken = take_seat(member=member, batch=batch, state="open")
        client = Client()
        client.force_login(member.user)
        client.get(at(taken))
        with CaptureQueriesContext(connection) as seen:
            client.get(at(taken))
        return len(seen)

    assert queries(desk.eve, 2) == queries(desk.evan, 40) <= 12
