"""The kind `preference`: configuration, form, and the worked examples of its formulas."""

import pytest
from django.http import QueryDict

from evaltool.base.errors import Invalid
from rubrics.answers import RationaleRule, clean_answers, clean_key, evaluation_form, from_post, to_post
from rubrics.comparing import compare, describe, export_value, grade, settle_values, worst
from rubrics.kinds import KINDS
from rubrics.kinds.base import NA, Place, Refused
from tests.rubrics.making import CONTENT, make

KIND = KINDS["preference"]
TWINS = {**CONTENT, "responses": [{"id": "r1", "text": "Hi."}, {"id": "r2", "text": "Hi."}]}
THREE = {**CONTENT, "responses": [*CONTENT["responses"], {"id": "r3", "text": "Hu."}]}
BAD = {"both_bad": True}


def preference(steps: int = 3, *, config: dict | None = None, **fields):
    return make("preference", {"steps": steps, **(config or {})}, **{"scope": "task", **fields})


def by(strength: int) -> dict:
    return {"strength": strength}


def key(criterion, value, *accepted):
    raw = {"preference": {"": {"value": value, "accepted": list(accepted)}}}
    return clean_key([criterion], CONTENT, raw)["preference"][""]


def stops(criterion, order=(), content=CONTENT, raw=None):
    return KIND.form_context(criterion, raw, Place(content, "", order))["stops"]


# Configuration


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({}, "steps"),
        ({"steps": 0}, "steps"),
        ({"steps": 4}, "steps"),
        ({"steps": True}, "steps"),
        ({"steps": "3"}, "steps"),
        ({"steps": 2, "tie": "yes"}, "tie"),
        ({"steps": 2, "both_bad": 1}, "both_bad"),
        ({"steps": 2, "labels": ["better"]}, "labels"),
        ({"steps": 1, "labels": "better"}, "labels"),
        ({"steps": 2, "labels": ["better", " "]}, "labels.1"),
        ({"steps": 2, "labels": ["better", 3]}, "labels.1"),
        ({"steps": 2, "labels": ["better", "Better"]}, "labels.1"),
        ({"steps": 1, "labels": ["b" * 41]}, "labels.0"),
        ({"steps": 1, "colour": 1}, "colour"),
        ([], ""),
    ],
)
def test_configuration_that_is_no_scale_is_refused_at_the_field(config, field) -> None:
    assert field in [problem.field for problem in KIND.check_config(config)]


def test_usual_words_and_both_ways_out_are_filled_in() -> None:
    assert KIND.tidy_config({"steps": 2, "tie": False}) == {
        "steps": 2,
        "tie": False,
        "both_bad": True,
        "labels": ["better", "much better"],
    }


def test_usual_words_follow_the_number_of_steps_in_the_builder_and_own_words_stay() -> None:
    usual = [f"c.labels.{n}={word}" for n, word in enumerate(["slightly better", "better", "much better"])]
    assert KIND.config_from_post(QueryDict("&".join(["c.steps=1", "c.tie=1", *usual])), "c") == {
        "steps": 1,
        "tie": True,
        "both_bad": False,
    }
    own = KIND.config_from_post(QueryDict("c.steps=2&c.labels.0=a+bit&c.labels.1=clearly&c.labels.2="), "c")
    assert own["labels"] == ["a bit", "clearly"]
    assert KIND.check_config(own) == []


def test_changes_of_the_scale_are_told_in_words() -> None:
    old = KIND.tidy_config({"steps": 1})
    new = KIND.tidy_config({"steps": 2, "both_bad": False})
    assert KIND.config_changes(old, new) == [
        "Has 2 steps a side, before: 1.",
        "The steps are called “better”, “much better”, before: “better”.",
        "“Both bad” can no longer be answered.",
    ]


# The form


