"""Passages a reason rests on: found in the texts, kept through the form, refused when they are not there."""

import json

import pytest
from django.http import QueryDict

from rubrics.evidence import clean, from_post, names, to_post

CONTENT = {
    "messages": [{"role": "user", "content": "Is it safe?"}],
    "context": [{"text": "It is **safe** for most."}],
    "responses": [
        {"id": "r1", "text": "Yes, it is safe 😀 for most."},
        {"id": "r2", "messages": [{"role": "assistant", "content": "It is not safe."}]},
    ],
}
SAFE = {"target": "r1", "start": 11, "end": 17, "text": "safe 😀"}


def test_passages_can_come_from_every_text_of_the_task() -> None:
    assert names(CONTENT) == ["r1", "r2-m1", "m1", "c1"]


def test_passage_keeps_its_place_and_gets_its_words() -> None:
    assert clean(CONTENT, "r1", [{**SAFE, "text": ""}]) == ([SAFE], [])
    assert clean(CONTENT, "r1", [SAFE, dict(SAFE)]) == ([SAFE], [])
    assert clean(CONTENT, "r1", clean(CONTENT, "r1", [SAFE])[0]) == ([SAFE], [])
    assert clean(CONTENT, "r1", []) == ([], [])


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        ({**SAFE, "end": 99}, "outside the text"),
        ({**SAFE, "start": -1}, "outside the text"),
        ({**SAFE, "start": 17}, "outside the text"),
        ({**SAFE, "target": "r9"}, "outside the text"),
        ({**SAFE, "target": "r2"}, "outside the text"),
        ({**SAFE, "text": "unsafe"}, "other words than “unsafe”"),
        ({**SAFE, "color": "red"}, "cannot be read"),
        ({"text": "nowhere"}, "“nowhere” is in none of the texts"),
        ({"text": " "}, "neither a place nor words"),
        ("safe", "cannot be read"),
    ],
)
def test_what_stands_nowhere_is_refused_with_its_reason(one, reason) -> None:
    found, reasons = clean(CONTENT, "r1", [one])
    assert found == []
    assert reason in reasons[0]


def test_quote_is_looked_for_where_the_answer_is_about_first() -> None:
    assert clean(CONTENT, "r2", [{"text": "it  is"}])[0][0]["target"] == "r1"
    assert clean(CONTENT, "r2", [{"text": "It is"}])[0][0]["target"] == "r2-m1"
    assert clean(CONTENT, "c1@0-5-x", [{"text": "It is"}])[0][0]["target"] == "c1"
    assert clean(CONTENT, "", [{"text": "safe for most"}])[0][0] == {
        "target": "c1", "start": 8, "end": 23, "text": "safe** for most",
    }  # fmt: skip


def post(**fields):
    data = QueryDict(mutable=True)
    for name, given in fields.items():
        data.setlist(f"p.{name}", given)
    return from_post(data, "p")


def test_form_brings_back_passages_and_the_quote_still_to_be_found() -> None:
    raw = [SAFE, {"text": "for most"}]
    data = QueryDict(mutable=True)
    for name, given in to_post(raw, "p").items():
        data[name] = given
    assert data["p.evidence"] == '[{"target":"r1","start":11,"end":17,"text":"safe 😀"}]'
    assert from_post(data, "p") == raw


def test_passages_posted_one_by_one_or_as_a_list_are_the_same() -> None:
    assert post(evidence=[json.dumps(SAFE)]) == post(evidence=[json.dumps([SAFE])]) == [SAFE]
    assert post(evidence=["", " "], quote=[" "]) == []
    assert post(evidence=["{"]) == ["{"]


def test_passage_can_be_dropped_without_a_script() -> None:
    assert post(evidence=[json.dumps([SAFE, {**SAFE, "start": 5}])], drop=["r1:11-17"]) == [{**SAFE, "start": 5}]
