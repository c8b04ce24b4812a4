"""The kind `checklist`: configuration, form, and the worked examples of its formulas."""

import json

import pytest
from django.http import QueryDict

from evaltool.base.errors import Invalid
from rubrics.answers import RationaleRule, clean_answers, clean_key, evaluation_form, targets
from rubrics.comparing import compare, describe, export_columns, export_value, grade, read_export, settle_values
from rubrics.kinds import KINDS
from rubrics.kinds.base import Place, Refused
from rubrics.kinds.checklist import score
from tests.rubrics.making import CONTENT, checklist, make

KIND = KINDS["checklist"]
OWN = [
    {"key": "i1", "title": "Names the dose", "help": "In milligrams.", "points": 5},
    {"key": "i2", "title": "Says when to see a doctor", "help": "", "points": 3},
    {"key": "i3", "title": "Promises a cure", "help": "", "points": -4},
]
TASK = {**CONTENT, "criteria": OWN}


def given(**states: str) -> dict:
    """An answer by the first letters of its states: m, n, c."""
    words = {"m": "met", "n": "not_met", "c": "cannot_tell"}
    return {"items": {key: words[state] for key, state in states.items()}}


def value(criterion, content=CONTENT, **states):
    return KIND.clean(criterion, given(**states), Place(content, "r1"))


def key(criterion, entry, content=CONTENT):
    return clean_key([criterion], content, {"checklist": {"r1": entry}})["checklist"]["r1"]


def of_task(**fields):
    return make("checklist", {"source": "task"}, **fields)


# Configuration


def items(*points: object, **changes: object) -> dict:
    rows = [{"key": f"k{n}", "title": f"Item {n}", "points": worth} for n, worth in enumerate(points)]
    return {"items": [{**row, **(changes if not n else {})} for n, row in enumerate(rows)]}


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({}, "items"),
        ({"items": []}, "items"),
        (items(*[1] * 101), "items"),
        (items(-1, -2), "items"),
        (items(0, 1), "items.0.points"),
        (items("five"), "items.0.points"),
        (items(1001), "items.0.points"),
        (items(1, 1, key="k1"), "items.1.key"),
        (items(1, 1, title="ITEM 1"), "items.1.title"),
        (items(1, key="a.b"), "items.0.key"),
        (items(1, title=" "), "items.0.title"),
        (items(1, title="x" * 201), "items.0.title"),
        (items(1, critical="yes"), "items.0.critical"),
        (items(1, colour="red"), "items.0.colour"),
        ({"source": "elsewhere", **items(1)}, "source"),
    ],
)
def test_configuration_that_makes_no_score_is_refused_at_the_field(config, field) -> None:
    assert field in [problem.field for problem in KIND.check_config(config)]


def test_items_of_the_task_need_none_in_the_rubric() -> None:
    config = {"source": "task", "items": [{"title": "typed before"}]}
    assert KIND.check_config(config) == []
    assert KIND.tidy_config(config) == {"source": "task", "items": []}


def test_builder_posts_what_it_shows() -> None:
    data = QueryDict(
        "c.source=rubric&c.items.0.title=Names+the+dose&c.items.0.points=5&c.items.0.critical=1"
        "&c.items.1.title=&c.items.1.points=1&c.items.2.title=Promises+a+cure&c.items.2.key=cure&c.items.2.points=-4"
    )
    found = KIND.config_from_post(data, "c")
    assert [(i["key"], i["points"], i["critical"]) for i in found["items"]] == [
        ("names-the-dose", 5, True),
        ("cure", -4, False),
    ]


def test_changes_of_items_are_told_in_words() -> None:
    old, new = KIND.tidy_config(items(1, 2)), KIND.tidy_config(items(1, 3, 1))
    assert KIND.config_changes(old, new) == [
        "The item “Item 2” is new.",
        "The item “Item 1” has changed: “Item 1”, +3 points.",
    ]
    assert KIND.config_changes(old, KIND.tidy_config({"source": "task"})) == ["The items come from each task now."]


# Answers


