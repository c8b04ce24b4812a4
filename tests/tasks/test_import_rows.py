"""A row becomes content of one shape, or problems named by field; a file becomes lines, each read or reported."""

import io
import json
import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evaltool.base.errors import Invalid, Problem
from tasks.content import KNOWN, CleanRow, clean_content, content_sha256, shown, unknown_keys
from tasks.content.fields import MAX_TEXT
from tasks.importing.reading import lines, parse
from tests.tasks.import_samples import row

LIMIT = 200


def fields(raw: Any) -> list[str]:
    """The fields that a bad row names."""
    with pytest.raises(Invalid) as refused:
        clean_content(raw)
    return [problem.field for problem in refused.value.problems]


def test_row_becomes_content_with_responses_in_file_order_and_origins_apart() -> None:
    found = clean_content(
        {
            "id": 7,
            "prompt": "Why?",
            "responses": ["Because.", {"text": "So.", "label": "model-q"}, {"text": "Hm.", "model": "m", "tokens": 9}],
            "domain": " Finance ",
            "needs_expert": True,
            "context": ["A text.", {"title": "Law", "text": "§ 1"}],
            "criteria": ["Names the law", {"key": "sum", "title": "Adds up", "points": 3}],
            "metadata": {"trace": 1},
            "source": "site",
        }
    )
    assert found.external_id == "7"
    assert found.domain == "finance"
    assert found.needs_expert
    assert found.gold is None
    assert found.origins == {"r2": "model-q", "r3": "m"}
    assert found.content == {
        "version": 1,
        "prompt": "Why?",
        "responses": [{"id": "r1", "text": "Because."}, {"id": "r2", "text": "So."}, {"id": "r3", "text": "Hm."}],
        "context": [{"id": "c1", "title": "", "text": "A text."}, {"id": "c2", "title": "Law", "text": "§ 1"}],
        "criteria": [
            {"key": "i1", "title": "Names the law", "help": "", "points": 1},
            {"key": "sum", "title": "Adds up", "help": "", "points": 3},
        ],
        "prelabels": {},
        "metadata": {"trace": 1, "source": "site", "responses": {"r3": {"tokens": 9}}},
    }


def test_conversations_stand_for_prompt_and_for_response() -> None:
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    answer = [{"role": "assistant", "content": "So."}]
    found = clean_content(row(prompt=None, messages=turns, responses=[{"messages": answer}]))
    assert found.content["messages"] == turns
    assert "prompt" not in found.content
    assert found.content["responses"] == [{"id": "r1", "messages": answer}]


def test_evaluators_are_shown_neither_metadata_nor_labels_of_models() -> None:
    raw = row(reference="The answer.", source="site", prelabels={"accuracy": {"r1": 5}}, metadata={"model": "m"})
    whole = clean_content({**raw, "responses": [{"text": "So.", "label": "secret-model"}]})
    seen = json.dumps(shown(whole.content))
    for hidden in ("The answer.", "site", "secret-model", "prelabels", "metadata"):
        assert hidden not in seen
    assert "So." in seen
    assert unknown_keys(raw) == ["reference", "source"]


def test_gold_may_be_written_short() -> None:
    short = clean_content(row(gold={"criteria": {"accuracy": {"1": 4, "r2": {"value": 2}}, "tone": "kind"}}))
    assert short.gold == {
        "answers": {"accuracy": {"r1": {"value": 4}, "r2": {"value": 2}}, "tone": {"": {"value": "kind"}}},
        "explanation": "",
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": None}, "id"),
        ({"id": " "}, "id"),
        ({"id": ["x"]}, "id"),
        ({"id": "x" * 201}, "id"),
        ({"id": "a\u202eb"}, "id"),
        ({"external_id": "other"}, "id"),
        ({"prompt": None}, "prompt"),
        ({"prompt": "\u3164\u2800"}, "prompt"),
        ({"prompt": "x" * (MAX_TEXT + 1)}, "prompt"),
        ({"prompt": {"text": "x"}}, "prompt"),
        ({"messages": [{"role": "user", "content": "x"}]}, "prompt"),
        ({"prompt": None, "messages": []}, "messages"),
        ({"prompt": None, "messages": [{"role": "robot", "content": "x"}]}, "messages 1.role"),
        ({"prompt": None, "messages": [{"role": "user", "content": ""}]}, "messages 1.content"),
        ({"prompt": None, "messages": [{"role": "user", "content": "x", "name": "y"}]}, "messages 1"),
        ({"responses": None}, "responses"),
        ({"responses": ["x"] * 10}, "responses"),
        ({"responses": "x"}, "responses"),
        ({"responses": ["x", 3]}, "responses 2"),
        ({"responses": ["x", {"text": "\u200b"}]}, "responses 2"),
        ({"responses": ["x", {"label": "m"}]}, "responses 2"),
        ({"responses": [{"text": "x", "messages": [{"role": "user", "content": "x"}]}]}, "responses 1"),
        ({"responses": [{"text": "x", "label": "m" * 201}]}, "responses 1.label"),
        ({"context": [{"title": "no text"}]}, "context 1"),
        ({"context": 3}, "context"),
        ({"criteria": [{"key": "a b", "title": "x"}]}, "criteria 1.key"),
        ({"criteria": [{"key": "a", "title": "x"}, {"key": "a", "title": "y"}]}, "criteria"),
        ({"criteria": [{"title": "x", "points": "3"}]}, "criteria 1.points"),
        ({"prelabels": {"accuracy": 3}}, "prelabels"),
        ({"metadata": []}, "metadata"),
        ({"metadata": {"source": 1}, "source": 2}, "metadata"),
        ({"domain": "x" * 81}, "domain"),
        ({"needs_expert": 1}, "needs_expert"),
        ({"gold": 3}, "gold"),
        ({"gold": {"answers": {}}}, "gold.answers"),
        ({"gold": {"answers": {"accuracy": 3}, "level": 2}}, "gold"),
        ({"prompt": "a\x00b"}, "prompt"),
        ({"responses": ["fine", "half \ud83d"]}, "responses 2"),
        ({"metadata": {"a\x00": 1}}, "metadata.a\ufffd"),
        ({"metadata": {"n": 1e20}}, "metadata.n"),
        ({"metadata": {"n": float("nan")}}, "metadata.n"),
    ],
)
def test_bad_row_names_the_field(change: dict[str, Any], field: str) -> None:
    assert field in fields(row(**change))


