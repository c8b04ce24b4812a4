"""Evidence and best efforts: passages checked against the texts, quotes found in them, both kept as typed meanwhile."""

import json

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string

from evaltool.base.errors import Invalid
from rubrics.answers import RationaleRule, as_raw, beside, clean_answers, form_rows, from_post, to_post
from rubrics.body import criteria_of
from tests.rubrics.making import body_of, levels, raw_criterion

CONTENT = {
    "prompt": "Name the boiling point.",
    "context": [{"id": "c1", "title": "Tables", "text": "Water: 100 degrees."}],
    "responses": [
        {"id": "r1", "text": "It boils at 90 degrees.\nAt 90 degrees it does."},
        {"id": "r2", "text": "At 100."},
    ],
}
CRITERIA = criteria_of(
    body_of(
        raw_criterion("rating", levels(1, 2, 3), key="score", title="Score"),
        raw_criterion("rating", levels(1, 2), key="bare", title="Bare", rationale="never", required=False),
    )
)
NINETY = {"target": "r1", "start": 12, "end": 14, "text": "90"}


def raw(*evidence, key="score", **more):
    found = {"score": {"r1": {"value": 1}, "r2": {"value": 2}}}
    found.setdefault(key, {})["r1"] = {"value": 1, "evidence": list(evidence), **more}
    return found


def clean(*evidence):
    return clean_answers(CRITERIA, CONTENT, raw(*evidence), RationaleRule())[0].evidence


def refused(given) -> dict[str, str]:
    with pytest.raises(Invalid) as error:
        clean_answers(CRITERIA, CONTENT, given, RationaleRule())
    return {problem.field: problem.reason for problem in error.value.problems}


def test_passage_is_kept_with_the_words_at_its_place_and_each_once() -> None:
    assert clean(NINETY, {"target": "r1", "start": 12, "end": 14}, {"target": "c1", "start": 0, "end": 5}) == [
        NINETY,
        {"target": "c1", "start": 0, "end": 5, "text": "Water"},
    ]


def test_quote_is_found_in_what_the_answer_is_about_first_then_in_the_other_texts() -> None:
    assert clean({"quote": "90 degrees"}) == [{"target": "r1", "start": 12, "end": 22, "text": "90 degrees"}]
    assert clean({"quote": "100"}) == [{"target": "c1", "start": 7, "end": 10, "text": "100"}]
    assert clean({"quote": "100", "target": "r2"}) == [{"target": "r2", "start": 3, "end": 6, "text": "100"}]
    assert clean({"quote": "90", "number": 2}) == [{"target": "r1", "start": 27, "end": 29, "text": "90"}]
    assert clean({"quote": "degrees. At  90"}) == [{"target": "r1", "start": 15, "end": 29, "text": "degrees.\nAt 90"}]


@pytest.mark.parametrize(
    ("passage", "reason"),
    [
        ("words", "This has to name a text and a place in it, or quote it."),
        ({"target": "r3", "start": 0, "end": 1}, "This task has no such text."),
        ({"target": ["r1"], "start": 0, "end": 1}, "This task has no such text."),
        ({"target": "r2", "start": 0, "end": 8}, "It has to lie within the 7 characters of its text."),
        ({"target": "r2", "start": 2, "end": 2}, "It has to lie within the 7 characters of its text."),
        ({"target": "r2", "start": -1, "end": 2}, "It has to lie within the 7 characters of its text."),
        ({"target": "r2", "start": True, "end": 2}, "It has to lie within the 7 characters of its text."),
        ({"target": "r2"}, "It has to lie within the 7 characters of its text."),
        ({**NINETY, "text": "91"}, "The words given are not those at this place."),
        ({**NINETY, "note": "x"}, "“note” is not a field of a passage."),
        ({"quote": "91"}, "“91” stands in none of the texts. Copy the words as they are there."),
        ({"quote": "90", "number": 3}, "“90” stands in none of the texts. Copy the words as they are there."),
        ({"quote": "90", "number": 0}, "Which of several places is meant is a whole number from 1."),
        ({"quote": " "}, "A quote is a text of at most 5,000 characters."),
        ({"quote": "x" * 5001}, "A quote is a text of at most 5,000 characters."),
    ],
)
def test_passage_outside_the_texts_is_refused_by_its_number(passage, reason) -> None:
    assert refused(raw(NINETY, passage)) == {"score.r1": f"Passage 2: {reason}"}


