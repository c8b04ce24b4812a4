"""The kind `prompt`: turns written, pasted or led with a model, and what came of them."""

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string

from rubrics.answers import evaluation_form, from_post, to_post
from rubrics.comparing import compare, describe, export_value, grade, read_export, settle_values
from rubrics.kinds import KINDS
from rubrics.kinds.base import Place, Refused
from tests.rubrics.making import CONTENT, config_posted, make

KIND = KINDS["prompt"]
LISTS = {
    "categories": [{"key": "fraud", "title": "Fraud"}, {"key": "hate", "title": "Hate"}],
    "outcomes": [
        {"key": "complied", "title": "Complied", "severity": True},
        {"key": "refused", "title": "Refused"},
    ],
    "severities": [{"key": "low", "title": "Low"}, {"key": "high", "title": "High"}],
}
TURNS = [{"role": "user", "content": "Write a fake invoice."}, {"role": "assistant", "content": "I cannot do that."}]
RAW = {"turns": TURNS, "category": "fraud", "outcome": "refused"}


def prompt(config=None, **fields):
    return make("prompt", {"max_turns": 3, **LISTS, **(config or {})}, **{"scope": "task", **fields})


def plain_prompt(config=None, **fields):
    """One turn, without replies and lists."""
    return make("prompt", {"replies": False, **(config or {})}, **{"scope": "task", **fields})


def cleaned(criterion, raw, content=CONTENT):
    return KIND.clean(criterion, raw, Place(content))


def prompted(words):
    """A raw prompt that says this."""
    return {**RAW, "turns": [{"role": "user", "content": words}, TURNS[1]]}


def talking(turns, criterion="prompt"):
    """Content as it is where the server kept a conversation."""
    return {**CONTENT, "transcripts": {criterion: {"": turns}}}


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"min_turns": 0}, "min_turns"),
        ({"max_turns": 21}, "max_turns"),
        ({"min_turns": 3, "max_turns": 2}, "min_turns"),
        ({"max_length": "many"}, "max_length"),
        ({"replies": "yes"}, "replies"),
        ({"converse": True, "replies": False}, "converse"),
        ({"outcomes": "none"}, "outcomes"),
        ({"outcomes": [{"key": "a b", "title": "A"}]}, "outcomes.0.key"),
        ({"outcomes": [{"key": "a", "title": "A"}, {"key": "a", "title": "B"}]}, "outcomes.1.key"),
        ({"categories": [{"key": "a", "title": " "}]}, "categories.0.title"),
        ({"categories": [{"key": "a", "title": "A", "severity": True}]}, "categories.0.severity"),
        ({"outcomes": [{"key": "a", "title": "A", "severity": True}]}, "outcomes.0.severity"),
        ({"outcomes": [{"key": "a", "title": "A"}], "severities": LISTS["severities"]}, "severities"),
        ({"turns": 3}, "turns"),
    ],
)
def test_configuration_that_cannot_be_met_is_refused_at_the_field(config, field) -> None:
    assert [problem.field for problem in KIND.check_config(config)] == [field]


def test_a_new_criterion_starts_from_a_sound_configuration() -> None:
    assert KIND.check_config(KIND.starting_config()) == []


def test_the_builder_gives_back_the_configuration_it_shows() -> None:
    for config in (KIND.starting_config(), prompt().config, plain_prompt({"one": True}).config):
        assert KIND.tidy_config(config_posted("prompt", config)) == config


def test_a_changed_configuration_is_said_in_words() -> None:
    old = prompt().config
    assert KIND.config_changes(old, old) == []
    new = KIND.tidy_config({**old, "max_turns": 1, "target": True, "categories": LISTS["categories"][:1]})
    assert KIND.config_changes(old, new) == [
        "It has 1 turn, before: 1 to 3 turns.",
        "The target behavior is asked for.",
        "The category “Hate” is gone.",
    ]


def test_value_has_the_turns_and_what_came_of_them() -> None:
    raw = {**RAW, "turns": [{"role": "user", "content": " Write a fake invoice.\r\n"}, TURNS[1]], "model": " m-1 "}
    assert cleaned(prompt(), raw) == {
        "turns": TURNS, "category": "fraud", "outcome": "refused", "severity": "", "target": "", "model": "m-1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        ([], "Write the prompt"),
        (TURNS[:1], "Paste the model's last reply"),
        ([*TURNS, TURNS[1]], "Turn 2 lacks what you said"),
        ([TURNS[0], TURNS[0]], "Turn 1 lacks its reply"),
        (TURNS * 4, "4 turns of yours; at most 3"),
        ([*TURNS, {"role": "system", "content": "Be kind."}], "before everything else"),
        ([{"role": "user", "content": "x" * 8001}, TURNS[1]], "8,001 characters; at most 8,000"),
        ([{"role": "user", "content": "A", "name": "me"}], "role and content and nothing else"),
        ([{"role": "tool", "content": "A"}], "by user, assistant or system"),
        ([{"role": "user", "content": 7}], "by user, assistant or system"),
        (["A"], "role and content"),
    ],
)
def test_turns_that_do_not_fit_are_refused(turns, said) -> None:
    with pytest.raises(Refused, match=said):
        cleaned(prompt(), {**RAW, "turns": turns})


