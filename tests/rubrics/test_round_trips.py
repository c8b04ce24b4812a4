"""Whatever kind a criterion has, and whatever it hangs on: a file and the builder give it back as it was."""

import pytest
from django.urls import reverse

from rubrics.body import check_body, tidy_body
from rubrics.commands import create_rubric, save_version_draft
from rubrics.files import parse, to_json, to_yaml
from rubrics.kinds import KINDS
from rubrics.selectors import draft_of
from rubrics.starting import starting_points
from tests.rubrics.test_every_kind import CASES
from tests.rubrics.test_pages import posted

FIELDS = ("key", "title", "help", "kind", "scope", "weight", "critical", "required", "allow_na", "rationale",
          "tolerance", "sections", "condition", "of", "config")  # fmt: skip


def every_kind() -> dict:
    """A body of all criteria the kinds are tested with, one asked on a condition and one about marked spans."""
    found = []
    for number, (criterion, _) in enumerate(CASES):
        found.append({field: getattr(criterion, field) for field in FIELDS} | {"key": f"c{number}"})
    marks = next(one for one in found if one["kind"] == "spans")
    asked = {"condition": {"criterion": "c0", "values": ["1", "na"]}}
    about = {"scope": "span", "of": marks["key"], "key": "each"}
    return tidy_body({"criteria": [*found, found[2] | asked | {"key": "asked"}, found[0] | about]})


BODIES = [pytest.param(every_kind(), id="every-kind")]
BODIES += [pytest.param(tidy_body(point.body), id=point.slug) for point in starting_points()]


def test_every_kind_is_among_them() -> None:
    body = every_kind()
    assert check_body(body) == []
    assert {one["kind"] for one in body["criteria"]} == set(KINDS)


@pytest.mark.parametrize("write", [to_yaml, to_json])
@pytest.mark.parametrize("body", BODIES)
def test_file_is_read_back_as_it_was(body, write) -> None:
    name, read = parse(write("Each: its own", body))
    assert (name, read) == ("Each: its own", body)
    assert tidy_body(read) == body


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.django_db
def test_saving_untouched_criteria_in_the_builder_changes_no_word(body, client, alice, project) -> None:
    client.force_login(alice)
    rubric = create_rubric(project=project, name="Round trip", by=alice)
    save_version_draft(rubric=rubric, body=body, by=alice)
    address = reverse("rubrics:draft", args=[project.slug, rubric.public_id])
    for place in range(len(body["criteria"])):
        fields = posted(client.get(f"{address}?c={place}")) | {"do": "save"}
        assert client.post(address, fields).status_code == 303
        saved = draft_of(rubric).body["criteria"][place]
        assert tidy_body({"criteria": [saved]})["criteria"][0] == body["criteria"][place]
