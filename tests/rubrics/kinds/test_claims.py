"""The kind `claims`: configuration, form, and the worked examples of its formulas."""

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string

from evaltool.base.errors import Invalid
from rubrics.answers import beside, clean_key
from rubrics.comparing import compare, describe, export_columns, export_value, grade, read_export, settle_values
from rubrics.kinds import KINDS
from rubrics.kinds.base import Place, Refused
from rubrics.kinds.claim_verdicts import rollup
from rubrics.kinds.sentences import sentences
from tests.rubrics.making import claim, claims, make

KIND = KINDS["claims"]
HERE = Place({"responses": [{"id": "r1", "text": "Costs fell by 3 %. The office asks for novelty! It rains."}]}, "r1")
NOVELTY, NOVELTY_TOO = "The office requires absolute novelty.", "The office  requires ABSOLUTE novelty"
ALIKE = "The office requires some absolute novelty"
GRACE = "A grace period runs for one year."


def value(criterion, *listed):
    return KIND.clean(criterion, {"claims": list(listed)}, HERE)


def key(criterion, entry):
    return clean_key([criterion], HERE.content, {"claims": {"r1": entry}})["claims"]["r1"]


# Configuration


def verdicts(*rows: object, **changes: object) -> dict:
    found = [{"key": f"v{n}", "title": f"Verdict {n}", "counts": counts} for n, counts in enumerate(rows)]
    return {"verdicts": [{**row, **(changes if not n else {})} for n, row in enumerate(found)]}


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({}, "verdicts"),
        (verdicts("supported"), "verdicts"),
        (verdicts(*["partly"] * 10), "verdicts"),
        (verdicts("supported", "false"), "verdicts.1.counts"),
        (verdicts("supported", None), "verdicts.1.counts"),
        (verdicts("supported", "partly", key="v1"), "verdicts.1.key"),
        (verdicts("supported", "partly", title="verdict 1"), "verdicts.1.title"),
        (verdicts("supported", "partly", key=""), "verdicts.0.key"),
        (verdicts("supported", "partly", evidence="yes"), "verdicts.0.evidence"),
        ({**verdicts("supported", "partly"), "most": 0}, "most"),
        ({**verdicts("supported", "partly"), "most": 51}, "most"),
        ({**verdicts("supported", "partly"), "sentences": "yes"}, "sentences"),
        ({**verdicts("supported", "partly"), "colour": 1}, "colour"),
    ],
)
def test_configuration_that_makes_no_sense_is_refused_at_the_field(config, field) -> None:
    assert field in [problem.field for problem in KIND.check_config(config)]


def test_what_the_builder_starts_from_can_be_published() -> None:
    assert KIND.check_config(KIND.starting_config()) == []


def test_builder_posts_what_it_shows() -> None:
    data = QueryDict(
        "c.verdicts.0.title=Supported&c.verdicts.0.counts=supported&c.verdicts.0.evidence=1"
        "&c.verdicts.1.title=&c.verdicts.1.counts=partly&c.verdicts.2.title=Wrong&c.verdicts.2.counts=contradicted&c.most=7"
    )
    found = KIND.config_from_post(data, "c")
    assert [(v["key"], v["counts"], v["evidence"]) for v in found["verdicts"]] == [
        ("supported", "supported", True),
        ("wrong", "contradicted", False),
    ]
    assert (found["most"], found["sentences"]) == (7, False)
    assert KIND.check_config(found) == []


def test_changes_of_verdicts_are_told_in_words() -> None:
    old = KIND.tidy_config(verdicts("supported", "partly"))
    new = KIND.tidy_config({**verdicts("supported", "contradicted", "none", evidence=True), "most": 5})
    assert KIND.config_changes(old, new) == [
        "The verdict “Verdict 2” is new.",
        "The verdict “Verdict 0” has changed: “Verdict 0”, counts as supported, needs evidence.",
        "The verdict “Verdict 1” has changed: “Verdict 1”, counts as contradicted.",
        "At most 5 claims, before: 50.",
    ]