def test_required_checklist_names_the_items_that_are_missing() -> None:
    with pytest.raises(Refused, match="Not decided yet: Suits the reader, Invents a fact"):
        value(checklist(), dose="m", source="n")
    assert value(checklist(required=False), dose="m")["items"] == {"dose": "met"}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"items": {"dose": "met", "colour": "met"}}, "“colour” is no item"),
        ({"items": {"dose": "perhaps"}}, "“Names the dose” is met, not met"),
        ({"items": {"dose": ["met"]}}, "“Names the dose” is met, not met"),
        ({"items": ["dose"]}, "answered by items"),
        ({"dose": "met"}, "answered by items"),
        ("met", "answered by items"),
        ({**given(dose="m"), "points": {"dose": 99}}, "“points” is not the answer's to say"),
        ({**given(dose="m"), "asked": []}, "“asked” is not the answer's to say"),
    ],
)
def test_what_is_no_answer_to_the_items_is_refused_with_the_name(raw, words) -> None:
    criterion = checklist(required=False)
    assert not KIND.is_blank(criterion, raw)
    with pytest.raises(Refused, match=words):
        KIND.clean(criterion, raw, Place(CONTENT, "r1"))


@pytest.mark.parametrize("raw", [None, "", {}, {"items": {}}, {"items": {"dose": "", "source": None}}])
def test_undecided_items_are_no_answer(raw) -> None:
    assert KIND.is_blank(checklist(), raw)


def test_checklist_counts_as_done_once_every_item_is_decided() -> None:
    place = Place(CONTENT, "r1")
    part, whole = given(dose="m"), given(dose="m", source="n", reader="c", fact="n")
    assert [KIND.is_done(checklist(), raw, place) for raw in (None, part, whole)] == [False, False, True]
    assert KIND.is_done(checklist(required=False), part, place)
    assert [
        row.progress for row in evaluation_form([checklist()], CONTENT, {"checklist": {"r1": {"value": part}}}).rows
    ] == [
        "left",
        "left",
    ]


def test_true_and_false_of_a_grader_are_met_and_not_met() -> None:
    raw = {"items": {"dose": True, "source": False}}
    assert not KIND.is_blank(checklist(), {"items": {"dose": False}})
    found = KIND.clean(checklist(required=False), raw, Place(CONTENT, "r1"))
    assert found["items"] == {"dose": "met", "source": "not_met"}


def test_items_of_the_task_are_its_criteria_and_the_answer_says_them() -> None:
    found = value(of_task(), TASK, i1="m", i2="n", i3="n")
    assert found["points"] == {"i1": 5, "i2": 3, "i3": -4}
    assert [one["title"] for one in found["asked"]] == [one["title"] for one in OWN]
    assert KIND.clean(of_task(), json.loads(json.dumps(found)), Place(TASK, "r1")) == found
    assert describe(of_task(), found) == "Score 0.62; missing: Says when to see a doctor"


def test_task_without_items_is_not_asked_for_them() -> None:
    assert not KIND.asked(of_task(), CONTENT)
    assert KIND.asked(of_task(), TASK)
    assert KIND.asked(checklist(), CONTENT)
    assert targets(of_task(), CONTENT) == []
    assert clean_answers([of_task()], CONTENT, {}, RationaleRule()) == []
    assert [row.target for row in evaluation_form([of_task()], TASK, {}).rows] == ["r1", "r2"]


@pytest.mark.parametrize(
    ("points", "words"), [([-1, -2], "nothing to score"), ([0, 1], "worth 0 points"), ([2000], "worth 2000 points")]
)
def test_task_whose_points_make_no_score_does_not_fit(points, words) -> None:
    own = [{"key": f"i{n}", "title": f"Item {n}", "points": worth} for n, worth in enumerate(points)]
    assert words in KIND.unfit(of_task(), {**CONTENT, "criteria": own})
    assert KIND.unfit(of_task(), TASK) == KIND.unfit(of_task(), CONTENT) == ""
    assert KIND.unfit(checklist(), {**CONTENT, "criteria": own}) == ""


def test_form_posts_each_item_under_its_key() -> None:
    data = QueryDict("a.checklist.r1.item.dose=met&a.checklist.r1.item.source=&a.checklist.r10.item.dose=not_met")
    raw = KIND.from_post(checklist(), data, "a.checklist.r1")
    assert raw == {"items": {"dose": "met"}}
    assert KIND.to_post(checklist(), raw, "p") == {"p.item.dose": "met"}
    assert KIND.from_post(checklist(), QueryDict(""), "a.checklist.r1") is None


