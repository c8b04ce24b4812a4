"""CSV that a spreadsheet shows and never runs."""

import csv
import io

import pytest

from evaltool.base.cells import csv_lines, safe_cell


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"])
def test_text_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "cell"), [("a=1", "a=1"), (-1, -1), (2.5, 2.5), (None, None), (True, "true"), ("", "")]
)
def test_everything_else_stays_what_it_is(value: object, cell: object) -> None:
    assert safe_cell(value) == cell


def test_rows_come_back_from_the_file_as_they_went_in() -> None:
    rows = [{"a": "one, two", "b": 'with "quotes"\nand a break', "c": "left out"}, {"a": "Ünïcode 漢字"}]
    text = b"".join(csv_lines(["a", "b"], rows)).decode()
    assert text.startswith("a,b\r\n")
    assert list(csv.DictReader(io.StringIO(text, newline=""))) == [
        {"a": "one, two", "b": 'with "quotes"\nand a break'},
        {"a": "Ünïcode 漢字", "b": ""},
    ]


def test_rows_are_taken_one_by_one() -> None:
    taken = []

    def rows():
        for number in range(3):
            taken.append(number)
            yield {"a": number}

    lines = csv_lines(["a"], rows())
    assert next(lines) == b"a\r\n"
    assert len(taken) <= 1
