"""The kind `spans`: configuration, form, and the worked examples of its formulas."""

import json
from itertools import combinations

import pytest
from django.http import QueryDict
from hypothesis import strategies as st

from rubrics.answers import clean_key
from rubrics.comparing import compare, describe, export_value, grade, read_export, settle_values
from rubrics.kinds import KINDS
from rubrics.kinds.base import Place, Refused, Span
from rubrics.kinds.span_parts import beside
from tests.rubrics.making import make

KIND = KINDS["spans"]
TEXT = "The dose is **5 mg** a day 😀, which is e\u0301norme.\nTake it twice."
CONTENT = {
    "prompt": "Say hello.",
    "context": [{"text": "One leaflet."}],
    "responses": [{"id": "r1", "text": TEXT.replace("\n", "\r\n")}, {"id": "r2", "text": "Ho."}],
}
R1 = Place(CONTENT, "r1")
SEVERITIES = [
    {"key": "minor", "title": "Minor", "weight": 1},
    {"key": "major", "title": "Major", "weight": 5},
    {"key": "critical", "title": "Critical", "weight": 25, "critical": True},
]


def config(*labels, severities=(), **more):
    rows = [{"key": key, "title": key.title(), "help": f"About {key}."} for key in labels or ("error", "tone")]
    return {"labels": rows, "severities": list(severities), **more}


def spans(*labels, critical_label="", **more):
    fields = {"scope": "response", "rationale": "optional"}
    fields |= {name: more.pop(name) for name in ("scope", "rationale", "allow_na", "critical") if name in more}
    given = config(*labels, **more)
    for row in given["labels"]:
        row["critical"] = row["key"] == critical_label
    return make("spans", given, **fields)


def mark(start, end, label="error", severity="", note="", text=None):
    words = TEXT[start:end] if text is None else text
    return {"start": start, "end": end, "label": label, "severity": severity, "note": note, "text": words}


# For tests/rubrics/test_every_kind.py: marks over the prompt, which all targets share.

MARKING = [
    {},
    {"severities": SEVERITIES[1:], "critical_label": "tone"},
    {"overlap": False, "min": 1, "max": 2, "compare": "strict"},
]


def marking(**more):
    return spans(over="prompt", **more)


def marked(config):
    """Answers that keep one of the configurations."""
    ends = st.lists(st.integers(0, 10), min_size=2, max_size=2, unique=True).map(sorted)
    severity = st.sampled_from([one["key"] for one in config.get("severities", [])] or [""])
    one = st.builds(_prompt_mark, ends, st.sampled_from(["error", "tone"]), severity, st.sampled_from(["", "note"]))
    some = st.lists(one, min_size=config.get("min", 0), max_size=config.get("max", 6), unique_by=_place)
    return some.filter(lambda given: _keeps(config, given)).map(lambda given: value(*given))


def _prompt_mark(ends, label, severity, note):
    return mark(*ends, label, severity, note, CONTENT["prompt"][slice(*ends)])


def _place(one):
    return one["start"], one["end"], one["label"]


def _keeps(config, given):
    apart = all(a["end"] <= b["start"] or b["end"] <= a["start"] for a, b in combinations(given, 2))
    return all(one["text"].strip() for one in given) and (apart or config.get("overlap", True))


def value(*marks):
    return {"spans": list(marks)}


def raw(*marks):
    return {"spans": [{"start": one[0], "end": one[1], "label": "error"} for one in marks]}


def says(criterion, given, place=R1):
    with pytest.raises(Refused) as refused:
        KIND.clean(criterion, given, place)
    return " ".join(refused.value.reasons)


