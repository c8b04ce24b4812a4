"""The pages of rubrics, by plain GET and POST."""

import json
import re

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.html import escape

from projects.commands import publish_guideline, save_guideline_draft
from rubrics.body import sha256_of, tidy_body
from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.kinds import KINDS
from rubrics.models import Rubric, RubricVersion
from rubrics.selectors import draft_of
from tests.rubrics.making import levels, raw_criterion
from tests.tasks.work_samples import make_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client, alice):
    client.force_login(alice)
    return client


def url(name: str, rubric: Rubric, *rest: object) -> str:
    return reverse(f"rubrics:{name}", args=[rubric.project.slug, rubric.public_id, *rest])


def posted(page) -> dict[str, list[str]]:
    """What the builder's form would post, read from its page as a browser would."""
    html = page.content.decode()
    form = html[html.index('<form id="criterion"') : html.index("</form>", html.index('<form id="criterion"'))]
    form = re.sub(r'<section class="card" id="preview".*?</section>', "", form, flags=re.DOTALL)
    found: dict[str, list[str]] = {}
    for tag, attributes, text in re.findall(r"<(input|textarea|option|select)\b([^>]*)>([^<]*)", form):
        found.update(_control(tag, attributes, text, found))
    return found


def _control(tag: str, attributes: str, text: str, found: dict) -> dict:
    given = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
    if tag == "select":
        found["#"] = [given["name"]]
        return {}
    if tag == "option":
        chosen = re.search(r"\sselected\b", attributes)
        return {found["#"][0]: [given["value"]]} if chosen or found["#"][0] not in found else {}
    if "name" not in given or (
        given.get("type") in {"radio", "checkbox"} and not re.search(r"\schecked\b", attributes)
    ):
        return {}
    value = text if tag == "textarea" else given.get("value", "")
    return {given["name"]: [*(found.get(given["name"], []) if given.get("type") == "checkbox" else []), value]}


# Who sees what


@pytest.mark.parametrize("name", ["rubric", "draft", "whole", "replace", "publish"])
def test_only_admins_see_the_pages_of_writing(client, rubric, draft, quinn, eve, mallory, alice, name) -> None:
    for user, status in ((quinn, 404), (eve, 404), (mallory, 404), (alice, 200)):
        client.force_login(user)
        assert client.get(url(name, rubric)).status_code == status


def test_versions_are_open_to_leads_and_closed_to_others(client, version, quinn, eve, mallory) -> None:
    for user, status in ((quinn, 200), (eve, 404), (mallory, 404)):
        client.force_login(user)
        for name, rest in (("version", [1]), ("compare", [1]), ("export", [1, "yaml"])):
            assert client.get(url(name, version.rubric, *rest)).status_code == status
        for name in ("retire", "restore"):
            assert client.post(url(name, version.rubric, 1)).status_code == 404
    version.refresh_from_db()
    assert version.state == "published"


def test_visitor_is_sent_to_sign_in(client, rubric) -> None:
    assert client.get(url("rubric", rubric)).status_code == 302


def test_reading_changes_nothing(admin, draft, rubric) -> None:
    before = draft.body
    for name in ("rubric", "draft", "whole", "replace", "publish"):
        assert admin.get(url(name, rubric)).status_code == 200
    for name in ("preview", "discard", "begin_draft"):
        assert admin.get(url(name, rubric)).status_code == 405
    draft.refresh_from_db()
    assert draft.body == before


# Lists


def test_project_without_rubrics_says_how_to_begin(admin, project) -> None:
    page = admin.get(reverse("rubrics:rubrics", args=[project.slug]))
    assert "No rubric yet" in page.content.decode()


def test_lists_take_a_constant_number_of_queries(
    admin, project, rubric, body, alice, django_assert_max_num_queries
) -> None:
    for number in range(8):
        more = Rubric.objects.create(project=project, name=f"R{number}", created_by=alice, created_at=rubric.created_at)
        save_version_draft(rubric=more, body=body, by=alice)
    with django_assert_max_num_queries(10):
        page = admin.get(reverse("rubrics:rubrics", args=[project.slug]))
    assert page.content.decode().count("Go on with v1") == 8


