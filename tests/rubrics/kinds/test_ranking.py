"""The kind `ranking`: configuration, form, and the worked examples of its formulas."""

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from evaltool.base.errors import Invalid
from rubrics.answers import clean_key, from_post, to_post
from rubrics.comparing import compare, describe, export_value, grade, read_export, settle_values
from rubrics.kinds import KINDS
from rubrics.kinds.base import Place, Refused
from tests.rubrics.making import make

KIND = KINDS["ranking"]


def content(count: int = 4) -> dict:
    return {
        "version": 1,
        "prompt": "Rank.",
        "responses": [{"id": f"r{n}", "text": f"{n}."} for n in range(1, count + 1)],
    }


def ranking(*, top: int = 0, ties: bool = True, unusable: bool = True, **fields):
    config = {"top": top, "ties": ties, "unusable": unusable}
    return make("ranking", config, **{"scope": "task", **fields})


def order(words: str) -> dict:
    """`order("2 > 1 = 3; 4")`: 2 before 1 and 3, which tie, 4 unusable."""
    ranked, _, out = words.partition(";")
    groups = [[f"r{one.strip()}" for one in group.split("=")] for group in ranked.split(">") if group.strip()]
    return {"order": [sorted(group) for group in groups], "unusable": [f"r{one}" for one in out.split()]}


def clean(criterion, raw, count: int = 4):
    return KIND.clean(criterion, raw, Place(content(count)))


def key(criterion, value, *accepted, count: int = 4, **fields):
    raw = {"ranking": {"": {"value": value, "accepted": list(accepted), **fields}}}
    return clean_key([criterion], content(count), raw)["ranking"][""]


# Configuration


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"top": -1}, "top"),
        ({"top": 9}, "top"),
        ({"top": "2"}, "top"),
        ({"ties": 1}, "ties"),
        ({"x": 1}, "x"),
        ([], ""),
    ],
)
def test_configuration_that_is_no_ranking_is_refused_at_the_field(config, field) -> None:
    assert field in [problem.field for problem in KIND.check_config(config)]


def test_empty_number_of_places_means_all() -> None:
    assert KIND.config_from_post(QueryDict("c.top=&c.ties=1"), "c") == {"top": 0, "ties": True, "unusable": False}
    assert KIND.tidy_config({}) == {"top": 0, "ties": True, "unusable": True}


def test_changes_are_told_in_words() -> None:
    assert KIND.config_changes(KIND.tidy_config({}), KIND.tidy_config({"top": 3, "ties": False})) == [
        "Ranks the best 3, before: all responses.",
        "Ties can no longer be given.",
    ]


# The form


def test_ranks_of_the_form_become_groups_best_first() -> None:
    criterion = ranking()
    data = QueryDict("a.ranking..rank.r1=1&a.ranking..rank.r3=1&a.ranking..rank.r2=4&a.ranking..rank.r4=unusable")
    raw = from_post([criterion], content(), data)
    assert clean(criterion, raw["ranking"][""]["value"]) == order("1 = 3 > 2; 4")
    assert to_post([criterion], content(), raw)["a.ranking..rank.r2"] == "4"


def test_stored_order_shows_ranks_as_in_a_race() -> None:
    posted = KIND.to_post(ranking(), order("1 = 3 > 2; 4"), "p")
    assert posted == {"p.rank.r1": "1", "p.rank.r3": "1", "p.rank.r2": "3", "p.rank.r4": "unusable"}


def test_responses_stand_in_the_order_shown() -> None:
    found = KIND.form_context(ranking(), order("1 > 2 > 3 > 4"), Place(content(), "", ["r3", "r1", "r4", "r2"]))
    assert [(row["letter"], row["id"]) for row in found["rows"]] == [("A", "r3"), ("B", "r1"), ("C", "r4"), ("D", "r2")]
    chosen = [[c["token"] for c in row["choices"] if c["checked"]] for row in found["rows"]]
    assert chosen == [["3"], ["1"], ["4"], ["2"]]


@pytest.mark.parametrize(
    "raw",
    [
        3,
        "r1",
        [["r1", ["r2"]]],
        {"order": [[{}]]},
        {"order": [], "unusable": [[]]},
        {"ranks": 1},
        {"ranks": {"r1": []}},
    ],
)
def test_draft_of_any_shape_can_be_shown(raw) -> None:
    found = KIND.form_context(ranking(), raw, Place(content()))
    assert not any(choice["checked"] for row in found["rows"] for choice in row["choices"])


