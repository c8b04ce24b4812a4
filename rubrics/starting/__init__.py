"""Rubrics to start from: files as an import takes them, each a body that could be published as it stands."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from evaltool.base.errors import Invalid, Problem
from rubrics.files import parse

FOLDER = Path(__file__).parent
ORDER = ("five-attributes", "points-checklist", "pairwise", "error-spans", "safety-triage", "instruction-following")


@dataclass(frozen=True)
class StartingPoint:
    """A rubric to begin from: its file's name, the rubric's name, and its raw body."""

    slug: str
    name: str
    body: dict[str, Any]

    @property
    def description(self) -> str:
        """What the rubric is for."""
        return str(self.body["description"])


@cache
def starting_points() -> tuple[StartingPoint, ...]:
    """Everything there is to start from, in the order of the page."""
    known = [slug for slug in ORDER if (FOLDER / f"{slug}.yaml").exists()]
    return tuple(_read(slug) for slug in known)


def starting_point(slug: str) -> StartingPoint:
    """The one of this name. Raises Invalid when there is none."""
    found = next((one for one in starting_points() if one.slug == slug), None)
    if found is None:
        raise Invalid([Problem("start", "Choose one of the rubrics to start from, or none.")])
    return found


def _read(slug: str) -> StartingPoint:
    name, body = parse((FOLDER / f"{slug}.yaml").read_text("utf-8"))
    return StartingPoint(slug, name, body)