def test_list_of_versions_takes_a_constant_number_of_queries(
    admin, version, body, alice, django_assert_max_num_queries
) -> None:
    for _ in range(6):
        publish_version(version=save_version_draft(rubric=version.rubric, body=body, by=alice), by=alice)
    with django_assert_max_num_queries(10):
        page = admin.get(url("rubric", version.rubric))
    assert page.content.decode().count("data-row") == 7


# Beginning


def test_new_rubric_starts_empty_and_opens_its_builder(admin, project) -> None:
    answer = admin.post(reverse("rubrics:new", args=[project.slug]), {"name": "Tone"})
    made = Rubric.objects.get(name="Tone")
    assert (answer.status_code, answer["Location"]) == (303, url("draft", made))
    assert draft_of(made).body["criteria"] == []
    assert "No criterion yet" in admin.get(url("draft", made)).content.decode()


def test_new_rubric_from_a_file_takes_its_name(admin, project, body) -> None:
    file = SimpleUploadedFile("r.yaml", yaml.safe_dump({"name": "From a file", **body}).encode())
    admin.post(reverse("rubrics:new", args=[project.slug]), {"file": file})
    assert draft_of(Rubric.objects.get(name="From a file")).body == body


def test_broken_file_is_named_by_line_and_what_was_pasted_stays(admin, project) -> None:
    page = admin.post(reverse("rubrics:new", args=[project.slug]), {"name": "X", "pasted": "name: x\ncriteria: [\n"})
    assert page.status_code == 422
    assert "Line 3:" in page.content.decode()
    assert "criteria: [" in page.content.decode()
    assert not Rubric.objects.exists()


def test_taken_name_is_refused_at_its_field(admin, project, rubric) -> None:
    page = admin.post(reverse("rubrics:new", args=[project.slug]), {"name": rubric.name})
    assert page.status_code == 422
    assert "Another rubric of this project has this name." in page.content.decode()


def test_next_version_begins_from_the_newest_and_only_once(admin, version) -> None:
    for _ in range(2):
        assert admin.post(url("begin_draft", version.rubric)).status_code == 303
    assert [one.number for one in version.rubric.versions.order_by("number")] == [1, 2]
    assert draft_of(version.rubric).body == version.body


# The builder


@pytest.mark.parametrize("place", [0, 1, 2])
def test_saving_an_untouched_criterion_changes_no_word_of_it(admin, draft, rubric, place) -> None:
    fields = posted(admin.get(url("draft", rubric) + f"?c={place}"))
    assert admin.post(url("draft", rubric), fields | {"do": "save"}).status_code == 303
    assert tidy_body(draft_of(rubric).body) == tidy_body(draft.body)


def test_criterion_is_saved_with_its_levels(admin, draft, rubric) -> None:
    fields = posted(admin.get(url("draft", rubric)))
    fields |= {"title": "Correctness", "weight": "2,5", "config.levels.4.title": "", "config.levels.4.score": ""}
    fields |= {"config.levels.4.description": "", "config.levels.0.score": "0"}
    admin.post(url("draft", rubric), fields)
    saved = draft_of(rubric).body["criteria"][0]
    assert saved["title"] == "Correctness"
    assert [level["score"] for level in saved["config"]["levels"]] == [0, 2, 3, 4]
    assert saved["weight"] == "2,5"  # kept as typed; publishing names it
    assert "1 to do" in admin.get(url("draft", rubric)).content.decode()


@pytest.mark.parametrize(
    ("do", "place", "keys", "opens"),
    [
        ("down", 0, ["flaws", "accuracy", "advice"], 1),
        ("up", 2, ["accuracy", "advice", "flaws"], 1),
        ("up", 0, ["accuracy", "flaws", "advice"], 0),
        ("down", 2, ["accuracy", "flaws", "advice"], 3),
        ("duplicate", 1, ["accuracy", "flaws", "flaws-2", "advice"], 2),
        ("remove", 1, ["accuracy", "advice"], 1),
        ("open:2", 0, ["accuracy", "flaws", "advice"], 2),
        ("move:2:0", 0, ["advice", "accuracy", "flaws"], 0),
        ("move:0:2", 1, ["flaws", "advice", "accuracy"], 2),
        ("move:0:9", 1, ["accuracy", "flaws", "advice"], 1),
        ("move:x", 1, ["accuracy", "flaws", "advice"], 1),
        ("restore", 1, ["accuracy", "flaws", "advice"], 1),
        ("nonsense", 0, ["accuracy", "flaws", "advice"], 0),
    ],
)
def test_every_button_saves_first_and_then_acts(admin, draft, rubric, do, place, keys, opens) -> None:
    fields = posted(admin.get(url("draft", rubric) + f"?c={place}")) | {"help": "Typed just now.", "do": do}
    answer = admin.post(url("draft", rubric), fields)
    criteria = draft_of(rubric).body["criteria"]
    assert [one["key"] for one in criteria] == keys
    assert do == "remove" or "Typed just now." in [one["help"] for one in criteria]
    assert answer["Location"].endswith(f"c={opens}")
    assert admin.get(answer["Location"]).status_code == 200