def test_half_a_ranking_is_kept_as_typed() -> None:
    criterion = ranking()
    raw = from_post([criterion], content(), QueryDict("a.ranking..rank.r1=2"))
    assert raw["ranking"][""]["value"] == {"ranks": {"r1": "2"}}
    assert KIND.is_blank(criterion, {"ranks": {}})


def test_a_ranking_is_done_once_every_response_has_its_place() -> None:
    half, whole = {"ranks": {"r1": "2"}}, {"ranks": {"r1": "1", "r2": "1", "r3": "1", "r4": "unusable"}}
    assert [KIND.is_done(ranking(), raw, Place(content())) for raw in (None, half, whole)] == [False, False, True]
    assert KIND.is_done(ranking(top=1), half | {"ranks": {"r1": "1"}}, Place(content()))


@pytest.mark.parametrize(
    "raw",
    [
        [["r2"], ["r1", "r3"], ["r4"]],
        [["r2"], ["r3", "r1"], [], "r4"],
        {"order": ["r2", ["r1", "r3"], "r4"]},
        {"ranks": {"r1": 2, "r2": "1", "r3": "2", "r4": "9"}},
    ],
)
def test_order_is_given_in_any_of_its_shapes(raw) -> None:
    assert clean(ranking(), raw) == order("2 > 1 = 3 > 4")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (["r1", "r2", "r3"], "1 is missing"),
        ({"ranks": {"r1": "1"}}, "3 are missing"),
        (["r1", "r2", "r3", "r4", "r5"], "“r5” is not a response"),
        (["r1", "r1", "r2", "r3", "r4"], "ranked twice"),
        ({"order": ["r1", "r2", "r3", "r4"], "unusable": ["r4"]}, "ranked twice"),
        ({"ranks": {"r1": "0", "r2": "1", "r3": "1", "r4": "1"}}, "no rank"),
        ({"ranks": {"r1": True, "r2": "1", "r3": "1", "r4": "1"}}, "no rank"),
        ({"ranks": {"r1": "A", "r2": "1", "r3": "1", "r4": "1"}}, "no rank"),
        ("r1", "is an order of groups"),
        (3, "is an order of groups"),
        ({"order": "r1"}, "is an order of groups"),
        ({"order": [], "best": "r1"}, "is an order of groups"),
        ({"order": [["r1", ["r2"]], "r3", "r4"]}, "not a response"),
        ({"order": [1, 2]}, "list of responses"),
        ({"order": ["r1", "r2", "r3"], "unusable": "r4"}, "list of responses"),
    ],
)
def test_what_is_not_an_order_of_every_response_is_refused(raw, reason) -> None:
    with pytest.raises(Refused, match=reason):
        clean(ranking(), raw)


def test_ties_and_unusable_only_where_the_rubric_allows_them() -> None:
    with pytest.raises(Refused, match="ties are not allowed"):
        clean(ranking(ties=False), order("1 > 2 = 3 > 4"))
    with pytest.raises(Refused, match="Unusable"):
        clean(ranking(unusable=False), order("1 > 2 > 3; 4"))
    tokens = [
        c["token"] for c in KIND.form_context(ranking(unusable=False), None, Place(content()))["rows"][0]["choices"]
    ]
    assert tokens == ["1", "2", "3", "4"]


def test_all_unusable_is_an_answer() -> None:
    assert clean(ranking(), order("; 1 2 3 4")) == {"order": [], "unusable": ["r1", "r2", "r3", "r4"]}


def test_only_the_best_are_ranked_and_the_others_tie_after_them() -> None:
    criterion = ranking(top=2, ties=False)
    whole = order("3 > 1 > 2 = 4")
    assert clean(criterion, ["r3", "r1"]) == whole
    assert clean(criterion, {"ranks": {"r3": "1", "r1": "2", "r4": "lower"}}) == whole
    assert clean(criterion, whole) == whole
    assert KIND.to_post(criterion, whole, "p")["p.rank.r4"] == "lower"
    assert [c["token"] for c in KIND.form_context(criterion, None, Place(content()))["rows"][0]["choices"]] == [
        "1",
        "2",
        "lower",
        "unusable",
    ]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (["r1"], "1 is missing"),
        (["r1", "r2", "r3", "r4"], "Only the best 2"),
        ([["r1", "r2"]], "ties are not allowed"),
        ([["r1"], ["r2", "r3", "r4"]], "ties are not allowed"),
    ],
)
def test_too_few_too_many_and_ties_among_the_best_are_refused(raw, reason) -> None:
    with pytest.raises(Refused, match=reason):
        clean(ranking(top=2, ties=False), raw)


def test_fewer_usable_responses_than_places_are_enough() -> None:
    assert clean(ranking(top=3), order("2; 1 3 4")) == order("2; 1 3 4")


