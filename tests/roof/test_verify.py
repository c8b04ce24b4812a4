"""`manage.py verify` holds on a fresh database, and names the row that breaks an invariant."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from evaltool.base.models import ToDo
from evaltool.verify import INVARIANTS, breaches
from projects.models import Project

pytestmark = pytest.mark.django_db


def test_every_invariant_is_sql_that_runs(project: Project) -> None:
    assert list(breaches()) == []
    assert len({invariant.name for invariant in INVARIANTS}) == len(INVARIANTS)


def test_a_breach_is_named_with_its_row(project: Project) -> None:
    todo = ToDo.objects.create(kind="settle_task", object_id=1, due_at=timezone.now(), stopped_at=timezone.now())
    assert [(b.invariant, b.row[0]) for b in breaches()] == [("no-to-do-left-lying", todo.pk)]
    with pytest.raises(CommandError, match="1 rows break"):
        call_command("verify")


def test_a_forged_audit_row_is_refused_by_the_database(project: Project) -> None:
    with pytest.raises(Exception, match="never changed or deleted"), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_auditevent SET action = 'nothing'")
