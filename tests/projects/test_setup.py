"""A project is made, described, and given its numbers."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import AuditEvent
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from projects import policy_terms
from projects.commands import change_policy, create_project, describe_project, set_domains
from projects.models import Policy, Project, Role

pytestmark = pytest.mark.django_db


def test_whoever_makes_a_project_is_its_admin_and_gets_the_default_policy(alice):
    project = create_project(name=" Claims & Letters ", description=" About them. ", by=alice)
    assert (project.slug, project.name, project.description) == ("claims-letters", "Claims & Letters", "About them.")
    member = project.memberships.get()
    assert (member.user, member.roles) == (alice, [Role.ADMIN])
    assert (project.policy.number, project.policy.competent, project.policy.overlap) == (1, 0.85, 2)
    assert AuditEvent.objects.get(action="project_created").scope == project.public_id


def test_only_who_may_can_make_projects(eve):
    with pytest.raises(RuleBroken, match="cannot make projects"):
        create_project(name="Mine", by=eve)
    assert not Project.objects.exists()


def test_two_projects_of_one_name_get_two_addresses(alice):
    slugs = [create_project(name="Same name", by=alice).slug for _ in range(3)]
    assert slugs == ["same-name", "same-name-2", "same-name-3"]
    assert create_project(name="文書", by=alice).slug == "project"


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
def test_a_project_needs_a_name(alice, name):
    with pytest.raises(Invalid, match="name"):
        create_project(name=name, by=alice)
    assert not Project.objects.exists()


def test_a_new_name_leaves_the_address_as_it_was(project, alice):
    describe_project(project=project, name="Other name", description="New", by=alice)
    project.refresh_from_db()
    assert (project.slug, project.name, project.description) == ("clinical-answers", "Other name", "New")


def test_domains_are_kept_once_and_in_small_letters(project, alice):
    set_domains(project=project, domains=[" Cardiology", "law", "cardiology ", ""], by=alice)
    project.refresh_from_db()
    assert project.domains == ["cardiology", "law"]
    for wrong in (["x" * 81], [f"domain {n}" for n in range(41)]):
        with pytest.raises(Invalid, match="domains"):
            set_domains(project=project, domains=wrong, by=alice)
    project.refresh_from_db()
    assert project.domains == ["cardiology", "law"]


def test_a_change_of_policy_is_a_new_row_and_keeps_the_rest(project, alice):
    before = project.policy
    after = change_policy(project=project, by=alice, overlap=3, gold_share=0.2)
    assert (after.number, after.overlap, after.gold_share, after.competent) == (2, 3, 0.2, 0.85)
    assert Policy.objects.get(pk=before.pk).overlap == 2
    assert project.policy == after
    assert AuditEvent.objects.get(action="policy_changed").data == {"number": 2, "overlap": 3, "gold_share": 0.2}


def test_saving_the_same_numbers_changes_nothing(project, alice):
    assert change_policy(project=project, by=alice, overlap=2) == project.policy
    assert project.policies.count() == 1


def test_a_policy_changed_by_somebody_else_is_not_overwritten(project, alice, quinn):
    change_policy(project=project, by=alice, expected=1, overlap=3)
    with pytest.raises(StaleState):
        change_policy(project=project, by=quinn, expected=1, lease_minutes=30)
    assert (project.policy.overlap, project.policy.lease_minutes) == (3, 90)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"competent": 1.2}, "competent"),
        ({"competent": 0.6}, "unacceptable"),
        ({"unacceptable": 0.9}, "unacceptable"),
        ({"gold_floor": 0.3}, "gold_floor"),
        ({"gold_first_count": 11}, "gold_first_count"),
        ({"overlap": 6}, "overlap"),
        ({"overlap": 0}, "overlap"),
        ({"overlap": 2.5}, "overlap"),
        ({"overlap": True}, "overlap"),
        ({"overlap": None}, "overlap"),
        ({"dynamic_overlap": "yes"}, "dynamic_overlap"),
        ({"on_alarm": "shout"}, "on_alarm"),
        ({"lease_minutes": 0}, "lease_minutes"),
        ({"gold_share": float("nan")}, "gold_share"),
        ({"number": 7}, "number"),
        ({"project_id": 1}, "project_id"),
    ],
)
def test_numbers_out_of_bounds_or_order_are_refused_by_name(project, alice, values, field):
    with pytest.raises(Invalid) as error:
        change_policy(project=project, by=alice, **values)
    assert [problem.field for problem in error.value.problems] == [field]
    assert project.policies.count() == 1


def test_every_default_lies_within_its_own_bounds():
    assert policy_terms.problems(policy_terms.values(Policy())) == []


def test_every_number_of_the_policy_has_its_words():
    fields = {field.name for field in Policy._meta.get_fields() if field.concrete}
    assert fields - set(policy_terms.TERMS) == {"id", "project", "number", "created_at", "created_by"}
    assert all(term.does for term in policy_terms.TERMS.values())


def test_the_database_refuses_to_change_or_delete_a_policy(project):
    for change in (lambda: project.policies.update(overlap=5), lambda: project.policies.all().delete()):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            change()
    assert project.policy.overlap == 2


def test_the_database_refuses_a_policy_out_of_order(project, alice):
    now = project.created_at
    with pytest.raises(IntegrityError, match="policy_standard_in_order"), transaction.atomic():
        Policy.objects.create(project=project, number=2, created_at=now, created_by=alice, competent=0.5)
    with pytest.raises(IntegrityError, match="policy_number_unique"), transaction.atomic():
        Policy.objects.create(project=project, number=1, created_at=now, created_by=alice)
    assert project.policies.count() == 1
