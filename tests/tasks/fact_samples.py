"""A rubric of a checklist, a checklist of the task's own points, and claims; and a task for it."""

from typing import Any

from accounts.models import User
from projects.models import Project
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.models import RubricVersion
from tests.rubrics.making import ITEMS, VERDICTS

QUIET = {"rationale": "never", "scope": "response"}
CRITERIA: list[dict[str, Any]] = [
    {
        "key": "points", "title": "Points", "kind": "checklist", **QUIET,
        "config": {"items": [{"key": k, "title": t, "points": p, "help": f"About {t}."} for k, t, p in ITEMS]},
    },
    {"key": "own", "title": "Points of this task", "kind": "checklist", **QUIET, "config": {"source": "task"}},
    {
        "key": "facts", "title": "Facts", "kind": "claims", **QUIET,
        "config": {
            "verdicts": [{"key": k, "title": t, "counts": c, "evidence": e} for k, t, c, e in VERDICTS],
            "most": 6, "sentences": True,
        },
    },
]  # fmt: skip
OWN = [{"title": "Says that costs fell", "points": 5}, {"title": "Promises a cure", "points": -4}]
TEXT = "Costs fell by 3 %. The office asks for novelty."


def make_fact_version(project: Project, by: User) -> RubricVersion:
    """The rubric, published."""
    rubric = create_rubric(project=project, name="Facts", by=by)
    return publish_version(version=save_version_draft(rubric=rubric, body={"criteria": CRITERIA}, by=by), by=by)


def fact_answers(own: str = "met", verdict: str = "supported") -> dict:
    """Raw answers to the whole rubric, r1 only."""
    points = {"dose": "met", "source": "not_met", "reader": "cannot_tell", "fact": "not_met"}
    checked_claim = {"text": TEXT[:18], "verdict": verdict, "source": "https://example.org", "quote": "Costs fell"}
    return {
        "points": {"r1": {"value": {"items": points}}},
        "own": {"r1": {"value": {"items": {"i1": own, "i2": "not_met"}}}},
        "facts": {"r1": {"value": {"claims": [checked_claim]}}},
    }
