"""What an export holds: one row per settled task, or one per judgment, streamed in a fixed order.

Evaluators are pseudonyms. The same data gives the same bytes: order is by task, then by seat.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch, QuerySet

from exports.models import Export
from reviews.models import Consensus, ConsensusValue
from rubrics.comparing import export_columns, export_value
from rubrics.models import Criterion, RubricVersion
from tasks.content import file_order
from tasks.models import Answer, Seat, Submission, Task

CHUNK = 500

Row = dict[str, Any]


def rows(export: Export) -> Iterator[Row]:
    """The rows of an export as nested data, the shape JSON Lines keeps exactly."""
    return _consensus_rows(export) if export.content == Export.Content.CONSENSUS else _judgment_rows(export)


def settled(export: Export) -> QuerySet[Consensus]:
    """The consensuses an export of consensus holds: those that stand, so nothing that is in dispute again."""
    found = Consensus.objects.standing().filter(project=export.project)
    return found.filter(batch=export.batch) if export.batch_id else found


def judged(export: Export) -> QuerySet[Submission]:
    """The current submissions an export of judgments holds; gold only where it was asked for."""
    found = Submission.objects.current().filter(task__project=export.project)
    if export.batch_id:
        found = found.filter(assignment__batch=export.batch)
    return found if export.include_gold else found.exclude(assignment__seat__cause=Seat.Cause.GOLD)


def _consensus_rows(export: Export) -> Iterator[Row]:
    values = ConsensusValue.objects.select_related("criterion").order_by("criterion__position", "target")
    judges = Submission.objects.select_related("member", "rubric_version__rubric", "guideline_version").order_by("pk")
    found = (
        settled(export)
        .select_related("task__batch__rubric_version__rubric", "adjudication")
        .prefetch_related(
            Prefetch("values", queryset=values), Prefetch("submissions", queryset=judges), "task__origins"
        )
        .order_by("task_id")
    )
    for consensus in found.iterator(chunk_size=CHUNK):
        yield _consensus_row(consensus)


def _consensus_row(consensus: Consensus) -> Row:
    judges = list(consensus.submissions.all())
    version = judges[0].rubric_version if judges else consensus.task.batch.rubric_version
    row = _task_row(consensus.task) | _rubric_row(version)
    row |= {
        "gold": False,
        "method": consensus.method,
        "settled_at": consensus.at.isoformat(),
        "guideline_versions": sorted({j.guideline_version.number for j in judges if j.guideline_version}),
        "evaluators": [j.member.pseudonym for j in judges],
        "judgments": [str(j.public_id) for j in judges],
        "consensus": [
            {"criterion": v.criterion.key, "target": v.target, "value": v.value, "votes": v.votes}
            for v in consensus.values.all()
        ],
        "adjudication": _adjudication_row(consensus),
    }
    return row


def _adjudication_row(consensus: Consensus) -> Row | None:
    found = consensus.adjudication
    if found is None:
        return None
    return {"note": found.note, "cause": found.cause, "section": found.section, "at": found.at.isoformat()}


def _judgment_rows(export: Export) -> Iterator[Row]:
    answers = Answer.objects.select_related("criterion").order_by("criterion__position", "target")
    found = (
        judged(export)
        .select_related("task__batch", "member", "rubric_version__rubric", "guideline_version", "assignment__seat")
        .prefetch_related(Prefetch("answers", queryset=answers), "task__origins")
        .order_by("task_id", "assignment__seat__ordinal", "pk")
    )
    for submission in found.iterator(chunk_size=CHUNK):
        yield _judgment_row(submission)


def _judgment_row(submission: Submission) -> Row:
    guideline = submission.guideline_version
    row = _task_row(submission.task) | _rubric_row(submission.rubric_version)
    row |= {
        "gold": submission.assignment.seat.cause == Seat.Cause.GOLD,
        "judgment": str(submission.public_id),
        "evaluator": submission.member.pseudonym,
        "revision": submission.revision,
        "guideline_version": guideline.number if guideline else None,
        "submitted_at": submission.at.isoformat(),
        "active_seconds": submission.active_seconds,
        "answers": [
            {
                "criterion": a.criterion.key,
                "target": a.target,
                "value": a.value,
                "rationale": a.rationale,
                "evidence": a.evidence,
                "deferred": a.deferred,
            }
            for a in submission.answers.all()
        ],
    }
    return row


def _task_row(task: Task) -> Row:
    content = task.content
    origins = {origin.response: origin.origin for origin in task.origins.all()}
    return {
        "id": task.external_id,
        "batch": task.batch.name,
        "domain": task.domain,
        **{part: content[part] for part in ("prompt", "messages", "context") if content.get(part)},
        "responses": [
            {**response, "origin": origins.get(response["id"]), "position": position}
            for response, position in zip(content["responses"], _positions(content), strict=True)
        ],
    }


def _positions(content: Row) -> list[int]:
    """Where each response stood in its file, from 1: ids are drawn and say nothing about it."""
    order = file_order(content)
    return [order.index(response["id"]) + 1 for response in content["responses"]]


def _rubric_row(version: RubricVersion) -> Row:
    return {"rubric": version.rubric.name, "rubric_version": version.number, "rubric_sha256": version.sha256}


# ---------------------------------------------------------------------- CSV


def criteria_of(export: Export) -> list[Criterion]:
    """Every criterion an export's rows may answer, in a fixed order: rubric, version, position."""
    versions = RubricVersion.objects.filter(rubric__project=export.project).exclude(state="draft")
    found = Criterion.objects.filter(version__in=versions).select_related("version__rubric")
    return list(found.order_by("version__rubric__name", "version__number", "position"))


def columns(export: Export) -> list[str]:
    """The columns of the CSV: one row per answered criterion and target."""
    cells = dict.fromkeys(column for criterion in criteria_of(export) for column in export_columns(criterion))
    fixed = ["id", "batch", "domain", "rubric", "rubric_version", "gold"]
    if export.content == Export.Content.CONSENSUS:
        return [*fixed, "method", "settled_at", "evaluators", "criterion", "target", "votes", *cells]
    own = ["judgment", "evaluator", "revision", "guideline_version", "submitted_at", "active_seconds"]
    return [*fixed, *own, "criterion", "target", "rationale", "deferred", *cells]


def flat_rows(export: Export) -> Iterator[Row]:
    """The same rows for a spreadsheet: one line per answered criterion and target."""
    known = {(c.version.rubric.name, c.version.number, c.key): c for c in criteria_of(export)}
    for row in rows(export):
        answers = row.pop("consensus", None) or row.pop("answers", [])
        for answer in answers:
            criterion = known[row["rubric"], row["rubric_version"], answer["criterion"]]
            yield (
                row
                | {"evaluators": " ".join(row.get("evaluators", []))}
                | answer
                | export_value(criterion, answer["value"])
            )