def test_evidence_needs_its_shape_an_answer_and_a_criterion_that_takes_it() -> None:
    given = raw()
    given["score"]["r1"]["evidence"] = "90"
    assert refused(given) == {"score.r1": "Evidence is a list of passages."}
    assert refused(raw(*[NINETY] * 51)) == {"score.r1": "At most 50 passages can be evidence."}
    assert refused(raw(NINETY, key="bare")) == {"bare.r1": "This criterion takes no evidence."}
    alone = raw(NINETY, key="bare")
    alone["bare"]["r1"]["value"] = None
    assert refused(alone) == {"bare.r1": "There is evidence but no answer."}


def test_best_effort_is_kept_and_needs_an_answer_too() -> None:
    given = raw()
    given["score"]["r1"]["deferred"] = True
    found = clean_answers(CRITERIA, CONTENT, given, RationaleRule())
    assert [one.deferred for one in found] == [True, False]
    assert clean_answers(CRITERIA, CONTENT, as_raw(found), RationaleRule()) == found
    given["score"]["r1"]["value"] = None
    assert refused(given) == {"score.r1": "Give your best effort as well: the expert sees it."}
    given["score"]["r1"]["deferred"] = "yes"
    assert refused(given) == {"score.r1": "“deferred” is true or false."}


def test_form_posts_passages_quotes_and_best_efforts_and_shows_them_again() -> None:
    data = QueryDict(mutable=True)
    data.setlist("a.score.r1.evidence", [json.dumps(NINETY), "{broken"])
    data["a.score.r1.quote"] = "no such words"
    data["a.score.r1.deferred"] = data["a.score.r1.value"] = "1"
    typed = from_post(CRITERIA, CONTENT, data)
    assert typed["score"]["r1"]["evidence"] == [NINETY, "{broken", {"quote": "no such words"}]
    assert typed["score"]["r1"]["deferred"] is True
    fields = to_post(CRITERIA, CONTENT, typed)
    assert fields["a.score.r1.evidence"] == [json.dumps(NINETY, separators=(",", ":")), "{broken"]
    assert (fields["a.score.r1.quote"], fields["a.score.r1.deferred"]) == ("no such words", "1")
    again = QueryDict(mutable=True)
    for name, value in fields.items():
        again.setlist(name, value if isinstance(value, list) else [value])
    assert from_post(CRITERIA, CONTENT, again) == typed


def test_row_names_where_each_passage_stands_and_keeps_a_quote_that_is_not_found() -> None:
    given = raw({"quote": "90"}, {"target": "c1", "start": 0, "end": 5}, {"quote": "no such words"}, deferred=True)
    row = form_rows(CRITERIA, CONTENT, given, order=["r2", "r1"])[2]
    assert row.label == "Score, Response B"
    assert [(one.text, one.where) for one in row.passages] == [("90", "Response B"), ("Water", "Document 1")]
    assert (row.quote, row.deferred) == ("no such words", True)
    html = render_to_string("rubrics/row.html", {"row": row})
    assert 'name="a.score.r1.evidence" value="{&quot;target&quot;:&quot;r1&quot;,&quot;start&quot;:12' in html
    assert "data-evidence data-not-an-answer>no such words</textarea>" in html
    assert 'name="a.score.r1.deferred" value="1" checked' in html


def test_reviewers_see_who_left_it_to_an_expert() -> None:
    shown = beside(CRITERIA[0], [("A", 1), ("B", 2)], "r1", deferred=["B"])
    assert "B left to an expert" in render_to_string("rubrics/beside.html", {"beside": shown})
