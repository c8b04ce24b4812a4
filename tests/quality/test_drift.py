"""A warning is quiet, an alarm asks a person, and whoever is paused keeps their text and gets nothing new."""

import pytest

from accounts.models import AuditEvent, Notification
from evaltool.base import todos
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from projects.commands import add_member, change_policy, change_standing, create_project
from projects.models import Membership, Policy, Role, Standing, StandingChange
from quality.bank import gold_used_up
from quality.models import Alert, GoldResult, Sanction
from quality.pausing import dismiss_alert, pause, reinstate
from stats.drift import design_cusum
from tasks.assigning import take_seat
from tasks.batches import create_batch
from tasks.gold_keys import add_key
from tasks.models import Assignment, Draft, GoldKey, Seat, Trust
from tasks.submitting import TextKept
from tasks.working import open_assignment, save_draft
from tests.conftest import person
from tests.quality.gold_samples import KEY, REASON, RIGHT, WRONG, alarmed, gold_batch, judge, results, score, state
from tests.reviews.review_samples import ONE, raw
from tests.tasks.work_samples import claim, clear, filled, hand_in

pytestmark = pytest.mark.django_db
LIMITS = design_cusum().limits


def _standing(member):
    return Membership.objects.get(pk=member.pk).standing


def _told(user, *kinds):
    rows = Notification.objects.filter(user=user)
    rows = rows.filter(kind__in=kinds) if kinds else rows
    return list(rows.order_by("pk").values_list("text", flat=True))


# ------------------------------------------------------------------ warning


def test_a_warning_raises_the_gold_share_and_nobody_is_told(watch):
    before = Notification.objects.count()
    results(watch.eve, False, False)
    assert _standing(watch.eve) == Standing.ACTIVE
    assert not Trust.objects.exists()
    results(watch.eve, False)
    assert LIMITS.warning <= state(watch.eve).sum < LIMITS.alarm
    assert Trust.objects.get(member=watch.eve).gold_share == watch.project.policy.gold_share_watched
    assert _standing(watch.eve) == Standing.WATCHED
    assert Notification.objects.count() == before
    assert not Alert.objects.exists()


def test_a_sum_back_at_zero_ends_the_warning_quietly(watch):
    results(watch.eve, False, False, False)
    before = Notification.objects.count()
    gold_batch(watch.version, watch.admin, 12)
    results(watch.eve, *[True] * 10)
    assert _standing(watch.eve) == Standing.WATCHED, "the sum has not come down yet"
    results(watch.eve, True)
    assert state(watch.eve).sum == 0
    assert _standing(watch.eve) == Standing.ACTIVE
    assert not Trust.objects.exists()
    assert Notification.objects.count() == before


def test_a_warning_does_not_touch_the_other_person(watch):
    results(watch.eve, False, False, False)
    results(watch.evan, True, True, True)
    assert _standing(watch.evan) == Standing.ACTIVE
    assert not Trust.objects.filter(member=watch.evan).exists()


# -------------------------------------------------------------------- alarm


def test_an_alarm_opens_one_alert_with_its_evidence_and_tells_the_leads(watch):
    alert = alarmed(watch.eve)
    results(watch.eve, False, False)
    found = list(GoldResult.objects.filter(member=watch.eve).order_by("number"))
    assert Alert.objects.count() == 1
    assert alert.evidence["onset"] == 4
    assert alert.onset_at == found[3].at
    assert alert.evidence["results"] == [str(one.public_id) for one in found[:9]]
    assert alert.evidence["sum"] >= alert.evidence["alarm"] > alert.evidence["warning"] > 0
    assert _told(watch.lead, "alert") == ["Eve is below the standard in Clinical answers. Look at the evidence."]
    assert _told(watch.admin, "alert") == []
    assert _standing(watch.eve) == Standing.WATCHED, "the project asks a person first"
    assert not Sanction.objects.exists()


def test_nobody_is_alarmed_below_the_limit(watch):
    results(watch.eve, True, True, True, *[False] * 5)
    assert state(watch.eve).sum < LIMITS.alarm
    assert not Alert.objects.exists()


