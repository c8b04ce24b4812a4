"""Agreement: published worked examples, edges, and what must hold for any ratings."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.agreement import (
    CoincidenceMatrix,
    Reading,
    agreement_weights,
    cohen_kappa,
    confusion_table,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    mean_signed_difference,
    percent_agreement,
    reading,
    summarize,
    value_counts,
)
from stats.intervals import bootstrap_interval

CHECKED = settings(max_examples=80, deadline=None, derandomize=True, database=None)


def counts_from(columns: list[str], levels: int):
    """Value counts from one string per person, ``.`` for a missing rating, levels from 1."""
    people = [[None if mark == "." else int(mark) - 1 for mark in column] for column in columns]
    return value_counts(zip(*people, strict=True), levels)


# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C:
# four observers, twelve units, five values, gaps.
KRIPPENDORFF = counts_from(["123321412...", "1233224125.3", ".3332342251.", "12332441251."], 5)
# The example of the encyclopedia article on alpha: three coders, fifteen units.
THREE_CODERS = counts_from([".....34121133.3", "1.213343.......", "..21344.21133.4"], 4)
# Fleiss 1971, table 1: thirty patients, six psychiatrists each, five diagnoses.
FLEISS_1971_ROWS = """
    00060 03003 01401 00006 03030 20400 00402 20310 20040 00006
    10050 11040 03300 10050 02031 00501 30012 51000 02040 10203
    00006 01050 02013 20040 10041 05010 40002 02040 10500 00006
