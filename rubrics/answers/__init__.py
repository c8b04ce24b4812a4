"""Answers on their way in and out of a form: one raw shape for drafts, API bodies and cleaned answers.

`{criterion key: {target: {"value", "na", "rationale", "evidence", "deferred"}}}`; the target is "" for the task,
else the id of a response.
"""

from rubrics.answers.beside import Beside, beside
from rubrics.answers.cleaning import CleanAnswer, as_raw, clean_answers, clean_key, clean_value
from rubrics.answers.posting import from_post, posted_at, to_post
from rubrics.answers.rationale import RationaleRule
from rubrics.answers.showing import EvaluationForm, Row, evaluation_form, form_rows, row_places, rows_at
from rubrics.targets import targets

__all__ = [
    "Beside",
    "CleanAnswer",
    "EvaluationForm",
    "RationaleRule",
    "Row",
    "as_raw",
    "beside",
    "clean_answers",
    "clean_key",
    "clean_value",
    "evaluation_form",
    "form_rows",
    "from_post",
    "posted_at",
    "row_places",
    "rows_at",
    "targets",
    "to_post",
]