def test_label_of_a_model_fills_the_items_it_decided() -> None:
    label = {"items": {"dose": True, "source": "unknown", "colour": "met"}}
    assert KIND.prefill(checklist(), label, Place(CONTENT, "r1")) == {"items": {"dose": "met"}}
    assert KIND.prefill(checklist(), {"items": {"colour": "met"}}, Place(CONTENT, "r1")) is None
    assert KIND.prefill(checklist(), "met", Place(CONTENT, "r1")) is None


# The score: met points over the sum of positive points, clipped


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"i1": "m", "i2": "m", "i3": "n"}, 1),
        ({"i1": "m", "i2": "n", "i3": "n"}, 5 / 8),
        ({"i1": "m", "i2": "m", "i3": "m"}, 4 / 8),
        ({"i1": "n", "i2": "m", "i3": "m"}, 0),
        ({"i1": "c", "i2": "c", "i3": "c"}, 0),
    ],
)
def test_score_is_met_points_over_positive_points_within_0_and_1(states, expected) -> None:
    assert score(value(of_task(), TASK, **states)) == pytest.approx(expected)


# Gold


@pytest.mark.parametrize(
    ("own", "credit", "within"),
    [
        ({"i1": "m", "i2": "m", "i3": "n"}, 1, True),
        ({"i1": "m", "i2": "n", "i3": "n"}, 9 / 12, True),
        ({"i1": "m", "i2": "c", "i3": "n"}, 9 / 12, True),
        ({"i1": "n", "i2": "m", "i3": "n"}, 7 / 12, False),
        ({"i1": "n", "i2": "n", "i3": "m"}, 0, False),
    ],
)
def test_credit_is_the_share_of_points_of_the_items_that_are_right(own, credit, within) -> None:
    entry = key(of_task(), {"value": given(i1="m", i2="m", i3="n")}, TASK)
    found = grade(of_task(), value(of_task(), TASK, **own), entry)
    assert found.credit == pytest.approx(credit)
    assert (found.within, found.exact, found.error) == (within, credit == 1, None)


def test_best_of_several_accepted_checklists_counts() -> None:
    criterion = checklist()
    entry = key(
        criterion,
        {
            "value": given(dose="m", source="m", reader="m", fact="n"),
            "accepted": [given(dose="m", source="n", reader="m", fact="n")],
        },
    )
    assert grade(criterion, value(criterion, dose="m", source="n", reader="m", fact="n"), entry).exact


def test_optional_items_are_left_out() -> None:
    criterion = checklist()
    gold = given(dose="m", source="m", reader="m", fact="n")
    entry = key(criterion, {"value": gold, "optional": ["source", "reader"]})
    assert grade(criterion, value(criterion, dose="m", source="n", reader="c", fact="n"), entry).exact
    everything = key(criterion, {"value": gold, "optional": ["dose", "source", "reader", "fact"]})
    assert not grade(criterion, value(criterion, dose="n", source="n", reader="n", fact="m"), everything).applicable


def test_item_nobody_decided_earns_nothing() -> None:
    criterion = checklist(required=False)
    entry = key(criterion, {"value": given(dose="m", source="m")})
    assert grade(criterion, value(criterion, dose="m"), entry).credit == pytest.approx(5 / 7)
    assert grade(criterion, value(criterion, dose="m", source="m", fact="m"), entry).exact


@pytest.mark.parametrize("bad", [{"optional": ["colour"]}, {"optional": "dose"}, {"partial": {"dose": 0.5}}])
def test_key_that_names_strange_items_is_refused(bad) -> None:
    with pytest.raises(Invalid):
        key(checklist(required=False), {"value": given(dose="m"), **bad})


def test_wrong_critical_item_is_a_critical_miss() -> None:
    criterion = checklist(critical_item="fact")
    entry = key(criterion, {"value": given(dose="m", source="m", reader="m", fact="n")})
    assert grade(criterion, value(criterion, dose="m", source="m", reader="m", fact="m"), entry).critical_miss
    assert not grade(criterion, value(criterion, dose="n", source="m", reader="m", fact="n"), entry).critical_miss


# Two people