# Configuration


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "labels"),
        ({"labels": []}, "labels"),
        (config("a", "a"), "labels.1.key"),
        (config("a b"), "labels.0.key"),
        ({"labels": [{"key": "a", "title": " "}]}, "labels.0.title"),
        ({"labels": [{"key": "a", "title": "A"}, {"key": "b", "title": "a"}]}, "labels.1.title"),
        (config(severities=[{"key": "a", "title": "A", "weight": -1}]), "severities.0.weight"),
        (config(severities=[{"key": "a", "title": "A", "weight": "5"}]), "severities.0.weight"),
        (config(severities=[SEVERITIES[0], SEVERITIES[0]]), "severities.1.key"),
        (config(over="response"), "over"),
        (config(compare="fuzzy"), "compare"),
        (config(overlap="yes"), "overlap"),
        (config(min=3, max=2), "min"),
        (config(max=1000), "max"),
        (config(min=True), "min"),
        (config(colour="red"), "colour"),
        ([], ""),
    ],
)
def test_configuration_that_cannot_be_met_is_refused_at_the_field(given, field) -> None:
    assert field in [problem.field for problem in KIND.check_config(given)]


def test_configuration_posted_by_the_builder_is_the_same_configuration() -> None:
    data = QueryDict(mutable=True)
    tidy = KIND.tidy_config(config(severities=SEVERITIES, min=1, max=5, over="prompt", compare="strict", overlap=False))
    for part in ("over", "compare", "min", "max"):
        data[f"c.{part}"] = str(tidy[part])
    for part in ("labels", "severities"):
        for index, row in enumerate(tidy[part]):
            for name, given in row.items():
                if given not in (False, ""):
                    data[f"c.{part}.{index}.{name}"] = "1" if given is True else str(given)
    posted = KIND.config_from_post(data, "c")
    assert KIND.check_config(posted) == []
    assert KIND.tidy_config(posted) == tidy


def test_changes_of_the_configuration_are_told_in_words() -> None:
    old = KIND.tidy_config(config("a", "b"))
    new = KIND.tidy_config(config("b", "c", severities=SEVERITIES[:1], max=3, over="documents", overlap=False))
    new["labels"][0]["critical"] = True
    assert KIND.config_changes(old, new) == [
        "The label “A” is gone.",
        "The label “C” is new.",
        "The label “B” has changed: “B” (critical). About b.",
        "The severity “Minor” is new.",
        "Up to 3 marks, before: any number of marks.",
        "Marked is the documents of the task, before: the response, turn or prompt it is about.",
        "Marks may no longer overlap.",
    ]


# The form and what it refuses


def test_offsets_count_code_points_of_the_text_with_one_kind_of_line_end() -> None:
    at = TEXT.index("Take")
    assert KIND.clean(spans(), raw((at, at + 4)), R1) == value(mark(at, at + 4, text="Take"))
    smile = TEXT.index("😀")
    assert KIND.clean(spans(), raw((smile, smile + 1)), R1)["spans"][0]["text"] == "😀"


def test_marks_stand_in_the_order_of_the_text() -> None:
    found = KIND.clean(spans(), raw((12, 18), (0, 3), (0, 2)), R1)
    assert [(one["start"], one["end"]) for one in found["spans"]] == [(0, 2), (0, 3), (12, 18)]


