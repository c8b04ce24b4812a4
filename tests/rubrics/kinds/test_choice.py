"""The kind `choice`: configuration, form, and the worked examples of its formulas."""

import pytest

from rubrics.answers import clean_key
from rubrics.comparing import compare, describe, export_value, grade, settle_values
from rubrics.kinds import KINDS
from rubrics.kinds.base import Place, Refused
from tests.rubrics.making import CONTENT, labels, make, one_of, some_of

KIND = KINDS["choice"]


def key(criterion, value, *accepted, **fields):
    raw = {"choice": {"r1": {"value": value, "accepted": list(accepted), **fields}}}
    return clean_key([criterion], CONTENT, raw)["choice"]["r1"]


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({}, "labels"),
        (labels("only"), "labels"),
        (labels("a", "a"), "labels.1.key"),
        (labels("a", "na"), "labels.1.key"),
        (labels("a", "b c"), "labels.1.key"),
        ({"labels": [{"key": "a", "title": "Same"}, {"key": "b", "title": "same"}]}, "labels.1.title"),
        ({"labels": [{"key": "a", "title": ""}, {"key": "b", "title": "B"}]}, "labels.0.title"),
        (labels("a", "b", min=3, max=3), "min"),
        (labels("a", "b", min=2, max=1), "min"),
        (labels("a", "b", min=0, max=1), "min"),
        (labels("a", "b", min=-1), "min"),
        (labels("a", "b", max="many"), "max"),
        (labels("a", "b", max=1, multiple=True), "multiple"),
        ({**labels("a", "b"), "colour": 1}, "colour"),
    ],
)
def test_configuration_that_cannot_be_met_is_refused_at_the_field(config, field) -> None:
    assert field in [problem.field for problem in KIND.check_config(config)]


def test_several_may_be_chosen_when_the_maximum_is_not_one() -> None:
    assert KIND.tidy_config(labels("a", "b", multiple=True, min=0))["max"] == 0
    assert KIND.clean(some_of(), ["tone", "figure", "tone"], Place()) == ["figure", "tone"]
    assert KIND.clean(one_of(), "safe", Place()) == "safe"
    assert KIND.clean(one_of(), ["safe"], Place()) == "safe"


@pytest.mark.parametrize("raw", ["other", 1, ["safe", "unsafe"], ["safe", 3], {"key": "safe"}, [["safe"]]])
def test_what_is_not_one_of_the_labels_is_refused(raw) -> None:
    with pytest.raises(Refused):
        KIND.clean(one_of(), raw, Place())


def test_number_of_labels_is_held() -> None:
    criterion = some_of(low=1, high=2)
    with pytest.raises(Refused, match="Choose 1 to 2; 3 are chosen"):
        KIND.clean(criterion, ["figure", "source", "tone"], Place())
    with pytest.raises(Refused, match="0 are chosen"):
        KIND.clean(criterion, [], Place())


def test_nothing_ticked_is_an_answer_only_where_one_is_required_and_none_is_enough() -> None:
    assert not KIND.is_blank(some_of(low=0), [])
    assert KIND.is_blank(some_of(low=0, required=False), [])
    assert KIND.is_blank(some_of(low=1), [])


def test_one_label_is_right_or_wrong_or_worth_what_the_key_lists() -> None:
    criterion = one_of()
    entry = key(criterion, "unsafe", partial={"unsure": 0.4})
    assert [grade(criterion, label, entry).credit for label in ("unsafe", "unsure", "safe")] == [1, 0.4, 0]
    assert grade(criterion, "safe", key(criterion, "unsafe", "safe")).exact
    assert grade(criterion, "safe", entry).error is None


@pytest.mark.parametrize(
    ("given", "gold", "credit"),
    [
        (["figure"], ["figure", "source"], 1 / 2),
        (["figure", "tone"], ["figure", "source"], 1 / 3),
        (["figure", "source", "tone"], ["figure", "source"], 2 / 3),
        ([], [], 1),
        ([], ["figure"], 0),
        (["figure"], [], 0),
    ],
)
def test_several_labels_earn_the_jaccard_index(given, gold, credit) -> None:
    criterion = some_of()
    found = grade(criterion, given, key(criterion, gold))
    assert found.credit == pytest.approx(credit)
    assert found.within == (credit >= 0.5)


