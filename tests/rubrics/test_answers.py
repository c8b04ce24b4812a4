"""Raw answers: posted, cleaned, refused with every problem at once, and shown again as typed."""

import re

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from evaltool.base.errors import Invalid
from rubrics.answers import (
    RationaleRule,
    as_raw,
    beside,
    clean_answers,
    clean_key,
    clean_value,
    evaluation_form,
    form_rows,
    from_post,
    targets,
    to_post,
)
from rubrics.answers.rationale import count_characters, count_words, shortcoming
from rubrics.body import criteria_of, tidy_body
from rubrics.kinds.base import NA
from tests.rubrics.conftest import raw_body
from tests.rubrics.making import CONTENT, WHY, body_of, rating, raw_criterion, some_of, text

RULE = RationaleRule(characters=40, words=8)
CRITERIA = criteria_of(tidy_body(raw_body()))
ACCURACY, FLAWS, ADVICE = CRITERIA


def full() -> dict:
    return {
        "accuracy": {"r1": {"value": 4}, "r2": {"value": 1, "rationale": WHY}},
        "flaws": {"r1": {"value": ["tone"]}},
        "advice": {"": {"value": "Send the one that names its source."}},
    }


def refused(raw, criteria=CRITERIA) -> dict[str, str]:
    with pytest.raises(Invalid) as error:
        clean_answers(criteria, CONTENT, raw, RULE)
    return {problem.field: problem.reason for problem in error.value.problems}


def test_targets_are_the_task_or_each_response() -> None:
    assert targets(ADVICE, CONTENT) == [""]
    assert targets(ACCURACY, CONTENT) == ["r1", "r2"]
    assert targets(ACCURACY, {}) == []


def test_complete_answers_become_clean_ones_in_the_rubrics_order() -> None:
    found = clean_answers(CRITERIA, CONTENT, full(), RULE)
    assert [(one.criterion.key, one.target, one.value) for one in found] == [
        ("accuracy", "r1", 4),
        ("accuracy", "r2", 1),
        ("flaws", "r1", ["tone"]),
        ("advice", "", "Send the one that names its source."),
    ]
    assert clean_answers(CRITERIA, CONTENT, as_raw(found), RULE) == found


def test_every_problem_is_named_at_once() -> None:
    raw = full() | {"tone": {"": {"value": 1}}}
    raw["accuracy"] = {"r1": {"value": 9}, "r3": {"value": 1}, "": {"value": 2}}
    raw["flaws"] = {"r1": {"value": ["tone"], "colour": "red"}, "r2": "tone"}
    raw["advice"] = {"": {"value": "Short."}}
    assert refused(raw) == {
        "tone": "This rubric version has no such criterion.",
        "accuracy.r1": "Choose one of the levels 1, 2, 3, 4 or 5.",
        "accuracy.r2": "This is not answered yet.",
        "accuracy.r3": "“Accuracy” has no such target in this task.",
        "accuracy": "“Accuracy” is asked about each response.",
        "flaws.r1": "“colour” is not a field of an answer.",
        "flaws.r2": "This has to be a mapping with a value.",
        "advice": "Write at least 20 characters; this has 6.",
    }


@pytest.mark.parametrize("raw", [None, [], "x", 5, {"accuracy": []}, {"accuracy": {"r1": []}}, {"accuracy": {"r1": 5}}])
def test_another_shape_is_refused_not_a_crash(raw) -> None:
    assert refused(raw)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(
    json_values
    | st.fixed_dictionaries(
        {
            "accuracy": st.fixed_dictionaries(
                {
                    "r1": st.fixed_dictionaries(
                        {}, optional=dict.fromkeys(("value", "na", "rationale", "evidence", "deferred"), json_values)
                    )
                }
            ),
            "flaws": st.fixed_dictionaries({"r1": st.fixed_dictionaries({"value": json_values})}),
            "advice": st.fixed_dictionaries({"": st.fixed_dictionaries({"value": json_values})}),
        }
    )
)
def test_whatever_a_client_sends_is_cleaned_or_refused_and_shown(raw) -> None:
    problems = []
    try:
        clean_answers(CRITERIA, CONTENT, raw, RULE)
    except Invalid as error:
        problems = error.problems
        assert problems
    assert len(form_rows(CRITERIA, CONTENT, raw, problems)) == 5


