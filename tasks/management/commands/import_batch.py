"""`manage.py import_batch PROJECT BATCH FILE --by EMAIL`: what the upload page does, at the terminal."""

import argparse
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.http import Http404

from accounts.models import User
from evaltool.base import todos
from evaltool.base.errors import RuleBroken
from evaltool.base.models import ToDo
from projects.access import Permission, get_project_for
from projects.models import Project
from rubrics.models import RubricVersion
from tasks.batches import create_batch, release_batch
from tasks.importing import CHECK, COMMIT, cancel_import, commit_import, start_import
from tasks.models import Batch, ImportRun
from tasks.selectors_batches import batches_of, problems_of, published_rubrics

SHOWN = 50
PAUSE = 0.5  # seconds between looks at what another worker does
S = ImportRun.State


class Command(BaseCommand):
    """Imports a file of tasks; the same commands, rules and record as by the page."""

    help = "Import a JSON Lines file into a batch of a project; makes the batch when there is none of this name."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The arguments."""
        parser.add_argument("project", help="the project's name in its address (slug)")
        parser.add_argument("batch", help="the batch's name")
        parser.add_argument("file", type=Path, help="the file")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="the admin who imports")
        parser.add_argument("--rubric", metavar="NAME", help="the rubric of a new batch, when there are several")
        parser.add_argument("--leave-out-bad", action="store_true", help="import the good rows though others are bad")
        parser.add_argument("--release", action="store_true", help="release the batch when the rows are in")
        parser.add_argument(
            "--wait",
            action=argparse.BooleanOptionalAction,
            default=True,
            help="run the check and the import here; --no-wait leaves the check to the worker and the rest to the page",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Everything up to what was asked for; a refusal ends with its reason."""
        by = self._person(options["by"])
        try:
            project = get_project_for(by, options["project"], Permission.MANAGE_BATCHES)
            batch = self._batch(project, options["batch"], options["rubric"], by)
            self._import(batch, options, by)
        except Http404:
            raise CommandError(f"{by.email} manages no project {options['project']}.") from None
        except RuleBroken as refused:
            raise CommandError(refused.message) from refused

    def _person(self, email: str) -> User:
        user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody here has the address {email}.")
        return user

    def _batch(self, project: Project, name: str, rubric: str | None, by: User) -> Batch:
        found = batches_of(project).filter(name=name).first()
        if found:
            return found
        batch = create_batch(project=project, name=name, rubric_version=self._version(project, rubric), by=by)
        self.stdout.write(f"Made batch {batch.name} under {batch.rubric_version}, {batch.overlap} judgments per task.")
        return batch

    def _version(self, project: Project, name: str | None) -> RubricVersion:
        """The newest published version of the rubric of this name, or of the project's only rubric."""
        versions = list(published_rubrics(project))
        names = list(dict.fromkeys(version.rubric.name for version in versions))
        if not names:
            raise CommandError("This project has no published rubric yet.")
        if name is None and len(names) > 1:
            raise CommandError(f"Say which rubric by --rubric: {', '.join(names)}.")
        wanted = name or names[0]
        if wanted not in names:
            raise CommandError(f"No published rubric is called {wanted}. There are: {', '.join(names)}.")
        return next(version for version in versions if version.rubric.name == wanted)

    def _import(self, batch: Batch, options: dict[str, Any], by: User) -> None:
        try:
            with options["file"].open("rb") as file:
                run = start_import(batch=batch, file=file, filename=options["file"].name, by=by)
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        if not options["wait"]:
            self.stdout.write("Uploaded. A worker checks it; the import page shows the report.")
            return
        self._until_done(run, CHECK)
        self._report(run)
        self._commit(run, options["leave_out_bad"], by)
        self._until_done(run, COMMIT)
        self._say_end(run)
        batch.refresh_from_db()
        if options["release"] and batch.state != Batch.State.RELEASED:
            release_batch(batch=batch, by=by)
            self.stdout.write(f"{batch.name} is released.")

    def _commit(self, run: ImportRun, leave_out_bad: bool, by: User) -> None:
        """Accept the file; when it is refused nobody waits for a decision here, so the batch is free for the next."""
        try:
            commit_import(run=run, leave_out_bad=leave_out_bad, by=by)
        except RuleBroken:
            cancel_import(run=run, by=by)
            raise

    def _until_done(self, run: ImportRun, kind: str) -> None:
        """Do the job here, or wait for the worker that was quicker. Raises CommandError when the import failed."""
        while True:
            todo = ToDo.objects.filter(kind=kind, object_id=run.pk).first()
            ran = todo is not None and todos.run(todo.pk)
            run.refresh_from_db()
            if run.state in {S.FAILED, S.CANCELED}:
                raise CommandError(run.error or "The import was canceled.")
            if run.state not in {S.UPLOADED, S.CHECKING, S.COMMITTING}:
                return
            if not ran:
                time.sleep(PAUSE)

    def _report(self, run: ImportRun) -> None:
        counts = f"{run.rows_new:,} new, {run.rows_unchanged:,} unchanged, {run.rows_bad:,} bad"
        self.stdout.write(f"Checked {run.rows_total:,} rows: {counts}.")
        for problem in problems_of(run)[:SHOWN]:
            name = f" {problem.external_id}" if problem.external_id else ""
            self.stdout.write(f"  line {problem.line}{name}, {problem.field}: {problem.reason}")
        more = problems_of(run).count() - SHOWN
        if more > 0:
            self.stdout.write(f"  and {more:,} more; the import page lists them all.")
        kept = run.mapping.get("kept_as_metadata")
        if kept:
            self.stdout.write(f"Kept as metadata, shown to nobody who judges: {', '.join(kept)}.")

    def _say_end(self, run: ImportRun) -> None:
        left_out = f", {run.rows_bad:,} left out" if run.rows_bad else ""
        self.stdout.write(f"Imported: {run.rows_new:,} new, {run.rows_unchanged:,} unchanged{left_out}.")
