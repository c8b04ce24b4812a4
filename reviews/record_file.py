"""A person's own record as a file: streamed, so that its length does not matter."""

import json
from collections.abc import Iterator
from typing import Any

from evaltool.base.cells import csv_lines
from reviews.own import FEEDBACK, NO_CHANGE, REVIEW_STATES, in_full
from reviews.shown.own import called, responses_seen, value_seen, words_seen
from tasks.models import Answer, Submission, SubmissionQuerySet

CHUNK = 200
COLUMNS = [
    "submission", "project", "batch", "submitted_at", "active_seconds", "revision", "current", "rubric",
    "rubric_version", "guideline_version", "review", "prompt", "criterion", "response", "answer", "reason", "deferred",
]  # fmt: skip


def jsonl_file(rows: SubmissionQuerySet) -> Iterator[bytes]:
    """One line per submission with everything the person saw and wrote."""
    for row in _rows(rows):
        yield json.dumps(record_row(row), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def csv_file(rows: SubmissionQuerySet) -> Iterator[bytes]:
    """One line per answer, safe to open in a spreadsheet."""
    return csv_lines(COLUMNS, _flat(rows))


def _rows(rows: SubmissionQuerySet) -> Iterator[Submission]:
    return in_full(rows).iterator(chunk_size=CHUNK)


def record_row(row: Submission) -> dict[str, Any]:
    """One submission as data; the task's own ids and origins stay out, as on the pages."""
    content = row.task.content
    return {
        **_facts(row),
        **{part: content[part] for part in ("prompt", "messages", "context") if content.get(part)},
        "responses": [
            {"name": name, **{part: one[part] for part in ("text", "messages") if part in one}}
            for name, one in responses_seen(row)
        ],
        "answers": [
            {
                "criterion": answer.criterion.key,
                "title": answer.criterion.title,
                "response": called(row, answer.target),
                "value": value_seen(row, answer.criterion, answer.value),
                "answer": words_seen(row, answer.criterion, answer.value),
                "reason": answer.rationale,
                "evidence": answer.evidence,
                "deferred": answer.deferred,
            }
            for answer in row.answers.all()
        ],
    }


def _facts(row: Submission) -> dict[str, Any]:
    guideline = row.guideline_version
    return {
        "submission": str(row.public_id),
        "project": row.member.project.name,
        "batch": row.assignment.batch.name,
        "submitted_at": row.at.isoformat(),
        "active_seconds": row.active_seconds,
        "revision": row.revision,
        "current": not row.superseded,  # type: ignore[attr-defined]  # annotated by in_full
        "rubric": row.rubric_version.rubric.name,
        "rubric_version": row.rubric_version.number,
        "guideline_version": guideline.number if guideline else None,
        "review": REVIEW_STATES[FEEDBACK if row.reviewed else NO_CHANGE],  # type: ignore[attr-defined]
    }


def _flat(rows: SubmissionQuerySet) -> Iterator[dict[str, Any]]:
    for row in _rows(rows):
        facts = {**_facts(row), "prompt": _prompt(row)}
        for answer in row.answers.all():
            yield facts | _flat_answer(row, answer)


def _prompt(row: Submission) -> str:
    content = row.task.content
    turns = [str(turn.get("content", "")) for turn in content.get("messages", ()) if turn.get("role") == "user"]
    return str(content.get("prompt") or "\n".join(turns))


def _flat_answer(row: Submission, answer: Answer) -> dict[str, Any]:
    return {
        "criterion": answer.criterion.title,
        "response": called(row, answer.target),
        "answer": words_seen(row, answer.criterion, answer.value),
        "reason": answer.rationale,
        "deferred": answer.deferred,
    }