@pytest.mark.parametrize(
    ("other", "distance", "disagrees"),
    [
        ({"i1": "m", "i2": "c", "i3": "n"}, 1.5 / 12, False),
        ({"i1": "m", "i2": "n", "i3": "n"}, 3 / 12, False),
        ({"i1": "m", "i2": "m", "i3": "m"}, 4 / 12, True),
        ({"i1": "n", "i2": "n", "i3": "m"}, 1, True),
    ],
)
def test_distance_weighs_items_by_their_points_and_a_quarter_is_tolerated(other, distance, disagrees) -> None:
    criterion = of_task()
    found = compare(criterion, value(criterion, TASK, i1="m", i2="m", i3="n"), value(criterion, TASK, **other))
    assert found.distance == pytest.approx(distance)
    assert (found.disagrees, found.critical) == (disagrees, False)


def test_more_than_a_quarter_of_the_points_disagrees() -> None:
    one, other = given(dose="m", source="m", reader="m", fact="n"), given(dose="m", source="n", reader="n", fact="n")
    found = compare(checklist(), *[KIND.clean(checklist(), raw, Place(CONTENT, "r1")) for raw in (one, other)])
    assert found.distance == pytest.approx(0.3)
    assert found.disagrees


def test_any_difference_is_critical_on_a_critical_item_or_criterion() -> None:
    one, other = ({"dose": "m", "source": "m", "reader": "m", "fact": state} for state in "nc")
    for criterion in (checklist(critical_item="fact"), checklist(critical=True)):
        found = compare(criterion, value(criterion, **one), value(criterion, **other))
        assert (found.disagrees, found.critical) == (True, True)
        assert found.reason == "Differ on Invents a fact"
    assert not compare(checklist(), value(checklist(), **one), value(checklist(), **other)).disagrees


def test_each_item_is_settled_by_weight_and_a_draw_cannot_be_told() -> None:
    criterion = checklist()
    answers = [value(criterion, dose=d, source=s, reader=r, fact="n") for d, s, r in ("mmm", "nmc", "nnn")]
    settled = settle_values(criterion, answers, [3, 1, 1])
    assert settled["items"] == {"dose": "met", "source": "met", "reader": "met", "fact": "not_met"}
    drawn = settle_values(criterion, answers[:2])
    assert drawn["items"] == {"dose": "cannot_tell", "source": "met", "reader": "cannot_tell", "fact": "not_met"}


def test_items_some_left_open_are_settled_by_those_who_decided() -> None:
    criterion = checklist(required=False)
    answers = [value(criterion, dose="m"), value(criterion, dose="m", fact="n"), value(criterion, source="n")]
    assert settle_values(criterion, answers)["items"] == {"dose": "met", "source": "not_met", "fact": "not_met"}


def test_not_applicable_stands_beside_the_checklist() -> None:
    criterion = checklist(allow_na=True)
    found = compare(criterion, {"na": True}, value(criterion, dose="m", source="m", reader="m", fact="n"))
    assert (found.distance, found.disagrees) == (1, True)


# Words and rows


def test_checklist_in_words_and_in_cells() -> None:
    criterion = checklist()
    own = value(criterion, dose="m", source="n", reader="c", fact="n")
    assert describe(criterion, own) == "Score 0.62; missing: Names a source; cannot tell: Suits the reader"
    worst = value(criterion, dose="n", source="n", reader="n", fact="m")
    assert describe(criterion, worst) == (
        "Score 0.00; missing: Names the dose, Names a source, Suits the reader; against it: Invents a fact"
    )
    cells = export_value(criterion, own)
    assert cells["checklist.score"] == 0.625
    assert cells["checklist.item.fact"] == "not_met"
    assert list(cells) == export_columns(criterion)
    assert read_export(criterion, cells) == own


def test_items_of_the_task_survive_an_export() -> None:
    own = value(of_task(), TASK, i1="m", i2="n", i3="c")
    assert read_export(of_task(), export_value(of_task(), own)) == own


def test_reading_shows_who_said_what_of_each_item() -> None:
    criterion = checklist(required=False)
    shown = KIND.read_context(criterion, [("A", value(criterion, dose="m")), ("B", value(criterion, dose="n"))])
    first, second = shown["rows"][:2]
    assert first["said"] == [("A", "met", "Met"), ("B", "not_met", "Not met")]
    assert (first["same"], second["same"]) == (False, True)
    assert KIND.read_context(criterion, [])["rows"] == []
