"""Text for people: Markdown, numbers, times, the level track. `{% load evaltool_text %}`."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect
from django.template import Context
from django.template.defaultfilters import linebreaksbr
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from evaltool.base import clock
from evaltool.base.icons import ICONS, SHAPES
from evaltool.base.markdown import render_inline, render_markdown, to_plain
from evaltool.base.positions import source_maps

register = template.Library()
CITED = re.compile(r"\[§ ([^\]\n]{1,200})\]")
MINUS = "\N{MINUS SIGN}"
Seconds = float | timedelta
_NOTHING = (None, "")  # a template hands "" for a name the page did not set


# -------------------------------------------------------------------- text


@register.filter(name="markdown")
def markdown_filter(text: str | None) -> SafeString:
    """A whole text as sanitised HTML: `<div class="reading" dir="auto">{{ text|markdown }}</div>`."""
    return render_markdown(text or "")


@register.filter
def positions(text: str | None) -> str:
    """Where each visible character of a rendered text stands in its source, for `data-positions`."""
    return source_maps([text or ""])[0]


@register.filter
def markdown_line(text: str | None) -> SafeString:
    """One line of help with emphasis, code and links, without a paragraph around it."""
    return render_inline(text or "")


@register.filter
def plain(text: str | None) -> str:
    """Markdown as plain text, for list rows and titles."""
    return to_plain(text or "")


@register.filter
def words(text: str | None) -> int:
    """How many words a text has, counted by spaces."""
    return len((text or "").split())


@register.simple_tag
def cited(text: str | None, sections: Iterable[Mapping[str, str]] | str = ()) -> SafeString:
    """A reason with its line breaks; "[§ 5.3 Groups at risk]" leads to that section when it is among `sections`.

    `{% cited said.rationale drawer.sections %}`: sections of a drawer (`number`, `title`, `url`), or none. What none
    of them is called stays text.
    """
    urls = {f"{one['number']} {one['title']}".strip(): one["url"] for one in sections if not isinstance(one, str)}
    parts = CITED.split(text or "")
    done = [_citation(part, urls) if place % 2 else linebreaksbr(part) for place, part in enumerate(parts)]
    return format_html_join("", "{}", ((part,) for part in done))


def _citation(words: str, urls: Mapping[str, str]) -> str:
    url = urls.get(" ".join(words.split()))
    shown = f"[§ {words}]"
    return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', url, shown) if url else shown


@register.filter
def shape(letter: str) -> str:
    """The mark of an evaluator or a decision: A ●, B □, C ▲, decision ◇."""
    return SHAPES.get(letter, "●")


@register.filter
def get_item(mapping: Any, key: Any) -> Any:
    """The value under a key that is itself a variable; nothing when it is not there."""
    try:
        return mapping[key]
    except (KeyError, IndexError, TypeError):
        return None


# ----------------------------------------------------------------- numbers


@register.filter
def number(value: float | None, digits: int = 0) -> str:
    """Thousands grouped and a real minus sign: 1,204."""
    return "" if value in _NOTHING else f"{value:,.{int(digits)}f}".replace("-", MINUS)


@register.filter
def percent(value: float | None, digits: int = 0) -> str:
    """A share from 0 to 1 as a percentage, whole unless told otherwise."""
    return "no data" if value in _NOTHING else f"{value * 100:.{int(digits)}f}%".replace("-", MINUS)


@register.filter
def signed(value: float | None, digits: int = 2) -> str:
    """A difference with its sign: +0.40, −0.40."""
    return "" if value in _NOTHING else f"{value:+.{int(digits)}f}".replace("-", MINUS)


@register.filter
def size(octets: int | None) -> str:
    """A file size: 4.8 MB."""
    amount = float(octets or 0)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit in {"B", "kB"} else f"{amount:.1f} {unit}"
        amount /= 1000
    return ""


# -------------------------------------------------------------------- time


def _seconds(value: Seconds | None) -> int:
    return int(value.total_seconds() if isinstance(value, timedelta) else (value or 0))


@register.filter
def minutes(value: Seconds | None) -> str:
    """A length of time, given in seconds or as a timedelta: 2 h 18 min, 40 s."""
    seconds = _seconds(value)
    if seconds < 60:
        return f"{seconds} s"
    hours, rest = divmod(seconds // 60, 60)
    return f"{hours} h {rest} min" if hours and rest else f"{hours} h" if hours else f"{rest} min"


@register.filter
def waited(value: Any) -> str:
    """How long something waits, coarse: 2 d 4 h, 20 h, 12 min. Takes a moment, a timedelta or seconds."""
    seconds = _seconds(clock.now() - value if isinstance(value, datetime) else value)
    days, hours = seconds // 86400, seconds % 86400 // 3600
    return (f"{days} d {hours} h" if hours else f"{days} d") if days else minutes(seconds - seconds % 60)


@register.filter(name="clock")
def task_clock(value: Seconds | None) -> str:
    """The task clock: 08:24, or 1:08:24 past an hour."""
    seconds = _seconds(value)
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60:02}:{rest % 60:02}"


def _local(moment: datetime) -> datetime:
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


def _day(day: date, *, year: bool = True) -> str:
    return f"{day:%a} {day.day} {day:%b}" + (f" {day.year}" if year else "")


def _near(day: date) -> str | None:
    return {0: "Today", -1: "Yesterday", 1: "Tomorrow"}.get((day - _local(clock.now()).date()).days)


@register.filter
def when(moment: datetime | date | None, style: str = "") -> SafeString | str:
    """A `<time>` in the person's zone: "Today, 08:50" when near, else "Thu 19 Nov 2026" ("time" adds the hour)."""
    if not moment:  # None, or "" for a name the page did not set
        return ""
    if not isinstance(moment, datetime):
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), _near(moment) or _day(moment))
    local = _local(moment)
    near = _near(local.date())
    hour = f", {local:%H:%M}" if near or style == "time" else ""
    return format_html('<time datetime="{}">{}{}</time>', local.isoformat(), near or _day(local), hour)