@pytest.mark.parametrize(
    ("scope", "over", "target", "words"),
    [("response", "own", "r2", "Ho"), ("task", "own", "", "Sa"), ("response", "prompt", "r1", "Sa"),
     ("task", "documents", "", "On"), ("turn", "own", "r2-m1", "Ho")],
)  # fmt: skip
def test_marked_is_the_text_that_the_configuration_names(scope, over, target, words) -> None:
    criterion = spans(scope=scope, over=over)
    assert KIND.clean(criterion, raw((0, 2)), Place(CONTENT, target))["spans"][0]["text"] == words


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (raw((-1, 3)), "-1 to 3 lies outside the text"),
        (raw((0, len(TEXT) + 1)), f"which has {len(TEXT)} characters"),
        (raw((3, 3)), "lies outside"),
        (raw((3, 4)), "no words in it"),
        (raw((0, 3), (0, 3)), "marked twice with the same label"),
        (value({"start": 0, "end": 3, "label": "other"}), "“other” is not one of the labels"),
        (value({"start": 0, "end": 3}), "Mark 1: it has no label"),
        (value({"start": 0, "end": 3, "label": ["error"]}), "not one of the labels"),
        (value(mark(0, 3, text="A dose")), "has other words at 0 to 3 than “A dose”"),
        (value(mark(0, 3, severity="minor")), "takes no severity"),
        (value(mark(0, 3, note="x" * 1001)), "at most 1,000 characters"),
        (value({**mark(0, 3), "color": "red"}), "cannot be read"),
        (value({"start": True, "end": 3, "label": "error"}), "neither a place nor words"),
        (value({"start": 0.0, "end": 3, "label": "error"}), "neither a place nor words"),
        (value({"label": "error"}), "neither a place nor words"),
        (value("The dose"), "cannot be read"),
        ("[]", "The marks cannot be read"),
        ([], "The marks cannot be read"),
        ({"spans": {}}, "The marks cannot be read"),
        (raw(*[(n, n + 1) for n in range(3)] * 40), "marked twice"),
    ],
)
def test_what_is_no_mark_of_the_text_is_refused_with_its_reason(given, reason) -> None:
    assert reason in says(spans(), given)


def test_number_of_marks_is_held() -> None:
    assert "1 to 2 marks; there are 3" in says(spans(min=1, max=2), raw((0, 3), (4, 8), (9, 11)))
    assert "At least 2 marks; there is 1" in says(spans(min=2), raw((0, 3)))
    many = [(start, end) for start in range(12) for end in range(start + 1, 13) if TEXT[start:end].strip()]
    assert "At most 100 marks" in says(spans(), raw(*(many * 2)[:101])) or len(many) < 101


def test_overlaps_are_refused_only_where_they_are_not_wanted() -> None:
    both = raw((0, 8), (4, 11))
    assert len(KIND.clean(spans(), both, R1)["spans"]) == 2
    assert "“The dose” and “dose is” overlap" in says(spans(overlap=False), both)
    assert len(KIND.clean(spans(overlap=False), raw((0, 3), (3, 8)), R1)["spans"]) == 2


def test_words_as_the_reader_saw_them_become_those_of_the_source() -> None:
    found = KIND.clean(spans(), value(mark(12, 20, text="5 mg")), R1)
    assert found["spans"][0]["text"] == "**5 mg**"
    assert "other words" in says(spans(), value(mark(12, 20, text="6 mg")))
    assert "other words" in says(spans(), value(mark(12, 20, text=["5 mg"])))


def test_severity_is_owed_where_there_are_severities_and_the_label_takes_one() -> None:
    criterion = spans(severities=SEVERITIES)
    assert "Mark 1: it has no severity" in says(criterion, raw((0, 3)))
    assert "“huge” is not one of the severities" in says(criterion, value(mark(0, 3, severity="huge")))
    assert KIND.clean(criterion, value(mark(0, 3, severity="major")), R1)["spans"][0]["severity"] == "major"
    criterion.config["labels"][0]["severity"] = False
    assert KIND.clean(criterion, raw((0, 3)), R1)["spans"][0]["severity"] == ""


def test_words_typed_as_a_quote_are_found_in_the_text() -> None:
    found = KIND.clean(spans(), {"spans": [{"text": "dose is 5 mg a", "label": "tone"}]}, R1)
    assert found == value(mark(4, 22, "tone"))


def test_quote_that_occurs_several_times_needs_its_number() -> None:
    where = [n for n in range(len(TEXT)) if TEXT.startswith("is", n)]
    assert len(where) == 2
    assert "“is” is 2 times in the text. Say which one, from 1 to 2" in says(
        spans(), {"spans": [{"text": "is", "label": "error"}]}
    )
    found = KIND.clean(spans(), {"spans": [{"text": "is", "label": "error", "number": 2}]}, R1)
    assert found["spans"][0]["start"] == where[1]
    assert "no number 3" in says(spans(), {"spans": [{"text": "is", "label": "error", "number": 3}]})
    assert "“nowhere” is not in the text" in says(spans(), {"spans": [{"text": "nowhere", "label": "error"}]})


