"""The kind `rewrite`: where it starts, what counts as a change, and what is kept of it."""

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string

from rubrics.answers import evaluation_form, from_post
from rubrics.comparing import compare, describe, export_value, grade, read_export, settle_values
from rubrics.kinds import KINDS
from rubrics.kinds.base import Place, Refused
from tests.rubrics.making import CONTENT, config_posted, make

KIND = KINDS["rewrite"]
OLD = "The law is generally clear. File within two years."
NEW = "The law is clear. File within one year."
TASK = {**CONTENT, "responses": [{"id": "r1", "text": OLD}, {"id": "r2", "text": "Ask a lawyer."}]}
TALK = {
    "messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "First turn"}],
    "responses": [
        {"id": "r1", "messages": [{"role": "user", "content": "And?"}, {"role": "assistant", "content": "Last turn"}]}
    ],
}


def rewrite(config=None, **fields):
    return make("rewrite", {"min_length": 1, **(config or {})}, **fields)


def cleaned(criterion, text, target="r1", content=TASK, **parts):
    return KIND.clean(criterion, {"text": text, **parts}, Place(content, target))


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"start": "nowhere"}, "start"),
        ({"min_change": -1}, "min_change"),
        ({"min_change": "3"}, "min_change"),
        ({"min_length": 0}, "min_length"),
        ({"max_length": 50_001}, "max_length"),
        ({"min_length": 9, "max_length": 8}, "min_length"),
        ({"one": 1}, "one"),
        ({"lines": 3}, "lines"),
    ],
)
def test_configuration_that_cannot_be_met_is_refused_at_the_field(config, field) -> None:
    assert [problem.field for problem in KIND.check_config(config)] == [field]


@pytest.mark.parametrize("config", [{}, {"start": "blank", "one": True, "min_change": 0, "min_length": 9}])
def test_the_builder_gives_back_the_configuration_it_shows(config) -> None:
    tidy = KIND.tidy_config(config)
    assert KIND.tidy_config(config_posted("rewrite", tidy)) == tidy


def test_a_changed_configuration_is_said_in_words() -> None:
    old = KIND.tidy_config({})
    assert KIND.config_changes(old, old) == []
    new = KIND.tidy_config({"start": "blank", "min_change": 3, "max_length": 900, "one": True})
    assert KIND.config_changes(old, new) == [
        "It starts from a blank page.",
        "At least 3 words have to change.",
        "One of the rewrites has to be chosen.",
        "The text has at most 900 characters, before: at most 50,000.",
    ]


def test_value_holds_the_original_and_the_words_that_changed() -> None:
    value = cleaned(rewrite(), f"  {NEW}\r\n")
    assert value == {
        "text": NEW,
        "from": "r1",
        "original": OLD,
        "edit": {"distance": 3, "words": 8, "was": 9},
    }  # "generally" goes, "two" and "years." are replaced


def test_unchanged_is_refused_where_a_change_is_required() -> None:
    with pytest.raises(Refused, match="the same as the original"):
        cleaned(rewrite(), OLD)
    with pytest.raises(Refused, match="the same as the original"):
        cleaned(rewrite(), OLD.replace(". ", ".\n\n"))
    assert cleaned(rewrite({"min_change": 0}), OLD)["edit"]["distance"] == 0


def test_as_many_words_have_to_change_as_the_rubric_says() -> None:
    with pytest.raises(Refused, match="at least 4 words; so far 3 differ"):
        cleaned(rewrite({"min_change": 4}), NEW)
    assert cleaned(rewrite({"min_change": 3}), NEW)["text"] == NEW


def test_length_counts_after_trimming() -> None:
    criterion = rewrite({"min_length": 3, "max_length": 5})
    assert cleaned(criterion, " abc \n")["text"] == "abc"
    for text, said in [("  ab      ", "at least 3 characters; this has 2"), ("abcdef", "at most 5")]:
        with pytest.raises(Refused, match=said):
            cleaned(criterion, text)


