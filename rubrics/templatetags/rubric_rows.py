"""A rubric's rows in a page: what nobody has filled in yet is rendered once and kept. `{% load rubric_rows %}`."""

from collections import OrderedDict
from dataclasses import fields
from typing import Any

from django import template
from django.template import Context, Template
from django.template.loader import get_template
from django.utils.safestring import SafeString

from rubrics.answers import Row

register = template.Library()
KEEP = 4000  # rows of a few kB each, the longest unused go first
LONGEST = 20_000  # characters of what a row shows; longer ones hold texts of one task
OF_CRITERION = ("pk", "key", "kind", "title", "help", "weight", "critical", "required", "allow_na", "rationale")
_kept: OrderedDict[str, SafeString] = OrderedDict()


@register.simple_tag(takes_context=True)
def criterion_row(
    context: Context, row: Row, open_id: str = "", guideline_url: str = "", *, disabled: bool = False
) -> SafeString:
    """`rubrics/row.html` for one answer.

    An untouched row is the same for everybody and for every task whose content it does not show, and a rubric of 40
    criteria has 40 of them on each page. It is kept under everything that it shows; a row with an answer, a reason or
    an error never is.
    """
    user = getattr(getattr(context, "request", None), "user", None)
    name = _name(row, (row.id == open_id, guideline_url, disabled, getattr(user, "own_keys", None)))
    if name in _kept:
        _kept.move_to_end(name)
        return _kept[name]
    shown = {"row": row, "open_id": open_id, "guideline_url": guideline_url, "disabled": disabled}
    html = _template().render(context.new(shown))
    if name:
        _kept[name] = html
        while len(_kept) > KEEP:
            _kept.popitem(last=False)
    return html


def _template() -> Template:
    """The template itself, which takes the context at hand; what the loader hands out would make one anew."""
    found: Template = get_template("rubrics/row.html").template  # type: ignore[attr-defined]
    return found


def _name(row: Row, around: tuple[Any, ...]) -> str:
    """Everything the row shows, as one text; "" for a row that is not kept."""
    touched = row.answered or row.value or row.na or row.rationale or row.errors or row.deferred
    if touched or row.criterion.pk is None:
        return ""
    criterion = [getattr(row.criterion, name) for name in OF_CRITERION]
    parts = [getattr(row, one.name) for one in fields(row) if one.name != "criterion"]
    name = repr((criterion, row.progress, parts, around))
    return "" if len(name) > LONGEST or " at 0x" in name else name
