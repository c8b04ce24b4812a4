"""A row nobody has filled in is rendered once; what somebody typed is never kept for another page."""

from types import SimpleNamespace

import pytest
from django.template import Context, RequestContext, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from rubrics.answers import evaluation_form
from rubrics.models import Criterion
from rubrics.templatetags import rubric_rows
from tests.rubrics.making import checklist, rating

CONTENT = {"version": 1, "prompt": "Q", "responses": [{"id": "r1", "text": "One."}]}
TAG = Template("{% load rubric_rows %}{% criterion_row row open_id url disabled=disabled %}")


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    rubric_rows._kept.clear()


def row(raw=None, problems=(), **changes):
    criterion = rating(**changes)
    criterion.pk, criterion.version_id = 7, 3
    return evaluation_form([criterion], CONTENT, raw or {}, problems).rows[0]


def shown(one, open_id: str = "", url: str = "", disabled: bool = False, keys: dict | None = None) -> str:
    request = RequestFactory().get("/")
    request.user = SimpleNamespace(own_keys=keys or {}, is_authenticated=False)
    context = RequestContext(request, {"row": one, "open_id": open_id, "url": url, "disabled": disabled})
    return TAG.render(context)


def test_an_untouched_row_is_kept_and_says_the_same_as_the_template() -> None:
    plain = render_to_string("rubrics/row.html", {"row": row(), "open_id": "", "guideline_url": "", "disabled": False})
    assert shown(row()) == plain
    assert list(rubric_rows._kept.values()) == [plain]
    assert shown(row()) == plain
    assert len(rubric_rows._kept) == 1


def test_everything_a_row_shows_tells_it_from_others() -> None:
    first = row()
    htmls = {
        shown(first), shown(first, open_id=first.id), shown(first, disabled=True), shown(row(help="Other help.")),
        shown(row(title="Other")), shown(row(required=False)),
    }  # fmt: skip
    assert len(htmls) == 6


@pytest.mark.parametrize(
    "raw",
    [
        {"rating": {"r1": {"value": "3"}}},
        {"rating": {"r1": {"value": None, "rationale": "Private words."}}},
        {"rating": {"r1": {"value": None, "na": True}}},
    ],
)
def test_what_somebody_typed_is_never_kept(raw) -> None:
    one = row(raw, allow_na=True, rationale="optional")
    html = shown(one)
    assert html != shown(row(allow_na=True, rationale="optional"))
    assert not any("Private" in kept for kept in rubric_rows._kept.values())
    assert len(rubric_rows._kept) == 1  # the untouched one


def test_an_answer_that_is_not_whole_yet_is_never_kept() -> None:
    criterion = checklist()
    criterion.pk, criterion.version_id = 7, 3
    raw = {"checklist": {"r1": {"value": {"items": {"dose": "met"}}}}}
    one = evaluation_form([criterion], CONTENT, raw).rows[0]
    assert "checked" in shown(one)
    assert one.progress == "left"
    assert not rubric_rows._kept


def test_a_criterion_that_is_still_being_written_is_not_kept() -> None:
    draft = evaluation_form([rating()], CONTENT, {}).rows[0]
    TAG.render(Context({"row": draft, "open_id": "", "url": "", "disabled": True}))
    assert isinstance(draft.criterion, Criterion)
    assert not rubric_rows._kept
