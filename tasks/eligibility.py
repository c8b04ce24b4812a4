"""Who may take which task: the one rule, for distribution, for claiming and for the pages that say why not."""

from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from evaltool.base import clock
from projects.models import MAY_WORK, Acknowledgement, Expertise, GuidelineVersion, Membership, Role
from tasks.models import Assignment, Batch, Clearance, Involvement, Seat
from tasks.rounds import same_round

EXPERT_LEVEL = Expertise.Level.PROFESSIONAL


def released(path: str = "") -> Q:
    """Batches whose tasks are given out; `path` leads to the batch, as in "batch__"."""
    given_out = {"state": Batch.State.RELEASED, "purpose": Batch.Purpose.WORK, "project__archived_at__isnull": True}
    return Q(**{f"{path}{name}": value for name, value in given_out.items()})


def ready(path: str = "") -> Q:
    """Evaluators whose standing lets them work and who have confirmed the guideline they must read.

    `path` leads to the membership, as in "member__".
    """
    read = Acknowledgement.objects.filter(
        member=OuterRef(OuterRef(f"{path}pk")),
        version__guideline=OuterRef("guideline"),
        version__number__gte=OuterRef("number"),
    )
    duties = GuidelineVersion.objects.filter(
        ~Exists(read), guideline__project=OuterRef(f"{path}project"), published_at__isnull=False, must_read=True
    )
    working = Q(**{f"{path}standing__in": MAY_WORK, f"{path}roles__contains": [Role.EVALUATOR]})
    return working & ~Q(Exists(duties))


def valid_clearances() -> QuerySet[Clearance]:
    """Clearances that have not run out, by the database's clock."""
    return Clearance.objects.filter(Q(until__isnull=True) | Q(until__gt=clock.db_now()))


def eligible_members(batch: Batch) -> QuerySet[Membership]:
    """Members who may take new tasks of this batch."""
    cleared = valid_clearances().filter(member=OuterRef("pk"), rubric=batch.rubric_version.rubric_id)
    given_out = Batch.objects.filter(released(), pk=batch.pk)
    return Membership.objects.filter(ready(), Exists(cleared), Exists(given_out), project=batch.project_id)


def eligible(member: Membership, batch: Batch) -> bool:
    """Whether the member may take new tasks of the batch."""
    return eligible_members(batch).filter(pk=member.pk).exists()


def open_batches(member: Membership) -> QuerySet[Batch]:
    """Released batches whose rubric the member is cleared for, the most urgent first."""
    cleared = valid_clearances().filter(member=member, rubric=OuterRef("rubric_version__rubric"))
    rows = Batch.objects.filter(released(), Exists(cleared), project=member.project_id)
    urgent_first = ("-priority", F("deadline").asc(nulls_last=True), "pk")
    return rows.select_related("rubric_version", "project").order_by(*urgent_first)


def free_seats(member: Membership, batch: Batch) -> QuerySet[Seat]:
    """Free seats of the batch that this member may take, in the batch's order. Whether they are eligible is apart."""
    involved = Involvement.objects.filter(task=OuterRef("task"), user=member.user_id)
    rows = Seat.objects.free().wanted().filter(~Exists(involved), batch=batch)
    return suitable(rows, member, batch.rubric_version.rubric_id).order_by("place", "ordinal")


def experts_among(members: Iterable[int], domain: str) -> set[int]:
    """Which of these members are experts in the domain; any expertise will do where there is none."""
    rows = Expertise.objects.filter(member__in=list(members), level__gte=EXPERT_LEVEL)
    return set((rows.filter(domain=domain) if domain else rows).values_list("member_id", flat=True))


def suitable(seats: QuerySet[Seat], member: Membership, rubric: int) -> QuerySet[Seat]:
    """Seats in the domains the member is cleared for; the last free one of an expert's task waits for an expert."""
    own_domain = Q(domain="") | Q(domain=OuterRef("task__domain"))
    cleared = valid_clearances().filter(own_domain, member=member, rubric=rubric)
    return seats.filter(Exists(cleared), may_fill(member), task__taken_out_at__isnull=True)


def may_fill(member: Membership) -> Q:
    """Seats that leave room for an expert where the task needs one: an expert's, or not the last, or one is in.

    Any expertise will do for a task without a domain.
    """
    experts = Expertise.objects.filter(level__gte=EXPERT_LEVEL)
    same_domain = experts.filter(domain=OuterRef("task__domain"))
    is_expert = Q(Exists(same_domain.filter(member=member))) | Q(Exists(experts.filter(member=member)), task__domain="")
    another = Seat.objects.free().wanted().filter(task=OuterRef("task")).exclude(pk=OuterRef("pk"))
    held = Q(state__in=[Assignment.State.QUEUED, Assignment.State.OPEN, Assignment.State.SUBMITTED])
    expert_in = Assignment.objects.filter(
        held,
        Q(Exists(same_domain.filter(member=OuterRef("member")))),
        same_round("ordinal", "seat__ordinal"),
        task=OuterRef("task"),
    )
    anyone = Q(task__needs_expert=False) | Q(cause=Seat.Cause.GOLD)
    return anyone | is_expert | Q(Exists(another)) | Q(Exists(expert_in))
