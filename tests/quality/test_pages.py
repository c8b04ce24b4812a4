"""Pages of quality: who sees what, decisions, words that never name gold, a constant number of queries."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaltool.base import clock
from projects.commands import add_member, change_policy, change_standing, set_roles
from projects.models import Membership, Policy, Role, Standing
from quality.models import Alert, Sanction
from quality.pausing import pause, reinstate
from tasks.models import GoldKey, Task
from tasks.working import save_draft
from tests.conftest import person
from tests.quality.gold_samples import KEY, REASON, WRONG, alarmed, gold_batch, results
from tests.reviews.review_samples import raw
from tests.tasks.work_samples import claim, evaluator, hand_in, make_batch

pytestmark = pytest.mark.django_db
QUALITY, GOLD = "/qa/quality/clinical-answers/", "/manage/clinical-answers/gold/"
MINE = "/work/quality/clinical-answers/"


def _text(answer) -> str:
    """What a person reads: without marks, spaces as one."""
    main = answer.content.decode().split("<main", 1)[1].split("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def _queries(client, url) -> int:
    cache.clear()
    client.get(url)  # what is kept per process is warm for both counts
    cache.clear()
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(url).status_code == 200
    return len(found)


def _member(user) -> Membership:
    return Membership.objects.select_related("user", "project").get(user=user)


def _alert_url(alert) -> str:
    return f"/qa/alerts/{alert.public_id}/"


# ---------------------------------------------------------------- overview


def test_the_alert_and_the_person_stand_first(watch, signed_in):
    results(watch.evan, True, True)
    alarmed(watch.eve)
    page = _text(signed_in(watch.lead).get(QUALITY))
    assert "Eve is below the standard on Answers" in page
    assert "0 of 6 gold items were right" in page
    assert page.index("Watched, more gold") < page.index("Evan")
    assert "not enough data, 9 items" in page


def test_gold_is_shown_with_an_interval_once_there_are_ten_items(watch, signed_in):
    results(watch.eve, *[True] * 9, False)
    page = _text(signed_in(watch.lead).get(QUALITY))
    assert "90% 60% to 98%" in page


def test_agreement_below_thirty_units_says_so(watch, signed_in):
    _judged_alike(watch, 3)
    page = _text(signed_in(watch.lead).get(QUALITY))
    assert "Safety 3 not enough data Not enough data" in page


def test_agreement_is_computed_from_judgments_outside_gold(watch, signed_in):
    results(watch.eve, False, False)
    results(watch.evan, True, True)
    _judged_alike(watch, 32, differ=8)
    page = _text(signed_in(watch.lead).get(QUALITY))
    assert re.search(r"Safety 32 75% 5\d% to 9\d%", page), page
    assert "no variation" in page.lower(), "everybody gave 3 on tone"
    assert "Not on a scale, so without figures: Flags, Advice." in page


def _judged_alike(watch, tasks: int, differ: int = 0) -> None:
    """So many tasks judged by both, differing on safety in the first `differ`."""
    change_policy(
        project=watch.project, by=watch.admin, gold_first_tasks=0, gold_first_count=0, gold_share=0.0, gold_floor=0.0
    )
    watch.batch.refresh_from_db()
    rows = [{"id": f"w{n}", "prompt": f"Which, {n}?", "responses": ["This one."]} for n in range(tasks)]
    batch = make_batch(watch.version, watch.admin, name="Work", rows=rows, priority=5)
    for member in (watch.eve, watch.evan):
        for _ in range(tasks):
            held = claim(member)
            assert held.batch == batch
            number = int(held.task.external_id[1:])
            level = 2 + number % 3
            hand_in(held, raw(safety=level + (member == watch.evan and number < differ), tone=3))


def test_figures_are_made_anew_when_a_judgment_comes(watch, signed_in):
    client = signed_in(watch.lead)
    _judged_alike(watch, 3)
    assert "of 3 tasks that two or more people judged" in _text(client.get(QUALITY))
    other = make_batch(watch.version, watch.admin, name="More", rows=[{"id": "m", "prompt": "?", "responses": ["A."]}])
    for member in (watch.eve, watch.evan):
        hand_in(claim(member), raw())
    assert other.tasks.count() == 1
    assert "of 4 tasks that two or more people judged" in _text(client.get(QUALITY))


def test_an_empty_project_says_what_comes_here(project, quinn, signed_in):
    page = _text(signed_in(quinn).get(QUALITY))
    assert "Nothing waits for a decision." in page
    assert "No judgments yet" in page


def test_the_list_of_evaluators_is_paged(watch, signed_in):
    for n in range(30):
        evaluator(watch.project, f"Person{n:02}", watch.admin)
    client = signed_in(watch.lead)
    first, second = _text(client.get(QUALITY)), _text(client.get(f"{QUALITY}?page=2"))
    assert "1 to 25 of 32" in first
    assert ("Person05" in first, "Person05" in second) == (True, False)
    part = client.get(f"{QUALITY}?page=2", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<section class="card card--flush" id="evaluator-rows"')


def test_the_pages_take_the_same_queries_however_much_there_is(watch, signed_in):
    client = signed_in(watch.lead)
    alert = alarmed(watch.eve)
    results(watch.evan, True)
    urls = [QUALITY, f"{QUALITY}alerts/", _alert_url(alert), f"/qa/people/{watch.eve.public_id}/", GOLD]
    few = [_queries(client, url) for url in urls]
    for n in range(6):
        more = evaluator(watch.project, f"Person{n}", watch.admin, watch.version)
        alarmed(more)
    results(watch.eve, True, False)
    assert [_queries(client, url) for url in urls] == few
    assert max(few) <= 34, few


# ------------------------------------------------------------------ alert


def test_the_alert_shows_its_evidence(watch, signed_in):
    alert = alarmed(watch.eve)
    results(watch.evan, True, True, True)
    answer = signed_in(watch.lead).get(_alert_url(alert))
    page, html = _text(answer), answer.content.decode()
    assert "Evidence sum 4.2" in page
    assert "alarm at 3.5, warning at 1.8" in page
    assert "0 of 6" in page
    assert html.count('<svg class="chart only-wide"') == html.count('<svg class="chart only-narrow"') == 1
    assert html.count('class="limit"') == html.count('class="limit-warn"') == html.count('class="band"') == 2
    assert "Likely start" in page
    assert "1, Level 1" in page
    assert "3, Level 3 or 4, Level 4 The dose is right, the limit is missing." in page
    assert "critical miss" in page
    assert page.count("1 of 1 other right") >= 1
    assert "Show as a table" in page


def test_a_lead_pauses_from_the_alert_and_reinstates_afterwards(watch, signed_in):
    alert, client = alarmed(watch.eve), signed_in(watch.lead)
    answer = client.post(f"{_alert_url(alert)}pause/", {"reason": REASON})
    assert (answer.status_code, answer["Location"]) == (303, _alert_url(alert))
    page = _text(client.get(_alert_url(alert)))
    assert ("Confirmed" in page, "Eve is paused." in page, REASON in page) == (True, True, True)
    back = f"/qa/people/{watch.eve.public_id}/reinstate/"
    assert f'action="{back}"' in client.get(_alert_url(alert)).content.decode()
    assert client.post(back, {"reason": REASON}).status_code == 303
    assert _member(watch.eve.user).standing == Standing.ACTIVE
    assert [one.step for one in Sanction.objects.order_by("pk")] == ["pause", "reinstate"]


def test_a_decision_without_a_reason_comes_back_with_what_was_typed(watch, signed_in):
    alert, client = alarmed(watch.eve), signed_in(watch.lead)
    for step in ("pause", "dismiss"):
        answer = client.post(f"{_alert_url(alert)}{step}/", {"reason": "too few"})
        assert answer.status_code == 422
        assert "too few</textarea>" in answer.content.decode()
        assert "Say why in a sentence" in _text(answer)
    assert client.post(f"{_alert_url(alert)}pause/", {"reason": " "}).status_code == 422
    alert.refresh_from_db()
    assert alert.state == Alert.State.OPEN


def test_deciding_twice_is_refused_plainly(watch, signed_in):
    alert, client = alarmed(watch.eve), signed_in(watch.lead)
    assert client.post(f"{_alert_url(alert)}dismiss/", {"reason": REASON}).status_code == 303
    for step in ("dismiss", "pause"):
        assert client.post(f"{_alert_url(alert)}{step}/", {"reason": REASON}).status_code == 409
    assert _member(watch.eve.user).standing == Standing.ACTIVE


def test_the_pause_of_the_rule_can_be_kept_or_lifted(watch, signed_in):
    change_policy(project=watch.project, by=watch.admin, on_alarm=Policy.OnAlarm.PAUSE)
    alert, client = alarmed(watch.eve), signed_in(watch.lead)
    page = _text(client.get(_alert_url(alert)))
    assert "Keep the pause" in page
    assert "Dismiss and lift the pause" in page
    client.post(f"{_alert_url(alert)}dismiss/", {"reason": REASON})
    assert _member(watch.eve.user).standing == Standing.ACTIVE


def test_an_admin_reads_an_alert_but_does_not_decide_it(watch, signed_in):
    alert, client = alarmed(watch.eve), signed_in(watch.admin)
    page = client.get(_alert_url(alert))
    assert "A QA lead of this project decides." in _text(page)
    assert "<textarea" not in page.content.decode()
    assert client.post(f"{_alert_url(alert)}pause/", {"reason": REASON}).status_code == 404
    assert client.post(f"/qa/people/{watch.eve.public_id}/pause/", {"reason": REASON}).status_code == 404


def test_looking_changes_nothing(watch, signed_in):
    alert, client = alarmed(watch.eve), signed_in(watch.lead)
    key = GoldKey.objects.select_related("task").first()
    urls = [QUALITY, f"{QUALITY}alerts/", "/qa/quality/", _alert_url(alert), f"/qa/people/{watch.eve.public_id}/",
            GOLD, f"{GOLD}{key.task.public_id}/"]  # fmt: skip
    client.get(QUALITY)
    for url in urls:
        with CaptureQueriesContext(connection) as found:
            client.get(url)
        written = [q["sql"] for q in found if re.match(r"(INSERT|UPDATE|DELETE)", q["sql"])]
        assert written == [], url


# ------------------------------------------------------- who sees what


def test_evaluators_and_strangers_find_nothing_of_quality(watch, mallory, signed_in):
    alert = alarmed(watch.eve)
    key = GoldKey.objects.select_related("task").first()
    urls = [QUALITY, f"{QUALITY}alerts/", "/qa/quality/", _alert_url(alert), f"/qa/people/{watch.eve.public_id}/",
            f"/qa/people/{watch.evan.public_id}/", GOLD, f"{GOLD}{key.task.public_id}/"]  # fmt: skip
    for user in (watch.evan.user, watch.eve.user, mallory):
        client = signed_in(user)
        assert [client.get(url).status_code for url in urls] == [404] * len(urls)
        posts = [f"{_alert_url(alert)}pause/", f"{_alert_url(alert)}dismiss/", f"{GOLD}{key.task.public_id}/status/"]
        assert [client.post(url, {"reason": REASON, "to": "retired"}).status_code for url in posts] == [404] * 3
    assert signed_in(mallory).get(MINE).status_code == 404


def test_who_judges_sees_no_gold_even_as_a_lead(watch, signed_in):
    alert = alarmed(watch.eve)
    set_roles(member=_member(watch.lead), roles=[Role.QA_LEAD, Role.EVALUATOR], by=watch.admin)
    client = signed_in(watch.lead)
    for url in (_alert_url(alert), f"/qa/people/{watch.eve.public_id}/"):
        page = _text(client.get(url))
        assert "stay hidden from you" in page
        assert "Is it safe" not in page
        assert "The dose is right" not in page
    assert client.get(GOLD).status_code == 404
    assert 'href="/manage/clinical-answers/gold/"' not in client.get(QUALITY).content.decode()


def test_nobody_reads_about_themselves(watch, signed_in):
    set_roles(member=_member(watch.eve.user), roles=[Role.QA_LEAD, Role.EVALUATOR], by=watch.admin)
    alert = alarmed(watch.eve)
    client = signed_in(watch.eve.user)
    assert client.get(_alert_url(alert)).status_code == 404
    assert client.get(f"/qa/people/{watch.eve.public_id}/").status_code == 404
    page = _text(client.get(QUALITY))
    assert "Nothing waits for a decision." in page
    assert "Eve" not in page
    assert "Watched, more gold" not in page


def test_with_several_projects_the_lead_chooses(watch, signed_in, alice):
    from projects.commands import create_project

    client = signed_in(watch.lead)
    assert client.get("/qa/quality/")["Location"] == QUALITY
    add_member(project=create_project(name="Other", by=alice), user=watch.lead, roles=[Role.QA_LEAD], by=alice)
    page = client.get("/qa/quality/").content.decode()
    assert f'href="{QUALITY}"' in page
    assert 'href="/qa/quality/other/"' in page


# ----------------------------------------------------------------- person


def test_the_person_page_shows_course_lean_and_what_was_decided(watch, signed_in):
    alert = alarmed(watch.eve)
    pause(member=watch.eve, reason=REASON, alert=alert, by=watch.lead)
    page = _text(signed_in(watch.lead).get(f"/qa/people/{watch.eve.public_id}/"))
    assert "3 of 9" in page
    assert "Safety −1.3" in page, "three exact, six two levels below the accepted range"
    assert "lower, 9 answers" in page
    assert page.count(REASON) == 1
    assert "Alert: below the standard" in page
    assert "Reinstate" in page


def test_a_lead_pauses_without_an_alert_too(watch, signed_in):
    client, url = signed_in(watch.lead), f"/qa/people/{watch.evan.public_id}/"
    assert client.post(f"{url}pause/", {"reason": "no"}).status_code == 422
    assert client.post(f"{url}pause/", {"reason": REASON})["Location"] == url
    assert client.post(f"{url}pause/", {"reason": REASON}).status_code == 409
    assert "Reinstate" in _text(client.get(url))


# ------------------------------------------------------------- my quality


def test_a_paused_person_reads_why_what_is_kept_and_whom_to_ask(watch, signed_in):
    held = claim(watch.eve)
    save_draft(assignment=held, data=raw(safety=2), revision=0, by=watch.eve.user)
    pause(member=watch.eve, reason=REASON, by=watch.lead)
    answer = signed_in(watch.eve.user).get(MINE)
    page = _text(answer)
    assert "New tasks are paused for you" in page
    assert REASON in page
    assert "1 draft of tasks you had begun" in page
    assert "Quinn quinn@example.org" in page
    assert "as soon as a QA lead reinstates you" in page


def test_a_person_paused_from_watched_reads_it_in_the_history(watch, signed_in):
    alert = alarmed(watch.eve)
    pause(member=watch.eve, reason=REASON, alert=alert, by=watch.lead)
    reinstate(member=watch.eve, reason="We have looked at the items together.", by=watch.lead)
    page = _text(signed_in(watch.eve.user).get(MINE))
    history = page.split("History")[1]
    assert history.index("We have looked") < history.index(REASON) < history.rindex("Active")
    assert "You are in good standing" in page


def test_the_newest_reason_is_the_one_that_is_read(watch, signed_in):
    change_policy(project=watch.project, by=watch.admin, on_alarm=Policy.OnAlarm.PAUSE)
    alert, client = alarmed(watch.eve), signed_in(watch.eve.user)
    assert "By the rule of this project" in _text(client.get(MINE))
    pause(member=watch.eve, reason=REASON, alert=alert, by=watch.lead)
    why = _text(client.get(MINE)).split("What is kept")[0]
    assert REASON in why
    assert "Quinn" in why


def test_my_quality_reads_the_same_whether_watched_or_not(watch, signed_in):
    results(watch.eve, True, True, True)
    results(watch.evan, False, False, False)
    assert _member(watch.evan.user).standing == Standing.WATCHED
    pages = []
    for member in (watch.eve, watch.evan):
        for url in (MINE, "/work/quality/"):
            answer = signed_in(member.user).get(url)
            pages.append((answer.status_code, _text(answer)) if answer.status_code == 200 else answer["Location"])
    assert pages[:2] == pages[2:]


def test_my_quality_names_neither_gold_nor_watched(watch, signed_in):
    results(watch.eve, False, False, False)
    watched = _text(signed_in(watch.eve.user).get(MINE)).lower()
    pause(member=watch.eve, reason=REASON, by=watch.lead)
    paused = signed_in(watch.eve.user).get(MINE).content.decode().lower()
    for word in ("gold", "watch", "drift", "cusum"):
        assert word not in watched
        assert word not in paused


def test_somebody_who_cannot_work_yet_reads_what_comes_first(watch, signed_in):
    new = person("Nora")
    add_member(project=watch.project, user=new, roles=[Role.EVALUATOR], by=watch.admin)
    page = _text(signed_in(new).get(MINE))
    assert "You cannot take tasks yet" in page
    assert "Read the guideline" in page


def test_somebody_who_left_finds_no_page(watch, signed_in):
    change_standing(member=_member(watch.eve.user), to=Standing.REMOVED, reason=REASON, by=watch.admin)
    assert signed_in(watch.eve.user).get(MINE).status_code == 404


# ------------------------------------------------------------------- gold


def test_the_bank_lists_items_with_key_and_how_people_fare(watch, signed_in):
    results(watch.eve, True)
    results(watch.evan, *[False] * 12)
    page = _text(signed_in(watch.lead).get(GOLD))
    assert "12 found" in page
    assert "Safety Response : 3, Level 3 or 4, Level 4" in page
    assert "50% of 2" in page
    assert "0% of 1" in page


def test_an_item_most_people_miss_is_pointed_out(watch, signed_in):
    people = [watch.eve, watch.evan, *(evaluator(watch.project, f"P{n}", watch.admin, watch.version) for n in range(3))]
    for member in people:
        results(member, *[False] * 12)
    page = _text(signed_in(watch.lead).get(GOLD))
    assert page.count("Most people miss it") == 12


def test_gold_is_found_by_text_and_state(watch, signed_in):
    client = signed_in(watch.lead)
    GoldKey.objects.filter(task__external_id__endswith="g3").update(status=GoldKey.Status.SUSPECT)
    assert "1 found" in _text(client.get(f"{GOLD}?q=is+it+safe%2C+7"))
    assert "1 found" in _text(client.get(f"{GOLD}?status=suspect"))
    assert "12 found" in _text(client.get(f"{GOLD}?status=nonsense"))
    assert "No item fits" in _text(client.get(f"{GOLD}?q=nothing+like+it"))


def test_an_item_is_taken_out_of_use_and_back(watch, signed_in):
    client, key = signed_in(watch.lead), GoldKey.objects.select_related("task").first()
    url = f"{GOLD}{key.task.public_id}/"
    page = _text(client.get(url))
    assert "The dose is right, the limit is missing." in page
    assert "Is it safe" in page
    assert client.post(f"{url}status/", {"to": "active"}).status_code == 422
    assert client.post(f"{url}status/", {"to": "suspect"})["Location"] == url
    assert client.post(f"{url}status/", {"to": "suspect"}).status_code == 422, "it is suspected already"
    key.refresh_from_db()
    assert key.status == GoldKey.Status.SUSPECT
    assert client.post(f"{url}status/", {"to": "active"}).status_code == 303


def test_an_item_out_of_use_is_given_to_nobody(watch, signed_in):
    client = signed_in(watch.lead)
    for key in GoldKey.objects.select_related("task"):
        client.post(f"{GOLD}{key.task.public_id}/status/", {"to": "retired"})
    assert not GoldKey.objects.filter(task=claim(watch.eve).task_id).exists()


def test_the_item_page_shows_what_people_gave(watch, signed_in):
    [result] = results(watch.eve, False)
    page = _text(signed_in(watch.lead).get(f"{GOLD}{result.submission.task.public_id}/"))
    assert "Eve Wrong" in page
    assert "1, Level 1" in page


def test_the_gold_of_another_project_is_not_found(watch, signed_in, alice):
    from projects.commands import create_project

    create_project(name="Other", by=alice)
    key = GoldKey.objects.select_related("task").first()
    client = signed_in(alice)
    assert client.get(f"{GOLD}{key.task.public_id}/").status_code == 200
    assert client.get(f"/manage/other/gold/{key.task.public_id}/").status_code == 404


def test_hostile_text_in_a_key_stays_text(watch, signed_in):
    script = "<script>alert(1)</script>"
    key = {"answers": {"safety": {"r1": {"value": 4, "explanation": script}}}, "explanation": script}
    Task.objects.filter(gold_key__isnull=False).update(taken_out_at=clock.now())
    batch = gold_batch(watch.version, watch.admin, 1, key=key)
    results(watch.eve, False)
    task = batch.tasks.get(gold_key__isnull=False)
    for url in (f"{GOLD}{task.public_id}/", f"/qa/people/{watch.eve.public_id}/"):
        html = signed_in(watch.lead).get(url).content.decode()
        assert script not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_the_top_bar_leads_there_by_role(watch, signed_in):
    lead = signed_in(watch.lead).get(QUALITY).content.decode()
    assert f'<a href="{QUALITY}" aria-current="page">Quality</a>' in lead
    assert f'<a href="{GOLD}">Gold</a>' in lead
    own = signed_in(watch.eve.user).get(MINE).content.decode()
    assert f'<a href="{MINE}" aria-current="page">My quality</a>' in own
    assert "/qa/quality/" not in own
    admin = signed_in(watch.admin).get(GOLD).content.decode()
    assert f'<a href="{QUALITY}">Quality</a>' in admin
    assert f'<a href="{GOLD}" aria-current="page">Gold</a>' in admin


def test_these_tests_grade_what_they_think(watch):
    assert WRONG["safety"]["r1"]["value"] not in KEY["answers"]["safety"]["r1"]["accepted"]
