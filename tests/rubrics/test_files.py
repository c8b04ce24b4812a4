"""Rubric files: what is read, what is refused, and that an export is read back the same."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaltool.base.errors import Invalid
from rubrics.body import check_body, tidy_body
from rubrics.files import parse, parse_bytes, to_json, to_yaml
from tests.rubrics.conftest import raw_body

DEMO = Path(__file__).resolve().parents[2] / "evaltool" / "demo" / "content" / "rubric.yaml"

GOOD = """name: Small
criteria:
  - key: a
    title: A
    kind: rating
    config:
      levels:
        - {score: 1, title: Low}
        - {score: 2, title: High}
"""


def problem(text: str):
    with pytest.raises(Invalid) as error:
        parse(text)
    return error.value.problems[0]


def test_demo_rubric_can_be_published() -> None:
    name, body = parse(DEMO.read_text("utf-8"))
    assert name == "Everyday expert answers"
    assert check_body(body) == []
    assert [c["tolerance"] for c in tidy_body(body)["criteria"]] == [1, 0, 1, 1, 1, 1]


@pytest.mark.parametrize("write", [to_yaml, to_json])
def test_export_is_read_back_the_same(write) -> None:
    body = tidy_body(raw_body())
    assert parse(write("Ünïcode: a name", body)) == ("Ünïcode: a name", body)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200))
def test_every_text_survives_a_file(text) -> None:
    body = {"description": text, "criteria": []}
    assert parse(to_yaml("n", body)) == ("n", body)
    assert parse(to_json("n", body))[1] == body


def test_broken_yaml_names_line_and_column() -> None:
    found = problem(GOOD.replace("    title: A", "    title: [A"))
    assert found.row == 5
    assert "column" in found.reason


def test_broken_json_names_its_line() -> None:
    assert problem('{"name": "x",\n "criteria": [}').row == 2


def test_key_given_twice_is_refused_with_its_line() -> None:
    found = problem(GOOD.replace("    kind: rating", "    kind: rating\n    kind: text"))
    assert (found.row, found.reason.startswith("“kind” is given twice")) == (6, True)


def test_json_keeps_its_own_escapes_and_refuses_a_key_given_twice() -> None:
    assert parse('{"description": "\\ud83d\\ude00 \\/", "criteria": []}')[1]["description"] == "😀 /"
    assert "given twice" in problem('{"name": "a", "name": "b", "criteria": []}').reason
    assert "surrogate" in problem('{"description": "\\ud83d", "criteria": []}').reason
    assert "deeply" in problem('{"criteria": ' + "[" * 90 + "]" * 90 + "}").reason
    assert problem("{" * 50_000).reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just words",
        "- a\n- b",
        "name: x",
        "name: 5\ncriteria: []",
        "criteria: none",
        "name: x\ncriteria: []\nextra: 1",
        "a: &x [1]\nb: *x",
        "name: !!python/object/apply:os.system ['true']\ncriteria: []",
        "name: !x y\ncriteria: []",
        "name: x\ncriteria: [" + "[" * 40 + "]" * 40 + "]",
        "name: x\ncriteria: []\n--- \nname: y",
        "name: 'a\\0b'\ncriteria: [{title: \"a\\0b\"}]",
        "name: x\ncriteria: [{weight: .nan}]",
        "? [a, b]\n: c",
        "name: x\ncriteria: [{date: 2026-99-99}]",
        "\x07",
    ],
)
def test_what_is_no_rubric_is_refused_with_a_reason(text) -> None:
    assert problem(text).reason


def test_large_and_bombing_files_are_refused() -> None:
    assert "larger than" in problem("x" * (513 * 1024)).reason
    assert "not used" in problem("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]").reason
    assert "too long" in problem("criteria: [" + "1," * 60_000 + "1]").reason


def test_bytes_that_are_not_utf8_name_their_line() -> None:
    with pytest.raises(Invalid) as error:
        parse_bytes(b"name: x\ncriteria:\n  - title: caf\xe9\n")
    assert error.value.problems[0].row == 3
    assert parse_bytes(b"\xef\xbb\xbf" + GOOD.encode())[0] == "Small"


def test_dates_and_numbers_as_names_become_texts() -> None:
    _, body = parse("name: x\ncriteria: [{title: 2026-11-21, 5: a}]")
    assert body["criteria"][0] == {"title": "2026-11-21", "5": "a"}
    assert json.dumps(body)