def test_one_response_is_no_ranking() -> None:
    with pytest.raises(Refused, match="at least two"):
        clean(ranking(), ["r1"], count=1)


def test_ids_in_any_shape_take_their_new_names() -> None:
    names = {"r1": "r2", "r2": "r1"}
    assert KIND.renamed(order("1 > 2; 3"), names) == order("2 > 1; 3")
    assert KIND.renamed({"ranks": {"r1": "1", "r2": "unusable"}}, names) == {"ranks": {"r2": "1", "r1": "unusable"}}
    assert KIND.renamed([["r1", "r2"]], names) == [["r2", "r1"]]
    assert KIND.renamed(["r1", "r2"], names) == ["r2", "r1"]
    assert KIND.renamed(order("1 = 2 > 3; 4"), {"r1": "r4", "r4": "r1"}) == order("2 = 4 > 3; 1")


# Gold


@pytest.mark.parametrize(
    ("given", "gold", "credit"),
    [
        ("1 > 2 > 3 > 4", "1 > 2 > 3 > 4", 1),
        ("4 > 3 > 2 > 1", "1 > 2 > 3 > 4", 0),
        ("2 > 1 > 3 > 4", "1 > 2 > 3 > 4", (1 + 4 / 6) / 2),
        ("1 = 2 > 3 > 4", "1 > 2 = 3 > 4", (1 + 4 / 5) / 2),
        ("1 = 2 = 3 = 4", "1 = 2 = 3 = 4", 1),  # both all tied
        ("1 = 2 = 3 = 4", "1 > 2 > 3 > 4", 0.5),  # one side all tied: tau undefined
        ("1 > 2 > 3 > 4", "1 = 2 = 3 = 4", 0.5),
    ],
)
def test_credit_is_tau_b_as_in_the_methods_document(given, gold, credit) -> None:
    criterion = ranking()
    found = grade(criterion, order(given), key(criterion, order(gold)))
    assert found.credit == pytest.approx(credit)
    assert found.exact == (given == gold)


@pytest.mark.parametrize(
    ("given", "within"),
    [
        ("1 > 2 > 3 > 4", True),
        ("1 > 2 > 4 > 3", True),  # the best is right, tau 0.67
        ("2 > 1 > 3 > 4", False),  # tau 0.67, another one first
        ("1 = 2 > 3 > 4", False),  # one of the two given as best is not
        ("1 > 4 > 3 > 2", False),  # the best is right, tau 0
    ],
)
def test_right_is_the_best_right_and_tau_of_at_least_six_tenths(given, within) -> None:
    criterion = ranking()
    assert grade(criterion, order(given), key(criterion, order("1 > 2 > 3 > 4"))).within is within


def test_leaving_out_one_of_several_gold_leaders_is_right() -> None:
    criterion = ranking()
    assert grade(criterion, order("1 > 2 > 3 > 4"), key(criterion, order("1 = 2 > 3 > 4"))).within


def test_nearest_accepted_order_counts() -> None:
    criterion = ranking()
    entry = key(criterion, order("1 > 2 > 3 > 4"), order("2 > 1 > 3 > 4"))
    assert grade(criterion, order("2 > 1 > 3 > 4"), entry).exact


def test_gold_that_orders_only_some_pairs_counts_only_these() -> None:
    criterion = ranking()
    entry = key(criterion, order("1 > 2 > 3 > 4"), partial=[["r1", "r3"], ["r1", "r4"], ["r2", "r4"], ["r2", "r3"]])
    assert grade(criterion, order("2 > 1 > 4 > 3"), entry).credit == 1
    assert grade(criterion, order("3 > 1 > 2 > 4"), entry).credit == pytest.approx((0 / 4 + 1) / 2)
    assert grade(criterion, order("1 > 2 = 3 > 4"), entry).credit == pytest.approx((3 / 4 + 1) / 2)


@pytest.mark.parametrize("bad", [[["r1"]], [["r1", "r9"]], "r1", [["r2", "r1"]], [["r1", "r2"], ["r2", "r1"]]])
def test_partial_order_that_does_not_fit_is_refused(bad) -> None:
    with pytest.raises(Invalid):
        key(ranking(), order("1 > 2 > 3 > 4"), partial=bad)


def test_unusable_counts_through_the_line_before_it() -> None:
    criterion = ranking()
    entry = key(criterion, order("1 > 2; 3"), count=3)
    assert grade(criterion, order("1 > 2; 3"), entry).credit == 1
    # Of the 6 pairs of 1, 2, 3 and the line, only 3 and the line are turned round.
    assert grade(criterion, order("1 > 2 > 3"), entry).credit == pytest.approx((1 + 4 / 6) / 2)