def post(**fields):
    data = QueryDict(mutable=True)
    for name, given in fields.items():
        data.setlist(name.replace("__", "."), given if isinstance(given, list) else [given])
    return KIND.from_post(spans(), data, "p")


def test_form_without_a_script_adds_quotes_and_removes_marks() -> None:
    kept, gone = mark(0, 3), mark(4, 8, "tone")
    found = post(
        p__value=json.dumps([kept, gone]), p__remove=["4-8-tone"], p__new__0__quote=" ", p__new__1__quote="a day",
        p__new__1__label="tone", p__new__1__number="2",
    )  # fmt: skip
    assert found == {
        "spans": [kept, {"text": "a day", "number": 2, "label": "tone", "severity": "", "note": ""}]
    }  # fmt: skip


def test_nothing_to_mark_is_said_expressly() -> None:
    assert post(p__value="") is None
    assert post(p__value="", p__none="1") == {"spans": []}
    assert KIND.is_blank(spans(), None)
    assert not KIND.is_blank(spans(), {"spans": []})
    assert KIND.is_blank(spans(min=1), {"spans": []})
    assert KIND.clean(spans(), {"spans": []}, R1) == {"spans": []}


@pytest.mark.parametrize("given", ["{", "5", '{"spans": []}', "[" * 100000])
def test_field_that_holds_no_list_is_refused_and_nothing_breaks(given) -> None:
    assert "cannot be read" in says(spans(), post(p__value=given))


@pytest.mark.parametrize("given", [value(mark(0, 3)), {"spans": []}, None, value({"text": "a", "label": "x"})])
def test_form_shows_what_it_would_post(given) -> None:
    data = QueryDict(mutable=True)
    for name, one in KIND.to_post(spans(), given, "p").items():
        data[name] = one
    found = KIND.from_post(spans(), data, "p")
    assert found == given or found["spans"][0]["text"] == "a"
    context = KIND.form_context(spans(), given, R1)
    assert json.loads(context["panes"]) == [["r1", 0, len(TEXT)]]


def test_field_has_the_spelling_that_scripts_write() -> None:
    fields = KIND.to_post(spans(), value(mark(0, 3, text="Thé")), "p")
    assert fields["p.value"] == (
        '[{"start":0,"end":3,"label":"error","severity":"","note":"","text":"Thé"}]'
    )  # fmt: skip


def test_marks_are_what_criteria_about_spans_ask_about() -> None:
    given = value(mark(0, 3), {"text": "dose", "label": "error"}, mark(4, 8, "gone"), {"start": "x"}, 3)
    assert KIND.marks(spans(), given) == [Span(0, 3, "error", "The", "Error")]
    assert KIND.marks_spans


def test_label_of_a_model_may_be_a_bare_list() -> None:
    assert KIND.prefill(spans(), [{"text": "The dose", "label": "error"}], R1) == value(mark(0, 8))
    assert KIND.prefill(spans(), [{"text": "nowhere", "label": "error"}], R1) is None


# Judgment


def key(criterion, *accepted):
    entry = {"value": accepted[0], "accepted": list(accepted)}
    return clean_key([criterion], CONTENT, {"spans": {"r1": entry}})["spans"]["r1"]


@pytest.mark.parametrize(
    ("given", "gold", "credit"),
    [
        ([], [], 1),
        ([], [mark(0, 3)], 0),
        ([mark(0, 3)], [], 0),
        ([mark(0, 3)], [mark(0, 3)], 1),
        ([mark(0, 3)], [mark(0, 8)], 1 / 2),
        ([mark(0, 3), mark(4, 8)], [mark(0, 3)], 2 / 3),
        ([mark(0, 3), mark(4, 8)], [mark(0, 3), mark(4, 11)], 3 / 4),
        ([mark(0, 3)], [mark(4, 8)], 0),
        ([mark(0, 3, "tone")], [mark(0, 3)], 1),
    ],
)
def test_marks_earn_the_partial_f1(given, gold, credit) -> None:
    criterion = spans()
    found = grade(criterion, value(*given), key(criterion, value(*gold)))
    assert found.credit == pytest.approx(credit)
    assert found.exact == (given == gold)