@pytest.mark.parametrize("damaged", ["a\x00b" + "c" * 60, "a\ud800b" + "c" * 60])
def test_text_that_cannot_be_stored_is_refused_in_value_and_reason(damaged) -> None:
    raw = full()
    raw["advice"][""]["value"] = damaged
    raw["accuracy"]["r1"]["rationale"] = damaged
    raw["flaws"]["r1"]["value"] = [damaged]
    assert all("cannot be stored" in reason for reason in refused(raw).values())
    assert set(refused(raw)) == {"advice", "accuracy.r1", "flaws.r1"}


def test_over_long_reason_is_refused() -> None:
    raw = full()
    raw["accuracy"]["r1"]["rationale"] = "long " * 4001
    assert "at most 20,000" in refused(raw)["accuracy.r1"]


def test_optional_criterion_left_open_has_no_answer() -> None:
    raw = full()
    for nothing in ({}, {"r1": None}, {"r1": {}}, {"r1": {"value": []}}, {"r1": {"value": None, "na": False}}):
        raw["flaws"] = nothing
        assert "flaws" not in [one.criterion.key for one in clean_answers(CRITERIA, CONTENT, raw, RULE)]


# N/A


def test_not_applicable_is_stored_as_its_own_value() -> None:
    raw = full()
    raw["accuracy"]["r1"] = {"na": True, "rationale": WHY}
    assert clean_answers(CRITERIA, CONTENT, raw, RULE)[0].value == NA
    raw["accuracy"]["r1"] = {"value": {"na": True}, "rationale": WHY}
    assert clean_answers(CRITERIA, CONTENT, raw, RULE)[0].value == NA


def test_not_applicable_is_refused_where_it_is_not_allowed_or_beside_a_value() -> None:
    raw = full()
    raw["accuracy"]["r1"] = {"value": 4, "na": True, "rationale": WHY}
    raw["advice"][""] = {"na": True}
    raw["flaws"]["r1"] = {"na": "yes", "value": ["tone"]}
    assert refused(raw) == {
        "accuracy.r1": "This is both answered and N/A.",
        "advice": "N/A is not allowed here.",
        "flaws.r1": "“na” is true or false.",
    }


# Reasons


@pytest.mark.parametrize(("level", "owed"), [(1, True), (2, True), (3, False), (4, False), (5, True)])
def test_extreme_levels_owe_a_reason(level, owed) -> None:
    criterion = rating(rationale="extreme")
    raw = {"rating": {"r1": {"value": level}, "r2": {"value": 3}}}
    if owed:
        assert refused(raw, [criterion]) == {"rating.r1": "Say why, in a sentence or two."}
    else:
        assert len(clean_answers([criterion], CONTENT, raw, RULE)) == 2


def test_not_applicable_owes_a_reason_where_extremes_do() -> None:
    raw = full()
    raw["accuracy"]["r1"] = {"na": True}
    assert refused(raw) == {"accuracy.r1": "Say why, in a sentence or two."}


def test_required_reason_needs_characters_and_words() -> None:
    criterion = rating(rationale="required")
    short, long_word, enough = "Too short to be it.", "x" * 80, WHY
    for reason in (short, long_word):
        raw = {"rating": {"r1": {"value": 3, "rationale": reason}, "r2": {"value": 3, "rationale": enough}}}
        assert "Say a little more" in refused(raw, [criterion])["rating.r1"]