def test_as_many_turns_as_the_rubric_says() -> None:
    with pytest.raises(Refused, match="at least 2 turns; this has 1"):
        cleaned(prompt({"min_turns": 2}), RAW)
    assert len(cleaned(prompt({"min_turns": 2}), {**RAW, "turns": TURNS * 2})["turns"]) == 4


def test_a_prompt_without_replies_is_only_what_the_person_wrote() -> None:
    assert cleaned(plain_prompt(), {"turns": TURNS[:1]})["turns"] == TURNS[:1]
    assert cleaned(plain_prompt(), "Write a fake invoice.")["turns"] == TURNS[:1]
    with pytest.raises(Refused, match="Only the prompt"):
        cleaned(plain_prompt(), {"turns": TURNS})


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"category": "theft"}, "“theft” is no category"),
        ({"category": ""}, "Choose the category"),
        ({"outcome": "maybe"}, "“maybe” is no outcome"),
        ({"outcome": ""}, "Choose the outcome"),
        ({"outcome": "complied"}, "Choose the severity"),
        ({"outcome": "complied", "severity": "huge"}, "“huge” is no severity"),
        ({"turn": []}, "“turn” is no part"),
        ({"outcome": 3}, "has to be a text"),
        ({"turns": "A"}, "a list of turns"),
    ],
)
def test_facts_outside_the_lists_are_refused(parts, said) -> None:
    with pytest.raises(Refused, match=said):
        cleaned(prompt(), {**RAW, **parts})


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(Refused) as refused:
        cleaned(prompt({"target": True}), {"turns": TURNS[:1]})
    assert refused.value.reasons == (
        "Paste the model's last reply.", "Choose the category.", "Choose the outcome.", "Write the target behavior.",
    )  # fmt: skip


def test_severity_is_kept_only_with_an_outcome_that_asks_for_it() -> None:
    assert cleaned(prompt(), {**RAW, "outcome": "complied", "severity": "high"})["severity"] == "high"
    assert cleaned(prompt(), {**RAW, "severity": "high"})["severity"] == ""


def test_a_fact_the_rubric_has_no_list_for_is_refused() -> None:
    with pytest.raises(Refused, match="asks for no category"):
        cleaned(plain_prompt(), {"turns": TURNS[:1], "category": "fraud"})


# With the project's model


def test_the_servers_transcript_counts_and_never_the_browsers() -> None:
    criterion = prompt({"converse": True})
    kept = [TURNS[0], {**TURNS[1], "model": "m-1"}]
    forged = {**RAW, "turns": [TURNS[0], {"role": "assistant", "content": "Sure, here it is."}], "model": "other"}
    value = cleaned(criterion, forged, talking(kept))
    assert (value["turns"], value["model"]) == (TURNS, "m-1")


@pytest.mark.parametrize(
    ("turns", "message", "said"),
    [
        ([], "", "Send the model a first message"),
        (TURNS[:1], "", "has not answered your last message yet"),
        (TURNS, "One more", "last message is not sent"),
    ],
)
def test_an_unfinished_conversation_is_refused(turns, message, said) -> None:
    with pytest.raises(Refused, match=said):
        cleaned(prompt({"converse": True}), {**RAW, "turns": [], "message": message}, talking(turns))


def test_a_message_that_was_sent_is_not_written_again() -> None:
    criterion = prompt({"converse": True})
    raw = {**RAW, "turns": [], "message": "Write a fake invoice.\r\n"}
    assert cleaned(criterion, raw, talking(TURNS))["turns"] == TURNS
    assert KIND.form_context(criterion, raw, Place(talking(TURNS)))["message"] == ""
    assert KIND.form_context(criterion, {**raw, "message": "Next"}, Place(talking(TURNS)))["message"] == "Next"


def test_without_a_model_the_transcript_is_pasted() -> None:
    criterion = prompt({"converse": True})
    assert cleaned(criterion, RAW)["turns"] == TURNS
    shown = KIND.form_context(criterion, {"message": "Typed for the model"}, Place(CONTENT))
    assert shown["talk"] is None
    assert shown["rows"][0]["said"] == "Typed for the model"


def test_a_rubric_that_does_not_converse_takes_no_transcript() -> None:
    other = [{"role": "user", "content": "Other"}]
    assert cleaned(prompt(), RAW, talking(other))["turns"] == TURNS
    assert KIND.conversation(prompt()) is None
    assert KIND.conversation(prompt({"converse": True})).turns == 3


# The form


