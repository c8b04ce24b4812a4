"""A guideline that comes as a document: uploaded, read by a worker, confirmed by an admin."""

import hashlib
import secrets
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from accounts import audit
from accounts.models import User
from evaltool.base import clock, states, todos
from evaltool.base.documents import MAX_BYTES, Refused, apply_levels, convert
from evaltool.base.errors import Invalid, Problem, RuleBroken
from projects.commands.guideline import save_guideline_draft
from projects.models import FILE_MOVES, GuidelineFile, GuidelineVersion, Project

READ = "read_guideline_file"
S = GuidelineFile.State


@transaction.atomic
def upload_guideline_file(*, project: Project, data: bytes, filename: str, by: User) -> GuidelineFile:
    """Keep an uploaded document and ask a worker to read it.

    The same file again from the same person is the same upload, unless it was refused. Raises Invalid naming `file`
    when it is empty or too large.
    """
    if not data or len(data) > MAX_BYTES:
        reason = f"This file is larger than {MAX_BYTES // 1024**2} MB." if data else "This file is empty."
        raise Invalid([Problem("file", reason)])
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # a double click is one upload
    digest = hashlib.sha256(data).hexdigest()
    earlier = GuidelineFile.objects.filter(project=project, sha256=digest, uploaded_by=by).exclude(state=S.REFUSED)
    return earlier.order_by("-uploaded_at").first() or _keep(project, data, digest, filename, by)


def _keep(project: Project, data: bytes, digest: str, filename: str, by: User) -> GuidelineFile:
    shown = "".join(c for c in PurePath(filename.replace("\\", "/")).name if c.isprintable()).strip() or "guideline"
    ending = PurePath(shown).suffix.lower()[:8]
    name = f"guidelines/{clock.now():%Y/%m}/{secrets.token_hex(16)}{ending if ending[1:].isalnum() else ''}"
    found = GuidelineFile.objects.create(
        project=project,
        file=default_storage.save(name, ContentFile(data)),
        filename=shown[-200:],
        size=len(data),
        sha256=digest,
        uploaded_by=by,
        uploaded_at=clock.now(),
    )
    audit.record("guideline_uploaded", by=by, target=found, scope=project.public_id, bytes=found.size)
    todos.add(READ, found.pk)
    return found


def read_guideline_file(pk: int, alive: todos.Alive) -> None:
    """Make Markdown of an uploaded document, or say why that cannot be done; nothing if it was read already."""
    found = GuidelineFile.objects.filter(pk=pk, state=S.WAITING).first()
    if found is None:
        return
    with found.file.open() as stream:
        data = stream.read()
    with todos.kept(alive):
        state, values = _reading(data, found.filename)
    states.move(found, to=state, moves=FILE_MOVES, ended_at=clock.now(), **values)


def _reading(data: bytes, filename: str) -> tuple[str, dict[str, Any]]:
    try:
        text = convert(data, filename)
    except Refused as refused:
        return S.REFUSED, {"error": str(refused)[:500]}
    return S.READ, {"text": text.text, "notes": text.notes, "guessed": text.guessed, "kind": text.kind}


def use_guideline_file(
    *,
    file: GuidelineFile,
    levels: Mapping[int, int],
    title: str,
    change_note: str = "",
    must_read: bool = True,
    by: User,
    expected: str | None = None,
) -> GuidelineVersion:
    """Make the draft of the next version from a document, its headings as confirmed.

    `levels` maps the line of a heading (`documents.outline`) to 1..4, or 0 for plain text. Raises RuleBroken when it
    was not read, and what `save_guideline_draft` raises.
    """
    if file.state != S.READ:
        raise RuleBroken("This document was not read.")
    return save_guideline_draft(
        project=file.project,
        title=title,
        source=apply_levels(file.text, levels),
        change_note=change_note,
        must_read=must_read,
        by=by,
        expected=expected,
        original=file,
    )