@pytest.mark.parametrize(("mode", "credit"), [("partial", 1 / 2), ("type", 0), ("exact", 0), ("strict", 0)])
def test_rubric_can_count_labels_or_boundaries_instead(mode, credit) -> None:
    criterion = spans(compare=mode)
    assert grade(criterion, value(mark(0, 3, "tone")), key(criterion, value(mark(0, 8)))).credit == credit
    assert grade(criterion, value(mark(0, 8)), key(criterion, value(mark(0, 8)))).credit == 1


def test_best_of_several_accepted_answers_counts() -> None:
    criterion = spans()
    entry = key(criterion, value(mark(0, 3)), value(mark(12, 18)), {"spans": []})
    assert grade(criterion, value(mark(12, 18)), entry).exact
    assert grade(criterion, {"spans": []}, entry).credit == 1


def test_critical_label_on_one_side_only_is_a_critical_miss() -> None:
    criterion = spans(critical_label="error")
    gold = key(criterion, value(mark(0, 3), mark(4, 8, "tone")))
    assert grade(criterion, value(mark(4, 8, "tone")), gold).critical_miss
    assert grade(criterion, value(mark(0, 3, "tone"), mark(4, 8, "tone")), gold).critical_miss
    assert not grade(criterion, value(mark(0, 8), mark(4, 8, "tone")), gold).critical_miss
    assert not grade(criterion, value(mark(0, 3)), gold).critical_miss


def test_disagreement_begins_below_half_of_the_partial_f1() -> None:
    half = compare(spans(), value(mark(0, 3)), value(mark(0, 8)))
    assert not half.disagrees
    assert half.reason == "Of 2 marks 1 with other bounds"
    less = compare(spans(), value(mark(0, 3)), value(mark(0, 8), mark(9, 11)))
    assert less.disagrees
    assert less.reason == "Of 3 marks 1 on one side only, 1 with other bounds"
    assert compare(spans(), {"spans": []}, value(mark(0, 3))).distance == 1


def test_something_critical_on_one_side_only_is_a_critical_disagreement() -> None:
    criterion = spans(severities=SEVERITIES)
    a, b = value(mark(0, 3, severity="critical")), value(mark(0, 3, severity="major"))
    assert compare(criterion, a, b).critical
    assert not compare(criterion, value(mark(0, 3, severity="minor")), b).disagrees
    assert compare(spans(critical=True), value(mark(0, 3)), value(mark(0, 8))).critical


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ([mark(0, 3)], [mark(0, 8)], 1 / 2),
        ([mark(0, 3)], [mark(0, 3, "tone")], 1 / 2),
        ([mark(0, 3)], [mark(0, 8, "tone")], 3 / 4),
        ([mark(0, 3)], [mark(0, 3, note="why")], 0.01),
        ([mark(0, 3), mark(4, 8)], [mark(0, 3)], 1 / 3),
        ([mark(0, 3)], [mark(4, 8)], 1),
    ],
)
def test_distance_grows_with_bounds_labels_and_notes(a, b, distance) -> None:
    assert compare(spans(), value(*a), value(*b)).distance == pytest.approx(distance)
    assert compare(spans(), value(*b), value(*a)).distance == pytest.approx(distance)


