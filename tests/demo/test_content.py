"""The demo project's content keeps its own rules: shape, counts, word limits, and levels that fit the rubric."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

CONTENT = Path(__file__).resolve().parents[2] / "evaltool" / "demo" / "content"
DOMAINS = ["business", "finance", "healthcare", "legal", "marketing"]
RATINGS = ["instruction-following", "accuracy", "completeness", "clarity"]
CAUSES = {"ambiguous_guideline", "evaluator_error", "rubric_gap", "missing_context", "honest_difference"}
# Levels at which a rationale is owed under each policy.
OWED = {"never": set(), "optional": set(), "required": {1, 2, 3, 4, 5}, "extreme": {1, 2, 5}}
# A flaw that is ticked holds one of these criteria at this level or lower.
CEILING = {
    "wrong-figure": (["accuracy"], 3),
    "invented-citation": (["accuracy"], 2),
    "over-claim": (["accuracy"], 3),
    "missing-caveat": (["completeness"], 3),
    "ignores-limit": (["instruction-following"], 3),
    "unsuitable-tone": (["instruction-following", "clarity"], 3),
}
NUMBERED = re.compile(
    r"\bresponses? (?:1|2|A|B|one|two)\b"
    r"|\b(?:first|second|left|right|top|bottom) (?:response|answer|reply|version|e-mail|text)\b",
    re.IGNORECASE,
)


def words(text: str) -> int:
    """Words as the guideline counts them: runs between spaces that hold a letter or a figure."""
    return sum(any(c.isalnum() for c in run) for run in text.split())


def slug(heading: str) -> str:
    """The anchor of a heading: lower case, hyphens, leading number dropped."""
    text = re.sub(r"^[\d.]+\s+", "", heading.strip())
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def sections(name: str) -> dict[str, str]:
    """Anchor to own text of every ## and ### section of a guideline file."""
    parts = re.split(r"^#{2,3} (.+)$", (CONTENT / name).read_text("utf-8"), flags=re.MULTILINE)
    return {slug(title): body.strip() for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def load(name: str) -> dict[str, Any]:
    return yaml.safe_load((CONTENT / name).read_text("utf-8"))


@cache
def rubric() -> dict[str, Any]:
    return load("rubric.yaml")


@cache
def people() -> dict[str, Any]:
    return load("people.yaml")


@cache
def domain_files() -> dict[str, dict[str, Any]]:
    return {path.stem: load(f"tasks/{path.name}") for path in sorted((CONTENT / "tasks").glob("*.yaml"))}


def all_tasks() -> list[dict[str, Any]]:
    return [task for file in domain_files().values() for task in file["tasks"]]


def criteria() -> dict[str, dict[str, Any]]:
    return {criterion["key"]: criterion for criterion in rubric()["criteria"]}


def flaw_keys() -> list[str]:
    return [label["key"] for label in criteria()["flaws"]["config"]["labels"]]


def notes_of(task: dict[str, Any]) -> list[str]:
    """Every sentence that people write about a task, as opposed to the texts they judge."""
    notes = [task["advice"], task["advice_alt"]]
    notes += [reason for response in task["responses"] for reason in response["why"].values()]
    contest = task.get("contest", {})
    notes += [contest[key] for key in ("why_a", "why_b", "ruling_note") if key in contest]
    return notes + ([task["gold"]["explanation"]] if "gold" in task else [])


def request_text(task: dict[str, Any]) -> str:
    return task.get("prompt") or "\n".join(message["content"] for message in task["messages"])


TASKS = [pytest.param(task, id=task["external_id"]) for task in all_tasks()]
RESPONSES = [
    pytest.param(task, number, response, id=f"{task['external_id']}/{number}")
    for task in all_tasks()
    for number, response in enumerate(task["responses"], start=1)
]
CONTESTS = [pytest.param(t, id=t["external_id"]) for t in all_tasks() if t.get("contested")]
GOLD = [pytest.param(t, id=t["external_id"]) for t in all_tasks() if "gold" in t]


# The guideline


@pytest.mark.parametrize("name", ["guideline.md", "guideline_v2.md"])
def test_guideline_has_the_agreed_shape(name: str) -> None:
    text = (CONTENT / name).read_text("utf-8")
    tops = re.findall(r"^## (\d+) ", text, flags=re.MULTILINE)
    assert 7 <= len(tops) <= 9
    assert tops == [str(n) for n in range(1, len(tops) + 1)]
    assert re.search(r"^### \d+\.\d+ ", text, flags=re.MULTILINE)
    assert 1800 <= words(text) <= 2600
    assert len(re.findall(r"^#{2,3} ", text, flags=re.MULTILINE)) == len(sections(name))


@pytest.mark.parametrize("name", ["guideline.md", "guideline_v2.md", "guideline_v2_note.txt", "rubric.yaml"])
def test_evaluators_read_nothing_about_hidden_checks(name: str) -> None:
    text = (CONTENT / name).read_text("utf-8").lower()
    for word in ("gold", "hidden", "secret", "watched", "known answer", "honeypot", "test question"):
        assert word not in text


def test_second_version_changes_exactly_two_sections_and_names_them() -> None:
    old, new = sections("guideline.md"), sections("guideline_v2.md")
    assert list(old) == list(new)
    changed = [anchor for anchor in old if old[anchor] != new[anchor]]
    note = (CONTENT / "guideline_v2_note.txt").read_text("utf-8").lower()
    assert len(changed) == 2
    for anchor in changed:
        assert anchor.replace("-", " ") in note


# The rubric


def test_rubric_has_six_criteria_in_order() -> None:
    found = [(c["key"], c["kind"], c["scope"]) for c in rubric()["criteria"]]
    expected = [(key, "rating", "response") for key in RATINGS]
    assert found == [*expected, ("flaws", "choice", "response"), ("advice", "text", "task")]


def test_rubric_policies_are_the_agreed_ones() -> None:
    by_key = criteria()
    assert {k: c["rationale"] for k, c in by_key.items()} == {
        "instruction-following": "extreme",
        "accuracy": "required",
        "completeness": "optional",
        "clarity": "optional",
        "flaws": "never",
        "advice": "never",
    }
    assert [k for k, c in by_key.items() if c["critical"]] == ["accuracy"]
    assert {k: c["tolerance"] for k, c in by_key.items()} == {k: int(k != "accuracy") for k in by_key}


@pytest.mark.parametrize("key", [*RATINGS, "flaws", "advice"])
def test_every_criterion_is_complete_and_cites_real_sections(key: str) -> None:
    criterion = criteria()[key]
    assert criterion["title"]
    assert criterion["help"].endswith((".", "?"))
    assert criterion["weight"] in range(1, 6)
    assert isinstance(criterion["required"], bool)
    assert isinstance(criterion["allow_na"], bool)
    assert criterion["sections"]
    for name in ("guideline.md", "guideline_v2.md"):
        assert set(criterion["sections"]) <= set(sections(name))


@pytest.mark.parametrize("key", RATINGS)
def test_every_level_is_anchored(key: str) -> None:
    levels = criteria()[key]["config"]["levels"]
    assert [level["score"] for level in levels] == [1, 2, 3, 4, 5]
    assert all(level["title"] and words(level["description"]) >= 8 for level in levels)


def test_flaw_labels_and_advice_limits() -> None:
    config = criteria()["flaws"]["config"]
    assert (config["multiple"], config["min"]) == (True, 0)
    assert set(flaw_keys()) == {*CEILING, "no-flaw"}
    assert all(label["title"] and label["help"] for label in config["labels"])
    assert criteria()["advice"]["config"]["min_length"] == 20


# The tasks


def test_there_are_enough_tasks_in_every_domain() -> None:
    assert sorted(domain_files()) == DOMAINS
    for domain, file in domain_files().items():
        assert file["domain"] == domain
        assert len(file["tasks"]) >= 10
    assert len(all_tasks()) >= 50
    assert {task["difficulty"] for task in all_tasks()} == {"easy", "medium", "hard"}


def test_external_ids_and_texts_are_unique() -> None:
    ids = [task["external_id"] for task in all_tasks()]
    texts = [r["text"] for task in all_tasks() for r in task["responses"]]
    requests = [request_text(task) for task in all_tasks()]
    for values in (ids, texts, requests):
        assert len(values) == len(set(values))
    for domain, file in domain_files().items():
        prefix = {"business": "bus", "finance": "fin", "healthcare": "hea", "legal": "leg", "marketing": "mkt"}[domain]
        expected = [f"{prefix}-{n:03d}" for n in range(1, len(file["tasks"]) + 1)]
        assert [task["external_id"] for task in file["tasks"]] == expected


def test_some_requests_have_several_turns_and_some_have_word_limits() -> None:
    assert sum("messages" in task for task in all_tasks()) >= 2
    assert sum("limits" in task for task in all_tasks()) >= 8


@pytest.mark.parametrize("task", TASKS)
def test_request_is_a_prompt_or_a_conversation(task: dict[str, Any]) -> None:
    assert ("prompt" in task) != ("messages" in task)
    assert 15 <= words(request_text(task)) <= 200
    if "messages" in task:
        roles = [message["role"] for message in task["messages"]]
        assert roles == (["user", "assistant"] * len(roles))[: len(roles)]
        assert len(roles) >= 3
        assert roles[-1] == "user"


@pytest.mark.parametrize("task", TASKS)
def test_limit_is_stated_in_the_request(task: dict[str, Any]) -> None:
    limits = task.get("limits", {})
    assert set(limits) <= {"min_words", "max_words"}
    text = request_text(task)
    about = re.search(r"\bAbout (\d+) words", text)
    if about:  # 20% either way, as the guideline says
        assert limits == {"min_words": int(about[1]) * 0.8, "max_words": int(about[1]) * 1.2}
    else:
        assert all(str(number) in text for number in limits.values())


@pytest.mark.parametrize(("task", "number", "response"), RESPONSES)
def test_response_is_visible_and_of_normal_length(task: dict[str, Any], number: int, response: dict[str, Any]) -> None:
    text = response["text"]
    assert len(task["responses"]) == 2
    assert any(unicodedata.category(c)[0] in "LN" for c in text)
    assert not [c for c in text if unicodedata.category(c) in ("Cf", "Co", "Cn")]
    assert 70 <= words(text) <= 220


@pytest.mark.parametrize("task", TASKS)
def test_model_names_stay_apart(task: dict[str, Any]) -> None:
    origins = [response["origin"] for response in task["responses"]]
    assert len(set(origins)) == 2
    shown = [request_text(task), *(r["text"] for r in task["responses"]), *notes_of(task)]
    for text in shown:
        assert not re.search(r"\bmodel-[a-z]\b", text, re.IGNORECASE)


@pytest.mark.parametrize(("task", "number", "response"), RESPONSES)
def test_rationales_follow_the_policy(task: dict[str, Any], number: int, response: dict[str, Any]) -> None:
    truth, why = response["truth"], response["why"]
    assert list(truth) == RATINGS
    assert set(truth.values()) <= {1, 2, 3, 4, 5}
    assert set(why) <= set(RATINGS)
    for key in RATINGS:
        if truth[key] in OWED[criteria()[key]["rationale"]]:
            assert key in why, f"{key} at level {truth[key]} owes a rationale"
    for key, reason in why.items():
        assert 60 <= len(reason) <= 220, f"{key}: {len(reason)} characters"
        assert words(reason) >= 8


@pytest.mark.parametrize(("task", "number", "response"), RESPONSES)
def test_flaws_fit_the_levels(task: dict[str, Any], number: int, response: dict[str, Any]) -> None:
    truth, flaws = response["truth"], response["flaws"]
    assert flaws
    assert set(flaws) <= set(flaw_keys())
    assert len(flaws) == len(set(flaws))
    assert "no-flaw" not in flaws or flaws == ["no-flaw"]
    for flaw in set(flaws) - {"no-flaw"}:
        keys, ceiling = CEILING[flaw]
        assert min(truth[key] for key in keys) <= ceiling, flaw
    if truth["accuracy"] <= 3:
        assert {"wrong-figure", "invented-citation", "over-claim"} & set(flaws)


@pytest.mark.parametrize(("task", "number", "response"), RESPONSES)
def test_word_limit_decides_instruction_following(task: dict[str, Any], number: int, response: dict[str, Any]) -> None:
    limits, count = task.get("limits", {}), words(response["text"])
    level, kept = response["truth"]["instruction-following"], True
    if "max_words" in limits and count > limits["max_words"]:
        kept, over = False, count / limits["max_words"] - 1
        assert level <= (3 if over <= 0.1 else 2 if over < 1 else 1), f"{count} words"
    if "min_words" in limits and count < limits["min_words"]:
        kept, short = False, 1 - count / limits["min_words"]
        assert level <= (3 if short <= 0.1 else 2), f"{count} words"
    assert kept or "ignores-limit" in response["flaws"], f"{count} words"


@pytest.mark.parametrize("task", TASKS)
def test_advice_chooses_by_content_not_by_position(task: dict[str, Any]) -> None:
    low = criteria()["advice"]["config"]
    for text in (task["advice"], task["advice_alt"]):
        assert low["min_length"] <= len(text) <= low["max_length"]
    assert task["advice"] != task["advice_alt"]
    for text in notes_of(task):
        assert not NUMBERED.search(text), text


def test_the_two_responses_are_close_in_about_a_third_of_the_tasks() -> None:
    close = [t for t in all_tasks() if all(min(r["truth"].values()) >= 3 for r in t["responses"])]
    assert 0.25 <= len(close) / len(all_tasks()) <= 0.5


def test_every_flaw_and_every_level_occurs() -> None:
    responses = [r for task in all_tasks() for r in task["responses"]]
    assert {flaw for r in responses for flaw in r["flaws"]} == set(flaw_keys())
    for key in ("instruction-following", "accuracy"):
        assert {r["truth"][key] for r in responses} == {1, 2, 3, 4, 5}
    origins = {r["origin"] for r in responses}
    assert 2 <= len(origins) <= 6
    better = {True: 0, False: 0}
    for task in all_tasks():
        one, two = (sum(r["truth"].values()) for r in task["responses"])
        better[one > two] += one != two
    assert min(better.values()) >= 0.35 * sum(better.values())  # the better one stands on either side


# Contested tasks


def test_contests_cover_every_cause() -> None:
    contested = [task for task in all_tasks() if task.get("contested")]
    assert 8 <= len(contested) <= 10
    assert {task["contest"]["cause"] for task in contested} == CAUSES
    assert all(("contest" in task) == bool(task.get("contested")) for task in all_tasks())


@pytest.mark.parametrize("task", CONTESTS)
def test_contest_is_a_real_disagreement_with_a_ruling(task: dict[str, Any]) -> None:
    contest = task["contest"]
    low, high = sorted(contest["levels"])
    assert contest["criterion"] in RATINGS
    assert contest["response"] in (1, 2)
    assert high - low >= (1 if contest["criterion"] == "accuracy" else 2)
    assert contest["cause"] in CAUSES
    truth = task["responses"][contest["response"] - 1]["truth"][contest["criterion"]]
    assert low <= contest["ruling"] <= high
    assert contest["ruling"] == truth
    for key in ("why_a", "why_b"):
        assert 60 <= len(contest[key]) <= 260
        assert words(contest[key]) >= 8
    assert words(contest["ruling_note"]) >= 15
    assert contest["section"] in sections("guideline.md")
    assert contest["section"] in criteria()[contest["criterion"]]["sections"] + [
        "when-something-cannot-be-judged",
        "choosing-a-level",
        "reading-a-response",
    ]
    assert "gold" not in task


# Gold keys


def test_gold_is_spread_over_the_domains() -> None:
    active = [t for t in all_tasks() if "gold" in t and not t.get("gold_reserve")]
    reserve = [t for t in all_tasks() if t.get("gold_reserve")]
    assert (len(active), len(reserve)) == (12, 4)
    assert all("gold" in task for task in reserve)
    for domain, file in domain_files().items():
        assert sum(task in active for task in file["tasks"]) >= 2, domain


@pytest.mark.parametrize("task", GOLD)
def test_gold_key_agrees_with_the_truth(task: dict[str, Any]) -> None:
    gold = task["gold"]
    assert 2 <= len(re.findall(r"[.?](?:\s|$)", gold["explanation"])) <= 4
    assert {"instruction-following", "accuracy", "completeness"} <= set(gold["criteria"]) <= set(RATINGS)
    for key, by_response in gold["criteria"].items():
        assert set(by_response) == {"1", "2"}
        for number, entry in by_response.items():
            assert set(entry) == {"value", "accepted"}
            assert entry["value"] in entry["accepted"]
            assert set(entry["accepted"]) <= {1, 2, 3, 4, 5}
            assert len(entry["accepted"]) <= (2 if key == "accuracy" else 3)
            assert entry["value"] == task["responses"][int(number) - 1]["truth"][key]


# The people


def test_people_have_the_agreed_roles_and_standings() -> None:
    roles = [person["role"] for person in people()["people"]]
    assert sorted(roles) == ["admin", *["evaluator"] * 4, "qa_lead"]
    standings = sorted(p["standing"] for p in people()["people"] if p["role"] == "evaluator")
    assert standings == ["active", "active", "paused", "watched"]


def test_people_are_invented_and_described() -> None:
    emails = [person["email"] for person in people()["people"]]
    assert len(set(emails)) == 6
    assert all(email.endswith("@example.org") for email in emails)
    for person in people()["people"]:
        assert len(re.findall(r"\.(?:\s|$)", person["profile"])) == 2
        assert set(person["expertise"]) <= set(DOMAINS)


def test_evaluator_styles_are_usable_numbers() -> None:
    evaluators = [person for person in people()["people"] if person["role"] == "evaluator"]
    for person in evaluators:
        style = person["style"]
        assert 0 < style["accuracy"] <= 1
        assert -0.3 <= style["bias"] <= 0.3
        assert style["rationale_style"]
        for reason in style["higher"] + style["lower"] + style.get("drift", {}).get("rationales", []):
            assert len(reason) >= 40
            assert words(reason) >= 8
    paused = next(p for p in evaluators if p["standing"] == "paused")["style"]
    assert 0 < paused["drift"]["after_share"] < 1
    assert paused["drift"]["accuracy"] < paused["accuracy"]
    assert paused["drift"]["levels"] == [4, 5]


def test_project_and_batches_are_described() -> None:
    assert len(re.findall(r"\.(?:\s|$)", people()["project"]["description"])) == 2
    keys = [batch["key"] for batch in people()["batches"]]
    assert len(keys) == len(set(keys)) >= 2
    for batch in people()["batches"]:
        assert batch["name"]
        assert isinstance(batch["deadline_days"], int)
        assert set(batch["domains"]) <= set(DOMAINS)
    assert {domain for batch in people()["batches"] for domain in batch["domains"]} == set(DOMAINS)


def test_no_file_holds_invisible_characters_or_shouting() -> None:
    for path in [p for p in CONTENT.rglob("*") if p.suffix in (".md", ".txt", ".yaml")]:
        text = path.read_text("utf-8")
        assert not [c for c in text if unicodedata.category(c) in ("Cf", "Co")], path.name
    for task in all_tasks():
        assert not [note for note in notes_of(task) if "!" in note]