@register.filter
def due(moment: datetime | None) -> SafeString | str:
    """A deadline, absolute first: "Tue 24 Nov, 18:00, in 5 days"."""
    if not moment:  # None, or "" for a name the page did not set
        return ""
    local, days = _local(moment), (_local(moment).date() - _local(clock.now()).date()).days
    if moment < clock.now():
        rest = f"{-days} day{'s' if days != -1 else ''} ago" if days < 0 else "passed"
    else:
        rest = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
    text = f"{_day(local, year=abs(days) > 180)}, {local:%H:%M}"
    return format_html('<time datetime="{}">{}</time>, {}', local.isoformat(), text, rest)


@register.filter
def at(moment: datetime | None, style: str = "") -> SafeString | str:
    """The hour alone: 11:12 ("s" adds seconds)."""
    if not moment:  # None, or "" for a name the page did not set
        return ""
    local = _local(moment)
    return format_html(
        '<time datetime="{}">{}</time>', local.isoformat(), f"{local:%H:%M:%S}" if style == "s" else f"{local:%H:%M}"
    )


# ------------------------------------------------------------------ pieces


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A line icon of 16 by 16, hidden from assistive technology: the words beside it say the same."""
    classes = f"icon {css}".strip()
    return format_html(
        '<svg class="{}" viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>', classes, ICONS[name]
    )


@register.simple_tag
def control(field: BoundField, **attrs: Any) -> SafeString:
    """The control of a form field with our class and its help and errors named for assistive technology.

    Further attributes are passed on, `_` written as `-`: `{% control form.note rows=4 data_key="r" %}`.
    """
    given = {name.replace("_", "-"): value for name, value in attrs.items() if value not in (None, "")}
    bare = (CheckboxInput, CheckboxSelectMultiple, RadioSelect, FileInput)
    own = str(field.field.widget.attrs.get("class", ""))
    css = f"{own} {given.pop('class', '')}".strip()
    if not isinstance(field.field.widget, bare):
        css = f"input {css}".strip()
    return field.as_widget(attrs={**given, **({"class": css} if css else {})})


@register.simple_tag(takes_context=True)
def key(context: Context, action: str) -> str:
    """The person's own key for an action, for `data-key`; "" while single keys are off: `data-key="{% key "skip" %}"`.

    The actions are those of `accounts.keys`; a digit stays itself. A visitor has none.
    """
    return action if action.isdecimal() else own_keys(context).get(action, "")


@register.simple_tag(takes_context=True)
def kbd(context: Context, action: str) -> SafeString | str:
    """The person's own key for an action as it is printed; nothing while single keys are off."""
    found = own_keys(context).get(action)
    return format_html('<kbd class="kbd">{}</kbd>', found.upper()) if found else ""


@register.simple_tag(takes_context=True)
def own_keys_json(context: Context) -> str:
    """Every action with its key, for the scripts."""
    return json.dumps(own_keys(context), separators=(",", ":"))


def own_keys(context: Context) -> dict[str, str]:
    """The keys of the person who looks, by action; also inside an include that passes nothing on."""
    user = getattr(getattr(context, "request", None), "user", None)
    return getattr(user, "own_keys", {})


@register.filter
def kind_of(field: BoundField) -> str:
    """How `parts/field.html` lays a field out: check, group, or line."""
    widget = field.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "group"
    return "check" if isinstance(widget, CheckboxInput) else "line"


@register.inclusion_tag("parts/track.html")
def track(
    marks: Iterable[tuple[str, float | None]],
    levels: int = 5,
    accepted: tuple[float, float] | None = None,
    critical: bool = False,
    label: str = "",
) -> dict[str, Any]:
    """The level track: stops 1 to `levels` on a line, with a mark per person.

    `marks` are (letter, level) pairs; letters A, B, C are evaluators (● □ ▲), D an expert or a decision (◇), Y you
    (●). A mark without a level is left out. `accepted` draws the accepted range as a dashed box.
    """
    left, width = 12.0, 108.0
    step = width / max(levels - 1, 1)
    shown = [(letter, level, left + (level - 1) * step) for letter, level in marks if level is not None]
    at_level: dict[float, int] = {}
    placed = []
    for letter, level, x in shown:  # marks on one level stand side by side, so that none hides another
        same = sum(1 for _, other, _ in shown if other == level)
        place = at_level.get(level, 0)
        at_level[level] = place + 1
        placed.append({"letter": letter, "level": level, "x": round(x + (place - (same - 1) / 2) * 9, 1)})
    xs = [x for _, _, x in shown]
    names = {"Y": "you", "D": "decision"}
    said = ", ".join(f"{names.get(letter, letter)} {level:g}" for letter, level, _ in shown)
    return {
        "stops": [round(left + index * step, 1) for index in range(levels)],
        "marks": placed,
        "gap": {"from": min(xs), "to": max(xs)} if xs and max(xs) > min(xs) else None,
        "critical": critical,
        "box": accepted
        and {"x": left + (accepted[0] - 1) * step - 9, "width": (accepted[1] - accepted[0]) * step + 18},
        "label": label or (f"Levels: {said}" if said else "No levels yet"),
    }