def test_the_likely_start_leaves_out_an_item_that_was_not_scored(watch):
    results(watch.eve, True)
    unscored = judge(watch.eve, WRONG)
    GoldKey.objects.filter(task=unscored.task).update(status=GoldKey.Status.SUSPECT)
    results(watch.eve, *[False] * 6)
    assert Alert.objects.get().evidence["onset"] == 3


def test_the_alert_is_not_sent_to_the_lead_it_is_about(watch):
    other = person("Quentin")
    add_member(project=watch.project, user=other, roles=[Role.QA_LEAD, Role.EVALUATOR], by=watch.admin)
    member = Membership.objects.select_related("user", "project").get(user=other)
    change_standing(member=member, to=Standing.ACTIVE, by=watch.admin)
    clear(member, watch.version, watch.admin)
    alert = alarmed(member)
    assert _told(other, "alert") == []
    assert len(_told(watch.lead, "alert")) == 1
    for decide in (
        lambda: dismiss_alert(alert=alert, reason=REASON, by=other),
        lambda: pause(member=member, reason=REASON, alert=alert, by=other),
    ):
        with pytest.raises(RuleBroken, match="your own work"):
            decide()
    alert.refresh_from_db()
    assert alert.state == Alert.State.OPEN


def test_a_policy_that_pauses_at_an_alarm_pauses_with_a_reason(watch):
    change_policy(project=watch.project, by=watch.admin, on_alarm=Policy.OnAlarm.PAUSE)
    alert = alarmed(watch.eve)
    sanction = Sanction.objects.get()
    assert _standing(watch.eve) == Standing.PAUSED
    assert (sanction.step, sanction.by, sanction.alert) == (Sanction.Step.PAUSE, None, alert)
    assert "below the agreed standard" in sanction.reason
    assert alert.state == Alert.State.OPEN, "a person still decides"
    [told] = _told(watch.eve.user, "standing_paused")
    assert sanction.reason in told


def test_an_alarm_about_somebody_who_left_pauses_nobody(watch):
    change_policy(project=watch.project, by=watch.admin, on_alarm=Policy.OnAlarm.PAUSE)
    for _ in range(6):
        judge(watch.eve, WRONG)
    change_standing(member=Membership.objects.get(pk=watch.eve.pk), to=Standing.REMOVED, reason=REASON, by=watch.admin)
    score()
    assert GoldResult.objects.count() == 6
    assert Alert.objects.count() == 1
    assert _standing(watch.eve) == Standing.REMOVED


# -------------------------------------------------------------------- pause


def test_pausing_gives_back_open_work_and_keeps_the_draft(watch):
    alert = alarmed(watch.eve)
    held = claim(watch.eve)
    save_draft(assignment=held, data=raw(safety=2), revision=0, by=watch.eve.user)
    pause(member=watch.eve, reason=REASON, alert=alert, by=watch.lead)
    held.refresh_from_db()
    assert held.state == Assignment.State.RELEASED
    assert Seat.objects.get(pk=held.seat_id).state == Seat.State.FREE
    assert Draft.objects.get(assignment=held).data == raw(safety=2)
    alert.refresh_from_db()
    assert (alert.state, alert.decided_by, alert.decision) == (Alert.State.CONFIRMED, watch.lead, REASON)


def test_results_that_were_under_way_at_the_pause_open_no_second_alert(watch):
    alert = alarmed(watch.eve)
    judge(watch.eve, WRONG)
    pause(member=watch.eve, reason=REASON, alert=alert, by=watch.lead)
    score()
    assert GoldResult.objects.filter(member=watch.eve).count() == 10
    assert Alert.objects.count() == 1
    reinstate(member=watch.eve, reason=REASON, by=watch.lead)
    gold_batch(watch.version, watch.admin, 6)
    results(watch.eve, *[False] * 6)
    assert Alert.objects.filter(state=Alert.State.OPEN).count() == 1, "a new climb is a new alert"


