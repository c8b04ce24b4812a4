"""Filters for the page of clearances."""

from collections.abc import Iterable

from django import template

from rubrics.models import Rubric
from tasks.models import Clearance

register = template.Library()


@register.filter
def held_for(clearances: Iterable[Clearance], rubric: Rubric) -> list[Clearance]:
    """Those of a member's clearances that are for this rubric."""
    return [clearance for clearance in clearances if clearance.rubric_id == rubric.pk]
