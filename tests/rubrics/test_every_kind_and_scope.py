"""What holds for every kind wherever it may be asked: in each of its scopes, under a condition, and as one."""

from copy import copy

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from rubrics import conditions
from rubrics.answers import RationaleRule, as_raw, clean_answers, form_rows, from_post, targets, to_post
from rubrics.answers.naming import shown_label
from rubrics.body import check_body, criteria_of, tidy_body
from rubrics.kinds import KINDS, kind_of
from rubrics.kinds.base import NA
from rubrics.models import Scope
from tests.rubrics.making import CONTENT, WHY, labels, raw_criterion
from tests.rubrics.test_every_kind import CASES, usable

TALK = {
    **CONTENT,
    "responses": [
        {"id": "r1", "messages": [{"role": "assistant", "content": text} for text in ("Hi.", "Hi there.")]},
        {"id": "r2", "text": "Ho."},
    ],
}  # fmt: skip
MARKS = criteria_of(
    tidy_body({"criteria": [raw_criterion("spans", labels("good", "bad"), key="marks", rationale="never")]})
)[0]
MARKED = {"marks": {one: {"value": {"spans": [{"start": 0, "end": 2, "label": "bad"}]}} for one in ("r1", "r2")}}


def _must_choose(criterion, scope):
    """A rewrite about the task says which response it starts from, which the shared cases do not."""
    return scope == Scope.TASK and criterion.config.get("start") == "response"


PLACES = [
    (criterion, scope, raws)
    for criterion, raws in CASES
    for scope in Scope.values
    if scope in kind_of(criterion).scopes and scope != criterion.scope and not _must_choose(criterion, scope)
]
asked_anywhere = st.sampled_from(PLACES).flatmap(
    lambda case: st.tuples(st.just(case[0]), st.just(case[1]), case[2] | st.just(NA))
)


def rubric_of(criterion, scope):
    """The criterion in that scope, after one that marks spans."""
    moved = copy(criterion)
    moved.scope, moved.of = scope, "marks" if scope == Scope.SPAN else ""
    return [MARKS, moved]


def clean(criteria, content, raw):
    return clean_answers(criteria, content, raw, RationaleRule())


def given_everywhere(criteria, content, value):
    entry = {"value": value, "rationale": WHY}
    own = criteria[1]
    return {**MARKED, own.key: dict.fromkeys(targets(own, content, MARKED, criteria), entry)}


@given(asked_anywhere)
def test_answer_of_every_kind_fits_every_scope_of_its_kind_and_is_read_again(case) -> None:
    criterion, scope, value = case
    criteria = rubric_of(criterion, scope)
    if usable(criterion, value) and not kind_of(criterion).unfit(criteria[1], CONTENT):
        found = clean(criteria, CONTENT, given_everywhere(criteria, CONTENT, value))
        assert len(found) == 2 + len(targets(criteria[1], CONTENT, MARKED, criteria))
        assert clean(criteria, CONTENT, as_raw(found)) == found


@given(asked_anywhere)
def test_form_posts_what_it_shows_in_every_scope(case) -> None:
    criterion, scope, value = case
    criteria = rubric_of(criterion, scope)
    if usable(criterion, value) and not kind_of(criterion).unfit(criteria[1], CONTENT):
        found = clean(criteria, CONTENT, given_everywhere(criteria, CONTENT, value))
        data = QueryDict(mutable=True)
        for name, posted in to_post(criteria, CONTENT, as_raw(found)).items():
            data.setlist(name, posted if isinstance(posted, list) else [posted])
        assert clean(criteria, CONTENT, from_post(criteria, CONTENT, data)) == found


@pytest.mark.parametrize("scope", Scope.values)
@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_place_has_a_row_with_a_name_of_its_own(name, scope) -> None:
    criterion = next(one for one, _ in CASES if one.kind == name)
    if scope not in KINDS[name].scopes:
        problems = check_body({"criteria": [raw_criterion(name, dict(criterion.config), scope=scope)]})
        assert "criteria.0.scope" in [problem.field for problem in problems]
        return
    criteria = rubric_of(criterion, scope)
    for content in (CONTENT, TALK):
        rows = [row for row in form_rows(criteria, content, MARKED) if row.criterion.key == criterion.key]
        places = targets(criteria[1], content, MARKED, criteria)
        assert sorted(row.target for row in rows) == sorted(places)
        assert places
        assert len({row.id for row in rows}) == len({shown_label(content, one) for one in places}) == len(places)


answers = st.sampled_from(CASES).flatmap(lambda case: st.tuples(st.just(case[0]), case[1]))


def answer_to(criterion, raw):
    """The clean answer for the first target; None where it counts as blank."""
    entry = {"value": raw, "rationale": WHY}
    raw_answers = {criterion.key: dict.fromkeys(targets(criterion, CONTENT), entry)}
    return next(iter(clean([criterion], CONTENT, raw_answers)), None)


@given(answers)
def test_every_answer_meets_only_cases_that_a_condition_can_name(case) -> None:
    criterion, raw = case
    found = answer_to(criterion, raw) if usable(criterion, raw) else None
    if found:
        tokens = {token for token, _ in kind_of(criterion).cases(criterion)}
        assert not tokens or conditions.met(criterion, found.value) <= tokens


@given(answers)
def test_cases_that_are_posted_stand_in_the_value_field_where_a_script_looks(case) -> None:
    criterion, raw = case
    kind = kind_of(criterion)
    found = answer_to(criterion, raw) if usable(criterion, raw) else None
    if found and kind.cases(criterion):
        posted = kind.to_post(criterion, found.value, "a.x.r1")["a.x.r1.value"]
        assert kind.cases_met(criterion, found.value) <= set([posted] if isinstance(posted, str) else posted)