"""
FLEISS_1971 = [[int(mark) for mark in row] for row in FLEISS_1971_ROWS.split()]
# The usual encyclopedia example of Fleiss' kappa: fourteen raters, ten subjects.
FOURTEEN_RATERS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
# Cohen 1968, table 1 (200 patients, two judges, three diagnoses) with its disagreement weights.
COHEN_1968 = [[88, 10, 2], [14, 40, 6], [18, 10, 12]]
COHEN_1968_WEIGHTS = [[0, 1, 3], [1, 0, 6], [3, 6, 0]]
# Gwet's contingency tables: pregnancy types by two abstractors, diagnoses by two methods.
ABSTRACTORS = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
DIAGNOSES = [[40, 6, 4, 15], [4, 25, 1, 5], [4, 2, 21, 9], [17, 13, 12, 45]]

some_counts = st.integers(2, 5).flatmap(
    lambda levels: st.lists(st.lists(st.integers(0, 3), min_size=levels, max_size=levels), min_size=1, max_size=12)
)
some_tables = st.integers(2, 5).flatmap(
    lambda levels: st.lists(
        st.lists(st.integers(0, 9), min_size=levels, max_size=levels),
        min_size=levels,
        max_size=levels,
    )
)


def counts_of_table(table):
    """A confusion table of two people as value counts of its units."""
    levels = len(table)
    rows = [
        [int(level == one) + int(level == other) for level in range(levels)]
        for one in range(levels)
        for other in range(levels)
        for _ in range(table[one][other])
    ]
    return np.array(rows).reshape(-1, levels)


@pytest.mark.parametrize(
    ("metric", "published"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_alpha_repeats_krippendorff_2011_section_c(metric, published):
    assert round(krippendorff_alpha(KRIPPENDORFF, metric), 3) == published


def test_alpha_repeats_krippendorff_2011_sections_a_and_b():
    # Two observers, ten units, two values; two observers, twelve units, five letters.
    binary = counts_from(["1211111121", "2221121111"], 2)
    letters = counts_from(["112243335441", "212223335444"], 5)
    assert round(krippendorff_alpha(binary, "nominal"), 3) == 0.095
    assert round(krippendorff_alpha(letters, "nominal"), 3) == 0.692


def test_alpha_repeats_the_three_coder_example():
    assert round(krippendorff_alpha(THREE_CODERS, "nominal"), 3) == 0.691
    assert round(krippendorff_alpha(THREE_CODERS, "interval"), 3) == 0.811


def test_alpha_measures_intervals_between_the_scores_given():
    stretched = krippendorff_alpha(KRIPPENDORFF, "interval", values=[10, 20, 30, 40, 50])
    assert stretched == pytest.approx(krippendorff_alpha(KRIPPENDORFF, "interval"))
    assert krippendorff_alpha(KRIPPENDORFF, "interval", values=[1, 2, 3, 4, 50]) != pytest.approx(stretched)


def test_fleiss_kappa_repeats_both_published_examples():
    assert round(fleiss_kappa(FLEISS_1971), 3) == 0.430
    assert round(fleiss_kappa(FOURTEEN_RATERS), 3) == 0.210


def test_cohen_kappa_repeats_cohen_1968():
    assert round(cohen_kappa(COHEN_1968), 3) == 0.492
    weights = 1 - np.array(COHEN_1968_WEIGHTS) / 6
    assert round(cohen_kappa(COHEN_1968, weights), 3) == 0.348


def test_cohen_kappa_shows_the_paradox_of_feinstein_and_cicchetti_1990():
    assert round(cohen_kappa([[40, 9], [6, 45]]), 2) == 0.70
    assert round(cohen_kappa([[80, 10], [5, 5]]), 2) == 0.32


def test_gwet_ac1_repeats_the_published_value():
    assert round(gwet_ac1(KRIPPENDORFF), 5) == 0.77544
    assert round(percent_agreement(KRIPPENDORFF), 3) == 0.818


@pytest.mark.parametrize(
    ("kind", "four_raters", "abstractors", "diagnoses"),
    [
        # Values of Gwet's own software for the tables of his handbook (2014).
        ("identity", 0.775, 0.849, 0.456),
        ("linear", 0.859, 0.900, 0.377),
        ("ordinal", 0.899, 0.925, 0.324),
        ("quadratic", 0.914, 0.940, 0.299),
    ],
)
def test_gwet_ac2_repeats_the_values_of_his_software(kind, four_raters, abstractors, diagnoses):
    assert round(gwet_ac2(KRIPPENDORFF, kind), 3) == four_raters
    assert round(gwet_ac2(counts_of_table(ABSTRACTORS), kind), 3) == abstractors
    assert round(gwet_ac2(counts_of_table(DIAGNOSES), kind), 3) == diagnoses


def test_a_rare_category_splits_kappa_and_ac1():
    table = [[118, 5], [2, 0]]
    counts = counts_of_table(table)
    assert round(percent_agreement(counts), 2) == 0.94
    assert round(cohen_kappa(table), 2) == -0.02
    assert round(gwet_ac1(counts), 2) == 0.94


def test_ordinal_weights_repeat_gwets_three_level_matrix():
    expected = [[1, 2 / 3, 0], [2 / 3, 1, 2 / 3], [0, 2 / 3, 1]]
    assert agreement_weights(3, "ordinal") == pytest.approx(np.array(expected))
    assert agreement_weights(3, "quadratic")[0].tolist() == [1, 0.75, 0]
    assert agreement_weights(3, "linear")[0].tolist() == [1, 0.5, 0]


@CHECKED
@given(some_tables)
def test_cohen_kappa_is_symmetric_bounded_and_one_for_equal_ratings(table):
    square = np.array(table)
    for kind in ("identity", "linear", "quadratic", "ordinal"):
        value = cohen_kappa(square, kind)
        assert value == cohen_kappa(square.T, kind) or value == pytest.approx(cohen_kappa(square.T, kind))
        assert value is None or value <= 1 + 1e-12
    diagonal = np.diag(np.diag(square))
    if np.count_nonzero(diagonal) >= 2:
        assert cohen_kappa(diagonal) == 1
    value = cohen_kappa(square)
    assert value is None or value >= -1 - 1e-12


@CHECKED
@given(some_counts)
def test_coefficients_do_not_depend_on_the_order_of_units_and_stay_below_one(counts):
    for measure in (percent_agreement, krippendorff_alpha, gwet_ac1, gwet_ac2):
        value, turned = measure(counts), measure(counts[::-1])
        assert value == turned
        assert value is None or value <= 1 + 1e-12


@CHECKED
@given(some_counts)
def test_nominal_coefficients_do_not_depend_on_the_order_of_levels(counts):
    mirrored = np.array(counts)[:, ::-1]
    for value, other in (
        (krippendorff_alpha(counts, "nominal"), krippendorff_alpha(mirrored, "nominal")),
        (krippendorff_alpha(counts, "ordinal"), krippendorff_alpha(mirrored, "ordinal")),
        (gwet_ac1(counts), gwet_ac1(mirrored)),
    ):
        assert (value is None) == (other is None)
        assert value is None or value == pytest.approx(other, abs=1e-9)


@CHECKED
@given(some_counts)
def test_units_with_one_rating_do_not_change_alpha(counts):
    levels = len(counts[0])
    single = [1] + [0] * (levels - 1)
    assert krippendorff_alpha([*counts, single, single]) == krippendorff_alpha(counts)


@CHECKED
@given(st.lists(st.integers(0, 3), min_size=2, max_size=20), st.integers(2, 4))
def test_full_agreement_is_one_if_levels_vary_and_undefined_for_alpha_if_not(levels, people):
    counts = value_counts([[level] * people for level in levels], 4)
    varied = len(set(levels)) > 1
    assert percent_agreement(counts) == pytest.approx(1)
    assert gwet_ac1(counts) == pytest.approx(1)
    for value in (krippendorff_alpha(counts), fleiss_kappa(counts)):
        assert value == (pytest.approx(1) if varied else None)


@CHECKED
@given(some_tables)
def test_alpha_for_two_people_approaches_scotts_pi(table):
    counts = counts_of_table(table)
    alpha = krippendorff_alpha(counts, "nominal") if len(counts) else None
    if alpha is None:
        return
    # Krippendorff 2011: alpha = 1 − (1 − 1/n)(1 − π), n ratings; π is Fleiss' kappa for two.
    ratings = 2 * len(counts)
    assert alpha == pytest.approx(1 - (1 - 1 / ratings) * (1 - fleiss_kappa(counts)), abs=1e-9)


def test_nothing_to_compare_is_undefined():
    lonely = [[1, 0, 0], [0, 1, 0]]
    for counts in ([], np.zeros((0, 3)), lonely, [[0, 0, 0]]):
        assert percent_agreement(counts) is None
        assert krippendorff_alpha(counts) is None
        assert gwet_ac1(counts) is None
    assert fleiss_kappa([]) is None
    assert cohen_kappa([[0, 0], [0, 0]]) is None
    assert cohen_kappa([[7, 0], [0, 0]]) is None
    assert mean_signed_difference([[0, 0], [0, 0]]) is None


def test_systematic_disagreement_is_below_chance():
    assert cohen_kappa([[0, 5], [5, 0]]) == -1
    assert krippendorff_alpha(counts_of_table([[0, 5], [5, 0]]), "nominal") < 0


def test_mean_signed_difference_is_positive_if_the_first_rates_higher():
    table = confusion_table([2, 2, 1], [1, 2, 0], 3)
    assert mean_signed_difference(table) == pytest.approx(2 / 3)
    assert mean_signed_difference(table.T) == pytest.approx(-2 / 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: krippendorff_alpha([[1, -1]]), "-1"),
        (lambda: krippendorff_alpha([[1, 0.5]]), "0.5"),
        (lambda: krippendorff_alpha([[1, float("nan")]]), "nan"),
        (lambda: krippendorff_alpha([[1, 2], [1]]), "equal length"),
        (lambda: krippendorff_alpha([[2]]), "at least 2 levels, got 1"),
        (lambda: krippendorff_alpha([[1, 1]], "cubic"), "cubic"),
        (lambda: krippendorff_alpha([[1, 1]], "ratio", values=[0, 1]), "positive"),
        (lambda: krippendorff_alpha([[1, 1]], "interval", values=[1, 2, 3]), "2 finite numbers"),
        (lambda: fleiss_kappa([[2, 0], [2, 1]]), r"\[2, 3\]"),
        (lambda: cohen_kappa([[1, 2, 3], [4, 5, 6]]), "square"),
        (lambda: cohen_kappa([[1, 2], [3, 4]], "cubic"), "cubic"),
        (lambda: cohen_kappa([[1, 2], [3, 4]], [[1, 0.5], [0.2, 1]]), "symmetric"),
        (lambda: gwet_ac2([[1, 1]], np.eye(3)), "2 × 2"),
        (lambda: value_counts([[0, 3]], 3), "got 3"),
        (lambda: confusion_table([0], [0, 1], 2), "1 and 2"),
        (lambda: confusion_table([0], [-1], 2), "got -1"),
        (lambda: agreement_weights(1), "got 1"),
        (lambda: summarize([[1, 1]], scale="circular"), "circular"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# --- the live matrix ---------------------------------------------------------------------------


@CHECKED
@given(st.data())
def test_live_matrix_equals_batch_after_any_edits(data):
    levels = data.draw(st.integers(2, 4))
    row = st.lists(st.integers(0, 3), min_size=levels, max_size=levels)
    units: list[list[int]] = []
    live = CoincidenceMatrix(levels)
    for _ in range(data.draw(st.integers(1, 25))):
        move = data.draw(st.sampled_from(["add", "replace", "withdraw"]))
        if move == "add" or not units:
            units.append(data.draw(row))
            live.add(units[-1])
            continue
        place = data.draw(st.integers(0, len(units) - 1))
        if move == "replace":
            new = data.draw(row)
            live.replace(units[place], new)
            units[place] = new
        else:
            live.withdraw(units.pop(place))
    batch = np.array(units, dtype=int).reshape(-1, levels)
    assert live == CoincidenceMatrix.from_counts(batch, levels=levels)
    for metric in ("nominal", "ordinal", "interval", "ratio"):
        assert live.alpha(metric) == krippendorff_alpha(batch, metric)
    assert live.percent_agreement() == percent_agreement(batch)
    assert live.gwet() == gwet_ac2(batch)
    assert live.units == int((batch.sum(axis=1) > 1).sum())
    assert live.ratings == int(batch.sum(axis=1)[batch.sum(axis=1) > 1].sum())


def test_live_matrix_is_krippendorffs_coincidence_matrix():
    # Krippendorff 2011, section C: row and column sums 9, 13, 10, 5, 3; 40 pairable values.
    matrix = CoincidenceMatrix.from_counts(KRIPPENDORFF)
    coincidences = matrix.coincidences()
    assert coincidences.sum(axis=0) == pytest.approx([9, 13, 10, 5, 3])
    assert coincidences[0] == pytest.approx([7, 4 / 3, 1 / 3, 1 / 3, 0])
    assert matrix.ratings == 40
    assert matrix.units == 11


def test_live_matrix_survives_json():
    matrix = CoincidenceMatrix.from_counts(KRIPPENDORFF)
    again = CoincidenceMatrix.from_state(json.loads(json.dumps(matrix.to_state())))
    assert again == matrix
    assert again.alpha() == matrix.alpha()
    again.add([0, 2, 0, 0, 0])
    assert again != matrix


def test_live_matrix_refuses_to_withdraw_what_was_never_added():
    matrix = CoincidenceMatrix(3)
    matrix.add([2, 0, 0])
    matrix.add([1, 0, 0])
    before = matrix.to_state()
    for never in ([0, 2, 0], [1, 1, 0], [3, 0, 0], [0, 1, 0]):
        with pytest.raises(ValueError, match="unit"):
            matrix.withdraw(never)
    assert matrix.to_state() == before
    matrix.withdraw([2, 0, 0])
    matrix.withdraw([1, 0, 0])
    assert matrix.to_state() == CoincidenceMatrix(3).to_state()


def test_live_matrix_refuses_a_unit_whose_ratings_belong_to_two_others():
    matrix = CoincidenceMatrix.from_counts([[2, 0], [0, 2]])
    with pytest.raises(ValueError, match="never added"):
        matrix.withdraw([1, 1])


def test_live_matrix_refuses_a_wrong_number_of_levels():
    with pytest.raises(ValueError, match="3 levels, got 2"):
        CoincidenceMatrix(3).add([1, 1])
    with pytest.raises(ValueError, match="3 levels"):
        CoincidenceMatrix.from_state(
            {"levels": 3, "strata": {"2": {"units": 1, "values": [2, 0], "pairs": [[2, 0], [0, 0]]}}}
        )


# --- reading -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "low", "units", "expected"),
    [
        (0.9, 0.80, 30, Reading.GOOD),
        (0.9, 0.799, 30, Reading.TENTATIVE),
        (0.9, 0.667, 30, Reading.TENTATIVE),
        (0.9, 0.666, 30, Reading.REVIEW),
        (0.9, None, 30, Reading.REVIEW),
        (0.9, 0.85, 29, Reading.NOT_ENOUGH_DATA),
        (None, None, 29, Reading.NOT_ENOUGH_DATA),
        (None, None, 30, Reading.NO_VARIATION),
    ],
)
def test_reading_goes_by_the_lower_end(value, low, units, expected):
    assert reading(value, low, units) is expected


def test_summary_gives_three_figures_with_intervals_around_them():
    summary = summarize(np.repeat(KRIPPENDORFF, 4, axis=0), seed=1)
    assert summary.units == 44
    assert summary.ratings == 160
    for figure in (summary.percent, summary.alpha, summary.gwet):
        assert figure.interval.low < figure.value < figure.interval.high
    assert summary == summarize(np.repeat(KRIPPENDORFF, 4, axis=0), seed=1)
    assert summary.alpha.interval != summarize(np.repeat(KRIPPENDORFF, 4, axis=0), seed=2).alpha.interval


def test_summary_interval_equals_resampling_units_one_by_one():
    counts = np.repeat(KRIPPENDORFF, 4, axis=0)
    slow = bootstrap_interval(counts, krippendorff_alpha, replicates=1000, seed=5)
    quick = summarize(counts, replicates=1000, seed=5).alpha.interval
    assert quick.low == pytest.approx(slow.low, abs=0.02)
    assert quick.high == pytest.approx(slow.high, abs=0.02)


def test_summary_of_few_units_is_not_enough_data():
    assert summarize(KRIPPENDORFF).reading is Reading.NOT_ENOUGH_DATA
    empty = summarize(np.zeros((0, 4)))
    assert (empty.units, empty.alpha.value, empty.alpha.interval) == (0, None, None)


def test_summary_says_when_one_level_dominates():
    skewed = counts_of_table([[118, 5], [2, 0]])
    assert summarize(skewed, scale="nominal").rare_category
    even = counts_of_table([[60, 5], [2, 58]])
    assert not summarize(even, scale="nominal").rare_category


def test_summary_of_constant_ratings_has_no_variation():
    summary = summarize([[2, 0, 0]] * 40)
    assert summary.reading is Reading.NO_VARIATION
    assert summary.alpha.value is None
    assert summary.percent.value == 1
