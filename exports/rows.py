"""What an export holds: one row per settled task, or one per judgment, streamed in a fixed order.

Evaluators are pseudonyms. The same data gives the same bytes: order is by task, then by seat.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, Prefetch, QuerySet

from exports.models import Export
from reviews.models import Consensus, ConsensusValue
from rubrics.answers.naming import target_label
from rubrics.comparing import export_columns, export_value
from rubrics.models import Criterion, RubricVersion
from tasks.content import file_order
from tasks.models import Answer, Seat, Submission, Task
from tasks.rounds import awaited, in_later_rounds

CHUNK = 500
BETWEEN = " | "

Row = dict[str, Any]


def rows(export: Export) -> Iterator[Row]:
    """The rows of an export as nested data, the shape JSON Lines keeps exactly."""
    return _consensus_rows(export) if export.content == Export.Content.CONSENSUS else _judgment_rows(export)


def settled(export: Export) -> QuerySet[Consensus]:
    """The consensuses an export of consensus holds: those that stand, so nothing that is in dispute again."""
    found = Consensus.objects.standing().filter(project=export.project).annotate(pending=Exists(awaited("task")))
    return found.filter(batch=export.batch) if export.batch_id else found


def judged(export: Export) -> QuerySet[Submission]:
    """The current submissions an export of judgments holds; gold only where it was asked for."""
    later = in_later_rounds("task", "assignment__seat__ordinal")
    found = Submission.objects.current().filter(task__project=export.project).annotate(superseded=Exists(later))
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
        # "pending": put back, so that judgments to come will settle it anew; until then this counts.
        "status": "pending" if consensus.pending else "settled",  # type: ignore[attr-defined]
        "method": consensus.method,
        "settled_at": consensus.at.isoformat(),
        "guideline_versions": sorted({j.guideline_version.number for j in judges if j.guideline_version}),
        "evaluators": [j.member.pseudonym for j in judges],
        "judgments": [str(j.public_id) for j in judges],
        "consensus": [
            {
                "criterion": v.criterion.key,
                "target": v.target,
                "about": _about(consensus.task.content, v.target),
                "value": v.value,
                "votes": v.votes,
            }
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
        # Its task was put back since, and is judged anew by others.
        "superseded": submission.superseded,  # type: ignore[attr-defined]
        "guideline_version": guideline.number if guideline else None,
        "submitted_at": submission.at.isoformat(),
        "active_seconds": submission.active_seconds,
        "answers": [
            {
                "criterion": a.criterion.key,
                "target": a.target,
                "about": _about(submission.task.content, a.target),
                "value": a.value,
                "rationale": a.rationale,
                "evidence": a.evidence,
                "deferred": a.deferred,
                **_label_row(submission.task.content, a),
            }
            for a in submission.answers.all()
        ],
    }
    return row


def _about(content: Row, target: str) -> str:
    """What an answer is about, in words; responses by their place in the file."""
    order = file_order(content)
    name = "Response {}" if len(order) > 1 else "Response"
    return target_label(content, target, lambda response: name.format(order.index(response) + 1)) or "The task"


def _label_row(content: Row, answer: Answer) -> Row:
    """What became of a model's label that its author saw, and the label as it was imported; null where none was."""
    if not answer.prelabel:
        return {"prelabel": None, "model_label": None}
    label = content.get("prelabels", {}).get(answer.criterion.key, {}).get(answer.target)
    return {"prelabel": answer.prelabel, "model_label": label}


def _task_row(task: Task) -> Row:
    content = task.content
    origins = {origin.response: origin.origin for origin in task.origins.all()}
    return {
        "id": task.external_id,
        "batch": task.batch.name,
        "domain": task.domain,
        **{part: content[part] for part in ("prompt", "messages", "context", "criteria") if content.get(part)},
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
        return [*fixed, "status", "method", "settled_at", "evaluators", "criterion", "target", "about", "votes", *cells]
    own = ["judgment", "evaluator", "revision", "superseded", "guideline_version", "submitted_at", "active_seconds"]
    said = ["rationale", "evidence", "deferred", "prelabel", "model_label"]
    return [*fixed, *own, "criterion", "target", "about", *said, *cells]


def _flat(answer: Row) -> Row:
    """Cells of what is a list or a value of any shape: quotes one after the other, a label as JSON."""
    label = answer.get("model_label")
    quotes = BETWEEN.join(str(one.get("text", "")) for one in answer.get("evidence", ()))
    return {"evidence": quotes, "model_label": None if label is None else json.dumps(label, ensure_ascii=False)}


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
                | _flat(answer)
                | export_value(criterion, answer["value"])
            )
