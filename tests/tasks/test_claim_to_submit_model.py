"""Claim, draft, submit, expire, release, skip, undo in any order, against a small model of what must hold."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from evaltool.base.clock import held_at
from evaltool.base.errors import RuleBroken, StaleState
from evaltool.verify import breaches
from projects.commands import change_policy, change_standing
from projects.models import Membership, Standing
from tasks.assigning import claim_next, release_work, take_seat
from tasks.models import Assignment, Draft, Seat, Submission
from tasks.submitting import TextKept, submit, undo
from tasks.working import DraftStale, expire_leases, give_back, heartbeat, save_draft, skip
from tests.tasks.conftest import Desk
from tests.tasks.work_samples import answers, evaluator, make_batch

LEASE, UNDO = timedelta(minutes=90), timedelta(seconds=30)
WHO = st.integers(0, 2)
PICK = st.integers(0, 30)
LIVE = {"queued", "open"}


@dataclass
class Held:
    """What the model knows of one assignment."""

    state: str
    lease: object = None
    gave_back: bool = False
    opened: bool = False
    revision: int = 0
    text: object = None
    sent: list = field(default_factory=list)
    sent_at: object = None
    undone: bool = False


class Work(RuleBasedStateMachine):
    """Three evaluators, three tasks of overlap 2 and two gold ones; the clock moves only when told."""

    desk: Desk
    people: list[Membership]

    def __init__(self) -> None:
        super().__init__()
        self.world = transaction.atomic()
        self.world.__enter__()
        self.now = timezone.now()
        self.held: dict[tuple[int, int], Held] = {}  # (person, task) → what is known
        self.paused: set[int] = set()
        self.text = count(1)
        plain = Seat.objects.wanted().values_list("task", flat=True)
        self.free = dict.fromkeys(plain, 2)
        self.gold = set(Assignment._meta.get_field("task").related_model.objects.values_list("pk", flat=True))
        self.gold -= set(self.free)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.world.__exit__(None, None, None)

    # ------------------------------------------------------------- helpers

    def mine(self, who: int) -> list[tuple[int, Held]]:
        return [(task, held) for (person, task), held in sorted(self.held.items()) if person == who]

    def pick(self, who: int, pick: int) -> tuple[Assignment, Held] | None:
        found = self.mine(who)
        if not found:
            return None
        task, held = found[pick % len(found)]
        return Assignment.objects.get(member=self.people[who], task=task), held

    def can_resume(self, task: int, held: Held) -> bool:
        return held.state in {"expired", "released"} and not held.gave_back and self.seat_free_for(task, held)

    def seat_free_for(self, task: int, held: Held) -> bool:
        return self.free[task] > 0 if task in self.free else not held.gave_back

    def open_up(self, held: Held) -> None:
        held.state, held.lease, held.opened = "open", self.now + LEASE, True

    # --------------------------------------------------------------- rules

    @rule(who=WHO, queued=st.booleans())
    def take(self, who: int, queued: bool) -> None:
        """Ask for the next task, or be given one by the worker."""
        member = Membership.objects.select_related("user").get(pk=self.people[who].pk)
        with held_at(self.now):
            if queued:
                found = take_seat(member=member, batch=self.desk.batch, state="queued")
            else:
                found = claim_next(member=member, by=member.user)
        expected = self.expected_tasks(who, queued)
        if found is None:
            assert expected == set()
            return
        assert found.task_id in expected
        held = self.held.get((who, found.task_id))
        if held is None:
            held = self.held[who, found.task_id] = Held("queued")
            if found.task_id in self.free:
                self.free[found.task_id] -= 1
        elif held.state in {"expired", "released"} and found.task_id in self.free:
            self.free[found.task_id] -= 1
        if not queued and (held.state != "open" or held.lease <= self.now):
            self.open_up(held)

    def expected_tasks(self, who: int, queued: bool) -> set[int]:
        if who in self.paused:
            return set()
        mine = self.mine(who)
        if not queued:
            for state in ("open", "queued"):
                if found := {task for task, held in mine if held.state == state}:
                    return found
            resumable = {task for task, held in mine if self.can_resume(task, held)}
            if resumable:
                return resumable
        fresh = {task for task, free in self.free.items() if free and (who, task) not in self.held}
        unseen = {task for task in self.gold if (who, task) not in self.held}
        return fresh | unseen if fresh else set()

    @rule(who=WHO, pick=PICK, stale=st.booleans())
    def draft(self, who: int, pick: int, stale: bool) -> None:
        """Save a draft, now and then from a page that is behind."""
        found = self.pick(who, pick)
        if not found:
            return
        assignment, held = found
        data = {"notes": {"": {"value": f"text {next(self.text)}"}}}
        revision = max(0, held.revision - 1) if stale else held.revision
        user = self.people[who].user
        if held.state == "queued" or (held.state == "submitted" and not held.undone):
            with pytest.raises(RuleBroken):
                save_draft(assignment=assignment, data=data, revision=revision, by=user)
        elif revision != held.revision:
            with pytest.raises(DraftStale):
                save_draft(assignment=assignment, data=data, revision=revision, by=user)
        else:
            save_draft(assignment=assignment, data=data, revision=revision, by=user)
            held.revision, held.text = held.revision + 1, data

    @rule(who=WHO, pick=PICK, tone=st.integers(1, 5), again=st.booleans())
    def hand_in(self, who: int, pick: int, tone: int, again: bool) -> None:
        """Submit: the first time, again, changed, too late, or when the seat is gone."""
        found = self.pick(who, pick)
        if not found:
            return
        assignment, held = found
        raw = answers(tone=tone)
        revision = len(held.sent) if held.sent and again else len(held.sent) + 1
        outcome = self.outcome(who, assignment.task_id, held, tone, revision)
        with held_at(self.now):
            if outcome in {"taken", "same"}:
                sent = submit(assignment=assignment, raw=raw, revision=revision, by=self.people[who].user)
                assert sent.revision == revision
                assert sent.answers.get(criterion__key="tone", target="r1").value == tone
            else:
                with pytest.raises(TextKept):
                    submit(assignment=assignment, raw=raw, revision=revision, by=self.people[who].user)
        self.after(outcome, assignment.task_id, held, tone, raw)

    def outcome(self, who: int, task: int, held: Held, tone: int, revision: int) -> str:
        if held.state == "submitted":
            if revision <= len(held.sent):
                return "same" if held.sent[revision - 1] == tone else "refused"
            in_time = self.now <= held.sent_at + UNDO or (held.undone and self.now <= held.sent_at + UNDO + LEASE)
            return "taken" if in_time else "refused"
        if who in self.paused or not held.opened or held.state == "skipped":
            return "refused"
        if held.state == "open":
            return "taken"
        return "taken" if self.seat_free_for(task, held) else "refused"

    def after(self, outcome: str, task: int, held: Held, tone: int, raw: dict) -> None:
        if outcome == "taken":
            if held.state in {"expired", "released"} and task in self.free:
                self.free[task] -= 1
            held.state, held.lease, held.undone, held.revision, held.text = "submitted", None, False, 0, None
            held.sent.append(tone)
            held.sent_at = self.now
        elif outcome == "refused":
            held.revision, held.text = held.revision + 1, raw

    @rule(who=WHO, pick=PICK)
    def take_back(self, who: int, pick: int) -> None:
        """Undo a submission."""
        found = self.pick(who, pick)
        if not found or found[1].state != "submitted":
            return
        assignment, held = found
        limit = held.sent_at + UNDO + (LEASE if held.undone else timedelta())
        with held_at(self.now):
            if self.now <= limit:
                draft = undo(assignment=assignment, by=self.people[who].user)
                held.undone, held.revision, held.text = True, draft.revision, draft.data
            else:
                with pytest.raises(RuleBroken):
                    undo(assignment=assignment, by=self.people[who].user)

    @rule(who=WHO, pick=PICK, how=st.sampled_from(["skip", "back"]))
    def let_go(self, who: int, pick: int, how: str) -> None:
        """Skip a task or give it back."""
        found = self.pick(who, pick)
        if not found:
            return
        assignment, held = found
        user = self.people[who].user
        fits = held.state == "open" or (how == "back" and held.state == "queued")
        act = {
            "skip": lambda: skip(assignment=assignment, reason="Not my field", by=user),
            "back": lambda: give_back(assignment=assignment, by=user),
        }[how]
        with held_at(self.now):
            if not fits:
                with pytest.raises(StaleState):
                    act()
                return
            act()
        if assignment.task_id in self.free:
            self.free[assignment.task_id] += 1
        held.state, held.gave_back, held.lease = ("skipped" if how == "skip" else "released"), True, None

    @rule(who=WHO, pick=PICK, seconds=st.integers(-5, 10_000))
    def beat(self, who: int, pick: int, seconds: int) -> None:
        """A sign of life."""
        found = self.pick(who, pick)
        if not found:
            return
        assignment, held = found
        with held_at(self.now):
            if held.state == "open":
                heartbeat(assignment=assignment, seconds=seconds, by=self.people[who].user)
                held.lease = self.now + LEASE
            else:
                with pytest.raises(RuleBroken):
                    heartbeat(assignment=assignment, seconds=seconds, by=self.people[who].user)

    @rule(minutes=st.sampled_from([0.2, 1, 40, 95]))
    def wait(self, minutes: float) -> None:
        """Time goes by; the sweep comes."""
        self.now += timedelta(minutes=minutes)
        with held_at(self.now):
            expire_leases()
        for (_, task), held in self.held.items():
            if held.state == "open" and held.lease < self.now:
                held.state, held.lease = "expired", None
                if task in self.free:
                    self.free[task] += 1

    @rule(who=WHO)
    def pause_or_reinstate(self, who: int) -> None:
        """A QA lead stops somebody, or lets them back."""
        member = Membership.objects.select_related("user", "project").get(pk=self.people[who].pk)
        if who in self.paused:
            change_standing(member=member, to=Standing.ACTIVE, by=self.desk.admin)
            self.paused.discard(who)
            return
        with held_at(self.now):
            change_standing(member=member, to=Standing.PAUSED, reason="A look at your work.", by=self.desk.admin)
            release_work(member=member, reason="Paused", by=self.desk.admin)
        self.paused.add(who)
        for task, held in self.mine(who):
            if held.state in LIVE:
                held.state, held.lease = "released", None
                if task in self.free:
                    self.free[task] += 1

    # ---------------------------------------------------------- invariants

    @invariant()
    def the_database_says_the_same(self) -> None:
        """States, free seats, drafts and submissions are those of the model, and nothing breaks an invariant."""
        rows = {(a.member_id, a.task_id): a for a in Assignment.objects.select_related("draft")}
        places = {self.people[who].pk: who for who in range(3)}
        assert {(places[m], t): a.state for (m, t), a in rows.items()} == {k: h.state for k, h in self.held.items()}
        found = {task: Seat.objects.wanted().free().filter(task=task).count() for task in self.free}
        assert found == self.free
        drafts = {d.assignment_id: (d.revision, d.data) for d in Draft.objects.all()}
        for (member, task), row in rows.items():
            held = self.held[places[member], task]
            assert drafts.get(row.pk, (0, None)) == (held.revision, held.text)
            sent = Submission.objects.filter(assignment=row).order_by("revision").values_list("revision", flat=True)
            assert list(sent) == list(range(1, len(held.sent) + 1))
        assert not list(breaches())

    @precondition(lambda self: self.held)
    @invariant()
    def turns_are_one_to_n(self) -> None:
        """Each person's turns have no holes."""
        for member in self.people:
            turns = sorted(Assignment.objects.filter(member=member).values_list("turn", flat=True))
            assert turns == list(range(1, len(turns) + 1))


@pytest.fixture
def machine(desk: Desk) -> type[Work]:
    """The machine in a project with gold."""
    Seat.objects.all().delete()
    change_policy(project=desk.project, by=desk.admin, gold_first_count=3, gold_first_tasks=6)
    batch = make_batch(desk.version, desk.admin, tasks=3, gold_tasks=2, name="Model")
    type(batch).objects.exclude(pk=batch.pk).update(state="completed")
    third = evaluator(desk.project, "Lara", desk.admin, desk.version)

    class Ready(Work):
        pass

    Ready.desk = desk._replace(batch=batch)
    Ready.people = [desk.eve, desk.evan, third]
    return Ready


def test_any_order_of_events_keeps_to_the_model(machine: type[Work]) -> None:
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=12, stateful_step_count=30, deadline=None, suppress_health_check=quiet),
    )
