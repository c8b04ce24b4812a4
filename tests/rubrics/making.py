"""Criteria as a published version would have them, without a database."""

from html.parser import HTMLParser
from typing import Any

from django.http import QueryDict
from django.template.loader import render_to_string

from rubrics.body import check_body, criteria_of, tidy_body
from rubrics.kinds import KINDS
from rubrics.models import Criterion

CONTENT = {
    "version": 1,
    "prompt": "Say hello.",
    "responses": [{"id": "r1", "text": "Hi."}, {"id": "r2", "text": "Ho."}],
}
WHY = "The figure in the second sentence is twice what the source gives, so nobody should act on it."


def levels(*scores: float) -> dict[str, Any]:
    return {"levels": [{"score": s, "title": f"Title {s}", "description": f"Description {s}."} for s in scores]}


def labels(*keys: str, **limits: Any) -> dict[str, Any]:
    return {"labels": [{"key": key, "title": key.title(), "help": f"About {key}."} for key in keys], **limits}


def raw_criterion(kind: str, config: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"key": kind, "title": kind.title(), "kind": kind, "config": config, **fields}


def body_of(*criteria: dict[str, Any]) -> dict[str, Any]:
    body = {"criteria": list(criteria)}
    assert check_body(body) == []
    return tidy_body(body)


def make(kind: str, config: dict[str, Any], **fields: Any) -> Criterion:
    [criterion] = criteria_of(body_of(raw_criterion(kind, config, **fields)))
    return criterion


def rating(*scores: float, **fields: Any) -> Criterion:
    return make("rating", levels(*(scores or (1, 2, 3, 4, 5))), **fields)


def one_of(*keys: str, **fields: Any) -> Criterion:
    return make("choice", labels(*(keys or ("safe", "unsafe", "unsure"))), **fields)


def some_of(*keys: str, low: int = 0, high: int = 0, **fields: Any) -> Criterion:
    config = labels(*(keys or ("figure", "source", "tone", "caveat")), min=low, max=high)
    return make("choice", config, **fields)


def text(**fields: Any) -> Criterion:
    return make("text", {"min_length": 0, "max_length": 200}, **fields)


ITEMS = [
    ("dose", "Names the dose", 5),
    ("source", "Names a source", 2),
    ("reader", "Suits the reader", 1),
    ("fact", "Invents a fact", -2),
]


def checklist(critical_item: str = "", **fields: Any) -> Criterion:
    rows = [{"key": k, "title": t, "points": p, "critical": k == critical_item} for k, t, p in ITEMS]
    return make("checklist", {"items": rows}, **fields)


VERDICTS = [
    ("supported", "Supported", "supported", True),
    ("partly", "Partly", "partly", True),
    ("contradicted", "Contradicted", "contradicted", True),
    ("not_found", "No source", "unverified", False),
    ("opinion", "An opinion", "none", False),
]


def claims(most: int = 20, sentences: bool = False, **fields: Any) -> Criterion:
    rows = [{"key": k, "title": t, "counts": c, "evidence": e} for k, t, c, e in VERDICTS]
    return make("claims", {"verdicts": rows, "most": most, "sentences": sentences}, **fields)


def claim(text: str, verdict: str = "supported", **parts: str) -> dict[str, str]:
    evidence = {"source": "https://example.org/law", "quote": "As it stands."}
    return {"text": text, "verdict": verdict, **evidence, "date": "2026-11-19", "note": "", **parts}


def entry(value: Any = None, **fields: Any) -> dict[str, Any]:
    return {"value": value, **fields}


class _Fields(HTMLParser):
    """Collects what a browser would post of some form fields."""

    def __init__(self) -> None:
        super().__init__()
        self.found, self.area = QueryDict(mutable=True), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "textarea":
            self.area = given["name"] or ""
            self.found.appendlist(self.area, "")
        elif tag == "input" and (given.get("type") not in {"radio", "checkbox"} or "checked" in given):
            self.found.appendlist(given["name"] or "", given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, data: str) -> None:
        if self.area:
            self.found[self.area] += data


def config_posted(name: str, config: dict[str, Any]) -> dict[str, Any]:
    """The configuration that comes back when the builder shows this one and nothing is changed."""
    kind = KINDS[name]
    context = {"config": kind.config_context(config), "raw": config, "prefix": "config"}
    fields = _Fields()
    fields.feed(render_to_string(kind.config_template, context))
    return kind.config_from_post(fields.found, "config")