def test_reason_where_none_is_asked_is_refused_rather_than_dropped() -> None:
    raw = full()
    raw["flaws"]["r1"]["rationale"] = "Because."
    assert refused(raw) == {"flaws.r1": "This criterion takes no reason."}
    raw = full()
    raw["accuracy"]["r1"] = {"rationale": WHY}
    assert refused(raw) == {"accuracy.r1": "This is not answered yet."}


def test_reason_without_an_answer_to_an_optional_criterion_is_not_lost() -> None:
    criterion = rating(required=False)
    assert refused({"rating": {"r1": {"rationale": "Hm."}}}, [criterion]) == {
        "rating.r1": "There is a reason but no answer."
    }


@pytest.mark.parametrize(
    ("written", "characters", "words"),
    [
        ("Two  words\n\n", 9, 2),
        ("...  --- !!!", 11, 0),
        ("zero\u200bwidth\u200b\u200b", 9, 1),
        ("हिन्दी में लिखा", 15, 3),
        ("这个答案是错的", 7, 7),
        ("これは正しい。", 7, 6),
        ("don't stop", 10, 2),
        ("3.5 of 4", 8, 3),
    ],
)
def test_characters_and_words_are_counted_in_every_script(written, characters, words) -> None:
    assert (count_characters(written), count_words(written)) == (characters, words)


def test_padding_does_not_make_a_reason_longer() -> None:
    assert shortcoming("a b c d e f g h" + " " * 60 + "\u200b" * 60, RULE)
    assert not shortcoming(WHY, RULE)


# The form


def test_posted_form_is_read_as_typed_and_written_back_the_same() -> None:
    post = QueryDict(mutable=True)
    post.update({"a.accuracy.r1.value": "na", "a.accuracy.r1.rationale": "not yet", "a.accuracy.r2.value": "2"})
    post.setlist("a.flaws.r1.value", ["tone", "figure"])
    post["a.advice..value"] = "Half a sent"
    raw = from_post(CRITERIA, CONTENT, post)
    assert raw["accuracy"]["r1"]["na"] is True
    assert raw["accuracy"]["r2"]["value"] == "2"
    fields = to_post(CRITERIA, CONTENT, raw)
    again = QueryDict(mutable=True)
    for name, value in fields.items():
        again.setlist(name, value if isinstance(value, list) else [value])
    assert from_post(CRITERIA, CONTENT, again) == raw


def test_untouched_form_is_an_empty_draft() -> None:
    fields = to_post(CRITERIA, CONTENT, {})
    post = QueryDict(mutable=True)
    for name, value in fields.items():
        post.setlist(name, value if isinstance(value, list) else [value])
    assert from_post(CRITERIA, CONTENT, post) == {}


def test_both_ticked_and_not_applicable_is_kept_and_then_refused() -> None:
    criterion = some_of(allow_na=True, rationale="optional")
    post = QueryDict("a.choice.r1.value=tone&a.choice.r1.value=na&a.choice.r2.value=tone")
    raw = from_post([criterion], CONTENT, post)
    assert raw["choice"]["r1"] | {"value": ["tone"], "na": True} == raw["choice"]["r1"]
    assert refused(raw, [criterion]) == {"choice.r1": "This is both answered and N/A."}


def test_the_word_na_is_a_text_like_any_other() -> None:
    criterion = text(allow_na=True, rationale="never")
    raw = from_post([criterion], CONTENT, QueryDict("a.text.r1.value=na&a.text.r2.na=1"))
    assert [one.value for one in clean_answers([criterion], CONTENT, raw, RULE)] == ["na", NA]


def test_responses_are_grouped_in_the_order_shown_and_the_task_comes_last() -> None:
    form = evaluation_form(CRITERIA, CONTENT, {}, order=["r2", "r1"])
    assert [(group.label, group.target) for group in form.groups] == [
        ("Response A", "r2"),
        ("Response B", "r1"),
        ("The task as a whole", ""),
    ]
    assert [row.number for row in form.rows] == [1, 2, 1, 2, 3]


