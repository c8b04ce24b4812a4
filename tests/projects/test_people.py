"""Members, their roles and their standing."""

from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.models import AuditEvent, Notification
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from projects.commands import add_member, change_standing, grant_expertise, set_roles, withdraw_expertise
from projects.models import STANDING_MOVES, Membership, Role, Standing, StandingChange

pytestmark = pytest.mark.django_db
ALL_PAIRS = [(before, after) for before in Standing.values for after in Standing.values]


@pytest.fixture
def member(project, eve, member_of):
    """Eve's membership."""
    return member_of(eve)


def put(member: Membership, standing: str) -> Membership:
    """Set a standing past the rules, to start from anywhere."""
    Membership.objects.filter(pk=member.pk).update(standing=standing)
    member.refresh_from_db()
    return member


@pytest.mark.parametrize(("before", "after"), ALL_PAIRS)
def test_standing_moves_as_the_table_says_and_in_no_other_way(member, alice, before, after):
    put(member, before)
    if after in STANDING_MOVES[before]:
        change = change_standing(member=member, to=after, reason="Because.", by=alice)
        assert (change.before, change.after, change.by) == (before, after, alice)
    else:
        with pytest.raises(StaleState):
            change_standing(member=member, to=after, reason="Because.", by=alice)
    member.refresh_from_db()
    moved = after in STANDING_MOVES[before]
    assert member.standing == (after if moved else before)
    assert StandingChange.objects.filter(member=member, reason="Because.").count() == moved


@pytest.mark.parametrize(("before", "after"), [pair for pair in ALL_PAIRS if pair[1] in STANDING_MOVES[pair[0]]])
def test_each_move_is_told_in_plain_words_but_watching_never(member, before, after):
    put(member, before)
    Notification.objects.all().delete()
    change_standing(member=member, to=after, reason="The reason they read.", by=None)
    told = [message.text for message in Notification.objects.filter(user=member.user)]
    if {before, after} == {Standing.ACTIVE, Standing.WATCHED}:
        assert told == []
    else:
        assert len(told) == 1
        assert "Clinical answers" in told[0]
        assert "The reason they read." in told[0]
        assert "watch" not in told[0].lower()
        assert "!" not in told[0]


def test_a_pause_reads_the_same_whether_or_not_the_person_was_watched(member, alice):
    texts = []
    for before in (Standing.ACTIVE, Standing.WATCHED):
        Notification.objects.all().delete()
        change_standing(member=put(member, before), to=Standing.PAUSED, reason="See feedback.", by=alice)
        texts.append(list(Notification.objects.values_list("kind", "text", "url")))
    assert texts[0] == texts[1]


@pytest.mark.parametrize("to", [Standing.PAUSED, Standing.REMOVED])
@pytest.mark.parametrize("reason", ["", "   "])
def test_pausing_or_removing_somebody_needs_a_reason(member, alice, to, reason):
    with pytest.raises(Invalid) as error:
        change_standing(member=member, to=to, reason=reason, by=alice)
    assert error.value.problems[0].field == "reason"
    member.refresh_from_db()
    assert member.standing == Standing.ACTIVE


def test_a_move_from_an_outdated_standing_changes_nothing(member, alice, quinn):
    stale = Membership.objects.get(pk=member.pk)
    change_standing(member=member, to=Standing.PAUSED, reason="First.", by=quinn)
    with pytest.raises(StaleState):
        change_standing(member=stale, to=Standing.WATCHED, by=alice)
    member.refresh_from_db()
    assert member.standing == Standing.PAUSED


def test_a_change_of_standing_leaves_an_audit_row_with_states_only(member, alice):
    change_standing(member=member, to=Standing.PAUSED, reason="Private words.", by=alice)
    event = AuditEvent.objects.filter(action="standing_changed", target=member.public_id).latest("id")
    assert (event.actor, event.data) == (alice, {"before": "active", "after": "paused"})


def test_the_history_of_standing_cannot_be_rewritten(member):
    for change in (lambda: StandingChange.objects.update(reason="x"), lambda: StandingChange.objects.all().delete()):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            change()
    assert member.standing_changes.get().after == Standing.ACTIVE


def test_a_new_evaluator_reads_first_under_a_pseudonym_that_says_nothing(project, mallory, alice):
    member = add_member(project=project, user=mallory, roles=[Role.EVALUATOR], by=alice)
    assert member.standing == Standing.READING
    assert "mallory" not in member.pseudonym.lower()
    names = set(project.memberships.values_list("pseudonym", flat=True))
    assert len(names) == project.memberships.count()
    assert Notification.objects.filter(user=mallory, kind="member_added").count() == 1


