"""The beginning of an import: the file is stored under a random name, and a worker is asked to check it."""

import hashlib
import secrets
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.template.defaultfilters import filesizeformat

from accounts import audit
from accounts.models import User
from evaltool.base import clock, todos
from evaltool.base.errors import Invalid, Problem, RuleBroken
from evaltool.base.states import move
from tasks.importing.reading import mistaken_for
from tasks.models import BATCH_MOVES, Batch, ImportRun

CHECK = "check_import"
PIECE = 256 * 1024
OPEN_FOR_TASKS = frozenset({Batch.State.DRAFT, Batch.State.READY, Batch.State.RELEASED, Batch.State.PAUSED})
S = ImportRun.State
UNDER_WAY = frozenset({S.UPLOADED, S.CHECKING, S.CHECKED, S.COMMITTING})
BUSY = "Another file is on its way into this batch. Import or cancel it first."


def start_import(*, batch: Batch, file: Any, filename: str, by: User) -> ImportRun:
    """Store an uploaded file (anything with `read`) and ask a worker to check it; the batch gets nothing yet.

    The same file sent twice by the same person, as by a double click, is one import. Raises Invalid naming `file` when
    it is empty, too large or plainly no JSON Lines; RuleBroken when the batch takes no tasks in its state or another
    import of it is under way.
    """
    if batch.state not in OPEN_FOR_TASKS | {Batch.State.IMPORTING}:
        raise RuleBroken(f"This batch is {batch.get_state_display().lower()} and takes no more tasks.")
    stored = _Metered(file)
    name = f"imports/{clock.now():%Y/%m}/{secrets.token_hex(16)}.jsonl"
    run = None
    try:
        default_storage.save(name, stored)
        _ask_plausible(stored)
        run = _twin(batch, stored, by) or _begin(batch, name, stored, shown_name(filename), by)
        return run
    finally:
        if run is None or run.file.name != name:
            default_storage.delete(name)


def _twin(batch: Batch, stored: "_Metered", by: User) -> ImportRun | None:
    under_way = ImportRun.objects.filter(batch=batch, state__in=UNDER_WAY)
    return under_way.filter(sha256=stored.sha256.hexdigest(), created_by=by).first()


@transaction.atomic
def _begin(batch: Batch, name: str, stored: "_Metered", filename: str, by: User) -> ImportRun:
    try:
        with transaction.atomic():
            run = ImportRun.objects.create(
                batch=batch,
                file=name,
                filename=filename,
                size=stored.size_read,
                sha256=stored.sha256.hexdigest(),
                created_by=by,
                created_at=clock.now(),
            )
    except IntegrityError as error:  # one_import_at_a_time_per_batch
        raise RuleBroken(BUSY, code="import_running") from error
    if batch.state in {Batch.State.DRAFT, Batch.State.READY}:
        move(batch, to=Batch.State.IMPORTING, moves=BATCH_MOVES)
    audit.record("import_started", by=by, target=run, scope=batch.project.public_id, bytes=run.size)
    todos.add(CHECK, run.pk)
    return run


class _Metered(File):
    """A stream on its way to the storage: measured, hashed, and ended at the limit."""

    def __init__(self, source: Any) -> None:
        super().__init__(source, name="upload")
        self.source = source
        self.size_read = 0
        self.head = b""
        self.sha256 = hashlib.sha256()

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """The pieces of the stream, from its beginning where it can be rewound."""
        if self.source.seekable():
            self.source.seek(0)
        while piece := self.source.read(chunk_size or PIECE):
            self.size_read += len(piece)
            if self.size_read > settings.IMPORT_MAX_BYTES:
                raise too_large()
            self.head = self.head or piece[:16]
            self.sha256.update(piece)
            yield piece


def too_large() -> Invalid:
    """What to say about a file above the limit."""
    limit = filesizeformat(settings.IMPORT_MAX_BYTES)
    return Invalid([Problem("file", f"The file is larger than {limit} (IMPORT_MAX_BYTES). Split it.")])


def _ask_plausible(stored: _Metered) -> None:
    if not stored.size_read:
        raise Invalid([Problem("file", "The file is empty. Nothing was stored.")])
    mistaken = mistaken_for(stored.head)
    if mistaken:
        raise Invalid([Problem("file", f"The file is {mistaken}, then upload it again.")])


def shown_name(filename: str) -> str:
    """A file's name for people: no folders, nothing unseen or turned around, at most 200 characters."""
    base = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in base if c.isprintable()).strip()[:200] or "upload.jsonl"
