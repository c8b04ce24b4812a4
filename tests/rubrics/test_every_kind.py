"""What holds for every kind, and what the code does about N/A for all of them at once."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.answers import RationaleRule, as_raw, clean_answers, clean_key, targets
from rubrics.comparing import compare, describe, export_value, grade, grade_item, read_export, settle_values
from rubrics.kinds import KINDS, kind_of
from rubrics.kinds.base import NA
from stats.matching import same_words
from tests.rubrics.kinds.test_preference import preference
from tests.rubrics.kinds.test_prompt import prompt, prompted
from tests.rubrics.kinds.test_ranking import order, ranking
from tests.rubrics.kinds.test_rewrite import rewrite
from tests.rubrics.kinds.test_spans import MARKING, marked, marking
from tests.rubrics.making import (
    CONTENT,
    ITEMS,
    VERDICTS,
    WHY,
    checklist,
    claim,
    claims,
    entry,
    one_of,
    rating,
    some_of,
    text,
)

ROOT = Path(__file__).resolve().parents[2]

KEPT = {"text", "rewrite", "prompt"}  # different answers are all kept, in the order given, and earn no credit
NA_ALLOWED = {"allow_na": True, "rationale": "optional"}
visible = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)
some = st.sets(st.sampled_from(["figure", "source", "tone", "caveat"]))
states = st.sampled_from(["met", "not_met", "cannot_tell"])
checked = st.fixed_dictionaries({"items": st.fixed_dictionaries({key: states for key, _, _ in ITEMS})})
some_checked = st.dictionaries(st.sampled_from([key for key, _, _ in ITEMS]), states, min_size=1).map(
    lambda items: {"items": items}
)
statements = st.sampled_from(
    ["The office asks for novelty", "the office  asks for novelty.", "The office asked for novelty", "Costs fell"]
)
checked_claims = st.lists(
    st.builds(claim, statements, st.sampled_from([key for key, *_ in VERDICTS]), note=st.sampled_from(["", "Old"])),
    max_size=3,
    unique_by=lambda one: same_words(one["text"]),
).map(lambda listed: {"claims": listed})
CASES = [
    (rating(**NA_ALLOWED), st.sampled_from([1, 2, 3, 4, 5])),
    (rating(0, 0.5, 2, **NA_ALLOWED), st.sampled_from([0, 0.5, 2])),
    (one_of(**NA_ALLOWED), st.sampled_from(["safe", "unsafe", "unsure"])),
    (some_of(**NA_ALLOWED), some.map(sorted)),
    (some_of(low=1, high=2, **NA_ALLOWED), some.filter(lambda keys: 1 <= len(keys) <= 2).map(sorted)),
    (text(**NA_ALLOWED), visible),
    (preference(**NA_ALLOWED), st.integers(-3, 3) | st.just({"both_bad": True})),
    (preference(2, config={"tie": False}, **NA_ALLOWED), st.sampled_from([-2, -1, 1, 2])),
    (ranking(**NA_ALLOWED), st.sampled_from(["1 > 2", "2 > 1", "1 = 2", "1; 2", "2; 1", "; 1 2"]).map(order)),
    (ranking(top=1, ties=False, **NA_ALLOWED), st.sampled_from(["r1", "r2"]).map(lambda one: [one])),
    (rewrite(**NA_ALLOWED), visible.map(lambda words: {"text": f"{words} .", "from": ""})),
    (checklist(**NA_ALLOWED), checked),
    (checklist(required=False, critical_item="fact", **NA_ALLOWED), some_checked),
    (claims(**NA_ALLOWED), checked_claims),
    (claims(most=2, **NA_ALLOWED), checked_claims.filter(lambda raw: len(raw["claims"]) < 3)),
    (prompt(**NA_ALLOWED), visible.map(lambda words: prompted(f"{words} ."))),
]
CASES += [(marking(**NA_ALLOWED, **more), marked(more)) for more in MARKING]
answers = st.sampled_from(CASES).flatmap(lambda case: st.tuples(st.just(case[0]), *[case[1] | st.just(NA)] * 3))


def cleaned(criterion, raw):
    given_raw = {criterion.key: dict.fromkeys(targets(criterion, CONTENT), raw)}
    return clean_answers([criterion], CONTENT, given_raw, RationaleRule())


def clean_value(criterion, raw):
    found = cleaned(criterion, {"value": raw, "rationale": WHY})
    return found[0].value if found else None


def usable(criterion, raw):
    """Texts of nothing but spaces are blank, which is another rule."""
    return not (isinstance(raw, str) and not raw.strip())


@given(answers)
def test_cleaning_is_idempotent(case) -> None:
    criterion, raw, _, _ = case
    if usable(criterion, raw):
        once = cleaned(criterion, {"value": raw, "rationale": WHY})
        assert clean_answers([criterion], CONTENT, as_raw(once), RationaleRule()) == once


@given(answers)
def test_distance_is_symmetric_zero_on_equality_and_within_0_and_1(case) -> None:
    criterion, *raws = case
    a, b, _ = (clean_value(criterion, raw) if usable(criterion, raw) else None for raw in raws)
    assert compare(criterion, a, b) == compare(criterion, b, a) or a is None or b is None
    assert 0 <= compare(criterion, a, b).distance <= 1
    assert compare(criterion, a, a).distance == 0
    assert not compare(criterion, a, a).disagrees
    if None not in (a, b) and a != b:
        assert compare(criterion, a, b).distance > 0


@given(answers, st.lists(st.floats(0, 10), min_size=1, max_size=5))
def test_consensus_of_equal_answers_is_that_answer(case, weights) -> None:
    criterion, raw, _, _ = case
    if usable(criterion, raw):
        value = clean_value(criterion, raw)
        assert settle_values(criterion, [value] * len(weights), weights) == value


@given(answers, st.permutations([0, 1, 2]))
def test_consensus_does_not_depend_on_the_order_of_judgments(case, order) -> None:
    criterion, *raws = case
    if criterion.kind not in KEPT and all(usable(criterion, raw) for raw in raws):
        found = [clean_value(criterion, raw) for raw in raws]
        assert settle_values(criterion, [found[i] for i in order]) == settle_values(criterion, found)


@given(answers)
def test_consensus_is_an_answer_of_the_kind(case) -> None:
    criterion, *raws = case
    if criterion.kind not in KEPT and all(usable(criterion, raw) for raw in raws):
        settled = settle_values(criterion, [clean_value(criterion, raw) for raw in raws])
        assert clean_value(criterion, settled) == settled


@given(answers)
def test_export_read_again_is_the_same(case) -> None:
    criterion, raw, _, _ = case
    if usable(criterion, raw):
        value = clean_value(criterion, raw)
        cells = export_value(criterion, value)
        assert read_export(criterion, cells) == value
        assert read_export(criterion, {k: "" if v is None else str(v) for k, v in cells.items()}) == value


@given(answers)
def test_credit_is_within_0_and_1_and_full_for_the_gold_itself(case) -> None:
    criterion, own, gold, _ = case
    if criterion.kind not in KEPT:
        target = targets(criterion, CONTENT)[0]
        key = clean_key([criterion], CONTENT, {criterion.key: {target: {"value": gold}}})[criterion.key][target]
        assert 0 <= grade(criterion, clean_value(criterion, own), key).credit <= 1
        assert grade(criterion, clean_value(criterion, gold), key).credit == 1


@pytest.mark.parametrize(
    ("criterion", "value"),
    [
        (rating(**NA_ALLOWED), 4),
        (one_of(**NA_ALLOWED), "safe"),
        (some_of(**NA_ALLOWED), ["tone"]),
        (text(**NA_ALLOWED), "A"),
        (preference(**NA_ALLOWED), {"strength": 1}),
        (ranking(**NA_ALLOWED), order("1 > 2")),
    ],
    ids=["rating", "one label", "several labels", "text", "preference", "ranking"],
)
def test_not_applicable_is_one_rule_for_all_kinds(criterion, value) -> None:
    found = compare(criterion, NA, value)
    assert (found.distance, found.disagrees) == (1, True)
    assert found.reason == f"N/A against {describe(criterion, value)}"
    assert compare(criterion, NA, NA).distance == 0
    assert describe(criterion, NA) == "N/A"
    assert export_value(criterion, NA)[f"{criterion.key}.na"] is True
    assert settle_values(criterion, [NA, NA, value]) == NA
    assert settle_values(criterion, [NA, value, value]) == value


def test_gold_not_applicable_and_answer_not_applicable_is_full_credit() -> None:
    criterion = rating(allow_na=True)
    key = clean_key([criterion], CONTENT, {"rating": {"r1": {"value": NA}}})["rating"]["r1"]
    found = grade(criterion, NA, key)
    assert (found.credit, found.exact, found.error) == (1, True, None)


@pytest.mark.parametrize("own_na", [True, False])
def test_one_sided_not_applicable_is_no_credit_and_no_signed_error(own_na) -> None:
    criterion = rating(allow_na=True)
    gold, own = (4, NA) if own_na else (NA, 4)
    key = clean_key([criterion], CONTENT, {"rating": {"r1": {"value": gold}}})["rating"]["r1"]
    found = grade(criterion, own, key)
    assert (found.credit, found.error, found.applicable) == (0, None, True)


def test_gold_that_accepts_either_is_not_graded() -> None:
    criterion = rating(allow_na=True)
    raw = {"rating": {"r1": {"value": 4, "accepted": [4, NA]}}}
    key = clean_key([criterion], CONTENT, raw)["rating"]["r1"]
    assert not grade(criterion, NA, key).applicable
    assert not grade(criterion, 1, key).applicable


def test_unanswered_earns_nothing_and_is_never_left_out() -> None:
    criterion = rating(critical=True)
    key = clean_key([criterion], CONTENT, {"rating": {"r1": {"value": 4}}})["rating"]["r1"]
    found = grade(criterion, None, key)
    assert (found.credit, found.applicable, found.critical_miss) == (0, True, True)


def test_unanswered_differs_from_nothing() -> None:
    assert not compare(rating(required=False), None, 5).disagrees
    assert settle_values(rating(required=False), [None, None]) is None
    assert settle_values(rating(required=False), [None, 4], [2, 1]) == 4


# The item


def item(criteria, own, gold, pass_mark=0.8):
    key = clean_key(criteria, CONTENT, {k: {"r1": {"value": v}} for k, v in gold.items()})
    return grade_item(criteria, {(k, "r1"): v for k, v in own.items()}, key, pass_mark)


def named(key, **fields):
    criterion = rating(**fields)
    criterion.key = key
    return criterion


def test_item_score_is_the_weighted_mean_credit() -> None:
    criteria = [named("a", weight=3), named("b", weight=1)]
    found = item(criteria, {"a": 4, "b": 1}, {"a": 4, "b": 5})
    assert found.score == pytest.approx((3 * 1 + 1 * 0) / 4)
    assert found.correct is False
    assert found.signed_error == pytest.approx((3 * 0 + 1 * -4) / 4)


def test_item_is_correct_from_the_pass_mark_on() -> None:
    criteria = [named("a", weight=4), named("b", weight=1)]
    found = item(criteria, {"a": 3, "b": 1}, {"a": 3, "b": 5})
    assert found.score == pytest.approx(0.8)
    assert found.correct is True
    assert item(criteria, {"a": 3, "b": 1}, {"a": 3, "b": 5}, pass_mark=0.81).correct is False


def test_critical_miss_makes_the_item_wrong_whatever_else_is_right() -> None:
    criteria = [named("a", weight=1, critical=True), named("b", weight=100)]
    found = item(criteria, {"a": 3, "b": 5}, {"a": 4, "b": 5})
    assert (found.score, found.correct, found.critical_miss) == (0, False, True)
    assert [one["critical"] for one in found.details] == [True, False]
    assert found.details[0]["credit"] == pytest.approx(0.9375)


def test_item_without_anything_to_grade_is_unscored_not_full() -> None:
    words = text()
    found = item([words], {"text": "mine"}, {"text": "theirs"})
    assert (found.score, found.correct, found.critical_miss) == (None, None, False)
    assert item([rating()], {"rating": 4}, {}).score is None


def test_every_graded_target_counts() -> None:
    criterion = rating()
    key = clean_key([criterion], CONTENT, {"rating": {"r1": {"value": 5}, "r2": {"value": 1}}})
    found = grade_item([criterion], {("rating", "r1"): 5, ("rating", "r2"): 5}, key, 0.8)
    assert found.score == pytest.approx(0.5)
    assert [(d["target"], d["error"]) for d in found.details] == [("r1", 0), ("r2", 4)]


# The house


@pytest.mark.parametrize("name", sorted(KINDS))
def test_kind_has_one_file_one_template_and_one_test_file(name) -> None:
    assert kind_of.__module__ == "rubrics.kinds"
    assert (ROOT / "rubrics" / "kinds" / f"{name}.py").is_file()
    assert (ROOT / "tests" / "rubrics" / "kinds" / f"test_{name}.py").is_file()
    template = (ROOT / "templates" / "rubrics" / "kinds" / f"{name}.html").read_text("utf-8")
    assert all(f"partialdef {part}" in template for part in ("control", "read", "config"))


def test_only_the_kinds_ask_which_kind_it_is() -> None:
    """The demo is left out: it plays people, who know the rubric before them."""
    apps = ["accounts", "projects", "rubrics", "tasks", "reviews", "quality", "exports", "evaltool", "stats"]
    outside = [p for app in apps for p in (ROOT / app).rglob("*.py") if not {"kinds", "demo"} & set(p.parts)]
    asks = re.compile(rf"""\bkind\b[^\n,]{{0,12}}["']({"|".join(KINDS)})["']""")
    assert len(outside) > 50
    assert [path.name for path in outside if asks.search(path.read_text("utf-8"))] == []


def test_entry_helper_matches_the_raw_shape() -> None:
    assert cleaned(rating(rationale="never"), entry("3"))[0].value == 3
