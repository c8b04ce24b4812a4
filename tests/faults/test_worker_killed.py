"""A worker that dies in mid job loses nothing and does nothing twice: real Celery, kill -9."""

import io
import json
from pathlib import Path

import pytest
from django.core.cache import cache

from accounts.models import User
from evaltool.base.models import ToDo
from exports.building import request_export
from exports.models import Export
from projects.models import Membership, Project
from reviews.models import Consensus
from rubrics.models import RubricVersion
from tasks.batches import create_batch
from tasks.importing import commit_import, start_import
from tasks.models import Batch, ImportRun, StagedRow, Task
from tests.tasks import work_samples
from tests.workers import running_worker, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 12_000


def lines(number: int) -> io.BytesIO:
    """A file of `number` good rows."""
    rows = ({"id": f"t{n}", "prompt": f"Question {n}?", "responses": ["One.", "Two."]} for n in range(number))
    return io.BytesIO("\n".join(map(json.dumps, rows)).encode())


@pytest.fixture
def batch(project: Project, alice: User) -> Batch:
    version = work_samples.make_version(project, alice)
    return create_batch(project=project, name="Large", rubric_version=version, by=alice)


def test_an_import_killed_in_mid_check_is_checked_once_within_30_seconds_of_the_restart(
    batch: Batch, alice: User, tmp_path: Path
) -> None:
    run = start_import(batch=batch, file=lines(ROWS), filename="large.jsonl", by=alice)
    with running_worker(tmp_path) as worker:
        wait_until(lambda: ImportRun.objects.get(pk=run.pk).bytes_done, what="the first rows")
        worker.kill()
        assert ImportRun.objects.get(pk=run.pk).state == ImportRun.State.CHECKING, "killed too late to show anything"
        worker.restart()
        wait_until(lambda: ImportRun.objects.get(pk=run.pk).state == ImportRun.State.CHECKED, seconds=30)
    assert StagedRow.objects.filter(run=run).values("external_id").distinct().count() == ROWS
    assert StagedRow.objects.filter(run=run).count() == ROWS


@pytest.mark.fault
def test_an_import_killed_in_mid_commit_is_there_whole_and_once(batch: Batch, alice: User, tmp_path: Path) -> None:
    run = start_import(batch=batch, file=lines(ROWS), filename="large.jsonl", by=alice)
    with running_worker(tmp_path) as worker:
        wait_until(lambda: ImportRun.objects.get(pk=run.pk).state == ImportRun.State.CHECKED, seconds=60)
        commit_import(run=ImportRun.objects.get(pk=run.pk), by=alice)
        begun = ToDo.objects.filter(kind="commit_import", attempts__gt=0)
        wait_until(begun.exists, what="the commit's start")
        worker.kill()
        assert not Task.objects.exists(), "a commit is all or nothing"
        worker.restart()
        wait_until(lambda: ImportRun.objects.get(pk=run.pk).state == ImportRun.State.COMMITTED, seconds=60)
    assert Task.objects.filter(batch=batch).count() == ROWS


def test_work_done_while_redis_is_emptied_and_no_worker_runs_is_settled_once(
    project: Project, alice: User, eve: User, evan: User, tmp_path: Path
) -> None:
    version: RubricVersion = work_samples.make_version(project, alice)
    work_samples.make_guideline(project, alice)
    members = [Membership.objects.select_related("user", "project").get(user=user) for user in (eve, evan)]
    for member in members:
        work_samples.clear(member, version, alice)
    work_samples.make_batch(version, alice, tasks=3)
    for member in members:
        while assignment := work_samples.claim(member):
            work_samples.hand_in(assignment)
            cache.clear()
    export = request_export(project=project, format="jsonl", content="consensus", by=alice)
    assert not Consensus.objects.exists()
    cache.clear()
    with running_worker(tmp_path):
        wait_until(lambda: Consensus.objects.count() == 3, seconds=30, what="settling")
        wait_until(lambda: Export.objects.get(pk=export.pk).state == Export.State.READY, what="the export")
    assert Consensus.objects.filter(superseded_by__isnull=True).count() == 3
    assert not ToDo.objects.filter(kind="settle_task").exists()
