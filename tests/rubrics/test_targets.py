"""What a criterion is about: responses, turns of the assistant, marked spans; asked, posted, cleaned and named."""

import json

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string

from evaltool.base.errors import Invalid
from rubrics.answers import RationaleRule, as_raw, clean_answers, evaluation_form, from_post, targets, to_post
from rubrics.answers.naming import target_label
from rubrics.body import check_body, criteria_of
from rubrics.kinds import KINDS
from tests.rubrics.making import body_of, labels, levels, raw_criterion
from tests.rubrics.passages import Passages, marked

RULE = RationaleRule()
TALK = {
    "messages": [
        {"role": "user", "content": "Hello?"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "May I?"},
    ],
    "responses": [
        {"id": "r1", "messages": [
            {"role": "assistant", "content": "First."},
            {"role": "user", "content": "And?"},
            {"role": "assistant", "content": "Second."},
        ]},
        {"id": "r2", "text": "Water boils at 90 degrees."},
    ],
}  # fmt: skip
TEXTS = {"prompt": "Q", "responses": [{"id": "r1", "text": "Water boils at 90 degrees."}, {"id": "r2", "text": "No."}]}


@pytest.fixture(autouse=True)
def _passages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "passages", Passages())


def turn_criterion(**fields):
    return criteria_of(body_of(raw_criterion("rating", levels(1, 2, 3), scope="turn", **fields)))[0]


def span_rubric(**fields):
    return criteria_of(
        body_of(
            raw_criterion("passages", {}, key="flaws", title="Flaws", rationale="never", required=False),
            raw_criterion("choice", labels("minor", "major"), key="weight", title="Weight", scope="span", of="flaws"),
            raw_criterion("rating", levels(1, 2, 3), key="tone", title="Tone", **fields),
        )
    )


def refused(criteria, content, raw) -> dict[str, str]:
    with pytest.raises(Invalid) as error:
        clean_answers(criteria, content, raw, RULE)
    return {problem.field: problem.reason for problem in error.value.problems}


def paths(*criteria) -> list[str]:
    return [problem.field for problem in check_body({"criteria": list(criteria)})]


# Turns


def test_turns_are_those_of_the_assistant_counted_among_all_messages() -> None:
    assert targets(turn_criterion(), TALK) == ["m2", "r1-m1", "r1-m3", "r2-m1"]
    assert targets(turn_criterion(), TEXTS) == ["r1-m1", "r2-m1"]


def test_an_answer_is_due_for_each_turn_and_for_no_other() -> None:
    raw = {"rating": {"m2": {"value": 1}, "m1": {"value": 2}, "r1-m1": {"value": "3"}}}
    found = refused([turn_criterion()], TALK, raw)
    assert found["rating.r1-m3"] == "This is not answered yet."
    assert found["rating.m1"] == "“Rating” has no such target in this task."
    assert "rating.m2" not in found


def test_turns_are_named_by_their_number_and_grouped_in_the_order_shown() -> None:
    form = evaluation_form([turn_criterion()], TALK, {}, order=["r2", "r1"])
    assert [(group.target, group.label) for group in form.groups] == [
        ("m2", "Turn 2 of the conversation"),
        ("r2", "Response A"),
        ("r1-m1", "Turn 1 of response B"),
        ("r1-m3", "Turn 3 of response B"),
    ]
    assert form.rows[3].label == "Rating, Turn 3 of response B"


# Spans


def test_criterion_about_spans_is_asked_once_for_each_marked_one() -> None:
    criteria = span_rubric()
    raw = {"flaws": {"r1": {"value": marked((15, 17, "wrong"), (0, 5, "tone"))}, "r2": {"value": "{not json"}}}
    assert targets(criteria[1], TEXTS, raw, criteria) == ["r1@15-17-wrong", "r1@0-5-tone"]
    assert targets(criteria[1], TEXTS, {}, criteria) == []
    assert targets(criteria[1], TEXTS) == []


def test_span_that_is_marked_twice_is_asked_once_and_a_strange_one_never() -> None:
    criteria = span_rubric()
    raw = {"flaws": {"r1": {"value": marked((1, 2, "a"), (1, 2, "a"), (-1, 2, "a"), (1, 2, "a/b"), (1, 2, "x" * 120))}}}
    assert targets(criteria[1], TEXTS, raw, criteria) == ["r1@1-2-a"]