# Answers


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": " "}, "Claim 1 has no words"),
        ({"verdict": ""}, "Claim 1 has no verdict"),
        ({"verdict": "maybe"}, "Claim 1 has the verdict “maybe”, none of these"),
        ({"source": ""}, "Claim 1 is “Supported”: give a source"),
        ({"quote": " "}, "Claim 1 is “Supported”: give a source"),
        ({"date": "19.11.2026"}, "Claim 1 has a date that is none"),
        ({"date": "2026-02-30"}, "Claim 1 has a date that is none"),
        ({"text": "x" * 1001}, "Claim 1 has a text of 1,001 characters; at most 1,000"),
        ({"note": 5}, "Claim 1: “note” has to be a text"),
        ({"colour": "red"}, "Claim 1: “colour” is no part of a claim"),
    ],
)
def test_claim_that_lacks_something_is_refused_by_number(changes, words) -> None:
    with pytest.raises(Refused, match=words):
        value(claims(), {**claim(GRACE), **changes})


@pytest.mark.parametrize(
    "source",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org/a",
        "//example.org/a",
        "example.org",
        "https://",
        "https://localhost/",
        "https://user:secret@example.org/",
        "https://example.org/a b",
        "https://example.org:99999/",
        "https://example.org/<script>",
        "https://example.org/\u202egpj.exe",
    ],
)
def test_source_is_a_web_address_a_reader_can_follow(source) -> None:
    with pytest.raises(Refused, match="no web address"):
        value(claims(), claim(GRACE, source=source))


@pytest.mark.parametrize("source", ["https://example.org", "http://example.org:8080/a?b=c#d", "https://例え.jp/頁"])
def test_web_addresses_are_kept_as_written(source) -> None:
    assert value(claims(), claim(GRACE, source=source))["claims"][0]["source"] == source


def test_verdict_without_evidence_needs_none() -> None:
    own = value(claims(), {"text": " Costs\r\nfell ", "verdict": "not_found"})
    assert own["claims"] == [
        {"text": "Costs\nfell", "verdict": "not_found", "source": "", "quote": "", "date": "", "note": ""}
    ]


def test_one_claim_is_listed_once_and_no_more_than_fit() -> None:
    with pytest.raises(Refused, match="Claims 1 and 3 say the same"):
        value(claims(), claim(NOVELTY), claim(GRACE), claim(NOVELTY_TOO))
    with pytest.raises(Refused, match="3 claims are listed; at most 2 fit"):
        value(claims(most=2), claim("One is here"), claim("Two are here"), claim("Three are here"))


@pytest.mark.parametrize("raw", [None, "", {}, {"claims": [{"text": " ", "verdict": ""}]}])
def test_nothing_listed_is_no_answer(raw) -> None:
    assert KIND.is_blank(claims(), raw)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("nothing", "Claims are a list"),
        ({"claims": "none"}, "Claims are a list"),
        ({"claims": ["a text"]}, "Claims are a list"),
        ({"claims": [], "colour": 1}, "Claims are a list"),
        ({"claims": [{"text": "It rains."}], "none": True}, "“Nothing to check” is ticked too"),
        ({"claims": [{"verdict": "supported"}]}, "has no words"),
        ({"claims": [], "sentences": True}, "stand among the claims now"),
    ],
)
def test_what_is_no_list_of_claims_is_refused(raw, words) -> None:
    assert not KIND.is_blank(claims(), raw)
    with pytest.raises(Refused, match=words):
        KIND.clean(claims(), raw, HERE)


def test_claims_count_as_done_once_each_has_words_and_a_verdict() -> None:
    rows = [{"claims": [claim(GRACE), {"text": NOVELTY}]}, {"claims": [claim(GRACE), {"text": " "}]}, {"claims": []}]
    assert [KIND.is_done(claims(), raw, HERE) for raw in (None, *rows)] == [False, False, True, True]


def test_nothing_to_check_is_an_answer_once_somebody_says_so() -> None:
    criterion = claims()
    raw = KIND.from_post(criterion, QueryDict("p.none=1&p.claims.0.text="), "p")
    assert not KIND.is_blank(criterion, raw)
    assert KIND.clean(criterion, raw, HERE) == {"claims": []}
    assert KIND.form_context(criterion, {"claims": []}, HERE)["none"]
    assert describe(criterion, {"claims": []}) == "Nothing to check"
    assert KIND.from_post(criterion, QueryDict("p.claims.0.text=&p.claims.0.verdict="), "p") is None