def test_single_response_needs_no_letter() -> None:
    one = {"responses": CONTENT["responses"][:1]}
    assert [group.label for group in evaluation_form(CRITERIA, one, {}).groups] == ["Response", "The task as a whole"]


def test_form_counts_what_is_done_and_names_what_is_left() -> None:
    raw = full()
    form = evaluation_form(CRITERIA, CONTENT, raw)
    assert (form.done, form.total, form.left) == (3, 3, None)  # the optional one adds nothing
    del raw["accuracy"]["r2"]
    form = evaluation_form(CRITERIA, CONTENT, raw)
    assert (form.done, form.total, form.left.label) == (2, 3, "Accuracy, Response B")


def rendered(raw, problems=(), **options) -> str:
    form = evaluation_form(CRITERIA, CONTENT, raw, problems, **options)
    return " ".join(render_to_string("rubrics/form.html", {"rubric_form": form}).split())


def test_form_shows_what_was_typed_and_says_what_is_wrong_at_its_place() -> None:
    raw = full()
    raw["advice"][""]["value"] = "<b>Short</b>"
    raw["accuracy"]["r1"] = {"value": "4", "rationale": "Ünfinished"}
    with pytest.raises(Invalid) as error:
        clean_answers(CRITERIA, CONTENT, raw | {"ghost": {}}, RULE)
    html = rendered(raw, error.value.problems)
    assert '<input type="radio" name="a.accuracy.r1.value" value="4" checked>' in html
    assert '<input type="checkbox" name="a.flaws.r1.value" value="tone" checked>' in html
    assert "Ünfinished</textarea>" in html
    assert "&lt;b&gt;Short&lt;/b&gt;" in html
    assert '<a href="#a-advice">Advice</a>: Write at least 20 characters; this has 12.' in html
    assert 'id="a-advice-error"' in html
    assert 'aria-describedby="a-advice-help a-advice-error"' in html
    assert "ghost: This rubric version has no such criterion." in html


def test_form_names_every_level_and_when_a_reason_is_owed() -> None:
    html = rendered({})
    assert html.count('role="radiogroup" aria-label="Level for Accuracy, Response A"') == 1
    assert '<span class="n">4</span><span class="a"><b>Title 4</b> Description 4.</span>' in html
    assert "Required at 1, 2 or 5, and for N/A" in html
    assert '<label class="na" data-key="0"><input type="radio" name="a.accuracy.r1.value" value="na">' in html
    assert html.count("data-criterion") == 5
    assert "a.flaws.r1.rationale" not in html


def test_one_criterion_stands_open_the_first_wrong_one_else_the_first_left() -> None:
    assert re.findall(r'id="([^"]+)" data-criterion[^>]* data-open', rendered({})) == ["a-accuracy-r1"]
    with pytest.raises(Invalid) as error:
        clean_answers(CRITERIA, CONTENT, full() | {"advice": {}}, RULE)
    html = rendered(full() | {"advice": {}}, error.value.problems)
    assert re.findall(r'id="([^"]+)" data-criterion[^>]* data-open', html) == ["a-advice"]
    assert "data-open" not in rendered(full())


def test_sections_a_criterion_rests_on_are_linked_by_their_title() -> None:
    [criterion] = criteria_of(body_of(raw_criterion("text", {}, sections=["tone", "gone"])))
    form = evaluation_form([criterion], CONTENT, {}, sections={"tone": "3.2 Tone"})
    html = render_to_string("rubrics/form.html", {"rubric_form": form, "guideline_url": "/p/x/guideline/"})
    assert 'href="/p/x/guideline/#s-tone"' in html
    assert "3.2 Tone" in html
    assert "gone" not in html


def test_submitted_form_can_be_shown_without_being_changed() -> None:
    assert rendered(full(), disabled=True).count("<fieldset") == rendered(full(), disabled=True).count(" disabled>")


def test_no_style_or_script_is_written_into_the_form() -> None:
    html = rendered(full())
    assert "style=" not in html
    assert " on" not in {part[:3] for part in html.split('"')[::2]}