def test_kinds_are_offered_with_what_they_are_for(admin, draft, rubric) -> None:
    html = admin.get(url("draft", rubric)).content.decode()
    for kind in KINDS.values():
        assert f'value="add:{kind.name}"' in html
        assert escape(kind.help) in html


@pytest.mark.parametrize("kind", [*KINDS, "unheard-of"])
def test_criterion_of_each_kind_is_added_at_the_end_and_shown(admin, draft, rubric, kind) -> None:
    fields = posted(admin.get(url("draft", rubric))) | {"do": f"add:{kind}"}
    answer = admin.post(url("draft", rubric), fields)
    assert len(draft_of(rubric).body["criteria"]) == 4
    page = admin.get(answer["Location"])
    assert "New criterion" in page.content.decode()
    fields = posted(page) | {"title": "Brand new", "do": "save"}
    admin.post(url("draft", rubric), fields)
    assert draft_of(rubric).body["criteria"][3]["key"] == "brand-new"


def test_removed_criteria_come_back_one_by_one_where_they_stood(admin, draft, rubric, alice, body) -> None:
    for place in (1, 0):
        fields = posted(admin.get(url("draft", rubric) + f"?c={place}")) | {"do": "remove"}
        admin.post(url("draft", rubric), fields)
    page = admin.get(url("draft", rubric))
    assert "“Accuracy” is removed." in page.content.decode()
    for left in (["accuracy", "advice"], ["accuracy", "flaws", "advice"]):
        admin.post(url("draft", rubric), posted(admin.get(url("draft", rubric))) | {"do": "restore"})
        assert [one["key"] for one in draft_of(rubric).body["criteria"]] == left
    assert tidy_body(draft_of(rubric).body) == tidy_body(draft.body)
    assert "is removed." not in admin.get(url("draft", rubric)).content.decode()


def test_criterion_comes_back_under_another_key_where_its_own_is_taken(admin, draft, rubric, alice, body) -> None:
    admin.post(url("draft", rubric), posted(admin.get(url("draft", rubric) + "?c=1")) | {"do": "remove"})
    save_version_draft(rubric=rubric, body=body, by=alice)
    admin.post(url("draft", rubric), posted(admin.get(url("draft", rubric))) | {"do": "restore"})
    assert [one["key"] for one in draft_of(rubric).body["criteria"]] == ["accuracy", "flaws-2", "flaws", "advice"]


def test_what_was_removed_from_one_draft_is_not_put_into_another(admin, draft, rubric, project, alice, body) -> None:
    admin.post(url("draft", rubric), posted(admin.get(url("draft", rubric) + "?c=1")) | {"do": "remove"})
    other = create_rubric(project=project, name="Other", by=alice)
    save_version_draft(rubric=other, body=body, by=alice)
    page = admin.get(url("draft", other))
    assert "is removed." not in page.content.decode()
    admin.post(url("draft", other), posted(page) | {"do": "restore"})
    assert len(draft_of(other).body["criteria"]) == 3


def test_whole_draft_is_shown_and_what_is_missing_named_in_its_place(admin, draft, rubric, body, alice) -> None:
    html = admin.get(url("whole", rubric)).content.decode()
    assert html.count("data-criterion") == 3
    body["criteria"][1]["title"] = ""
    save_version_draft(rubric=rubric, body=body, by=alice)
    html = admin.get(url("whole", rubric)).content.decode()
    assert html.count("data-criterion") == 2
    assert "The name is empty." in html
    assert f"{url('draft', rubric)}?c=1" in html