def test_nobody_is_a_member_twice(project, eve, alice, member_of):
    with pytest.raises(Invalid, match="member already"):
        add_member(project=project, user=eve, roles=[Role.QA_LEAD], by=alice)
    assert member_of(eve).roles == [Role.EVALUATOR]
    with pytest.raises(IntegrityError, match="member_once_per_project"), transaction.atomic():
        Membership.objects.create(
            project=project, user=eve, roles=["evaluator"], pseudonym="p", created_at="2026-01-01T00:00Z"
        )


def test_somebody_removed_comes_back_to_the_start_with_new_roles(project, eve, alice, member):
    change_standing(member=member, to=Standing.REMOVED, reason="Left.", by=alice)
    back = add_member(project=project, user=eve, roles=[Role.QA_LEAD], by=alice)
    assert (back.pk, back.standing, back.roles) == (member.pk, Standing.READING, [Role.QA_LEAD])


@pytest.mark.parametrize(("roles", "said"), [([], "at least one role"), (["boss"], "no role boss")])
def test_roles_are_known_and_not_empty(member, alice, roles, said):
    with pytest.raises(Invalid, match=said):
        set_roles(member=member, roles=roles, by=alice)
    member.refresh_from_db()
    assert member.roles == [Role.EVALUATOR]


def test_roles_are_replaced_once_each_and_the_person_is_told(member, alice):
    set_roles(member=member, roles=["evaluator", "qa_lead", "evaluator"], by=alice)
    member.refresh_from_db()
    assert member.roles == ["qa_lead", "evaluator"]
    assert Notification.objects.get(kind="roles_set").text.endswith("QA lead, Evaluator.")
    set_roles(member=member, roles=["evaluator", "qa_lead"], by=alice)
    assert AuditEvent.objects.filter(action="roles_set").count() == 1


def test_the_last_admin_stays(project, alice, quinn, member_of):
    for leave in (
        lambda: set_roles(member=member_of(alice), roles=[Role.EVALUATOR], by=alice),
        lambda: change_standing(member=member_of(alice), to=Standing.REMOVED, reason="Bye.", by=alice),
    ):
        with pytest.raises(RuleBroken, match="last admin"):
            leave()
    set_roles(member=member_of(quinn), roles=[Role.QA_LEAD, Role.ADMIN], by=alice)
    set_roles(member=member_of(alice), roles=[Role.QA_LEAD], by=alice)
    assert member_of(alice).roles == [Role.QA_LEAD]


@pytest.mark.django_db(transaction=True)
def test_two_admins_cannot_both_leave_at_the_same_moment(project, alice, quinn, member_of):
    set_roles(member=member_of(quinn), roles=[Role.ADMIN], by=alice)
    start, refused = Barrier(2), []

    def leave(member: Membership) -> None:
        start.wait()
        try:
            set_roles(member=member, roles=[Role.EVALUATOR], by=member.user)
        except RuleBroken as error:
            refused.append(error.message)
        finally:
            connection.close()

    threads = [Thread(target=leave, args=(member_of(user),)) for user in (alice, quinn)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert project.memberships.filter(roles__contains=[Role.ADMIN]).count() == 1


def test_a_removed_admin_does_not_count_as_one(project, alice, quinn, member_of):
    set_roles(member=member_of(quinn), roles=[Role.ADMIN], by=alice)
    change_standing(member=member_of(quinn), to=Standing.REMOVED, reason="Left.", by=alice)
    with pytest.raises(RuleBroken, match="last admin"):
        set_roles(member=member_of(alice), roles=[Role.EVALUATOR], by=alice)


def test_the_database_refuses_a_member_without_role_or_with_unknown_standing(member):
    for values, name in (({"roles": []}, "member_has_a_role"), ({"standing": "king"}, "member_standing_known")):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Membership.objects.filter(pk=member.pk).update(**values)
    assert member.standing == Standing.ACTIVE


def test_expertise_is_granted_changed_and_withdrawn(member, alice):
    grant_expertise(member=member, domain=" Cardiology ", level=2, evidence="License", by=alice)
    grant_expertise(member=member, domain="cardiology", level=3, by=alice)
    assert list(member.expertise.values_list("domain", "level")) == [("cardiology", 3)]
    withdraw_expertise(member=member, domain="cardiology", by=alice)
    withdraw_expertise(member=member, domain="cardiology", by=alice)
    assert not member.expertise.exists()
    assert AuditEvent.objects.filter(action="expertise_withdrawn").count() == 1


@pytest.mark.parametrize(
    ("domain", "level", "field"), [("", 2, "domain"), ("x" * 81, 2, "domain"), ("law", 9, "level")]
)
def test_an_expertise_that_does_not_fit_is_refused(member, alice, domain, level, field):
    with pytest.raises(Invalid) as error:
        grant_expertise(member=member, domain=domain, level=level, by=alice)
    assert error.value.problems[0].field == field