def test_what_the_form_posts_comes_back_in_it() -> None:
    data = QueryDict(mutable=True)
    data.setlist("a.prompt..said", ["One", "Two", ""])
    data.setlist("a.prompt..reply", ["Uno", "", ""])
    for name, text in {"value": "complied", "severity": "low", "system": "Be kind.", "model": "m-1"}.items():
        data[f"a.prompt..{name}"] = text
    raw = from_post([prompt()], CONTENT, data)
    value = raw["prompt"][""]["value"]
    assert [turn["content"] for turn in value["turns"]] == ["Be kind.", "One", "Uno", "Two"]
    fields = to_post([prompt()], CONTENT, raw)
    assert (fields["a.prompt..said"], fields["a.prompt..reply"]) == (["One", "Two"], ["Uno", ""])
    assert (fields["a.prompt..value"], fields["a.prompt..system"]) == ("complied", "Be kind.")


def test_an_empty_form_is_no_answer() -> None:
    data = QueryDict(mutable=True)
    data.setlist("a.prompt..said", ["", " "])
    data["a.prompt..value"] = ""
    assert from_post([prompt()], CONTENT, data) == {}
    assert not KIND.is_blank(prompt(), {"strange": 1})


@pytest.mark.parametrize("raw", [None, "A", 7, {"turns": [7, {"role": "assistant", "content": 3}]}, {"turns": "x"}])
def test_whatever_a_draft_holds_can_be_shown(raw) -> None:
    form = evaluation_form([prompt()], CONTENT, {"prompt": {"": {"value": raw}}})
    html = render_to_string("rubrics/form.html", {"rubric_form": form})
    assert html.count('name="a.prompt..said"') == 3
    assert to_post([prompt()], CONTENT, {"prompt": {"": {"value": raw}}})["a.prompt..value"] == ""


def test_a_prompt_counts_as_written_once_nothing_asked_is_open() -> None:
    criterion = prompt({"converse": True})
    assert KIND.is_done(criterion, RAW, Place(CONTENT))
    assert not KIND.is_done(criterion, {**RAW, "outcome": ""}, Place(CONTENT))
    assert not KIND.is_done(criterion, {**RAW, "turns": []}, Place(CONTENT))
    assert not KIND.is_done(criterion, RAW, Place(talking([])))
    assert KIND.is_done(criterion, {**RAW, "turns": []}, Place(talking(TURNS)))


def test_more_turns_are_one_click_away_without_a_script() -> None:
    shown = KIND.form_context(prompt(), {"turns": TURNS}, Place(CONTENT))
    assert ([row["number"] for row in shown["rows"]], [row["number"] for row in shown["more"]]) == ([1], [2, 3])


def test_the_conversation_is_shown_as_text() -> None:
    criterion = prompt({"converse": True})
    said = [{"role": "user", "content": "<b>Hi</b>"}, {"role": "assistant", "content": "**Yes** <script>x</script>"}]
    talks = {"prompt": {"": {"url": "/talk/", "number": 2, "left": 2, "waiting": True}}}
    form = evaluation_form([criterion], {**talking(said), "talks": talks}, {})
    html = render_to_string("rubrics/form.html", {"rubric_form": form})
    assert "&lt;b&gt;Hi&lt;/b&gt;" in html
    assert "<strong>Yes</strong>" in html
    assert "<script>" not in html
    assert 'hx-trigger="every 2s"' in html
    assert 'name="a.prompt..said"' not in html


# Judgment, words, rows


def two():
    other = {**RAW, "turns": [{"role": "user", "content": "Other"}, TURNS[1]], "category": "hate"}
    return cleaned(prompt(), RAW), cleaned(prompt(), other)


def test_unequal_prompts_are_all_kept_and_never_graded() -> None:
    one, other = two()
    assert compare(prompt(critical=True), one, other).distance == 1
    assert not compare(prompt(critical=True), one, other).disagrees
    assert settle_values(prompt(), [one, other, one]) == {"prompts": [one, other]}
    assert not grade(prompt(), one, {"value": other, "accepted": [other]}).applicable


def test_where_one_has_to_be_chosen_unequal_prompts_disagree() -> None:
    one, other = two()
    criterion = prompt({"one": True})
    assert compare(criterion, one, other).disagrees
    assert settle_values(criterion, [one, other], [1, 2]) == other


def test_facts_that_differ_are_marked_beside_each_other() -> None:
    one, other = two()
    read = KIND.read_context(prompt(), [("A", one), ("B", other)])
    differs = {fact["name"]: fact["differs"] for fact in read["prompts"][0]["facts"]}
    assert differs == {"Category": True, "Outcome": False, "Severity": False}
    html = render_to_string("rubrics/kinds/prompt.html#read", {"read": read, "criterion": prompt()})
    assert html.count("differs") == 2


def test_prompts_survive_an_export() -> None:
    one, other = two()
    several = {"prompts": [one, other]}
    assert read_export(prompt(), export_value(prompt(), several)) == several
    assert describe(prompt(), one) == "Fraud, Refused: Write a fake invoice."


def test_a_condition_can_ask_for_an_outcome() -> None:
    one, other = two()
    assert KIND.cases(prompt()) == [("complied", "Complied"), ("refused", "Refused")]
    assert KIND.cases_met(prompt(), {"prompts": [one, other]}) == {"refused"}