def test_a_paused_evaluator_is_offered_nothing_and_reads_why(watch):
    held = claim(watch.eve)
    pause(member=watch.eve, reason=REASON, by=watch.lead)
    paused = Membership.objects.select_related("user", "project").get(pk=watch.eve.pk)
    assert claim(paused) is None
    assert take_seat(member=paused, batch=watch.batch, state=Assignment.State.QUEUED) is None
    with pytest.raises(StaleState):
        open_assignment(assignment=held, by=watch.eve.user)
    held.refresh_from_db()
    with pytest.raises(TextKept, match="paused"):
        hand_in(Assignment.objects.select_related("member__user", "task").get(pk=held.pk), RIGHT)
    [told] = _told(watch.eve.user, "standing_paused")
    assert REASON in told
    assert Notification.objects.get(kind="standing_paused").url == f"/work/quality/{watch.project.slug}/"


def test_pausing_needs_a_reason(watch):
    with pytest.raises(Invalid) as refused:
        pause(member=watch.eve, reason="  no  ", by=watch.lead)
    assert [one.field for one in refused.value.problems] == ["reason"]
    assert _standing(watch.eve) == Standing.ACTIVE


def test_pausing_a_paused_person_again_changes_nothing(watch):
    pause(member=watch.eve, reason=REASON, by=watch.lead)
    with pytest.raises(StaleState):
        pause(member=watch.eve, reason=REASON, by=watch.lead)
    assert Sanction.objects.count() == 1


def test_a_lead_who_keeps_the_rules_pause_says_why_to_the_person(watch):
    change_policy(project=watch.project, by=watch.admin, on_alarm=Policy.OnAlarm.PAUSE)
    alert = alarmed(watch.eve)
    pause(member=watch.eve, reason=REASON, alert=alert, by=watch.lead)
    assert [one.by for one in Sanction.objects.order_by("pk")] == [None, watch.lead]
    assert REASON in _told(watch.eve.user, "standing_paused")[-1]
    assert StandingChange.objects.filter(member=watch.eve, after=Standing.PAUSED).count() == 1


def test_every_decision_leaves_its_row(watch):
    alert = alarmed(watch.eve)
    pause(member=watch.eve, reason=REASON, alert=alert, by=watch.lead)
    reinstate(member=watch.eve, reason=REASON, by=watch.lead)
    rows = AuditEvent.objects.filter(actor=watch.lead).order_by("pk").values_list("action", flat=True)
    assert list(rows) == [
        "decide_alert", "standing_changed", "pause_member", "standing_changed", "reinstate_member",
    ]  # fmt: skip
    assert REASON not in str(list(AuditEvent.objects.values_list("data", flat=True)))


# ------------------------------------------------------------ back to work


def test_reinstating_starts_the_sum_afresh_and_opens_work(watch):
    alert = alarmed(watch.eve)
    pause(member=watch.eve, reason=REASON, alert=alert, by=watch.lead)
    reinstate(member=watch.eve, reason=REASON, by=watch.lead)
    assert _standing(watch.eve) == Standing.ACTIVE
    assert (state(watch.eve).sum, state(watch.eve).zero_at) == (0, 9)
    assert not Trust.objects.exists()
    results(watch.eve, False)
    assert state(watch.eve).sum == pytest.approx(design_cusum().weights.wrong)
    assert Sanction.objects.latest("pk").step == Sanction.Step.REINSTATE


def test_reinstating_closes_an_alert_that_nobody_had_decided(watch):
    change_policy(project=watch.project, by=watch.admin, on_alarm=Policy.OnAlarm.PAUSE)
    alert = alarmed(watch.eve)
    reinstate(member=watch.eve, reason=REASON, by=watch.lead)
    alert.refresh_from_db()
    assert alert.state == Alert.State.CONFIRMED


def test_only_a_paused_person_is_reinstated(watch):
    results(watch.eve, False, False, False)
    with pytest.raises(StaleState):
        reinstate(member=watch.eve, reason=REASON, by=watch.lead)
    assert _standing(watch.eve) == Standing.WATCHED
    assert not Sanction.objects.exists()


def test_dismissing_starts_the_sum_afresh_and_tells_the_person_nothing(watch):
    alert = alarmed(watch.eve)
    before = len(_told(watch.eve.user))
    dismiss_alert(alert=alert, reason=REASON, by=watch.lead)
    assert state(watch.eve).sum == 0
    assert _standing(watch.eve) == Standing.ACTIVE
    assert len(_told(watch.eve.user)) == before
    results(watch.eve, False, False)
    assert Alert.objects.filter(state=Alert.State.OPEN).count() == 0


