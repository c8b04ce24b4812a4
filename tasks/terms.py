"""What of the policy a piece of work stands under, read in the same query as the work itself."""

from typing import Any

from django.db.models import Model, OuterRef, Subquery
from django.db.models.functions import JSONObject

from projects.models import Policy, Project

NUMBERS = (
    "lease_minutes",
    "idle_minutes",
    "undo_seconds",
    "rationale_characters",
    "rationale_words",
    "gold_first_tasks",
    "gold_first_count",
    "gold_share",
    "gold_floor",
    "gold_share_watched",
    "prelabels",
)


def numbers_of(project: str) -> Subquery:
    """An annotation with the NUMBERS in force; `project` is the path to the project's key in the outer query."""
    newest = Policy.objects.filter(project=OuterRef(project)).order_by("-number")
    return Subquery(newest.values(found=JSONObject(**{name: name for name in NUMBERS}))[:1])


def policy_for(row: Model, project: Project) -> Policy:
    """The policy a row stands under: from its annotation `policy_numbers`, else read."""
    found: dict[str, Any] | None = getattr(row, "policy_numbers", None)
    return Policy(**found) if found else project.policy