def test_double_click_is_one_click(admin, draft, rubric) -> None:
    fields = posted(admin.get(url("draft", rubric))) | {"title": "Once", "do": "save"}
    assert [admin.post(url("draft", rubric), fields).status_code for _ in range(2)] == [303, 303]


def test_draft_that_another_admin_changed_is_not_overwritten_and_both_are_shown(
    admin, draft, rubric, alice, body
) -> None:
    fields = posted(admin.get(url("draft", rubric))) | {"help": "My own words.", "do": "save"}
    body["criteria"][0]["help"] = "Their words."
    body["criteria"].insert(0, body["criteria"].pop())
    save_version_draft(rubric=rubric, body=body, by=alice)
    page = admin.post(url("draft", rubric), fields)
    html = page.content.decode()
    assert page.status_code == 409
    assert draft_of(rubric).body == body
    assert "Asks “My own words.”, was “Their words.”." in html
    assert "My own words.</textarea>" in html
    again = admin.post(url("draft", rubric), posted(page) | {"do": "save"})
    assert again.status_code == 303
    criteria = draft_of(rubric).body["criteria"]
    assert [one["key"] for one in criteria] == ["advice", "accuracy", "flaws"]  # their order, my words
    assert criteria[1]["help"] == "My own words."


def test_criterion_that_another_admin_removed_comes_back_at_the_end(admin, draft, rubric, alice, body) -> None:
    fields = posted(admin.get(url("draft", rubric))) | {"help": "My own words.", "do": "save"}
    save_version_draft(rubric=rubric, body={"criteria": body["criteria"][1:]}, by=alice)
    page = admin.post(url("draft", rubric), fields)
    assert page.status_code == 409
    admin.post(url("draft", rubric), posted(page) | {"do": "save"})
    assert [one["key"] for one in draft_of(rubric).body["criteria"]] == ["flaws", "advice", "accuracy"]


def test_text_that_cannot_be_stored_comes_back_to_be_corrected(admin, draft, rubric) -> None:
    fields = posted(admin.get(url("draft", rubric))) | {"help": "a\x00b and more words", "do": "save"}
    page = admin.post(url("draft", rubric), fields)
    assert page.status_code == 422
    assert "NUL character" in page.content.decode()
    assert "and more words" in page.content.decode()


def test_preview_shows_the_unsaved_criterion_and_writes_nothing(admin, draft, rubric) -> None:
    fields = posted(admin.get(url("draft", rubric))) | {"title": "Not saved"}
    page = admin.post(url("preview", rubric), fields)
    assert '<span class="name">Not saved</span>' in page.content.decode()
    assert draft_of(rubric).body == draft.body
    page = admin.post(url("preview", rubric), fields | {"config.levels.1.score": "1"})
    assert "Two levels have the score 1." in page.content.decode()


def test_sections_of_the_guideline_are_offered_and_unknown_ones_kept(
    admin, project, rubric, draft, body, alice
) -> None:
    guideline = save_guideline_draft(project=project, title="G", source="## 1 Accuracy\n\nBe right.\n", by=alice)
    publish_guideline(version=guideline, by=alice)
    body["criteria"][0]["sections"] = ["gone"]
    save_version_draft(rubric=rubric, body=body, by=alice)
    page = admin.get(url("draft", rubric))
    assert "gone (not in the guideline in force)" in page.content.decode()
    assert "1 Accuracy" in page.content.decode()
    admin.post(url("draft", rubric), posted(page) | {"do": "save"})
    assert draft_of(rubric).body["criteria"][0]["sections"] == ["gone"]


@pytest.mark.parametrize(
    "criteria",
    [
        [{}],
        [{"title": 5, "kind": ["x"], "config": "none", "weight": {}, "sections": 3}],
        [{"condition": "no", "of": 5, "scope": ["span"]}],
        [{"condition": {"criterion": [], "values": 5}, "scope": "span", "of": {}}],
    ],
)
def test_builder_opens_whatever_a_draft_holds(admin, rubric, alice, criteria) -> None:
    save_version_draft(rubric=rubric, body={"criteria": criteria}, by=alice)
    for name in ("draft", "whole", "publish", "replace"):
        assert admin.get(url(name, rubric)).status_code == 200
    assert admin.get(url("version", rubric, 1)).status_code == 200
    fields = posted(admin.get(url("draft", rubric))) | {"title": "Now named", "do": "save"}
    assert admin.post(url("draft", rubric), fields).status_code == 303


