"""Criteria that are asked only where another answer has a given value."""

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string

from evaltool.base.errors import Invalid
from rubrics.answers import RationaleRule, clean_answers, clean_key, evaluation_form, from_post, to_post
from rubrics.body import criteria_of, tidy_body
from rubrics.building import criterion_from_post, links
from rubrics.comparing import grade_item
from rubrics.differing import criterion_changes
from tests.rubrics.making import CONTENT, body_of, labels, levels, raw_criterion
from tests.rubrics.test_targets import paths

RULE = RationaleRule()
RATABLE = raw_criterion("choice", labels("yes", "no"), key="ratable", title="Can it be rated?", allow_na=True)
REASON = raw_criterion("choice", labels("cut", "empty"), key="why", title="Why not",
                       condition={"criterion": "ratable", "values": ["no"]})  # fmt: skip
SCORE = raw_criterion("rating", levels(1, 2, 3, 4, 5), key="score", title="Score",
                      condition={"criterion": "ratable", "values": ["yes", "na"]})  # fmt: skip
FOLLOW = raw_criterion("text", {"min_length": 10}, key="fix", title="Fix", rationale="never",
                       condition={"criterion": "score", "values": [1, "2"]})  # fmt: skip
CRITERIA = criteria_of(body_of(RATABLE, REASON, SCORE, FOLLOW))


def clean(raw):
    return [(one.criterion.key, one.target, one.value) for one in clean_answers(CRITERIA, CONTENT, raw, RULE)]


def refused(raw) -> dict[str, str]:
    with pytest.raises(Invalid) as error:
        clean(raw)
    return {problem.field: problem.reason for problem in error.value.problems}


def said(ratable="yes", **more):
    """The same about both responses."""
    values = {"ratable": ratable, **more}
    return {key: {one: {"value": value} for one in ("r1", "r2")} for key, value in values.items()}


# What is asked


def test_unratable_response_is_asked_why_and_nothing_else() -> None:
    assert clean(said("no", why="cut")) == [
        ("ratable", "r1", "no"), ("ratable", "r2", "no"), ("why", "r1", "cut"), ("why", "r2", "cut"),
    ]  # fmt: skip
    assert refused(said("no")) == {"why.r1": "This is not answered yet.", "why.r2": "This is not answered yet."}


def test_each_response_has_its_own_condition() -> None:
    raw = said("yes", score=4)
    raw["ratable"]["r2"] = {"value": "no"}
    assert refused(raw) == {"why.r2": "This is not answered yet."}
    assert clean(raw | {"why": {"r2": {"value": "empty"}}})[-1] == ("score", "r1", 4)


def test_what_was_typed_before_is_dropped_without_an_error_however_wrong_it_is() -> None:
    raw = said("no", why="cut", score=99, fix="short")
    assert [key for key, _, _ in clean(raw)] == ["ratable", "ratable", "why", "why"]


def test_conditions_follow_one_another_and_end_where_the_first_fails() -> None:
    assert refused(said("yes", score="2")) == {
        "fix.r1": "This is not answered yet.", "fix.r2": "This is not answered yet.",
    }  # fmt: skip
    assert len(clean(said("yes", score=2, fix="A longer text."))) == 6
    assert len(clean(said("no", why="cut", score=2))) == 4


def test_na_is_a_value_a_condition_can_name() -> None:
    raw = said(score=3)
    raw["ratable"] = {one: {"na": True} for one in ("r1", "r2")}
    assert len(clean(raw)) == 4


def test_nothing_is_asked_of_an_answer_that_is_missing_or_off_the_scale() -> None:
    assert set(refused({})) == {"ratable.r1", "ratable.r2"}
    assert set(refused(said("maybe", score=3))) == {"ratable.r1", "ratable.r2"}


def test_condition_on_the_task_holds_for_every_response() -> None:
    top = {**RATABLE, "scope": "task"}
    criteria = criteria_of(body_of(top, SCORE))
    raw = {"ratable": {"": {"value": "no"}}}
    assert len(clean_answers(criteria, CONTENT, raw, RULE)) == 1
    with pytest.raises(Invalid) as error:
        clean_answers(criteria, CONTENT, {"ratable": {"": {"value": "yes"}}}, RULE)
    assert [problem.field for problem in error.value.problems] == ["score.r1", "score.r2"]


