"""The kind `text`."""

import pytest

from rubrics.comparing import compare, describe, export_value, grade, read_export, settle_values
from rubrics.kinds import KINDS
from rubrics.kinds.base import Place, Refused
from tests.rubrics.making import make, text

KIND = KINDS["text"]


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"min_length": -1}, "min_length"),
        ({"max_length": 20_001}, "max_length"),
        ({"max_length": 0}, "max_length"),
        ({"min_length": 9, "max_length": 8}, "min_length"),
        ({"min_length": "9"}, "min_length"),
        ({"lines": 3}, "lines"),
    ],
)
def test_lengths_that_cannot_be_met_are_refused_at_the_field(config, field) -> None:
    assert [problem.field for problem in KIND.check_config(config)] == [field]


def test_length_counts_after_trimming() -> None:
    criterion = make("text", {"min_length": 3, "max_length": 5})
    assert KIND.clean(criterion, "  abc\r\n", Place()) == "abc"
    with pytest.raises(Refused, match="at least 3 characters; this has 2"):
        KIND.clean(criterion, "  ab        ", Place())
    with pytest.raises(Refused, match="at most 5"):
        KIND.clean(criterion, "abcdef", Place())
    with pytest.raises(Refused):
        KIND.clean(criterion, 12345, Place())


def test_unequal_texts_are_all_kept_and_never_a_disagreement() -> None:
    criterion = text(critical=True)
    assert compare(criterion, "one", "two").distance == 1
    assert not compare(criterion, "one", "two").disagrees
    assert settle_values(criterion, ["one", "two", "one"]) == {"texts": ["one", "two"]}


def test_text_is_never_graded() -> None:
    entry = {"value": "one", "accepted": ["one"]}
    assert not grade(text(), "two", entry).applicable
    assert not grade(text(), None, entry).applicable


def test_kept_texts_survive_an_export() -> None:
    several = {"texts": ['He said "hi".', "Two\nlines"]}
    assert read_export(text(), export_value(text(), several)) == several
    assert describe(text(), several) == 'He said "hi". / Two lines'
