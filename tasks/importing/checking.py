"""The check of an import: every line is read once, good rows are staged, bad rows reported, nothing is imported.

A long to-do. Progress is written with each chunk; a worker that dies leaves a check that starts again from the
beginning and comes to the same result.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple, cast

from django.conf import settings
from django.db import transaction

from evaltool.base import clock
from evaltool.base.errors import Invalid, Problem
from evaltool.base.states import move
from evaltool.base.todos import Alive, Interrupted
from rubrics.kinds import kind_of
from rubrics.models import Criterion, Scope
from rubrics.targets import targets
from tasks import gold_keys
from tasks.content import CleanRow, clean_content, content_sha256, name_of, reordered, unknown_keys
from tasks.importing.ending import fail, forget_staged
from tasks.importing.matching import Known, differences, known_tasks
from tasks.importing.reading import Line, lines, parse
from tasks.models import IMPORT_MOVES, ImportRun, RowProblem, StagedRow
from tasks.placing import shuffled

CHUNK_ROWS = 500
CHUNK_BYTES = 4 * 1024 * 1024
MOST_NAMES = 60  # distinct unknown keys and batches named in the report

NO_ROWS = "The file has no rows: every line is empty. Write one JSON object on each line."


def _nothing_to_ask(criterion: Criterion, content: dict[str, Any]) -> str:
    """Why a criterion about responses or turns cannot be asked of a task that has none of them; "" when it can."""
    about = {Scope.RESPONSE.value: "response", Scope.TURN.value: "turn"}.get(criterion.scope)
    if about is None or targets(criterion, content) or not kind_of(criterion).asked(criterion, content):
        return ""
    return f"It is asked about each {about}, and there is none."


class Checked(NamedTuple):
    """A line that was read: the row when it fits, else its problems; `other` names keys the format does not know."""

    line: int
    name: str
    row: CleanRow | None
    problems: list[Problem]
    other: list[str]


def check_import(run_pk: int, alive: Alive) -> None:
    """Check the file of a run that waits for it; do nothing in any other state. Raises Interrupted when canceled."""
    run = ImportRun.objects.select_related("batch__project", "batch__rubric_version").get(pk=run_pk)
    if run.state not in {ImportRun.State.UPLOADED, ImportRun.State.CHECKING}:
        return
    _start_over(run, alive)
    check = _Check(run)
    with run.file.open("rb") as file:
        for chunk in _chunks(cast("BinaryIO", file)):
            alive()
            check.take(chunk)
            if check.counts["total"] > settings.IMPORT_MAX_ROWS:
                fail(run, f"The file has more than {settings.IMPORT_MAX_ROWS:,} rows (IMPORT_MAX_ROWS). Split it.")
                return
    _finish(run)


def _start_over(run: ImportRun, alive: Alive) -> None:
    """Whatever an earlier attempt left behind goes, in pieces, so that the reservation holds."""
    nothing: dict[str, Any] = dict.fromkeys(("bytes_done", "rows_total", "rows_new", "rows_unchanged", "rows_bad"), 0)
    if run.state == ImportRun.State.UPLOADED:
        move(run, to=ImportRun.State.CHECKING, moves=IMPORT_MOVES)
    _advance(run, run.bytes_done, **nothing, mapping={})
    forget_staged(run, alive, with_problems=True)


def _finish(run: ImportRun) -> None:
    if not run.rows_total:
        fail(run, NO_ROWS)
        return
    move(run, to=ImportRun.State.CHECKED, moves=IMPORT_MOVES, bytes_done=run.size, finished_at=clock.now())


def _advance(run: ImportRun, before: int, **values: Any) -> None:
    """Write progress only if nobody else did since: not another worker, and not whoever canceled."""
    mine = ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.CHECKING, bytes_done=before)
    if not mine.update(**values):
        raise Interrupted(f"import {run.pk} goes on elsewhere or was canceled")
    for name, value in values.items():
        setattr(run, name, value)


def _chunks(file: BinaryIO) -> Iterator[list[Line]]:
    """Lines in portions bounded in number and in bytes."""
    chunk: list[Line] = []
    held = 0
    for line in lines(file, settings.IMPORT_MAX_LINE_BYTES):
        chunk.append(line)
        held += len(line.data or b"")
        if len(chunk) >= CHUNK_ROWS or held >= CHUNK_BYTES:
            yield chunk
            chunk, held = [], 0
    if chunk:
        yield chunk


class _Check:
    """One pass over a file: what the rows are held against, and the counts so far."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self.criteria = list(Criterion.objects.filter(version=run.batch.rubric_version))
        self.counts: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()
        self.elsewhere: Counter[str] = Counter()

    def take(self, chunk: list[Line]) -> None:
        """Read a chunk and write its result in one transaction."""
        staged, problems = self._sort([self._read(line) for line in chunk])
        with transaction.atomic():
            _advance(self.run, self.run.bytes_done, bytes_done=chunk[-1].end, **self._report())
            StagedRow.objects.bulk_create(staged)
            RowProblem.objects.bulk_create(problems)

    def _read(self, line: Line) -> Checked:
        raw: Any = None
        try:
            raw = parse(line, settings.IMPORT_MAX_LINE_BYTES)
            row = clean_content(raw)
            self._ask_fit(row)
            if row.gold:
                row = row._replace(gold=self._gold(row))
        except Invalid as refused:
            return Checked(line.number, name_of(raw), None, refused.problems, [])
        return Checked(line.number, row.external_id, row, [], unknown_keys(raw))

    def _ask_fit(self, row: CleanRow) -> None:
        """Raise Invalid where a criterion cannot be asked of this task."""
        lacks = [
            Problem(kind_of(criterion).draws_on, f"do not fit “{criterion.title}”: {reason}")
            for criterion in self.criteria
            if (reason := kind_of(criterion).unfit(criterion, row.content) or _nothing_to_ask(criterion, row.content))
        ]
        if lacks:
            raise Invalid(lacks)

    def _gold(self, row: CleanRow) -> dict[str, Any]:
        try:
            return gold_keys.clean_gold(self.criteria, row.content, row.gold or {})
        except Invalid as refused:
            raise Invalid([Problem(f"gold.{p.field}", p.reason) for p in refused.problems]) from refused

    def _sort(self, rows: list[Checked]) -> tuple[list[StagedRow], list[RowProblem]]:
        """Decide which rows are new, unchanged, or bad after all because of another row or an existing task."""
        names = [row.name for row in rows if row.row]
        seen = dict(StagedRow.objects.filter(run=self.run, external_id__in=names).values_list("external_id", "line"))
        known = known_tasks(self.run.batch.project_id, names)
        staged: list[StagedRow] = []
        problems: list[RowProblem] = []
        for row in rows:
            found = self._place(row, seen, known.get(row.name))
            if isinstance(found, StagedRow):
                staged.append(found)
                seen[row.name] = row.line
            else:
                problems += found
        self.counts["bad"] += len({problem.line for problem in problems})
        self.counts["total"] += len(rows)
        return staged, problems

    def _place(self, checked: Checked, seen: dict[str, int], known: Known | None) -> StagedRow | list[RowProblem]:
        if checked.row is None:
            return self._reported(checked, checked.problems)
        if checked.name in seen:
            reason = f"is on line {seen[checked.name]} already, and now again on line {checked.line}; ids are unique"
            return self._reported(checked, [Problem("id", reason)])
        row = self._ordered(checked.row, known)
        sha256 = content_sha256(row.content)
        if known is None:
            return self._new(checked, row, sha256)
        other = differences(row, sha256, known)
        if other:
            self.counts["conflicts"] += 1
            return self._reported(checked, [Problem("id", _conflict(known, other))])
        return self._unchanged(checked, known)

    def _ordered(self, row: CleanRow, known: Known | None) -> CleanRow:
        """The row under the ids its task has, or under drawn ones: the same each time, and not to be guessed."""
        ids = [response["id"] for response in row.content["responses"]]
        order = known.file_order if known else shuffled(ids, "responses", row.external_id)
        if order is None or sorted(order) != ids:  # older than drawing, or another number of responses
            return row
        return reordered(row, order, self._renamed)

    def _renamed(self, key: str, value: Any, names: Mapping[str, str]) -> Any:
        """What a value says of responses, under their new ids; labels for criteria nobody knows stay as they are."""
        criterion = next((one for one in self.criteria if one.key == key), None)
        return kind_of(criterion).renamed(value, names) if criterion else value

    def _reported(self, checked: Checked, problems: list[Problem]) -> list[RowProblem]:
        return [
            RowProblem(
                run=self.run,
                line=checked.line,
                external_id=checked.name,
                field=problem.field[:120],
                reason=problem.reason,
            )
            for problem in problems
        ]

    def _new(self, checked: Checked, row: CleanRow, sha256: str) -> StagedRow:
        self.counts["new"] += 1
        self.counts["gold"] += row.gold is not None
        _tally(self.kept, checked.other)
        task = {
            "content": row.content,
            "content_sha256": sha256,
            "domain": row.domain,
            "needs_expert": row.needs_expert,
        }
        return StagedRow(
            run=self.run, line=checked.line, external_id=checked.name, task=task, origins=row.origins, gold=row.gold
        )

    def _unchanged(self, checked: Checked, known: Known) -> StagedRow:
        """Staged without content: only its id, so that a second row of the same id is noticed."""
        self.counts["unchanged"] += 1
        _tally(self.elsewhere, [known.batch])
        return StagedRow(run=self.run, line=checked.line, external_id=checked.name, task={})

    def _report(self) -> dict[str, Any]:
        counts = self.counts
        return {
            "rows_total": counts["total"],
            "rows_new": counts["new"],
            "rows_unchanged": counts["unchanged"],
            "rows_bad": counts["bad"],
            "mapping": {
                "kept_as_metadata": dict(self.kept),
                "already_in": dict(self.elsewhere),
                "conflicts": counts["conflicts"],
                "gold": counts["gold"],
            },
        }


def _tally(counter: Counter[str], names: list[str]) -> None:
    """Count names, but never remember more of them than a report can show."""
    for name in names:
        if name in counter or len(counter) < MOST_NAMES:
            counter[name[:80]] += 1


def _conflict(known: Known, other: list[str]) -> str:
    return (
        f"names a task that is already in “{known.batch}” with another {' and another '.join(other)}. "
        "Give this row a new id, or leave it out"
    )