# The form


def test_text_typed_before_stays_in_the_draft_and_in_the_form() -> None:
    fields = to_post(CRITERIA, CONTENT, said("no", why="cut", fix="Half a sentence"))
    assert fields["a.fix.r1.value"] == "Half a sentence"
    form = evaluation_form(CRITERIA, CONTENT, said("no", why="cut", fix="Half a sentence"))
    assert [row.value for row in form.rows if row.criterion.key == "fix"] == ["Half a sentence"] * 2


def test_posted_text_is_kept_where_it_is_not_asked() -> None:
    raw = from_post(CRITERIA, CONTENT, QueryDict("a.ratable.r1.value=no&a.score.r1.value=3"))
    assert raw["score"]["r1"]["value"] == "3"


def test_progress_counts_what_is_asked() -> None:
    form = evaluation_form(CRITERIA, CONTENT, said("no", why="cut"))
    assert (form.done, form.total, form.left) == (4, 4, None)
    form = evaluation_form(CRITERIA, CONTENT, said("yes", why="cut"))
    assert (form.done, form.total, form.left.label) == (2, 4, "Score, Response A")
    assert {row.criterion.key: row.progress for row in form.rows} == {
        "ratable": "done", "why": "unasked", "score": "left", "fix": "unasked",
    }  # fmt: skip


def test_rows_say_in_words_and_for_the_script_when_they_are_asked() -> None:
    html = render_to_string("rubrics/form.html", {"rubric_form": evaluation_form(CRITERIA, CONTENT, {})})
    assert "Only if “Can it be rated?” is Yes or N/A." in html
    assert 'data-when-name="a.ratable.r1" data-when-values="[&quot;no&quot;]"' in html
    assert "Only if “Score” is 1, Title 1 or 2, Title 2." in html
    assert html.count('data-progress="unasked"') == 6


# What a rubric may say


def test_condition_names_a_criterion_above_and_answers_it_can_have() -> None:
    def with_condition(condition, **fields):
        return paths(RATABLE, raw_criterion("text", {}, **{"condition": condition, **fields}))

    assert with_condition(None) == []
    assert with_condition({"criterion": "ratable", "values": ["no", "na"]}) == []
    assert with_condition({"criterion": "ratable", "values": ["never"]}) == ["criteria.1.condition.values"]
    assert with_condition({"criterion": "ratable", "values": []}) == ["criteria.1.condition.values"]
    assert with_condition({"criterion": "ratable", "values": "no"}) == ["criteria.1.condition.values"]
    assert with_condition({"criterion": "text", "values": ["no"]}) == ["criteria.1.condition.criterion"]
    assert with_condition({"criterion": ["ratable"], "values": ["no"]}) == ["criteria.1.condition.criterion"]
    assert with_condition({"criterion": "ratable", "is": "no"}) == ["criteria.1.condition.is"]
    assert with_condition("no") == ["criteria.1.condition"]
    assert with_condition({"criterion": "ratable", "values": ["no"]}, scope="task") == [
        "criteria.1.condition.criterion"
    ]


def test_condition_on_itself_or_on_one_below_is_refused_so_that_none_can_go_round() -> None:
    round_about = [{**RATABLE, "condition": {"criterion": "score", "values": ["1"]}}, SCORE]
    assert paths(*round_about) == ["criteria.0.condition.criterion"]
    assert paths({**RATABLE, "condition": {"criterion": "ratable", "values": ["no"]}}) == [
        "criteria.0.condition.criterion"
    ]


def test_condition_on_a_kind_without_fixed_answers_or_on_na_that_is_not_allowed_is_refused() -> None:
    text = raw_criterion("text", {}, key="words")
    asks = raw_criterion("rating", levels(1, 2), condition={"criterion": "words", "values": ["x"]})
    assert paths(text, asks) == ["criteria.1.condition.values"]
    closed = {**RATABLE, "allow_na": False}
    assert paths(closed, SCORE) == ["criteria.1.condition.values"]


def test_condition_has_one_spelling() -> None:
    body = tidy_body({"criteria": [RATABLE, SCORE, FOLLOW]})
    assert body["criteria"][2]["condition"] == {"criterion": "score", "values": ["1", "2"]}
    assert body["criteria"][0]["condition"] is None
    assert tidy_body(body) == body


