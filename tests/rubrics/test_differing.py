"""What changed between two versions, in words."""

import copy

import pytest

from rubrics.building import changes_of_draft
from rubrics.differing import changes
from tests.rubrics.making import body_of, labels, levels, raw_criterion


@pytest.fixture
def old() -> dict:
    return body_of(
        raw_criterion("rating", levels(1, 2, 3, 4, 5), key="accuracy", title="Accuracy", help="Right?", sections=["a"]),
        raw_criterion("choice", labels("x", "y"), key="flaws", title="Flaws"),
        raw_criterion("text", {}, key="advice", title="Advice"),
    )


def told(old: dict, new: dict) -> dict[str, list[str]]:
    return {f"{change.what} {change.key}": change.sentences for change in changes(old, new)}


def test_equal_bodies_have_no_changes(old) -> None:
    assert changes(old, copy.deepcopy(old)) == []


def test_every_rule_of_a_criterion_is_told(old) -> None:
    new = copy.deepcopy(old)
    new["criteria"][0] |= {
        "title": "Correctness", "help": "Is it right?", "scope": "task", "weight": 2.5, "tolerance": 0,
        "critical": True, "required": False, "allow_na": True, "rationale": "required", "sections": ["b", "c"],
    }  # fmt: skip
    assert told(old, new) == {
        "changed accuracy": [
            "Is called “Correctness”, was “Accuracy”.",
            "Asks “Is it right?”, was “Right?”.",
            "Is about the task, was about each response.",
            "Weighs 2.5, was 1.",
            "Tolerates 0, was 1.",
            "Is critical now.",
            "Is no longer required.",
            "Is open to N/A now.",
            "A reason: required, was optional.",
            "Also rests on the section “b” and “c”.",
            "No longer rests on the section “a”.",
        ]
    }


def test_new_removed_and_moved_criteria_are_told(old) -> None:
    new = copy.deepcopy(old)
    new["criteria"] = [new["criteria"][2], {**new["criteria"][0], "key": "tone", "title": "Tone"}, new["criteria"][1]]
    assert told(old, new) == {
        "changed advice": ["Stands first now."],
        "new tone": ["Asks: Right?"],
        "removed accuracy": [],
    }


def test_only_what_had_to_be_moved_is_told_and_after_what_it_stands(old) -> None:
    new = copy.deepcopy(old)
    new["criteria"] = [*new["criteria"][1:], new["criteria"][0]]
    assert told(old, new) == {"changed accuracy": ["Stands after “Advice” now."]}


def test_conditions_and_spans_are_told(old) -> None:
    new = copy.deepcopy(old)
    new["criteria"][2]["condition"] = {"criterion": "flaws", "values": ["x", "y"]}
    assert told(old, new) == {"changed advice": ["Is asked only if “flaws” is x or y, before: always."]}


def test_another_kind_and_another_configuration_are_told(old) -> None:
    new = copy.deepcopy(old)
    new["criteria"][0]["config"]["levels"][0]["description"] = "Nothing is right."
    new["criteria"][1] = {**new["criteria"][2], "key": "flaws", "title": "Flaws"}
    new["criteria"][2]["config"]["max_length"] = 9
    assert told(old, new) == {
        "changed accuracy": ["Level 1 has another text: “Title 1. Nothing is right.”, was “Title 1. Description 1.”."],
        "changed flaws": ["Is a text now, was a choice."],
        "changed advice": ["The text has at most 9 characters, before: at most 20,000."],
    }


def test_draft_that_cannot_be_published_is_not_compared(old) -> None:
    assert changes_of_draft(old, {"criteria": [{"title": "x"}]}) == []
    assert changes_of_draft(None, old) == []