def test_form_posts_rows_in_order_and_leaves_out_the_empty_and_the_removed() -> None:
    data = QueryDict(
        "p.claims.10.text=Last&p.claims.2.text=First&p.claims.3.text=&p.claims.4.text=Gone&p.claims.4.remove=1"
    )
    raw = KIND.from_post(claims(), data, "p")
    assert [row["text"] for row in raw["claims"]] == ["First", "Last"]
    again = QueryDict(mutable=True)
    again.update(KIND.to_post(claims(), raw, "p"))
    assert KIND.from_post(claims(), again, "p") == raw


def test_sentences_are_listed_where_the_form_asks_for_them() -> None:
    criterion = claims(sentences=True)
    raw = KIND.from_post(criterion, QueryDict("p.sentences=1&p.claims.0.text=The+office+asks+for+novelty"), "p")
    texts = [row["text"] for row in KIND.form_context(criterion, raw, HERE)["rows"]]
    assert texts == ["The office asks for novelty", "Costs fell by 3 %.", "It rains."]
    assert KIND.form_context(claims(), None, HERE)["sentences"] == []


def test_sentences_leave_out_marks_code_and_tables() -> None:
    text = (
        "# Costs\n\n- **Rents** rose. He said “They fell.” See [the report](https://example.org).\n\n"
        "```\nx = 1. Y = 2.\n```\n| a | b |\n第一句话在这里。第二句话也在这里。"
    )
    assert sentences(text, 20) == [
        "Rents rose.",
        "He said “They fell.”",
        "See the report.",
        "第一句话在这里。",
        "第二句话也在这里。",
    ]
    assert sentences(text, 2) == ["Rents rose.", "He said “They fell.”"]


def test_label_of_a_model_lists_claims_with_the_verdicts_it_gave() -> None:
    criterion = claims()
    assert [(r["text"], r["verdict"]) for r in KIND.prefill(criterion, ["Costs fell", " "], HERE)["claims"]] == [
        ("Costs fell", "")
    ]
    label = {"claims": [{"text": GRACE, "verdict": "supported"}, {"text": NOVELTY, "verdict": "perhaps"}]}
    assert [row["verdict"] for row in KIND.prefill(criterion, label, HERE)["claims"]] == ["supported", ""]
    assert KIND.prefill(criterion, {"claims": []}, HERE) == {"claims": []}
    assert KIND.prefill(criterion, [" ", 5], HERE) is None
    assert KIND.prefill(criterion, 5, HERE) is None


# The whole


@pytest.mark.parametrize(
    ("given", "whole"),
    [
        (["supported", "supported"], "supported"),
        (["supported", "not_found"], "unverified"),
        (["supported", "not_found", "partly"], "partly"),
        (["supported", "not_found", "partly", "contradicted"], "contradicted"),
        (["opinion", "supported"], "supported"),
        (["opinion"], "none"),
        ([], "none"),
    ],
)
def test_whole_counts_as_the_gravest_of_its_claims(given, whole) -> None:
    criterion = claims()
    own = value(criterion, *[claim(f"Claim number {n} is here", verdict) for n, verdict in enumerate(given)])
    assert rollup(criterion, own) == whole
    assert KIND.scale(criterion).categories[KIND.position(criterion, own)] == whole


# Gold: F1 of the claims with the gold standard's verdict


@pytest.mark.parametrize(
    ("own", "credit", "within"),
    [
        ([(NOVELTY, "supported"), (GRACE, "contradicted")], 1, True),
        ([(NOVELTY_TOO, "supported"), (GRACE, "contradicted")], 1, True),
        ([(ALIKE, "supported"), (GRACE, "contradicted")], 1, True),
        ([(GRACE, "contradicted")], 2 / 3, True),
        ([(NOVELTY, "supported")], 2 / 3, False),
        ([(NOVELTY, "supported"), (GRACE, "contradicted"), ("It rains.", "supported")], 4 / 5, True),
        ([(NOVELTY, "supported"), (GRACE, "supported")], 1 / 2, False),
        ([], 0, False),
    ],
)
def test_credit_is_the_f1_of_claims_with_the_right_verdict(own, credit, within) -> None:
    criterion = claims()
    entry = key(criterion, {"value": {"claims": [claim(NOVELTY), claim(GRACE, "contradicted")]}})
    found = grade(criterion, value(criterion, *[claim(*one) for one in own]), entry)
    assert found.credit == pytest.approx(credit)
    assert (found.within, found.exact) == (within, credit == 1)