def test_stops_run_from_the_left_response_to_the_right_one() -> None:
    found = stops(preference())
    assert [(s["digit"], s["letter"], s["words"], s["token"]) for s in found] == [
        ("1", "A", "much better", "-3"),
        ("2", "A", "better", "-2"),
        ("3", "A", "slightly better", "-1"),
        ("4", "=", "equal", "0"),
        ("5", "B", "slightly better", "1"),
        ("6", "B", "better", "2"),
        ("7", "B", "much better", "3"),
    ]
    assert [s["key"] for s in found] == ["", "prefer_first", "", "prefer_equal", "", "prefer_second", ""]


def test_side_a_stores_the_same_preference_whichever_response_it_is() -> None:
    left, right = stops(preference(), ["r1", "r2"]), stops(preference(), ["r2", "r1"])
    assert [s["words"] for s in left] == [s["words"] for s in right]
    assert [int(s["token"]) for s in left] == [-int(s["token"]) for s in right]


def test_form_marks_the_stop_of_a_stored_answer_on_the_side_it_is_shown_on() -> None:
    raw = {"preference": {"": {"value": by(-3)}}}
    [row] = evaluation_form([preference()], CONTENT, raw, order=["r2", "r1"]).rows
    assert [(s["letter"], s["words"]) for s in row.control["stops"] if s["checked"]] == [("B", "much better")]


@pytest.mark.parametrize("posted", ["-3", "0", "2", "both_bad"])
def test_what_the_form_posts_is_what_it_shows(posted) -> None:
    criterion = preference()
    data = QueryDict(f"a.preference..value={posted}")
    raw = from_post([criterion], CONTENT, data)
    assert to_post([criterion], CONTENT, raw)["a.preference..value"] == posted


@pytest.mark.parametrize("raw", [[], {}, {"strength": []}, {"tie": []}, "better", [["-3"]], {"strength": "-3", "x": 1}])
def test_draft_of_any_shape_can_be_shown(raw) -> None:
    assert not any(stop["checked"] for stop in stops(preference(), raw=raw))


def test_configuration_of_any_shape_can_be_edited() -> None:
    for config in ([], {"steps": []}, {"steps": 9, "labels": [1, {}]}, {"tie": "x"}):
        assert len(KIND.config_context(config)["words"]) == 3


def test_identical_responses_only_offer_a_tie_and_take_nothing_else() -> None:
    criterion = preference(config={"tie": False})
    assert [s["token"] for s in stops(criterion, content=TWINS)] == ["0"]
    assert KIND.clean(criterion, by(0), Place(TWINS)) == by(0)
    assert KIND.clean(criterion, BAD, Place(TWINS)) == BAD
    with pytest.raises(Refused, match="same text"):
        KIND.clean(criterion, by(1), Place(TWINS))


def test_a_preference_needs_exactly_two_responses() -> None:
    with pytest.raises(Refused, match="this task has 3"):
        KIND.clean(preference(), by(1), Place(THREE))
    assert KIND.form_context(preference(), None, Place(THREE))["stops"] == []


@pytest.mark.parametrize("raw", [by(-2), -2, "-2", " -2 ", {"strength": "-2"}, -2.0])
def test_strength_is_given_as_number_or_text(raw) -> None:
    assert KIND.clean(preference(), raw, Place(CONTENT)) == by(-2)


@pytest.mark.parametrize("raw", [{"tie": True}, 0, "0", by(0)])
def test_a_tie_is_strength_nothing(raw) -> None:
    assert KIND.clean(preference(), raw, Place(CONTENT)) == by(0)


@pytest.mark.parametrize(
    "raw",
    [4, -4, 1.5, "A", "", True, [1], {"strength": None}, {"strength": 1, "x": 2}, {"both_bad": False}, {"tie": False}],
)
def test_value_outside_the_scale_is_refused(raw) -> None:
    with pytest.raises(Refused):
        KIND.clean(preference(), raw, Place(CONTENT))