# Import and export


def test_import_replaces_the_draft_that_was_seen(admin, draft, rubric) -> None:
    new = {"criteria": [raw_criterion("rating", levels(1, 2), key="only", title="Only")]}
    seen = sha256_of(draft.body)
    data = {"pasted": json.dumps({"name": "ignored", **new}), "seen": seen}
    assert admin.post(url("replace", rubric), data).status_code == 303
    assert draft_of(rubric).body == new
    page = admin.post(url("replace", rubric), {"pasted": '{"criteria": []}', "seen": seen})
    assert page.status_code == 422
    assert "Somebody changed this draft" in page.content.decode()
    assert draft_of(rubric).body == new


@pytest.mark.parametrize(("file_format", "read"), [("yaml", yaml.safe_load), ("json", json.loads)])
def test_export_is_a_file_that_can_be_imported(admin, version, file_format, read) -> None:
    answer = admin.get(url("export", version.rubric, 1, file_format))
    assert answer["Content-Disposition"] == f'attachment; filename="everyday-answers-v1.{file_format}"'
    assert read(answer.content) == {"name": "Everyday answers", **version.body}
    assert admin.get(url("export", version.rubric, 1, "exe")).status_code == 404


# Publishing


def publish_fields(page) -> dict[str, str]:
    seen = re.search(r'name="seen" value="(\w+)"', page.content.decode())
    return {"seen": seen.group(1), "change": "wording", "change_note": "Clearer."}


def test_check_names_what_is_missing_and_what_is_worth_a_look(admin, draft, rubric, body, alice) -> None:
    html = admin.get(url("publish", rubric)).content.decode()
    assert "Ready" in html
    body["criteria"][0]["config"]["levels"][1]["description"] = ""
    save_version_draft(rubric=rubric, body=body, by=alice)
    assert (
        "Accuracy: level 2 has no text that says when it applies." in admin.get(url("publish", rubric)).content.decode()
    )
    body["criteria"][0]["title"] = ""
    save_version_draft(rubric=rubric, body=body, by=alice)
    page = admin.get(url("publish", rubric))
    assert "The name is empty." in page.content.decode()
    assert "disabled" in page.content.decode()
    answer = admin.post(url("publish", rubric), publish_fields(page))
    assert answer.status_code == 422
    assert draft_of(rubric) is not None


def test_publishing_freezes_and_shows_the_version_with_its_hash(admin, draft, rubric) -> None:
    page = admin.get(url("publish", rubric))
    answer = admin.post(url("publish", rubric), publish_fields(page))
    assert (answer.status_code, answer["Location"]) == (303, url("version", rubric, 1))
    version = RubricVersion.objects.get(rubric=rubric)
    assert (version.state, version.change, version.change_note) == ("published", "wording", "Clearer.")
    html = admin.get(answer["Location"]).content.decode()
    assert version.sha256 in html
    assert html.count("data-criterion") == 3
    assert admin.get(url("draft", rubric)).status_code == 404


def test_draft_changed_since_the_check_is_not_published(admin, draft, rubric, body, alice) -> None:
    fields = publish_fields(admin.get(url("publish", rubric)))
    body["criteria"].pop()
    save_version_draft(rubric=rubric, body=body, by=alice)
    page = admin.post(url("publish", rubric), fields)
    assert page.status_code == 422
    assert draft_of(rubric).state == "draft"


def test_changes_against_the_last_version_are_told_before_and_after(admin, version, body, alice) -> None:
    body["criteria"][0]["weight"] = 5
    save_version_draft(rubric=version.rubric, body=body, by=alice)
    page = admin.get(url("publish", version.rubric))
    assert "Weighs 5, was 3." in page.content.decode()
    admin.post(url("publish", version.rubric), publish_fields(page))
    html = admin.get(url("compare", version.rubric, 2)).content.decode()
    assert "What changed in v2" in html
    assert "Weighs 5, was 3." in html
    assert "Weighs 3, was 5." in admin.get(url("compare", version.rubric, 1) + "?with=2").content.decode()


def test_retired_version_is_said_to_be_so_and_can_be_used_again(admin, version) -> None:
    assert admin.post(url("retire", version.rubric, 1)).status_code == 303
    assert "Retired" in admin.get(url("rubric", version.rubric)).content.decode()
    assert admin.post(url("restore", version.rubric, 1)).status_code == 303
    assert admin.post(url("restore", version.rubric, 1)).status_code == 409
    version.refresh_from_db()
    assert version.state == "published"