def test_nothing_to_check_is_right_where_the_gold_says_so() -> None:
    criterion = claims()
    entry = key(criterion, {"value": {"claims": []}})
    assert grade(criterion, value(criterion), entry).exact
    assert grade(criterion, value(criterion, claim(GRACE)), entry).credit == 0


def test_best_of_several_accepted_lists_counts() -> None:
    criterion = claims()
    entry = key(
        criterion,
        {"value": {"claims": [claim(GRACE)]}, "accepted": [{"claims": [claim(GRACE, "partly")]}]},
    )
    assert grade(criterion, value(criterion, claim(GRACE, "partly")), entry).exact


def test_optional_claims_may_be_listed_or_not() -> None:
    criterion = claims()
    gold = {"claims": [claim(GRACE), claim(NOVELTY, "not_found")]}
    entry = key(criterion, {"value": gold, "optional": [NOVELTY_TOO]})
    assert grade(criterion, value(criterion, claim(GRACE)), entry).exact
    assert grade(criterion, value(criterion, claim(GRACE), claim(ALIKE, "contradicted")), entry).exact
    only = key(criterion, {"value": {"claims": [claim(GRACE)]}, "optional": [GRACE]})
    assert not grade(criterion, value(criterion), only).applicable


def test_gold_standard_may_leave_the_evidence_out() -> None:
    bare = {"text": GRACE, "verdict": "supported"}
    assert key(claims(), {"value": {"claims": [bare]}})["value"]["claims"][0]["source"] == ""


@pytest.mark.parametrize(
    "bad", [{"optional": ["Other"]}, {"optional": GRACE}, {"partial": {"a": 1}}, {"accepted": "x"}]
)
def test_key_that_names_strange_claims_is_refused(bad) -> None:
    with pytest.raises(Invalid):
        key(claims(), {"value": {"claims": [claim(GRACE)]}, **bad})


# Two people


@pytest.mark.parametrize(
    ("other", "distance", "disagrees", "reason"),
    [
        ([claim(NOVELTY_TOO), claim(GRACE)], 0.1 / 2, False, "Differ in details"),
        ([claim(GRACE), claim(NOVELTY)], 0.1 / 2, False, "Differ in details"),
        ([claim(NOVELTY, note="Mind the year"), claim(GRACE)], 0.1 / 2, False, "Differ in details"),
        ([claim(NOVELTY)], 1 / 2, False, "1 claim only one lists"),
        ([claim(NOVELTY), claim(GRACE), claim("It rains.")], 1 / 3, False, "1 claim only one lists"),
        ([claim(NOVELTY), claim(GRACE, "partly")], 0.5 / 2, True, "Partly supported against Supported"),
        ([claim(NOVELTY), claim(GRACE, "contradicted")], 1 / 2, True, f"“{GRACE}”: Supported against Contradicted"),
        ([], 1, True, "Supported against Nothing to check"),
    ],
)
def test_distance_goes_claim_by_claim_and_disagreement_by_what_matters(other, distance, disagrees, reason) -> None:
    criterion = claims()
    found = compare(criterion, value(criterion, claim(NOVELTY), claim(GRACE)), value(criterion, *other))
    assert found.distance == pytest.approx(distance)
    assert (found.disagrees, found.critical, found.reason) == (disagrees, False, reason)


def test_opposite_verdicts_disagree_even_where_the_whole_is_the_same() -> None:
    criterion = claims()
    one = value(criterion, claim(NOVELTY, "contradicted"), claim(GRACE, "supported"))
    other = value(criterion, claim(NOVELTY, "contradicted"), claim(GRACE, "contradicted"))
    assert rollup(criterion, one) == rollup(criterion, other)
    assert compare(criterion, one, other).disagrees