def test_the_response_asked_about_is_the_start_and_no_other() -> None:
    with pytest.raises(Refused, match="is not a response you can start from"):
        cleaned(rewrite(), NEW, **{"from": "r2"})


def test_about_the_task_the_person_chooses_where_to_start() -> None:
    criterion = rewrite(scope="task")
    with pytest.raises(Refused, match="Choose the response"):
        cleaned(criterion, NEW, target="")
    assert cleaned(criterion, NEW, target="", **{"from": "r2"})["original"] == "Ask a lawyer."


def test_one_response_alone_needs_no_choice() -> None:
    alone = {**TASK, "responses": TASK["responses"][:1]}
    assert cleaned(rewrite(scope="task"), NEW, target="", content=alone)["from"] == "r1"


def test_from_a_blank_page_there_is_no_original() -> None:
    criterion = rewrite({"start": "blank"}, scope="task")
    value = cleaned(criterion, NEW, target="")
    assert value == {"text": NEW, "from": "", "original": "", "edit": {"distance": 8, "words": 8, "was": 0}}
    with pytest.raises(Refused, match="starts from no response"):
        cleaned(criterion, NEW, target="", **{"from": "r1"})


@pytest.mark.parametrize(("target", "original"), [("m2", "First turn"), ("r1-m2", "Last turn"), ("r1", "Last turn")])
def test_a_turn_is_rewritten_by_itself(target, original) -> None:
    assert cleaned(rewrite(scope="turn"), NEW, target=target, content=TALK)["original"] == original


@pytest.mark.parametrize("raw", [7, ["a"], {"text": 7}, {"text": "A", "of": "r1"}, {"text": "A", "from": 1}])
def test_what_is_no_rewrite_is_refused(raw) -> None:
    assert not KIND.is_blank(rewrite(), raw)
    with pytest.raises(Refused):
        KIND.clean(rewrite(), raw, Place(TASK, "r1"))


def test_where_it_started_follows_a_response_to_its_new_id() -> None:
    assert KIND.renamed({"text": NEW, "from": "r1"}, {"r1": "r2", "r2": "r1"}) == {"text": NEW, "from": "r2"}
    assert KIND.renamed(NEW, {"r1": "r2"}) == NEW


def test_a_task_without_responses_has_nothing_to_rewrite() -> None:
    assert "this task has none" in KIND.unfit(rewrite(scope="task"), {"prompt": "Hi", "responses": []})
    assert KIND.unfit(rewrite({"start": "blank"}, scope="task"), {"prompt": "Hi", "responses": []}) == ""


# The form


def posted(criterion, **fields):
    data = QueryDict(mutable=True)
    data.update({f"a.rewrite.{name}": text for name, text in fields.items()})
    return from_post([criterion], TASK, data)


def row(criterion, raw=None, number=0):
    return evaluation_form([criterion], TASK, raw or {}).rows[number]


def test_a_form_nobody_touched_holds_no_answer() -> None:
    shown = row(rewrite()).control
    assert shown["text"] == OLD
    assert posted(rewrite(), **{"r1.value": OLD.replace("\n", "\r\n"), "r1.was": shown["fingerprint"]}) == {}
    touched = posted(rewrite(), **{"r1.value": NEW, "r1.was": shown["fingerprint"]})
    assert touched["rewrite"]["r1"]["value"] == {"text": NEW, "from": ""}
    again = row(rewrite(), touched)
    assert (again.control["text"], again.answered) == (NEW, True)


def test_an_original_that_is_right_is_said_so() -> None:
    criterion = rewrite({"min_change": 0})
    shown = row(criterion).control
    assert shown["may_stay"]
    raw = posted(criterion, **{"r1.value": OLD, "r1.was": shown["fingerprint"], "r1.right": "1"})
    assert KIND.clean(criterion, raw["rewrite"]["r1"]["value"], Place(TASK, "r1"))["edit"]["distance"] == 0
    assert row(criterion, raw).control["right"]


