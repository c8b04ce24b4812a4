"""The kind `rating`: configuration, form, and the worked examples of its formulas."""

import pytest

from rubrics.answers import clean_key
from rubrics.comparing import compare, describe, export_value, grade, settle_values, worst
from rubrics.kinds import KINDS, kind_of
from rubrics.kinds.base import Place, Refused, Scale
from tests.rubrics.making import CONTENT, levels, rating

KIND = KINDS["rating"]


def key(criterion, value, *accepted):
    return clean_key([criterion], CONTENT, {"rating": {"r1": {"value": value, "accepted": list(accepted)}}})["rating"][
        "r1"
    ]


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({}, "levels"),
        ([], ""),
        (levels(1), "levels"),
        (levels(*range(12)), "levels"),
        (levels(1, 2, 2), "levels.2.score"),
        (levels(1, 3, 2), "levels.2.score"),
        ({**levels(1, 2), "colour": "red"}, "colour"),
        ({"levels": [{"score": "1", "title": "a"}, {"score": 2, "title": "b"}]}, "levels.0.score"),
        ({"levels": [{"score": True, "title": "a"}, {"score": 2, "title": "b"}]}, "levels.0.score"),
        ({"levels": [{"score": float("nan"), "title": "a"}, {"score": 2, "title": "b"}]}, "levels.0.score"),
        ({"levels": [{"score": 1, "title": " "}, {"score": 2, "title": "b"}]}, "levels.0.title"),
        ({"levels": [{"score": 1, "title": "a", "x": 1}, {"score": 2, "title": "b"}]}, "levels.0.x"),
        ({"levels": ["one", "two"]}, "levels.0"),
    ],
)
def test_configuration_that_is_no_scale_is_refused_at_the_field(config, field) -> None:
    assert field in [problem.field for problem in KIND.check_config(config)]


def test_two_to_eleven_levels_make_a_scale() -> None:
    assert KIND.check_config(levels(0, 1)) == []
    assert KIND.check_config(levels(*range(-5, 6))) == []


@pytest.mark.parametrize("raw", [4, "4", " 4 ", 4.0, "4.0"])
def test_level_is_given_as_number_or_text(raw) -> None:
    value = KIND.clean(rating(), raw, Place())
    assert value == 4
    assert type(value) is int


@pytest.mark.parametrize("raw", [0, 6, 3.5, "", "four", True, [4], {"score": 4}, float("nan"), "1e999", "inf"])
def test_value_outside_the_scale_is_refused(raw) -> None:
    with pytest.raises(Refused, match="1, 2, 3, 4 or 5"):
        KIND.clean(rating(), raw, Place())


@pytest.mark.parametrize(
    ("given", "credit"), [(1, 1 - (3 / 4) ** 2), (2, 1 - (2 / 4) ** 2), (3, 0.9375), (4, 1.0), (5, 0.9375)]
)
def test_credit_is_the_quadratic_agreement_weight(given, credit) -> None:
    criterion = rating()
    assert grade(criterion, given, key(criterion, 4)).credit == pytest.approx(credit)


def test_credit_counts_levels_not_scores() -> None:
    criterion = rating(0, 1, 10)
    assert grade(criterion, 1, key(criterion, 10)).credit == pytest.approx(1 - (1 / 2) ** 2)
    assert grade(criterion, 1, key(criterion, 10)).error == -1


def test_accepted_levels_are_all_exact_and_the_nearest_counts() -> None:
    criterion = rating()
    entry = key(criterion, 2, 1, 2)
    assert [grade(criterion, level, entry).credit for level in (1, 2)] == [1, 1]
    assert grade(criterion, 3, entry).error == 1
    assert grade(criterion, 5, entry).credit == pytest.approx(1 - (3 / 4) ** 2)


def test_signed_error_between_two_equally_near_levels_is_none_in_direction() -> None:
    criterion = rating()
    found = grade(criterion, 3, key(criterion, 2, 2, 4))
    assert found.error == 0
    assert not found.exact
    assert found.credit == pytest.approx(0.9375)