def test_critical_criterion_disagrees_on_any_verdict() -> None:
    pair = [[claim(NOVELTY, "contradicted"), claim(GRACE, verdict)] for verdict in ("supported", "partly")]
    for criterion, expected in ((claims(), False), (claims(critical=True), True)):
        found = compare(criterion, *[value(criterion, *listed) for listed in pair])
        assert (found.disagrees, found.critical) == (expected, expected)


def test_claims_with_other_figures_are_not_the_same_claim() -> None:
    criterion = claims()
    one, other = (value(criterion, claim(f"Costs of the office fell by {n} % that year")) for n in (3, 4))
    assert compare(criterion, one, other).distance == 1


# The consensus


def test_claims_of_over_half_of_the_weight_are_kept_with_the_heaviest_verdict() -> None:
    criterion = claims()
    answers = [
        value(criterion, claim(NOVELTY, quote="A"), claim(GRACE)),
        value(criterion, claim(NOVELTY_TOO, "partly", quote="B")),
        value(criterion, claim("It rains."), claim(ALIKE, "partly", quote="C")),
    ]
    assert settle_values(criterion, answers, [1, 1, 2])["claims"] == [claim(ALIKE, "partly", quote="C")]
    assert settle_values(criterion, answers, [5, 1, 1])["claims"] == [claim(NOVELTY, quote="A"), claim(GRACE)]
    assert settle_values(criterion, [answers[0], value(criterion)]) == {"claims": []}


def test_graver_of_two_equally_heavy_verdicts_is_kept() -> None:
    criterion = claims()
    answers = [value(criterion, claim(GRACE, verdict)) for verdict in ("supported", "partly")]
    assert settle_values(criterion, answers)["claims"] == [claim(GRACE, "partly")]


def test_consensus_lists_no_more_claims_than_fit() -> None:
    criterion = claims(most=2)
    texts = ["Alpha is first of all", "Beta comes after that", "Gamma ends the list"]
    answers = [value(criterion, *[claim(t) for t in texts if t != left]) for left in texts]
    settled = settle_values(criterion, answers, [2, 2, 3])
    assert len(settled["claims"]) == 2
    assert KIND.clean(criterion, settled, HERE) == settled


# Words and rows


def test_claims_in_words_and_in_cells() -> None:
    criterion = claims()
    own = value(criterion, claim(NOVELTY), claim(GRACE, "contradicted"), claim("It rains.", "contradicted"))
    assert describe(criterion, own) == "Contradicted: 1 supported, 2 contradicted"
    cells = export_value(criterion, own)
    assert list(cells) == export_columns(criterion)
    assert cells["claims.verdict"] == "contradicted"
    assert read_export(criterion, cells) == own
    assert read_export(criterion, export_value(criterion, {"claims": []})) == {"claims": []}


def test_reading_shows_the_same_claim_once_with_what_everybody_found() -> None:
    criterion = claims()
    one = value(criterion, claim(NOVELTY), claim(GRACE))
    other = value(criterion, claim(NOVELTY_TOO, "contradicted"))
    shown = KIND.read_context(criterion, [("A", one), ("B", other)])
    assert shown["wholes"] == [("A", "Supported"), ("B", "Contradicted")]
    first, second = shown["rows"]
    assert [(said["letter"], said["title"], said["words"]) for said in first["said"]] == [
        ("A", "Supported", ""),
        ("B", "Contradicted", NOVELTY_TOO),
    ]
    assert (first["same"], second["missing"]) == (False, ["B"])
    assert first["said"][0]["host"] == "example.org"


def test_no_condition_can_ask_for_the_verdict_on_the_whole() -> None:
    assert KIND.cases(make("claims", KIND.starting_config())) == []


def test_source_is_a_link_that_says_nothing_of_us_and_texts_stay_texts() -> None:
    criterion = claims()
    own = value(
        criterion, claim("<b>Costs</b> fell", source="https://example.org/a?b=1&c=2", quote="<script>x</script>")
    )
    page = render_to_string("rubrics/beside.html", {"beside": beside(criterion, [("A", own)], "r1")})
    assert 'href="https://example.org/a?b=1&amp;c=2" rel="nofollow noopener noreferrer" target="_blank"' in page
    assert "&lt;b&gt;Costs&lt;/b&gt; fell" in page
    assert "<script>" not in page