def test_ties_and_both_bad_only_where_the_rubric_allows_them() -> None:
    strict = preference(config={"tie": False, "both_bad": False})
    for raw in (by(0), BAD):
        with pytest.raises(Refused, match="not an answer here"):
            KIND.clean(strict, raw, Place(CONTENT))
    assert [s["token"] for s in stops(strict)] == ["-3", "-2", "-1", "1", "2", "3"]


def test_unanswered_preference_is_named() -> None:
    with pytest.raises(Invalid, match="not answered"):
        clean_answers([preference()], CONTENT, {}, RationaleRule())


def test_preference_changes_its_sign_when_the_responses_change_ids() -> None:
    swap = {"r1": "r2", "r2": "r1"}
    assert [KIND.renamed(raw, swap) for raw in (by(-3), "2", 0, BAD)] == [by(3), by(-2), by(0), BAD]
    assert KIND.renamed("2", {"r1": "r1", "r2": "r2"}) == "2"


# Gold


@pytest.mark.parametrize(
    ("given", "gold", "credit"),
    [
        (2, 2, 1),
        (1, 2, 1 - 1 / 4),
        (0, 1, 0.75),  # tie against a slight preference
        (0, 2, 0.5),  # tie against a strong one
        (-1, 0, 0.75),
        (-1, 1, 0),  # a flip, however slight
        (2, -2, 0),
        (-2, -1, 0.75),
    ],
)
def test_credit_over_two_steps_a_side_as_in_the_methods_document(given, gold, credit) -> None:
    criterion = preference(2)
    found = grade(criterion, by(given), key(criterion, by(gold)))
    assert found.credit == pytest.approx(credit)
    assert found.exact == (given == gold)
    assert found.error is None


@pytest.mark.parametrize(("given", "credit"), [(1, 1), (0, 0.5), (-1, 0)])
def test_without_strength_the_credit_is_one_a_half_or_nothing(given, credit) -> None:
    criterion = preference(1)
    assert grade(criterion, by(given), key(criterion, by(1))).credit == credit


def test_three_steps_lose_a_sixth_each() -> None:
    criterion = preference(3)
    found = [grade(criterion, by(given), key(criterion, by(3))).credit for given in (3, 2, 1, 0, -1)]
    assert found == pytest.approx([1, 5 / 6, 4 / 6, 3 / 6, 0])


def test_right_side_is_right_whatever_the_strength() -> None:
    criterion = preference()
    entry = key(criterion, by(3))
    assert [grade(criterion, by(given), entry).within for given in (1, 0, -3)] == [True, False, False]
    assert grade(criterion, by(0), key(criterion, by(3), by(0))).within


def test_both_bad_matches_only_itself() -> None:
    criterion = preference()
    found = grade(criterion, BAD, key(criterion, BAD))
    assert (found.credit, found.exact, found.within) == (1, True, True)
    for given, gold in ((by(0), BAD), (BAD, by(0)), (BAD, by(2))):
        assert (
            grade(criterion, given, key(criterion, gold)).credit,
            grade(criterion, given, key(criterion, gold)).within,
        ) == (0, False)


def test_best_accepted_answer_counts() -> None:
    criterion = preference()
    entry = key(criterion, by(1), by(0), BAD)
    assert [grade(criterion, given, entry).credit for given in (by(0), BAD, by(-1))] == pytest.approx([1, 1, 5 / 6])


# Two people


def test_opposite_sides_disagree_and_are_graver_than_any_distance_on_one_side() -> None:
    criterion = preference()
    flip = compare(criterion, by(-1), by(1))
    assert (flip.distance, flip.disagrees, flip.critical, flip.reason) == (1, True, False, "Opposite sides")
    apart = compare(criterion, by(0), by(3))
    assert (apart.distance, apart.disagrees, apart.reason) == (0.5, False, "3 steps apart")
    assert worst(criterion, [by(3), by(0), by(-1)]).reason == "Opposite sides"


def test_both_bad_against_anything_else_disagrees() -> None:
    assert compare(preference(), BAD, by(0)).disagrees
    assert compare(preference(), BAD, by(1)).distance == 1