# Beside each other


def test_answers_beside_each_other_show_marks_words_and_distance() -> None:
    shown = beside(ACCURACY, [("A", 5), ("B", 2), ("C", NA), ("D", 2)], "r1")
    html = render_to_string("rubrics/beside.html", {"beside": shown})
    assert 'aria-label="Levels from 1 to 5: A 5, B 2, D 2"' in html
    assert "C: N/A" in html
    assert shown.difference.disagrees
    assert [mark.words for mark in shown.marks] == ["5, Title 5", "2, Title 2", "N/A", "2, Title 2"]


def test_decision_differs_from_no_judgment() -> None:
    assert not beside(ACCURACY, [("A", 5), ("B", 5), ("D", 1)]).difference.disagrees


def test_labels_and_texts_beside_each_other_say_who_chose_what() -> None:
    html = render_to_string(
        "rubrics/beside.html", {"beside": beside(FLAWS, [("A", ["tone"]), ("B", ["tone", "figure"])])}
    )
    assert "Differ on Figure, within tolerance" in html
    assert html.count("not everyone") == 1
    html = render_to_string("rubrics/beside.html", {"beside": beside(ADVICE, [("A", "One <i>"), ("B", "Two")])})
    assert "One &lt;i&gt;" in html
    assert "□" in html


# Gold keys


def test_gold_key_is_cleaned_like_an_answer_and_always_accepts_its_value() -> None:
    raw = {"accuracy": {"r1": {"value": "4", "accepted": [3, "5"], "explanation": " Why. "}, "r2": {"na": True}}}
    assert clean_key(CRITERIA, CONTENT, raw) == {
        "accuracy": {
            "r1": {"value": 4, "accepted": [4, 3, 5], "explanation": "Why."},
            "r2": {"value": NA, "accepted": [NA], "explanation": ""},
        }
    }


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"ghost": {"": {"value": 1}}}, "ghost"),
        ({"accuracy": {"r9": {"value": 1}}}, "accuracy.r9"),
        ({"accuracy": {"r1": {"value": 9}}}, "accuracy.r1"),
        ({"accuracy": {"r1": {"value": 4, "accepted": [9]}}}, "accuracy.r1"),
        ({"accuracy": {"r1": {"value": 4, "accepted": 4}}}, "accuracy.r1"),
        ({"accuracy": {"r1": {"accepted": [4]}}}, "accuracy.r1"),
        ({"accuracy": {"r1": {"value": 4, "tolerance": 1}}}, "accuracy.r1"),
        ({"accuracy": {"r1": {"na": True, "accepted": [4]}}}, "accuracy.r1"),
        ({"accuracy": {"r1": {"value": 4, "explanation": "a\x00"}}}, "accuracy.r1"),
        ({"flaws": {"r1": {"na": True}}}, "flaws.r1"),
        ({"accuracy": 5}, "accuracy"),
        ([], "answers"),
    ],
)
def test_gold_key_that_does_not_fit_is_refused_at_its_place(raw, field) -> None:
    with pytest.raises(Invalid) as error:
        clean_key(CRITERIA, CONTENT, raw)
    assert [problem.field for problem in error.value.problems] == [field]


# One value by itself


def test_one_value_is_cleaned_by_itself() -> None:
    assert clean_value(ACCURACY, CONTENT, "r1", {"value": "4"}) == 4
    assert clean_value(ACCURACY, CONTENT, "r1", {"na": True}) == NA


@pytest.mark.parametrize(
    ("criterion", "entry"),
    [
        (ACCURACY, {}),
        (ACCURACY, {"value": 9}),
        (ADVICE, {"na": True}),
        (ADVICE, {"value": "a\x00" * 20}),
        (FLAWS, {"value": []}),
    ],
)
def test_one_value_that_is_missing_or_does_not_fit_is_refused(criterion, entry) -> None:
    with pytest.raises(Invalid):
        clean_value(criterion, CONTENT, "r1", entry)
