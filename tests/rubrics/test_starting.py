"""Rubrics to start from: each could be published as it is, and says what its levels mean."""

import pytest
from django.urls import reverse

from projects.models import Project
from rubrics.body import check_body, tidy_body
from rubrics.building import notes
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.models import Rubric
from rubrics.selectors import draft_of
from rubrics.starting import FOLDER, ORDER, starting_points

POINTS = [pytest.param(point, id=point.slug) for point in starting_points()]


def test_every_file_has_its_place_on_the_page() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {point.slug for point in starting_points()} <= set(ORDER)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.django_db
def test_rubric_to_start_from_can_be_published_as_it_is(point, project: Project, alice) -> None:
    rubric = create_rubric(project=project, name=point.name, by=alice)
    version = publish_version(version=save_version_draft(rubric=rubric, body=point.body, by=alice), by=alice)
    assert version.criteria.count() == len(point.body["criteria"]) > 0


@pytest.mark.parametrize("point", POINTS)
def test_rubric_to_start_from_leaves_nothing_unsaid(point) -> None:
    assert check_body(point.body) == []
    assert notes(tidy_body(point.body), set()) == []
    assert 60 <= len(point.description) <= 400


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.django_db
def test_rubric_begins_with_what_was_chosen_and_under_its_name(point, client, alice, project) -> None:
    client.force_login(alice)
    answer = client.post(reverse("rubrics:new", args=[project.slug]), {"start": point.slug})
    made = Rubric.objects.get(name=point.name)
    assert answer["Location"] == reverse("rubrics:draft", args=[project.slug, made.public_id])
    assert draft_of(made).body == point.body
    assert client.get(answer["Location"]).status_code == 200


@pytest.mark.django_db
def test_page_of_new_rubrics_says_what_each_holds_and_shows_it(client, alice, eve, project) -> None:
    client.force_login(alice)
    html = client.get(reverse("rubrics:new", args=[project.slug]) + "?start=five-attributes").content.decode()
    for point in starting_points():
        assert point.name in html
        assert all(one["title"] in html for one in point.body["criteria"])
        page = client.get(reverse("rubrics:start", args=[project.slug, point.slug]))
        assert page.content.decode().count("data-criterion") == len(point.body["criteria"])
    assert 'value="five-attributes" checked' in html
    assert client.get(reverse("rubrics:start", args=[project.slug, "nothing-of-ours"])).status_code == 404
    client.force_login(eve)
    assert client.get(reverse("rubrics:start", args=[project.slug, "five-attributes"])).status_code == 404


@pytest.mark.django_db
def test_file_and_chosen_rubric_at_once_are_refused_since_one_would_be_lost(client, alice, project) -> None:
    client.force_login(alice)
    given = {"name": "X", "start": "five-attributes", "pasted": "name: y\ncriteria: []\n"}
    page = client.post(reverse("rubrics:new", args=[project.slug]), given)
    assert page.status_code == 422
    assert "not both" in page.content.decode()
    assert "criteria: []" in page.content.decode()
    page = client.post(reverse("rubrics:new", args=[project.slug]), {"name": "X", "start": "no-such"})
    assert page.status_code == 422
    assert not Rubric.objects.exists()