def test_row_nested_too_deeply_is_refused() -> None:
    deep: Any = "x"
    for _ in range(40):
        deep = [deep]
    assert fields(row(metadata={"deep": deep}))[0].startswith("metadata.deep")


@pytest.mark.parametrize("raw", [None, [], "text", 3, True])
def test_what_is_no_object_is_no_row(raw: Any) -> None:
    assert fields(raw) == ["row"]


def test_hash_does_not_depend_on_the_order_of_keys() -> None:
    one, other = row(b=1, a={"y": 1, "x": 2}), row(a={"x": 2, "y": 1}, b=1)
    assert content_sha256(clean_content(one).content) == content_sha256(clean_content(other).content)
    assert content_sha256(clean_content(one).content) != content_sha256(clean_content(row(b=2)).content)


@pytest.mark.parametrize(
    "text",
    [
        "{" * 100_000,
        "[" * 100_000,
        '{"a": ' * 5000 + "1" + "}" * 5000,
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": ' + "9" * 10_000 + "}",
        '{"a": "\x01"}',
        "{'a': 1}",
        "\ufeff{}x",
    ],
    ids=["braces", "brackets", "deep", "twins", "nan", "infinity", "digits", "control", "quotes", "tail"],
)
def test_hostile_json_is_refused_in_a_sentence(text: str) -> None:
    [line] = lines(io.BytesIO(text.encode()), 1_000_000)
    with pytest.raises(Invalid) as refused:
        parse(line, 1_000_000)
    assert refused.value.problems[0].field == "line"
    assert len(refused.value.problems[0].reason) < 300


def outcome(reader: Callable[..., Any], *args: Any) -> Any:
    """What a reader makes of its input, or the problems it names."""
    try:
        return reader(*args)
    except Invalid as refused:
        return refused.problems


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from([*sorted(KNOWN), "source"])
ROWS = st.dictionaries(KEYS, JSON, max_size=8)


@given(JSON | ROWS | ROWS.map(lambda changes: {**row(), **changes}))
@settings(max_examples=400, deadline=None)
def test_any_value_becomes_content_or_problems(raw: Any) -> None:
    found = outcome(clean_content, raw)
    if isinstance(found, CleanRow):
        ids = [response["id"] for response in found.content["responses"]]
        assert ids == [f"r{number}" for number in range(1, len(raw["responses"]) + 1)]
        assert json.loads(json.dumps(found.content)) == found.content
        assert "\x00" not in json.dumps(found.content, ensure_ascii=False)
        assert 1 <= len(found.external_id) <= 200
        assert len(found.domain) <= 80
    else:
        assert found
        assert all(problem.reason and len(problem.field) <= 120 for problem in found)


@given(st.lists(st.binary(max_size=300).map(lambda line: line.replace(b"\n", b"")), max_size=12), st.booleans())
@example([b"\xef\xbb\xbf{}", b"", b"x" * 500], False)
@settings(max_examples=300, deadline=None)
def test_every_line_is_read_or_reported(content: list[bytes], ends: bool) -> None:
    file = b"\n".join(content) + (b"\n" if ends and content else b"")
    read = list(lines(io.BytesIO(file), LIMIT))
    expected = [n for n, line in enumerate(content, 1) if len(line.rstrip(b"\r")) > LIMIT or _says_something(n, line)]
    assert [line.number for line in read] == expected
    assert not read or read[-1].end <= len(file)
    for line in read:
        assert line.data is None or len(line.data) <= LIMIT
        found = outcome(parse, line, LIMIT)
        if not (isinstance(found, list) and found and isinstance(found[0], Problem)):
            assert found == json.loads((line.data or b"").decode())


def _says_something(number: int, line: bytes) -> bool:
    return bool((line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip())


@given(st.text(alphabet=string.printable, max_size=50), st.integers(1, 30))
@settings(max_examples=100, deadline=None)
def test_a_line_of_exactly_the_limit_is_read(text: str, over: int) -> None:
    data = json.dumps({"id": text}).encode()
    assert [line.data for line in lines(io.BytesIO(data), len(data))] == [data]
    assert [line.data for line in lines(io.BytesIO(data), len(data) - 1)] == [None]
    assert [line.data for line in lines(io.BytesIO(b"x" * over + data + b"\n{}"), len(data))] == [None, b"{}"]