def test_draft_can_be_thrown_away(admin, draft, rubric) -> None:
    assert admin.post(url("discard", rubric)).status_code == 303
    assert draft_of(rubric) is None


def test_rubric_of_another_project_is_not_found(admin, version, alice) -> None:
    from projects.commands import create_project

    other = create_project(name="Other", description="", by=alice)
    assert admin.get(reverse("rubrics:rubric", args=[other.slug, version.rubric.public_id])).status_code == 404
    assert admin.get(url("version", version.rubric, 7)).status_code == 404


def test_pages_carry_no_inline_style_or_script(admin, version, body, alice, rubric) -> None:
    save_version_draft(rubric=rubric, body=body, by=alice)
    for name, rest in (
        ("rubric", []),
        ("draft", []),
        ("publish", []),
        ("replace", []),
        ("version", [1]),
        ("compare", [1]),
    ):
        html = admin.get(url(name, rubric, *rest)).content.decode()
        assert "style=" not in html
        assert not re.search(r"<script(?![^>]*\ssrc=)", html)


# What becomes of work


def test_first_version_asks_nothing_about_work(admin, draft, rubric) -> None:
    assert "What happens to work" not in admin.get(url("publish", rubric)).content.decode()
    page = admin.get(url("publish", rubric))
    assert admin.post(url("publish", rubric), publish_fields(page)).status_code == 303


@pytest.mark.parametrize(("work", "after"), [("new", 1), ("unstarted", 2)])
def test_publishing_asks_what_happens_to_work_and_counts_it_first(admin, version, body, alice, work, after) -> None:
    batch = make_batch(version, alice, rows=[{"id": f"t{n}", "prompt": "?", "responses": ["a", "b"]} for n in range(3)])
    save_version_draft(rubric=version.rubric, body=body, by=alice)
    page = admin.get(url("publish", version.rubric))
    html = page.content.decode()
    assert re.search(r"Unstarted tasks that would move to v2</dt><dd>3<", html)
    assert re.search(r"Open or judged tasks that stay on v1</dt><dd>0<", html)
    assert admin.post(url("publish", version.rubric), publish_fields(page)).status_code == 422  # not answered
    assert batch.rubric_version.number == 1
    answer = admin.post(url("publish", version.rubric), publish_fields(page) | {"work": work})
    assert answer.status_code == 303
    batch.refresh_from_db()
    assert batch.rubric_version.number == after


def test_unstarted_work_can_be_moved_later_from_the_version(admin, version, body, alice, quinn) -> None:
    batch = make_batch(version, alice, rows=[{"id": "t", "prompt": "?", "responses": ["a", "b"]}])
    publish_version(version=save_version_draft(rubric=version.rubric, body=body, by=alice), by=alice)
    work = reverse("tasks:version_work", args=[version.rubric.project.slug, version.rubric.public_id, 2])
    assert work in admin.get(url("version", version.rubric, 2)).content.decode()
    assert "Move unstarted work to v2" in admin.get(work).content.decode()
    assert admin.get(work, headers={"HX-Request": "true"}).content.decode().lstrip().startswith("<div")
    assert admin.post(work).status_code == 303
    batch.refresh_from_db()
    assert batch.rubric_version.number == 2
    assert "No batch is under an earlier version." in admin.get(work).content.decode()
    admin.force_login(quinn)
    assert admin.post(work).status_code == 404
    assert work not in admin.get(url("version", version.rubric, 2)).content.decode()


def test_sections_that_are_not_in_the_guideline_are_named_before_publishing(
    admin, project, rubric, draft, body, alice
) -> None:
    guideline = save_guideline_draft(project=project, title="G", source="## 1 Accuracy\n\nBe right.\n", by=alice)
    publish_guideline(version=guideline, by=alice)
    body["criteria"][0]["sections"] = ["accuracy", "gone"]
    save_version_draft(rubric=rubric, body=body, by=alice)
    html = admin.get(url("publish", rubric)).content.decode()
    assert "Accuracy names “gone”, no section in force." in html
    assert "names “accuracy”" not in html
    assert "You can publish all the same." in html