def test_best_of_several_accepted_sets_counts() -> None:
    criterion = some_of()
    assert grade(criterion, ["tone"], key(criterion, ["figure", "source"], ["tone"])).exact


def test_optional_labels_are_left_out_on_both_sides() -> None:
    criterion = some_of()
    entry = key(criterion, ["figure", "caveat"], optional=["tone", "caveat"])
    assert grade(criterion, ["figure", "tone"], entry).exact


def test_wrong_critical_label_is_a_critical_miss() -> None:
    config = labels("harm", "tone", min=0, max=0)
    config["labels"][0]["critical"] = True
    criterion = make("choice", config)
    assert grade(criterion, ["tone"], key(criterion, ["harm", "tone"])).critical_miss
    assert not grade(criterion, ["harm"], key(criterion, ["harm", "tone"])).critical_miss
    assert compare(criterion, ["tone"], ["harm", "tone"]).critical


@pytest.mark.parametrize(
    "bad", [{"optional": ["other"]}, {"optional": "tone"}, {"partial": {"tone": 2}}, {"partial": {"x": 1}}]
)
def test_key_that_names_strange_labels_is_refused(bad) -> None:
    from evaltool.base.errors import Invalid

    with pytest.raises(Invalid):
        key(some_of(), ["tone"], **bad)


def test_disagreement_begins_below_half_in_common() -> None:
    criterion = some_of()
    half = compare(criterion, ["figure", "source"], ["figure"])
    assert (half.distance, half.disagrees) == (0.5, False)
    assert half.reason == "Differ on Source"
    assert compare(criterion, ["figure", "source"], ["figure", "tone"]).disagrees
    assert compare(one_of(), "safe", "unsure").disagrees


def test_critical_choice_disagrees_on_any_label() -> None:
    assert compare(some_of(critical=True), ["figure", "source"], ["figure"]).critical


def test_one_label_is_settled_by_weighted_vote() -> None:
    assert settle_values(one_of(), ["safe", "unsafe", "unsafe"], [3, 1, 1]) == "safe"
    assert settle_values(one_of(), ["unsafe", "safe"], [1, 1]) == "safe"  # equal: the rubric's order


@pytest.mark.parametrize(
    ("values", "limits", "expected"),
    [
        ([["figure", "source"], ["figure"], ["figure", "tone"]], {}, ["figure"]),
        ([["figure", "source"], ["figure"]], {}, ["figure"]),
        ([["figure", "source"], ["source", "tone"], ["figure", "tone"]], {"low": 1, "high": 2}, ["figure", "source"]),
        ([["figure", "source"], ["figure", "tone"]], {"low": 2, "high": 2}, ["figure", "source"]),
        ([[], []], {}, []),
    ],
)
def test_several_labels_are_settled_by_over_half_of_the_weight_within_the_limits(values, limits, expected) -> None:
    criterion = some_of(**limits)
    assert settle_values(criterion, values) == expected
    assert KIND.clean(criterion, expected, Place()) == expected


def test_labels_in_words_and_in_a_cell() -> None:
    assert describe(some_of(), ["figure", "tone"]) == "Figure, Tone"
    assert describe(some_of(), []) == "None"
    assert export_value(some_of(), ["figure", "tone"]) == {"choice": "figure|tone"}


def test_changes_of_labels_are_told_in_words() -> None:
    old, new = KIND.tidy_config(labels("a", "b")), KIND.tidy_config(labels("b", "c", max=2))
    new["labels"][0]["title"] = "Bee"
    assert KIND.config_changes(old, new) == [
        "The label “A” is gone.",
        "The label “C” is new.",
        "The label “B” has changed: “Bee”. About b.",
        "Choose 1 to 2, before: choose one.",
    ]