@pytest.mark.parametrize(
    ("answers", "weights", "expected"),
    [
        ([[mark(0, 3)], [mark(0, 3)], [mark(4, 8)]], [1, 1, 1], [mark(0, 3)]),
        ([[mark(0, 3)], [mark(4, 8)]], [1, 1], []),
        ([[mark(0, 3)], [mark(4, 8)]], [1, 3], [mark(4, 8)]),
        ([[mark(0, 8)], [mark(0, 11)], [mark(0, 11)]], [1, 1, 1], [mark(0, 11)]),
        ([[mark(0, 8)], [mark(0, 11)]], [1, 1], [mark(0, 11)]),
        ([[mark(0, 3)], [mark(0, 11)]], [1, 1], []),
        ([[mark(0, 3)], [mark(0, 3, "tone")]], [1, 1], []),
        ([[mark(0, 8), mark(0, 11)]] * 2, [1, 1], [mark(0, 8), mark(0, 11)]),
        ([[mark(0, 3, note="b")], [mark(0, 3, note="a")], [mark(0, 3)]], [1, 1, 1], [mark(0, 3, note="a")]),
        ([[], [], [mark(0, 3)]], [1, 1, 1], []),
    ],
)
def test_consensus_keeps_what_over_half_of_the_weight_marked_alike(answers, weights, expected) -> None:
    found = settle_values(spans(), [value(*answer) for answer in answers], weights)
    assert found == value(*expected)


def test_consensus_keeps_the_limits_of_the_rubric() -> None:
    three = value(mark(0, 3), mark(4, 8), mark(9, 11))
    assert len(settle_values(spans(max=2), [three, value(mark(4, 8), mark(9, 11))])["spans"]) == 2
    apart = [value(mark(0, 3)), value(mark(4, 8))]
    assert len(settle_values(spans(min=1), apart)["spans"]) == 1
    crossing = [value(mark(0, 8), mark(9, 18)), value(mark(4, 14), mark(15, 18))]
    found = settle_values(spans(min=2, overlap=False), crossing, [1, 1])
    assert KIND.clean(spans(min=2, overlap=False), found, R1) == found


def test_severity_of_the_consensus_is_the_heaviest() -> None:
    criterion = spans(severities=SEVERITIES)
    given = [value(mark(0, 3, severity=s)) for s in ("minor", "major", "major")]
    assert settle_values(criterion, given, [1, 1, 1])["spans"][0]["severity"] == "major"
    assert settle_values(criterion, given[:2], [1, 1])["spans"][0]["severity"] == "minor"


# Words and rows


def test_marks_in_words() -> None:
    criterion = spans(severities=SEVERITIES)
    given = value(mark(0, 3, severity="major"), mark(4, 8, "tone", "minor"))
    assert describe(criterion, given) == "Error (major): “The”; Tone (minor): “dose”"
    assert describe(criterion, {"spans": []}) == "Nothing marked"


def test_export_counts_and_weighs_the_marks() -> None:
    criterion = spans(severities=SEVERITIES)
    given = value(mark(0, 3, severity="critical"), mark(4, 8, severity="major"), mark(9, 11, severity="minor"))
    cells = export_value(criterion, given)
    assert (cells["spans.count"], cells["spans.penalty"]) == (3, 31)
    assert json.loads(cells["spans"])[0]["text"] == "The"
    assert read_export(criterion, cells) == given
    assert "spans.penalty" not in export_value(spans(), value())


def test_both_peoples_marks_stand_over_the_same_words_with_what_differs() -> None:
    a, b = value(mark(0, 3), mark(4, 11)), value(mark(0, 3), mark(4, 8), mark(12, 18, "tone"))
    read = KIND.read_context(spans(), [("A", a), ("B", b)])
    assert [(c.text, c.differs) for c in read["clusters"]] == [
        ("The", ""), ("dose is", "other bounds"), ("**5 mg", "only B"),
    ]  # fmt: skip
    second = read["clusters"][1].sides[1]
    assert [(piece.text, len(piece.marks)) for piece in second.pieces] == [("dose", 1), (" is", 0)]
    assert read["scores"] == [("A and B", pytest.approx(0.6), pytest.approx(0.8))]


def test_overlapping_marks_give_their_words_back_once() -> None:
    found = beside.clusters([("A", [mark(0, 8), mark(4, 11)]), ("B", [])])
    assert [(one.start, one.end, one.text) for one in found] == [(0, 11, "The dose is")]
    assert [len(piece.marks) for piece in found[0].sides[0].pieces] == [1, 2, 1]