def test_dismissing_lifts_the_pause_of_the_rule(watch):
    change_policy(project=watch.project, by=watch.admin, on_alarm=Policy.OnAlarm.PAUSE)
    dismiss_alert(alert=alarmed(watch.eve), reason=REASON, by=watch.lead)
    assert _standing(watch.eve) == Standing.ACTIVE
    assert state(watch.eve).sum == 0
    assert REASON in _told(watch.eve.user, "standing_active")[-1]


def test_dismissing_leaves_a_pause_that_somebody_else_decided(watch):
    alert = alarmed(watch.eve)
    pause(member=watch.eve, reason=REASON, by=watch.lead)
    dismiss_alert(alert=alert, reason=REASON, by=watch.lead)
    assert _standing(watch.eve) == Standing.PAUSED


def test_an_alert_is_decided_once(watch):
    alert = alarmed(watch.eve)
    seen = Alert.objects.select_related("member__user", "project", "rubric").get(pk=alert.pk)
    pause(member=watch.eve, reason=REASON, alert=alert, by=watch.lead)
    for decide in (
        lambda: dismiss_alert(alert=seen, reason=REASON, by=watch.lead),
        lambda: pause(member=watch.eve, reason=REASON, alert=seen, by=watch.lead),
    ):
        with pytest.raises(StaleState):
            decide()
    assert Sanction.objects.count() == 1
    assert _standing(watch.eve) == Standing.PAUSED


# --------------------------------------------------------------------- bank


def test_gold_used_up_is_told_once_while_the_alert_is_open(watch):
    todos.add("gold_used_up", watch.eve.pk)
    gold_used_up(watch.eve.pk)
    gold_used_up(watch.eve.pk)
    assert Alert.objects.filter(kind=Alert.Kind.GOLD_USED_UP).count() == 1
    assert _told(watch.lead, "alert") == ["Eve has seen all gold in Clinical answers. Add items to keep checking."]


def test_gold_used_up_is_told_again_only_after_items_were_added(watch):
    gold_used_up(watch.eve.pk)
    dismiss_alert(alert=Alert.objects.get(), reason="More items come next week.", by=watch.lead)
    gold_used_up(watch.eve.pk)
    assert Alert.objects.count() == 1
    batch = create_batch(project=watch.project, name="More", rubric_version=watch.version, by=watch.admin)
    filled(batch, watch.admin, [{"id": "new", "prompt": "New?", **ONE}])
    add_key(task=batch.tasks.get(), answers=KEY["answers"], by=watch.admin)
    gold_used_up(watch.eve.pk)
    assert Alert.objects.count() == 2


def test_a_person_who_has_seen_the_whole_bank_raises_the_alert(watch):
    results(watch.evan, *[True] * 12)
    claim(watch.evan)
    for pk in todos.due():
        todos.run(pk)
    assert Alert.objects.get().kind == Alert.Kind.GOLD_USED_UP


def test_the_alert_closes_by_itself_once_gold_comes_again(watch):
    results(watch.eve, *[True] * 11)
    given_before = judge(watch.eve, RIGHT)
    gold_used_up(watch.eve.pk)
    score()
    assert given_before.assignment.seat.cause == Seat.Cause.GOLD
    assert Alert.objects.get().state == Alert.State.OPEN, "that item was given out before"
    gold_batch(watch.version, watch.admin, 1)
    results(watch.eve, True)
    alert = Alert.objects.get()
    assert (alert.state, alert.decided_by) == (Alert.State.DISMISSED, None)


# ------------------------------------------------------------------- policy


@pytest.mark.parametrize(
    "numbers",
    [
        {"competent": 0.85, "unacceptable": 0.84, "false_alarm_items": 100_000},
        {"competent": 0.60, "unacceptable": 0.59, "false_alarm_items": 100_000},
    ],
)
def test_a_policy_that_nobody_can_be_watched_by_is_refused(alice, numbers):
    project = create_project(name="Too near", by=alice)
    with pytest.raises(Invalid) as refused:
        change_policy(project=project, by=alice, **numbers)
    assert [one.field for one in refused.value.problems] == ["unacceptable"]
    assert project.policy.number == 1