def test_choosing_a_response_without_a_script_brings_its_text() -> None:
    criterion = rewrite(scope="task")
    first = row(criterion).control
    assert (first["text"], first["chooses"]) == ("", True)
    raw = posted(criterion, **{".value": "", ".from": "r1", ".was": first["fingerprint"]})
    chosen = row(criterion, raw).control
    assert chosen["text"] == OLD
    raw = posted(criterion, **{".value": OLD, ".from": "r2", ".was": chosen["fingerprint"]})
    assert row(criterion, raw).control["text"] == "Ask a lawyer."


def test_a_chosen_response_is_a_start_and_no_answer_yet() -> None:
    criterion = rewrite(scope="task")
    assert not row(criterion, {"rewrite": {"": {"value": {"text": "", "from": "r1"}}}}).answered
    assert row(criterion, {"rewrite": {"": {"value": {"text": NEW, "from": "r1"}}}}).answered


def test_responses_go_by_the_letters_this_person_sees() -> None:
    shown = evaluation_form([rewrite(scope="task")], TASK, {}, order=["r2", "r1"]).rows[0].control["sources"]
    assert [(one["target"], one["title"]) for one in shown] == [("r2", "Response A"), ("r1", "Response B")]


def test_the_control_shows_text_original_and_changes_without_a_script() -> None:
    raw = {"rewrite": {"r1": {"value": {"text": NEW, "from": ""}}}}
    form = evaluation_form([rewrite()], TASK, raw)
    html = render_to_string("rubrics/form.html", {"rubric_form": form})
    assert "<del>generally </del>" in html
    assert "<ins>one year.</ins>" in html
    assert 'name="a.rewrite.r1.value"' in html
    assert f"{OLD}</div>" in html
    assert "8 words, was 9; 3 changed" in html


def test_texts_are_escaped_in_changes_and_original() -> None:
    task = {**TASK, "responses": [{"id": "r1", "text": "<script>old</script>"}]}
    raw = {"rewrite": {"r1": {"value": {"text": "<img src=x> new", "from": ""}}}}
    html = render_to_string("rubrics/form.html", {"rubric_form": evaluation_form([rewrite()], task, raw)})
    assert "<script>" not in html
    assert "<img" not in html


# Judgment, words, rows


def test_unequal_rewrites_are_all_kept_and_never_graded() -> None:
    criterion = rewrite(critical=True)
    one, two = cleaned(criterion, NEW), cleaned(criterion, "The law is clear.")
    assert compare(criterion, one, two).distance == 1
    assert not compare(criterion, one, two).disagrees
    assert settle_values(criterion, [one, two, one]) == {"rewrites": [one, two]}
    assert not grade(criterion, one, {"value": two, "accepted": [two]}).applicable


def test_where_one_has_to_be_chosen_unequal_rewrites_disagree() -> None:
    criterion = rewrite({"one": True})
    one, two = cleaned(criterion, NEW), cleaned(criterion, "The law is clear.")
    assert compare(criterion, one, two).disagrees
    assert settle_values(criterion, [one, two, two]) == two
    assert settle_values(criterion, [two, one], [1, 3]) == one


def test_rewrites_are_read_with_their_changes_beside_each_other() -> None:
    criterion = rewrite()
    one, two = cleaned(criterion, NEW), cleaned(criterion, "The law is clear.")
    read = KIND.read_context(criterion, [("A", one), ("D", {"rewrites": [one, two]})])
    assert [letter for letter, _ in read["rewrites"]] == ["A", "D", "D"]
    html = render_to_string("rubrics/kinds/rewrite.html#read", {"read": read, "criterion": criterion})
    assert html.count("<del>generally </del>") == 3


def test_kept_rewrites_survive_an_export() -> None:
    criterion = rewrite()
    one, two = cleaned(criterion, NEW), cleaned(criterion, 'He said "hi",\nthen left.')
    several = {"rewrites": [one, two]}
    assert read_export(criterion, export_value(criterion, several)) == several
    assert export_value(criterion, one)["rewrite.distance"] == 3
    assert describe(criterion, one) == f"{NEW} (8 words, was 9; 33% changed)"