def test_posted_form_is_read_with_the_spans_it_marks_itself() -> None:
    criteria = span_rubric()
    data = QueryDict(mutable=True)
    data["a.flaws.r1.value"] = json.dumps(marked((15, 17, "wrong")))
    data["a.weight.r1@15-17-wrong.value"] = "major"
    data["a.weight.r1@0-5-gone.value"] = "minor"
    raw = from_post(criteria, TEXTS, data)
    assert raw["weight"] == {"r1@15-17-wrong": {**raw["weight"]["r1@15-17-wrong"], "value": "major"}}
    assert to_post(criteria, TEXTS, raw)["a.weight.r1@15-17-wrong.value"] == "major"


def test_answers_about_spans_are_cleaned_and_read_again() -> None:
    criteria = span_rubric()
    raw = {
        "flaws": {"r1": {"value": marked((15, 17, "wrong"))}},
        "weight": {"r1@15-17-wrong": {"value": "major"}},
        "tone": {"r1": {"value": 1}, "r2": {"value": 2}},
    }
    found = clean_answers(criteria, TEXTS, raw, RULE)
    assert [(one.criterion.key, one.target) for one in found][:2] == [("flaws", "r1"), ("weight", "r1@15-17-wrong")]
    assert clean_answers(criteria, TEXTS, as_raw(found), RULE) == found


def test_span_without_an_answer_and_answer_without_a_span_are_refused() -> None:
    raw = {
        "flaws": {"r1": {"value": marked((15, 17, "wrong"))}},
        "weight": {"r1@0-5-other": {"value": "major"}, "r1": {"value": "major"}},
        "tone": {"r1": {"value": 1}, "r2": {"value": 2}},
    }
    found = refused(span_rubric(), TEXTS, raw)
    assert found == {
        "weight.r1@15-17-wrong": "This is not answered yet.",
        "weight.r1@0-5-other": "“Weight” has no such target in this task.",
        "weight.r1": "“Weight” has no such target in this task.",
    }


def test_rows_of_a_span_follow_the_row_that_marks_it_and_quote_it() -> None:
    raw = {"flaws": {"r1": {"value": marked((15, 17, "wrong"), (0, 5, "tone"))}}}
    form = evaluation_form(span_rubric(), TEXTS, raw)
    assert [row.label for row in form.groups[0].rows] == [
        "Flaws, Response A",
        "Weight, “90” in response A",
        "Weight, “Water” in response A",
        "Tone, Response A",
    ]
    html = render_to_string("rubrics/form.html", {"rubric_form": form})
    assert 'id="a-weight-r1_15-17-wrong"' in html
    assert "“90” in response A, Wrong" in html
    assert 'data-within="a.flaws.r1"' in html


def test_long_quote_is_cut_and_one_without_text_is_named_by_its_place() -> None:
    content = {"responses": [{"id": "r1", "text": "word " * 40}]}
    assert (
        target_label(content, "r1@0-150-a", lambda _: "Response")
        == f"“{('word ' * 12)[:59].rstrip()}…” in the response"
    )
    assert target_label({}, "@3-9-a", str) == "“3 to 9”"


# What a rubric may say


def test_kind_that_is_not_about_a_scope_is_refused_for_it(monkeypatch) -> None:
    monkeypatch.setattr(Passages, "scopes", frozenset({"response", "turn"}))
    problems = check_body({"criteria": [raw_criterion("passages", {}, scope="task")]})
    assert [(p.field, p.reason) for p in problems] == [
        ("criteria.0.scope", "A passages is about each response or each turn of the assistant.")
    ]


def test_criterion_about_spans_names_one_above_it_that_marks_them() -> None:
    marks = raw_criterion("passages", {}, key="flaws")
    about = raw_criterion("choice", labels("minor", "major"), key="weight", scope="span")
    assert paths(marks, {**about, "of": "flaws"}) == []
    assert paths(marks, about) == ["criteria.1.of"]
    assert paths({**about, "of": "flaws"}, marks) == ["criteria.0.of"]
    assert paths(raw_criterion("rating", levels(1, 2)), {**about, "of": "rating"}) == ["criteria.1.of"]
    assert paths(marks, raw_criterion("rating", levels(1, 2), of="flaws")) == ["criteria.1.of"]
    nested = raw_criterion("passages", {}, key="inner", scope="span", of="flaws")
    assert paths(marks, nested, {**about, "of": "inner"}) == ["criteria.2.of"]
