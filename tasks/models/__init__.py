"""Batches, tasks, seats and the work on them. Who may change what, and how, lives in the commands."""

from tasks.models.batches import BATCH_MOVES, IMPORT_MOVES, Batch, ImportRun, RowProblem, StagedRow
from tasks.models.judgments import EXCHANGE_MOVES, Answer, Exchange, Submission, SubmissionQuerySet
from tasks.models.people import Clearance, Trust, WorkSpan
from tasks.models.tasks import KEY_MOVES, GoldKey, ResponseOrigin, Task
from tasks.models.work import (
    ASSIGNMENT_MOVES,
    SEAT_MOVES,
    Assignment,
    AssignmentQuerySet,
    Draft,
    Involvement,
    Seat,
    SeatQuerySet,
)

__all__ = [
    "ASSIGNMENT_MOVES",
    "BATCH_MOVES",
    "EXCHANGE_MOVES",
    "IMPORT_MOVES",
    "KEY_MOVES",
    "SEAT_MOVES",
    "Answer",
    "Assignment",
    "AssignmentQuerySet",
    "Batch",
    "Clearance",
    "Draft",
    "Exchange",
    "GoldKey",
    "ImportRun",
    "Involvement",
    "ResponseOrigin",
    "RowProblem",
    "Seat",
    "SeatQuerySet",
    "StagedRow",
    "Submission",
    "SubmissionQuerySet",
    "Task",
    "Trust",
    "WorkSpan",
]
