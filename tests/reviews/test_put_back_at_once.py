"""Putting back at the same moment from two pages: every task gets one more round, not two."""

import pytest

from reviews.putting_back import Reason, put_back, put_back_stale
from rubrics.commands import publish_version, save_version_draft
from tasks.models import Seat
from tests.reviews.review_samples import CRITERIA, Panel, judged, raw, settle
from tests.reviews.threads import at_once
from tests.tasks.work_samples import run_due

pytestmark = pytest.mark.django_db(transaction=True)


def test_putting_back_at_once_makes_one_round(panel: Panel) -> None:
    tasks = [judged(panel, raw(), raw()) for _ in range(2)]
    settle()
    draft = save_version_draft(rubric=panel.version.rubric, body={"criteria": CRITERIA}, by=panel.admin)
    version = publish_version(version=draft, by=panel.admin)

    def some() -> None:
        put_back(version=version, reason=Reason.RUBRIC, tasks=tasks, by=panel.admin)

    assert at_once(some, some, lambda: put_back_stale(version.pk), some) == []
    run_due("put_back_stale")
    again = Seat.objects.filter(cause=Seat.Cause.PUT_BACK)
    assert sorted(again.values_list("task", "ordinal")) == sorted((t.pk, n) for t in tasks for n in (1001, 1002))