def test_critical_preference_also_disagrees_on_equal_against_a_side() -> None:
    found = compare(preference(critical=True), by(0), by(1))
    assert (found.disagrees, found.critical) == (True, True)
    assert not compare(preference(critical=True), by(1), by(3)).disagrees


@pytest.mark.parametrize(
    ("values", "weights", "expected"),
    [
        ([by(1), by(2), by(3)], [1, 1, 1], by(2)),
        ([by(-1), by(2)], [1, 1], by(0)),
        ([by(1), by(3)], [1, 1], by(1)),
        ([by(-3), by(-1)], [1, 1], by(-1)),
        ([by(-3), by(2)], [1, 1.1], by(2)),
        ([by(-3), by(1), by(1)], [3, 1, 1], by(-3)),
        ([BAD, by(1)], [1, 1], by(1)),
        ([BAD, BAD, by(1)], [1, 1, 1], BAD),
        ([BAD, by(1)], [1.5, 1], BAD),
        ([BAD, by(-2), by(2)], [1.5, 1, 1], by(0)),
    ],
)
def test_consensus_is_the_weighted_median_and_both_bad_takes_over_half(values, weights, expected) -> None:
    assert settle_values(preference(), values, weights) == expected
    assert settle_values(preference(), values[::-1], weights[::-1]) == expected


def test_consensus_is_never_a_tie_where_none_is_allowed() -> None:
    criterion = preference(config={"tie": False})
    assert settle_values(criterion, [by(-1), by(2)]) == by(-1)
    assert settle_values(criterion, [by(2), by(-2)]) == by(-2)


def test_categories_are_ordered_without_both_bad_and_sides_with_it() -> None:
    ordered = preference(2, config={"both_bad": False})
    assert KIND.scale(ordered).categories == ("-2", "-1", "0", "+1", "+2")
    assert [KIND.position(ordered, by(n)) for n in (-2, 0, 2)] == [0, 2, 4]
    assert not KIND.scale(preference()).ordinal
    assert [KIND.position(preference(), value) for value in (by(-3), by(0), by(1), BAD)] == [0, 1, 2, 3]


# Words and rows


def test_strongest_step_and_both_bad_are_extreme() -> None:
    assert [KIND.extreme(preference(), v) for v in (by(-3), by(2), by(0), by(3), BAD)] == [
        True,
        False,
        False,
        True,
        True,
    ]
    assert KIND.extreme_words(preference()) == "“much better” or “both bad”"
    assert not KIND.extreme(preference(1), by(1))


def test_preference_in_words_names_the_response_as_the_reader_knows_it() -> None:
    assert describe(preference(), by(-3)) == "Response 1 much better"
    assert describe(preference(), by(-3), {"r1": "Response B", "r2": "Response A"}) == "Response B much better"
    assert [describe(preference(), v) for v in (by(0), BAD, NA)] == ["Equal", "Both bad", "N/A"]


def test_cells_name_the_preferred_response_and_the_strength() -> None:
    assert export_value(preference(), by(-2)) == {"preference": "r1", "preference.strength": -2}
    assert export_value(preference(), by(0)) == {"preference": "tie", "preference.strength": 0}
    assert export_value(preference(), BAD) == {"preference": "both_bad", "preference.strength": None}


def test_marks_stand_on_a_track_and_both_bad_beside_it() -> None:
    found = KIND.read_context(preference(), [("A", by(-3)), ("B", BAD), ("C", by(0))])
    assert (found["track"], found["levels"], found["bad"]) == ([("A", 1), ("C", 4)], 7, ["B"])


def test_condition_can_ask_for_what_the_control_posts() -> None:
    criterion = preference(1)
    assert [token for token, _ in KIND.cases(criterion)] == ["-1", "0", "1", "both_bad"]
    assert KIND.cases_met(criterion, {"strength": -1}) == {KIND.to_post(criterion, {"strength": -1}, "a")["a.value"]}
    assert KIND.cases_met(criterion, {"both_bad": True}) == {"both_bad"}