# Two people


def test_another_best_disagrees_however_alike_the_rest() -> None:
    found = compare(ranking(), order("2 > 1 > 3 > 4"), order("1 > 2 > 3 > 4"))
    assert (found.disagrees, found.reason) == (True, "Another one first")
    assert found.distance == pytest.approx((1 - 4 / 6) / 2)


def test_same_best_disagrees_below_six_tenths() -> None:
    near = compare(ranking(), order("1 > 2 > 4 > 3"), order("1 > 2 > 3 > 4"))
    assert (near.disagrees, near.reason) == (False, "1 of 6 pairs apart")
    assert compare(ranking(), order("1 > 4 > 3 > 2"), order("1 > 2 > 3 > 4")).disagrees


def test_critical_ranking_disagrees_unless_the_leaders_are_the_same() -> None:
    pair = order("1 = 2 > 3 > 4"), order("1 > 2 > 3 > 4")
    assert not compare(ranking(), *pair).disagrees
    found = compare(ranking(critical=True), *pair)
    assert (found.disagrees, found.critical) == (True, True)


def test_all_tied_and_all_unusable_are_not_the_same() -> None:
    found = compare(ranking(), order("1 = 2"), order("; 1 2"))
    assert (found.distance, found.disagrees) == (1, True)


@pytest.mark.parametrize(
    ("values", "weights", "expected"),
    [
        (["1 > 2 > 3", "1 > 2 > 3", "3 > 2 > 1"], [1, 1, 1], "1 > 2 > 3"),
        (["1 > 2 > 3", "3 > 2 > 1"], [1, 2], "3 > 2 > 1"),
        (["1 > 2", "2 > 1"], [1, 1], "1 = 2"),
        (["1 > 2; 3", "2 > 1; 3", "1 > 2 > 3"], [1, 1, 1], "1 > 2; 3"),
    ],
)
def test_consensus_is_the_weighted_kemeny_ranking(values, weights, expected) -> None:
    given_values = [order(words) for words in values]
    assert settle_values(ranking(), given_values, weights) == order(expected)
    assert settle_values(ranking(), given_values[::-1], weights[::-1]) == order(expected)


def test_consensus_keeps_to_what_the_rubric_allows() -> None:
    strict = ranking(ties=False)
    assert settle_values(strict, [order("1 > 2 > 3 > 4"), order("2 > 1 > 3 > 4")]) == order("1 > 2 > 3 > 4")
    best = ranking(top=1, ties=False)
    assert settle_values(best, [order("2 > 1 = 3 = 4"), order("1 > 2 = 3 = 4")]) == order("1 > 2 = 3 = 4")


ranks = st.lists(st.sampled_from(["1", "2", "3", "unusable"]), min_size=4, max_size=4)


@given(st.lists(ranks, min_size=1, max_size=3), st.sampled_from([ranking(), ranking(top=2)]))
def test_consensus_is_an_answer_of_the_kind(found, criterion) -> None:
    values = []
    for tokens in found:
        try:
            values.append(clean(criterion, {"ranks": {f"r{n}": token for n, token in enumerate(tokens, start=1)}}))
        except Refused:
            continue
    settled = settle_values(criterion, values)
    assert settled is None or clean(criterion, settled) == settled


# Words and rows


def test_order_in_words_names_responses_as_the_reader_knows_them() -> None:
    value = order("2 > 1 = 3; 4")
    assert describe(ranking(), value) == "Responses 2 > 1 = 3; unusable: 4"
    seen = {"r1": "Response C", "r2": "Response A", "r3": "Response B", "r4": "Response D"}
    assert describe(ranking(), value, seen) == "Responses A > B = C; unusable: D"
    assert describe(ranking(), order("; 1 2")) == "All unusable"


def test_cells_hold_order_and_unusable_and_read_back() -> None:
    cells = export_value(ranking(), order("2 > 1 = 3; 4"))
    assert cells == {"ranking": "r2>r1=r3", "ranking.unusable": "r4"}
    for words in ("2 > 1 = 3; 4", "1 = 2", "; 1 2"):
        assert read_export(ranking(), export_value(ranking(), order(words))) == order(words)


def test_ranks_stand_side_by_side_and_differences_show() -> None:
    found = KIND.read_context(ranking(), [("A", order("1 = 2 > 3; 4")), ("B", order("1 > 2 > 3; 4"))])
    assert [(row["name"], [rank for _, rank in row["cells"]], row["same"]) for row in found["rows"]] == [
        ("1", [1, 1], True),
        ("2", [1, 2], False),
        ("3", [3, 3], True),
        ("4", ["unusable", "unusable"], True),
    ]
