"""Criteria as a published version would have them, without a database."""

from typing import Any

from rubrics.body import check_body, criteria_of, tidy_body
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
