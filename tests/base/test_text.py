"""Numbers and times as people read them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.template import Context, Template
from django.utils import timezone

from evaltool.base import clock

NOW = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)


def shown(expression: str, value: object) -> str:
    with clock.held_at(NOW):
        return Template("{% load evaltool_text %}{{ value|" + expression + " }}").render(Context({"value": value}))


@pytest.mark.parametrize(
    ("expression", "value", "text"),
    [
        ("number", 1204, "1,204"),
        ("number", -1204, "−1,204"),
        ("number:2", 0.7412, "0.74"),
        ("number", None, ""),
        ("percent", 0.91, "91%"),
        ("percent:1", -0.034, "−3.4%"),
        ("percent", None, "no data"),
        ("signed", 0.4, "+0.40"),
        ("signed", -0.4, "−0.40"),
        ("size", 4_800_000, "4.8 MB"),
        ("size", 0, "0 B"),
        ("size", 999, "999 B"),
        ("minutes", 8280, "2 h 18 min"),
        ("minutes", 7200, "2 h"),
        ("minutes", 300, "5 min"),
        ("minutes", 40, "40 s"),
        ("minutes", timedelta(hours=1, minutes=1), "1 h 1 min"),
        ("clock", 504, "08:24"),
        ("clock", 4104, "1:08:24"),
        ("waited", NOW - timedelta(days=2, hours=4, minutes=5), "2 d 4 h"),
        ("waited", timedelta(hours=20), "20 h"),
        ("words", "three small\nwords", "3"),
        ("words", None, "0"),
        ("shape", "B", "□"),
        ("plain", "**bold** `x`", "bold x"),
    ],
)
def test_numbers_and_lengths(expression, value, text):
    assert shown(expression, value) == text


@pytest.mark.parametrize(
    ("expression", "value", "text"),
    [
        ("when", NOW - timedelta(hours=1, minutes=10), "Today, 08:50"),
        ("when", NOW - timedelta(hours=18), "Yesterday, 16:00"),
        ("when", NOW + timedelta(days=1), "Tomorrow, 10:00"),
        ("when", NOW + timedelta(days=30), "Sat 19 Dec 2026"),
        ('when:"time"', NOW - timedelta(days=30), "Tue 20 Oct 2026, 10:00"),
        ("when", date(2026, 11, 19), "Today"),
        ("due", datetime(2026, 11, 24, 18, 0, tzinfo=UTC), "Tue 24 Nov, 18:00, in 5 days"),
        ("due", NOW + timedelta(hours=2), "Thu 19 Nov, 12:00, today"),
        ("due", NOW - timedelta(days=2), "Tue 17 Nov, 10:00, 2 days ago"),
        ("due", NOW - timedelta(hours=1), "Thu 19 Nov, 09:00, passed"),
        ("at", NOW, "10:00"),
        ('at:"s"', NOW, "10:00:00"),
    ],
)
def test_times_name_the_near_and_carry_the_exact(expression, value, text):
    html = shown(expression, value)
    assert html.startswith(f'<time datetime="{value.isoformat()}">')
    assert html.replace("</time>", "").split(">")[1] == text


def test_days_change_at_the_person_s_own_midnight():
    with timezone.override("Asia/Tokyo"):  # 19:00 there
        html = shown("when", datetime(2026, 11, 18, 14, 59, tzinfo=UTC))
    assert ">Yesterday" not in shown("when", datetime(2026, 11, 19, 0, 1, tzinfo=UTC))
    assert ">Yesterday, 23:59<" in html


@pytest.mark.parametrize("expression", ["when", "due", "at"])
def test_missing_time_shows_nothing(expression):
    assert shown(expression, None) == ""


def test_a_cited_section_is_a_link_and_anything_else_stays_text():
    section = {"number": "5.3", "title": "Groups at <risk>", "url": "/p/x/?section=a&b"}
    source = "{% load evaltool_text %}{% cited text drawer.sections %}"

    def shown(text: str, **drawer: object) -> str:
        return Template(source).render(Context({"text": text, "drawer": drawer}))

    html = shown("See [§ 5.3 Groups at <risk>], not\n[§ 9 Nothing] <b>.", sections=[section])
    assert html == (
        'See <a href="/p/x/?section=a&amp;b" target="_blank" rel="noopener">[§ 5.3 Groups at &lt;risk&gt;]</a>, not<br>'
        "[§ 9 Nothing] &lt;b&gt;."
    )
    assert shown("See [§ 5.3 Groups at <risk>]") == "See [§ 5.3 Groups at &lt;risk&gt;]"