def test_within_allows_the_tolerance_and_exact_does_not() -> None:
    criterion = rating(tolerance=1)
    found = [grade(criterion, level, key(criterion, 4)) for level in (4, 5, 2)]
    assert [(one.exact, one.within) for one in found] == [(True, True), (False, True), (False, False)]


def test_critical_criterion_tolerates_nothing() -> None:
    criterion = rating(critical=True)
    found = grade(criterion, 5, key(criterion, 4))
    assert not found.within
    assert found.critical_miss
    criterion.tolerance = 1  # as a row written by hand might have it
    assert not grade(criterion, 5, key(criterion, 4)).within
    assert compare(criterion, 4, 5).disagrees
    assert compare(criterion, 4, 5).critical


def test_default_tolerance_is_one_from_five_levels_on() -> None:
    assert rating().tolerance == 1
    assert rating(1, 2, 3, 4).tolerance == 0
    assert rating(critical=True).tolerance == 0


def test_disagreement_begins_above_the_tolerance() -> None:
    assert not compare(rating(), 3, 4).disagrees
    found = compare(rating(), 5, 2)
    assert (found.distance, found.disagrees, found.critical, found.reason) == (0.75, True, False, "3 apart")


def test_spread_of_several_judgments_is_that_of_the_farthest_two() -> None:
    assert worst(rating(), [3, 4, 5]).disagrees
    assert not worst(rating(), [3, 4, 4]).disagrees
    assert worst(rating(), [3]).distance == 0


@pytest.mark.parametrize(
    ("values", "weights", "expected"),
    [
        ([2, 4, 5], [1, 1, 1], 4),
        ([4, 5], [1, 1], 4),
        ([5, 4], [1, 1], 4),
        ([4, 5], [1, 1.1], 5),
        ([1, 5, 5], [3, 1, 1], 1),
        ([1, 3, 5], [0.1, 0.2, 0.3], 3),
        ([1, 5], [0, 1], 5),
        ([1, 5], [0, 0], 1),
    ],
)
def test_consensus_is_the_weighted_median_the_lower_of_two(values, weights, expected) -> None:
    assert settle_values(rating(), values, weights) == expected


def test_lowest_two_and_highest_level_are_extreme() -> None:
    assert [KIND.extreme(rating(), level) for level in (1, 2, 3, 4, 5)] == [True, True, False, False, True]
    assert KIND.extreme_words(rating()) == "1, 2 or 5"
    assert KIND.extreme_words(rating(0, 1)) == "0 or 1"


def test_value_in_words_names_level_and_title() -> None:
    assert describe(rating(), 4) == "4, Title 4"
    assert export_value(rating(), 4) == {"rating": 4}


def test_scale_is_ordinal_by_place() -> None:
    assert kind_of(rating(0, 1, 10)).scale(rating(0, 1, 10)) == Scale(("0", "1", "10"), ordinal=True)
    assert KIND.position(rating(0, 1, 10), 10) == 2


def test_changes_of_levels_are_told_in_words() -> None:
    old, new = KIND.tidy_config(levels(1, 2, 3)), KIND.tidy_config(levels(1, 2, 4))
    new["levels"][0]["title"] = "Poor"
    assert KIND.config_changes(old, new) == [
        "Level 3 is gone.",
        "Level 4 is new: Title 4.",
        "Level 1 is called “Poor”, was “Title 1”.",
    ]


def test_digit_keys_are_scores_where_they_are_digits_else_places() -> None:
    def digits(criterion):
        return [level["digit"] for level in KIND.form_context(criterion, None, Place())["levels"]]

    assert digits(rating()) == ["1", "2", "3", "4", "5"]
    assert digits(rating(0, 1, 2)) == ["1", "2", "3"]
    assert digits(rating(*range(11)))[8:] == ["9", "", ""]