def test_changed_condition_is_told_in_words() -> None:
    old, new = (tidy_body({"criteria": [RATABLE, one]})["criteria"][1] for one in ({**SCORE, "condition": None}, SCORE))
    assert criterion_changes(old, new) == ["Is asked only if “ratable” is yes or na, before: always."]
    before = {name: value for name, value in old.items() if name not in {"condition", "of"}}
    assert criterion_changes(before, old) == []


# The builder


def test_builder_offers_what_stands_above_and_reads_the_condition_back() -> None:
    body = {"criteria": [RATABLE, {"title": "broken"}, SCORE]}
    [link] = links(body, 2, SCORE)
    assert (link.key, link.chosen, link.marks_spans) == ("ratable", True, False)
    assert link.cases == [("yes", "Yes", True), ("no", "No", False), ("na", "N/A", True)]
    assert links(body, 0, RATABLE) == []
    posted = QueryDict("title=Score&condition=ratable&when.ratable=yes&when.ratable=na&when.other=x")
    assert criterion_from_post(posted, SCORE)["condition"] == SCORE["condition"]
    assert criterion_from_post(QueryDict("title=Score"), SCORE)["condition"] is None


# Gold


def key_of(**values):
    return {key: {"r1": {"value": value}} for key, value in values.items()}


def graded(own: dict, gold: dict):
    key = clean_key(CRITERIA, CONTENT, gold)
    return grade_item(CRITERIA, {(name, "r1"): value for name, value in own.items()}, key, 0.8)


def test_what_neither_is_asked_has_nothing_to_do_with_the_grade() -> None:
    found = graded({"ratable": "no", "why": "cut"}, key_of(ratable="no", why="cut"))
    assert (found.score, found.correct) == (1, True)
    assert [one["criterion"] for one in found.details] == ["ratable", "why"]


def test_what_a_judge_was_not_asked_is_borne_by_the_answer_that_is_graded_for_it() -> None:
    found = graded({"ratable": "no", "why": "cut"}, key_of(ratable="yes", score=4))
    assert (found.score, found.correct) == (0, False)
    assert [(one["criterion"], one["applicable"]) for one in found.details] == [("ratable", True), ("score", False)]


def test_nobody_escapes_by_an_answer_that_is_not_graded() -> None:
    found = graded({"ratable": "no", "why": "cut"}, key_of(score=4))
    assert [(one["applicable"], one["credit"]) for one in found.details] == [(True, 0)]


def test_answer_that_the_gold_standard_does_not_ask_for_costs_nothing_further() -> None:
    found = graded({"ratable": "yes", "score": 4}, key_of(ratable="no", why="cut"))
    assert found.score == 0
    assert [(one["criterion"], one["applicable"]) for one in found.details] == [("ratable", True), ("why", False)]


def test_gold_standard_for_what_it_does_not_ask_is_refused() -> None:
    with pytest.raises(Invalid) as error:
        clean_key(CRITERIA, CONTENT, key_of(ratable="no", score=4))
    [problem] = error.value.problems
    assert (problem.field, problem.reason) == (
        "score.r1", "Only if “Can it be rated?” is Yes or N/A. The key says otherwise.",
    )  # fmt: skip
    either = key_of(ratable="no", score=4)
    either["ratable"]["r1"]["accepted"] = ["yes"]
    assert clean_key(CRITERIA, CONTENT, either)["score"]["r1"]["value"] == 4


def test_what_others_hang_on_is_asked_before_them() -> None:
    usable = raw_criterion("choice", labels("yes", "no"), key="usable", scope="task")
    level = raw_criterion(
        "rating", levels(1, 2), key="level", condition={"criterion": "usable", "values": ["yes"]}, scope="response"
    )
    last = raw_criterion("text", {}, key="advice", scope="task")
    form = evaluation_form(criteria_of(body_of(usable, level, last)), CONTENT, {"usable": {"": {"value": "yes"}}})
    assert [(row.criterion.key, row.target, row.number) for row in form.rows] == [
        ("usable", "", 1), ("level", "r1", 2), ("level", "r2", 2), ("advice", "", 3),
    ]  # fmt: skip
    assert [group.label for group in form.groups] == [
        "First, about the task", "Response A", "Response B", "The task as a whole",
    ]  # fmt: skip
