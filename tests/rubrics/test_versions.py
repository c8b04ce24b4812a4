"""Drafts, publishing, and what is frozen for good."""

import hashlib
import json

import pytest
from django.db import DatabaseError, transaction

from accounts.models import AuditEvent
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from rubrics.body import canonical, sha256_of, tidy_body
from rubrics.commands import (
    create_rubric,
    discard_draft,
    publish_version,
    restore_version,
    retire_version,
    save_version_draft,
)
from rubrics.models import Criterion, RubricVersion
from tests.rubrics.making import levels, raw_criterion

pytestmark = pytest.mark.django_db


def fields(error: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [problem.field for problem in error.value.problems]


def test_names_of_rubrics_are_unique_in_a_project(project, alice, rubric) -> None:
    with pytest.raises(Invalid, match="Another rubric"):
        create_rubric(project=project, name="Everyday answers", by=alice)
    with pytest.raises(Invalid):
        create_rubric(project=project, name="  ", by=alice)


def test_rubric_has_one_draft_which_saving_replaces(rubric, body, alice) -> None:
    first = save_version_draft(rubric=rubric, body=body, by=alice)
    second = save_version_draft(rubric=rubric, body={"criteria": []}, by=alice, change_note="Start again.")
    assert (second.pk, second.number, second.body) == (first.pk, 1, {"criteria": []})
    assert rubric.versions.count() == 1


def test_draft_may_be_unfinished_but_is_a_list_of_criteria(rubric, alice) -> None:
    save_version_draft(rubric=rubric, body={"criteria": [{"title": ""}]}, by=alice)
    for bad in ({}, [], {"criteria": {}}, {"criteria": ["x"]}, {"criteria": [], "other": 1}, None):
        with pytest.raises(Invalid):
            save_version_draft(rubric=rubric, body=bad, by=alice)


@pytest.mark.parametrize("damaged", ["a\x00b", "a\ud800b"])
def test_text_that_cannot_be_stored_is_refused_wherever_it_stands(rubric, body, alice, damaged) -> None:
    body["criteria"][0]["config"]["levels"][2]["title"] = damaged
    with pytest.raises(Invalid, match="cannot be stored"):
        save_version_draft(rubric=rubric, body=body, by=alice)


def test_draft_changed_in_the_meantime_is_not_overwritten(rubric, body, alice) -> None:
    seen = sha256_of(save_version_draft(rubric=rubric, body=body, by=alice).body)
    theirs = save_version_draft(rubric=rubric, body={"criteria": []}, by=alice, seen=seen)
    with pytest.raises(StaleState):
        save_version_draft(rubric=rubric, body=body, by=alice, seen=seen)
    theirs.refresh_from_db()
    assert theirs.body == {"criteria": []}


def test_publishing_hashes_the_canonical_json_and_writes_the_criteria(version, body) -> None:
    version.refresh_from_db()
    text = json.dumps(version.body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    assert version.sha256 == hashlib.sha256(text).hexdigest()
    assert version.body == tidy_body(body)
    assert (version.state, version.published_at is not None) == ("published", True)
    rows = list(version.criteria.values_list("position", "key", "kind", "tolerance", "weight"))
    assert rows == [(0, "accuracy", "rating", 1, 3), (1, "flaws", "choice", 0, 1), (2, "advice", "text", 0, 1)]


def test_hash_does_not_depend_on_spelling(body) -> None:
    again = {
        "criteria": [dict(reversed(list(c.items()))) for c in body["criteria"]],
        "description": body["description"],
    }
    again["criteria"][0]["weight"] = 3.0
    again["criteria"][0]["config"]["levels"][0]["score"] = 1.0
    assert canonical(tidy_body(again)) == canonical(tidy_body(body))


def test_publishing_names_everything_that_is_missing_at_once(rubric, alice) -> None:
    config = levels(1, 1)
    config["levels"][0]["title"] = ""
    bad = [
        raw_criterion("rating", config, key="a b", title="", weight=0),
        raw_criterion(
            "rating", levels(1, 2), key="x", critical=True, tolerance=1, scope="sentence", rationale="always"
        ),
        raw_criterion("dance", {}, key="X", required="yes", sections="all", unknown=1),
    ]
    draft = save_version_draft(rubric=rubric, body={"criteria": bad}, by=alice)
    with pytest.raises(Invalid) as error:
        publish_version(version=draft, by=alice)
    assert set(fields(error)) == {
        "criteria.0.key", "criteria.0.title", "criteria.0.weight", "criteria.0.config.levels.0.title",
        "criteria.1.tolerance", "criteria.1.scope", "criteria.1.rationale",
        "criteria.2.kind", "criteria.2.required", "criteria.2.sections", "criteria.2.unknown", "criteria.2.key",
    }  # fmt: skip
    draft.refresh_from_db()
    assert (draft.state, draft.criteria.count()) == ("draft", 0)


def test_rubric_without_criteria_is_not_published(rubric, alice) -> None:
    draft = save_version_draft(rubric=rubric, body={"criteria": []}, by=alice)
    with pytest.raises(Invalid, match="at least one criterion"):
        publish_version(version=draft, by=alice)


def test_publishing_twice_is_refused_and_changes_nothing(version, alice) -> None:
    before = version.published_at
    with pytest.raises(StaleState):
        publish_version(version=version, by=alice)
    version.refresh_from_db()
    assert version.published_at == before
    assert version.criteria.count() == 3


def test_draft_changed_after_it_was_checked_is_not_published(draft, rubric, alice) -> None:
    seen = sha256_of(draft.body)
    save_version_draft(rubric=rubric, body={"criteria": []}, by=alice)
    with pytest.raises(StaleState):
        publish_version(version=draft, by=alice, seen=seen)


@pytest.mark.parametrize("change", [{"body": {}}, {"sha256": "0" * 64}, {"number": 9}, {"change": "wording"}])
def test_database_freezes_a_published_version(version, change) -> None:
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        RubricVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(DatabaseError, match=r"frozen|never changed"), transaction.atomic():
        RubricVersion.objects.filter(pk=version.pk).delete()


def test_database_freezes_criteria(version) -> None:
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Criterion.objects.filter(version=version).update(weight=9)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Criterion.objects.filter(version=version).delete()


def test_next_version_is_a_new_one(version, rubric, body, alice) -> None:
    body["criteria"].pop()
    second = publish_version(version=save_version_draft(rubric=rubric, body=body, by=alice), by=alice)
    assert (second.number, second.criteria.count(), version.criteria.count()) == (2, 2, 3)


def test_retired_version_can_be_used_again_and_a_draft_cannot_be_retired(version, rubric, body, alice) -> None:
    assert retire_version(version=version, by=alice).state == "retired"
    with pytest.raises(StaleState):
        retire_version(version=version, by=alice)
    assert restore_version(version=version, by=alice).state == "published"
    draft = save_version_draft(rubric=rubric, body=body, by=alice)
    with pytest.raises(StaleState):
        retire_version(version=draft, by=alice)
    with pytest.raises(StaleState):
        restore_version(version=draft, by=alice)


def test_only_a_draft_can_be_thrown_away(version, rubric, body, alice) -> None:
    with pytest.raises(RuleBroken):
        discard_draft(version=version, by=alice)
    discard_draft(version=save_version_draft(rubric=rubric, body=body, by=alice), by=alice)
    assert [one.number for one in rubric.versions.all()] == [1]


def test_decisions_leave_an_audit_row_without_texts(version, alice) -> None:
    retire_version(version=version, by=alice)
    rows = AuditEvent.objects.filter(action__startswith="rubric.").order_by("id")
    assert [row.action for row in rows] == ["rubric.created", "rubric.drafted", "rubric.published", "rubric.retired"]
    assert {row.actor_id for row in rows} == {alice.pk}
    assert "Judges" not in str([row.data for row in rows])
