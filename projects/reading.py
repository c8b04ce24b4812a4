"""Reading a guideline: search over its sections, and the drawer beside a task."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from evaltool.base.markdown import to_plain
from projects.models import GuidelineVersion, Section
from projects.selectors import current_guideline

FOUND_AT_MOST = 20
AROUND = 90  # characters shown on each side of a hit


@dataclass(frozen=True)
class Found:
    """A section that fits a search, with the words around the first hit as plain text."""

    section: Section
    before: str
    hit: str
    after: str


def search(version: GuidelineVersion, q: str) -> list[Found]:
    """Sections that hold every word of `q` in title or text, in the guideline's order; at most 20."""
    words = q.split()[:8]
    if not words:
        return []
    rows = version.sections.all()
    for word in words:
        rows = rows.filter(Q(title__icontains=word) | Q(body__icontains=word) | Q(number__istartswith=word))
    return [_found(section, words) for section in rows[:FOUND_AT_MOST]]


def drawer(version: GuidelineVersion | None) -> dict[str, Any]:
    """What `parts/drawer.html` takes for the guideline version shown beside a task; empty without a guideline."""
    if version is None:
        return {}
    project = version.guideline.project
    base = reverse("projects:guideline_drawer", args=[project.slug])
    return {
        "version": f"v{version.number}",
        "search_url": f"{base}?{urlencode({'version': version.number})}",
        "page_url": reverse("projects:guideline_version", args=[project.slug, version.number]),
        "sections": [
            {
                "number": section.number,
                "title": section.title,
                "anchor": section.anchor,
                "url": f"{base}?{urlencode({'version': version.number, 'section': section.anchor})}",
            }
            for section in version.sections.only("number", "title", "anchor", "version_id", "position")
        ],
    }


def current_drawer(project: Any) -> dict[str, Any]:
    """The drawer for the version in force."""
    return drawer(current_guideline(project))


def _found(section: Section, words: list[str]) -> Found:
    text = to_plain(section.body)
    hits = [match for word in words if (match := re.search(re.escape(word), text, re.IGNORECASE))]
    if not hits:
        return Found(section, text[: 2 * AROUND], "", "")
    start, end = min((match.span() for match in hits), key=lambda span: span[0])
    before, after = text[max(start - AROUND, 0) : start], text[end : end + AROUND]
    if start > AROUND:
        before = "… " + before.partition(" ")[2]
    if len(text) > end + AROUND:
        after = after.rpartition(" ")[0] + " …"
    return Found(section, before, text[start:end], after)
