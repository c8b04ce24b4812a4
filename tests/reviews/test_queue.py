"""The queue of a QA lead: theirs only, worst first, filtered by the address, and saying who has what open."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from evaltool.base import clock
from projects.commands import add_member, create_project, set_roles
from projects.models import Membership, Role
from reviews.adjudicating import hold
from reviews.models import Disagreement
from reviews.selectors import get_disagreement_for, neighbors, open_for, queue_for
from tests.plain_browser import PlainBrowser
from tests.reviews.review_samples import Panel, another_lead, disputed, raw, resolve

QUEUE = "/qa/queue/"
CHAT = [{"role": "user", "content": "Write to a tenant."}]


@pytest.fixture
def three(panel: Panel) -> list[Disagreement]:
    """Normal, critical, high: opened an hour apart, in this order."""
    found = []
    start = timezone.now() - timedelta(hours=9)
    for hour, answers in enumerate(
        [
            (raw(tone=2), raw(tone=4), {"prompt": "Who pays the notary?"}),
            (raw(safety=5), raw(safety=2), {"prompt": "How much ibuprofen?"}),
            (
                raw(tone=1),
                raw(tone=5),
                {"messages": [{"role": "user", "content": "Write to a tenant."}], "prompt": None},
            ),
        ]
    ):
        with clock.held_at(start + timedelta(hours=hour)):
            found.append(disputed(panel, *answers[:2], task=answers[2]))
    return found


def listed(user: User, **filters: str) -> list[Disagreement]:
    return list(queue_for(user, **filters))


def test_the_worst_comes_first_and_among_equals_who_waits_longest(panel: Panel, three: list[Disagreement]) -> None:
    normal, critical, high = three
    assert [row.level for row in listed(panel.lead)] == ["critical", "high", "normal"]
    assert listed(panel.lead, sort="severity") == [normal, high, critical]
    assert listed(panel.lead, sort="-waiting") == [normal, critical, high]
    assert listed(panel.lead, sort="nonsense") == [critical, high, normal]


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"severity": "critical"}, [1]),
        ({"severity": "high"}, [2]),
        ({"severity": "normal"}, [0]),
        ({"severity": "odd"}, []),
        ({"criterion": "tone"}, [2, 0]),
        ({"q": "IBUPROFEN"}, [1]),
        ({"q": "tenant"}, [2]),
        ({"project": "clinical-answers", "criterion": "safety"}, [1]),
        ({"project": "another"}, []),
    ],
    ids=str,
)
def test_the_queue_is_filtered(panel: Panel, three: list[Disagreement], filters: dict, wanted: list[int]) -> None:
    assert listed(panel.lead, **filters) == [three[place] for place in wanted]


def test_only_open_ones_are_in_the_queue(panel: Panel, three: list[Disagreement]) -> None:
    resolve(three[1], panel.lead)
    assert listed(panel.lead) == [three[2], three[0]]


def test_nobody_finds_what_they_judged_and_what_they_reserved_stays(panel: Panel, three: list[Disagreement]) -> None:
    member = Membership.objects.get(pk=panel.eve.pk)
    set_roles(member=member, roles=[Role.EVALUATOR, Role.QA_LEAD], by=panel.admin)
    assert listed(panel.eve.user) == []
    hold(disagreement=three[1], by=panel.lead)
    assert three[1] in open_for(panel.lead)


def test_strangers_evaluators_admins_and_judges_are_told_that_there_is_no_such_thing(
    panel: Panel, three: list[Disagreement], mallory: User
) -> None:
    judge_and_lead = Membership.objects.get(pk=panel.evan.pk)
    set_roles(member=judge_and_lead, roles=[Role.EVALUATOR, Role.QA_LEAD], by=panel.admin)
    other = create_project(name="Elsewhere", by=panel.admin)
    foreign_lead = add_member(project=other, user=mallory, roles=[Role.QA_LEAD], by=panel.admin).user
    for user in (panel.eve.user, judge_and_lead.user, panel.admin, foreign_lead):
        browser = PlainBrowser.of(user)
        assert browser.open(f"/qa/tasks/{three[1].public_id}/").status == 404
        for act in ("hold", "hand-back"):
            assert PlainBrowser.of(user).client.post(f"/qa/tasks/{three[1].public_id}/{act}/").status_code in (403, 404)
    assert get_disagreement_for(panel.lead, three[1].public_id) == three[1]


def test_a_page_of_the_queue_says_what_differs_and_by_how_much(panel: Panel, three: list[Disagreement]) -> None:
    page = PlainBrowser.of(panel.lead).open(QUEUE)
    assert "3 open, 1 critical. The oldest has waited 9 h." in page.text
    assert "Safety: 3 apart, critical" in page.text
    assert "How much ibuprofen?" in page.text
    for name in ("Eve", "Evan"):
        assert name not in page.text


def test_who_has_one_open_is_said_and_it_is_left_out_of_start_with_the_first(
    panel: Panel, three: list[Disagreement]
) -> None:
    hold(disagreement=three[1], by=panel.lead)
    assert "Yours until" in PlainBrowser.of(panel.lead).open(QUEUE).text
    page = PlainBrowser.of(another_lead(panel)).open(QUEUE)
    assert "Another lead has this open until" in page.text
    assert page.form(saying="Start with the first").action.endswith(f"{three[2].public_id}/hold/")


def test_filters_are_kept_from_the_queue_through_a_disagreement_and_back(
    panel: Panel, three: list[Disagreement]
) -> None:
    page = PlainBrowser.of(panel.lead).open(f"{QUEUE}?criterion=tone&sort=-waiting")
    page = page.send(page.form(saying="Start with the first"))
    assert page.url.endswith(f"{three[0].public_id}/?criterion=tone&sort=-waiting")
    page = page.send(page.form(saying="Hand back"))
    assert page.url == f"{QUEUE}?criterion=tone&sort=-waiting"
    assert "Handed back." in page.text


def test_today_counts_what_i_reserved_and_offers_what_nobody_else_has(panel: Panel, three: list[Disagreement]) -> None:
    hold(disagreement=three[1], by=panel.lead)
    mine = PlainBrowser.of(panel.lead).open("/qa/")
    assert "3 disagreements" in mine.text
    assert mine.form(saying="Open the first").action.endswith(f"{three[1].public_id}/hold/")
    hers = PlainBrowser.of(another_lead(panel)).open("/qa/")
    assert hers.form(saying="Open the first").action.endswith(f"{three[2].public_id}/hold/")


def test_an_empty_queue_leads_to_quality_and_an_empty_filter_back(panel: Panel, three: list[Disagreement]) -> None:
    assert "No open disagreement fits these filters." in PlainBrowser.of(panel.lead).open(f"{QUEUE}?q=zebra").text
    Disagreement.objects.update(state="withdrawn", closed_at=timezone.now())
    assert "All resolved" in PlainBrowser.of(panel.lead).open(QUEUE).text


def test_the_queue_is_for_leads(panel: Panel) -> None:
    assert PlainBrowser.of(panel.lead).open(QUEUE).status == 200
    assert PlainBrowser.of(panel.eve.user).open(QUEUE).status == 404


def test_the_place_in_the_queue_follows_its_filters(panel: Panel, three: list[Disagreement]) -> None:
    normal, critical, high = three
    place = neighbors(panel.lead, high)
    assert (place.number, place.total, place.before, place.after) == (2, 3, critical.public_id, normal.public_id)
    assert neighbors(panel.lead, high, severity="critical") is None


def test_the_number_of_queries_does_not_grow_with_the_queue(panel: Panel) -> None:
    def queries() -> int:
        browser = PlainBrowser.of(panel.lead)
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert browser.open(QUEUE).status == 200
        return len(found)

    disputed(panel)
    first = queries()
    for _ in range(4):
        disputed(panel, raw(safety=1, tone=1, flags=("figure",)), raw(safety=5, tone="na", flags=("source",)))
    assert queries() == first <= 14


def test_the_queue_is_read_from_its_own_small_index(panel: Panel) -> None:
    rows = Disagreement.objects.open().filter(project=panel.project).order_by("-critical", "-severity", "opened_at")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "disagreement_queue" in rows.explain()
