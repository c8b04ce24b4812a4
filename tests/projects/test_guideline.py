"""The guideline is drafted, published, read and confirmed."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import Notification
from evaltool.base.errors import Invalid, RuleBroken, StaleState
from projects.commands import acknowledge_guideline, create_project, publish_guideline, save_guideline_draft
from projects.models import Acknowledgement, GuidelineVersion, Section
from projects.reading import drawer, search
from projects.selectors import current_guideline, guideline_draft, unread_guideline

TEXT = "## Accuracy\n\nRate what is said.\n\n### Figures\n\nCount them twice.\n\n## Tone\n\nBe fair to the reader.\n"

pytestmark = pytest.mark.django_db
EDIT = "/manage/clinical-answers/guideline/"
READ = "/p/clinical-answers/guideline/"


def test_there_is_one_draft_which_each_save_replaces(project, draft_of):
    first, second = draft_of("## One\n\nA"), draft_of("## One\r\n\r\nB")
    assert first.pk == second.pk
    assert (second.number, second.source, second.published_at) == (1, "## One\n\nB\n", None)
    assert current_guideline(project) is None
    assert guideline_draft(project) == second


def test_a_draft_changed_by_somebody_else_is_not_overwritten(draft_of, quinn, project):
    started = draft_of("## One\n\nA")
    draft_of("## One\n\nB", expected=started.sha256)
    for expected in (started.sha256, ""):
        with pytest.raises(StaleState):
            draft_of("## One\n\nC", expected=expected)
    assert "B" in guideline_draft(project).source


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": " "}, "title"),
        ({"source": " \n "}, "source"),
        ({"source": "x" * 200_001}, "source"),
        ({"source": "a\0b"}, "source"),
    ],
)
def test_a_draft_that_does_not_fit_is_refused(project, alice, values, field):
    with pytest.raises(Invalid) as error:
        save_guideline_draft(**{"project": project, "title": "Guide", "source": TEXT, "by": alice, **values})
    assert [problem.field for problem in error.value.problems] == [field]
    assert not GuidelineVersion.objects.exists()


def test_publishing_puts_a_version_in_force_and_cuts_it_into_sections(project, publish):
    version = publish()
    assert current_guideline(project) == version
    assert list(version.sections.values_list("position", "number", "anchor", "title", "level")) == [
        (1, "1", "accuracy", "Accuracy", 1),
        (2, "1.1", "figures", "Figures", 2),
        (3, "2", "tone", "Tone", 1),
    ]
    assert version.sections.get(anchor="tone").body == "Be fair to the reader."
    assert publish(TEXT + "\n## More\n\nx").number == 2


def test_a_change_without_a_note_is_not_published(project, draft_of, publish, alice):
    publish()
    draft = draft_of(TEXT + "more", change_note="")
    with pytest.raises(Invalid) as error:
        publish_guideline(version=draft, by=alice)
    assert error.value.problems[0].field == "change_note"
    assert current_guideline(project).number == 1
    assert not draft.sections.exists()


def test_a_version_is_published_once_and_as_it_was_seen(draft_of, alice):
    seen = draft_of()
    draft_of(TEXT + "changed")
    with pytest.raises(StaleState):
        publish_guideline(version=seen, by=alice)
    now = draft_of()
    publish_guideline(version=now, by=alice)
    with pytest.raises(StaleState):
        publish_guideline(version=GuidelineVersion.objects.get(pk=now.pk), by=alice)


def test_members_are_told_of_a_version_they_must_read_and_not_of_others(publish, project, eve, alice):
    Notification.objects.all().delete()
    publish(must_read=False)
    assert not Notification.objects.exists()
    publish(TEXT + "\nx")
    assert Notification.objects.filter(kind="guideline_published").count() == 3
    message = Notification.objects.get(user=eve)
    assert message.url == READ
    assert not Notification.objects.filter(user=alice).exists(), "whoever published it knows"


def test_published_words_and_sections_are_frozen_in_the_database(publish):
    version = publish()
    versions, sections = GuidelineVersion.objects.filter(pk=version.pk), Section.objects.filter(version=version)
    for change in (
        lambda: versions.update(source="else"),
        lambda: versions.update(published_at=None),
        lambda: versions.update(must_read=False),
        versions.delete,
        lambda: sections.update(body="else"),
        sections.delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert GuidelineVersion.objects.get(pk=version.pk).source == TEXT


def test_a_second_draft_cannot_exist(draft_of, alice):
    draft = draft_of()
    with pytest.raises(IntegrityError, match="one_guideline_draft"), transaction.atomic():
        GuidelineVersion.objects.create(
            guideline=draft.guideline, number=2, source="x", sha256="x", created_by=alice, created_at=draft.created_at
        )
    assert GuidelineVersion.objects.count() == 1


def test_who_must_read_what(publish, eve, member_of):
    member = member_of(eve)
    assert unread_guideline(member) is None, "no guideline, nothing to read"
    first = publish()
    assert unread_guideline(member) == first
    acknowledge_guideline(member=member, version=first, by=eve)
    assert unread_guideline(member) is None
    wording = publish(TEXT + "\na", must_read=False)
    assert unread_guideline(member) is None, "wording only does not block"
    third = publish(TEXT + "\nb")
    assert unread_guideline(member) == third
    fourth = publish(TEXT + "\nc", must_read=False)
    assert unread_guideline(member) == fourth, "the text in force is what is read"
    with pytest.raises(StaleState):
        acknowledge_guideline(member=member, version=wording, by=eve)
    acknowledge_guideline(member=member, version=fourth, by=eve)
    assert unread_guideline(member) is None


def test_a_first_version_of_wording_only_blocks_nobody(publish, eve, member_of):
    publish(must_read=False)
    assert unread_guideline(member_of(eve)) is None


def test_confirming_twice_is_one_confirmation_and_cannot_be_taken_back(publish, eve, member_of):
    version, member = publish(), member_of(eve)
    assert acknowledge_guideline(member=member, version=version, by=eve) == acknowledge_guideline(
        member=member, version=version, by=eve
    )
    for change in (lambda: Acknowledgement.objects.all().delete(), lambda: Acknowledgement.objects.update(at=None)):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert Acknowledgement.objects.count() == 1


def test_nobody_confirms_for_somebody_else_nor_a_draft_nor_another_project(publish, draft_of, eve, alice, member_of):
    version = publish()
    with pytest.raises(RuleBroken, match="Only the person"):
        acknowledge_guideline(member=member_of(eve), version=version, by=alice)
    draft = draft_of(TEXT + "x")
    other = create_project(name="Other", by=alice)
    foreign = publish_guideline(version=save_guideline_draft(project=other, title="T", source=TEXT, by=alice), by=alice)
    for wrong in (draft, foreign):
        with pytest.raises(RuleBroken, match="not in force"):
            acknowledge_guideline(member=member_of(eve), version=wrong, by=eve)
    assert not Acknowledgement.objects.exists()


def test_search_finds_sections_with_every_word_in_any_case(publish):
    version = publish()
    assert [found.section.title for found in search(version, "THEM twice")] == ["Figures"]
    assert [found.section.title for found in search(version, "tone")] == ["Tone"]
    assert [found.section.title for found in search(version, "1.1")] == ["Figures"]
    assert search(version, "them reader") == []
    assert search(version, "%") == []
    found = search(version, "fair")[0]
    assert (found.before, found.hit, found.after) == ("Be ", "fair", " to the reader.")


# ------------------------------------------------------------------ pages


def form(**values: object) -> dict[str, object]:
    return {"title": "Guide", "source": TEXT, "must_read": "on", "expected": "", "do": "save", **values}


def test_an_admin_writes_previews_and_publishes(project, alice, signed_in):
    client = signed_in(alice)
    preview = client.post(EDIT, form(do="preview"))
    assert b'id="h-figures">1.1 Figures</h3>' in preview.content
    assert not GuidelineVersion.objects.exists(), "a preview writes nothing"
    assert client.post(EDIT, form()).status_code == 303
    draft = guideline_draft(project)
    assert b"3 sections found" in client.get(EDIT).content
    assert client.post(EDIT + "publish/", {"sha256": draft.sha256})["Location"] == READ
    assert current_guideline(project) == draft


def test_a_preview_by_htmx_is_only_the_preview(project, alice, signed_in):
    answer = signed_in(alice).post(EDIT, form(do="preview"), headers={"hx-request": "true"})
    assert answer.content.strip().startswith(b'<section id="guideline-preview"')


def test_a_text_that_changed_since_the_page_was_opened_is_not_published(project, alice, signed_in, draft_of):
    seen = draft_of().sha256
    draft_of(TEXT + "changed")
    assert signed_in(alice).post(EDIT + "publish/", {"sha256": seen}).status_code == 409
    assert current_guideline(project) is None


def test_two_admins_writing_at_once_both_keep_their_text(project, alice, signed_in, draft_of):
    seen = draft_of("## One\n\nfirst words").sha256
    draft_of("## One\n\ntheir words")
    client = signed_in(alice)
    answer = client.post(EDIT, form(source="## One\n\nmy words", expected=seen))
    assert answer.status_code == 409
    assert b"their words" in answer.content
    assert b"my words" in answer.content
    assert "their words" in guideline_draft(project).source
    again = answer.context["form"].initial | {"do": "save"}
    assert client.post(EDIT, again).status_code == 303
    assert "my words" in guideline_draft(project).source


def test_an_empty_text_is_refused_with_the_reason(project, alice, signed_in):
    answer = signed_in(alice).post(EDIT, form(source="  "))
    assert answer.status_code == 422
    assert b"There is no text yet." in answer.content


def test_hostile_markdown_is_shown_harmless(publish, eve, signed_in):
    publish("## <script>alert(1)</script>\n\n<img src=x onerror=alert(1)> [x](javascript:alert(1))")
    page = signed_in(eve).get(READ).content
    for bad in (b"<script>alert", b"<img", b'href="javascript'):
        assert bad not in page


def test_a_member_reads_searches_and_compares(publish, eve, signed_in):
    publish()
    publish(TEXT.replace("Count them twice.", "Count them three times.") + "\n## New one\n\nx")
    client = signed_in(eve)
    page = client.get(READ).content.decode()
    assert '<a href="/p/clinical-answers/guideline/2/#s-figures">' in page
    assert '<section id="s-figures"' in page
    assert b"Count them twice." in client.get(READ + "1/").content
    found = client.get(READ + "2/?q=fair").content.decode()
    assert "1 section with" in found
    assert "<mark>fair</mark>" in found
    changes = client.get(READ + "2/?compare=1").content.decode()
    assert "2 sections changed since version 1" in changes
    assert "<del>twice.</del><ins>three times.</ins>" in changes


@pytest.mark.parametrize(
    "query", ["?compare=99", "?compare=x", "?compare=-1", "?compare=99999999999999", "?q=%00", "?q=" + "a" * 5000]
)
def test_a_strange_question_is_answered_with_a_page(publish, eve, signed_in, query):
    publish()
    assert signed_in(eve).get(READ + "1/" + query).status_code == 200


def test_a_draft_is_not_a_page_for_readers(draft_of, eve, signed_in):
    draft_of()
    client = signed_in(eve)
    assert client.get(READ + "1/").status_code == 404
    assert b"Nothing in force yet" in client.get(READ).content


def test_confirming_by_the_button_leads_to_work_and_the_button_goes(publish, eve, signed_in, member_of):
    publish()
    client = signed_in(eve)
    assert b"Confirm v1 and go to work" in client.get(READ).content
    assert not Acknowledgement.objects.exists(), "reading alone confirms nothing"
    answer = client.post(READ + "1/acknowledge/")
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert b"Confirm v" not in client.get(READ).content
    assert Acknowledgement.objects.get().member == member_of(eve)


def test_confirming_an_outdated_version_says_so(publish, eve, signed_in):
    publish()
    publish(TEXT + "\nx")
    client = signed_in(eve)
    assert b"A newer version is in force." in client.get(READ + "1/").content
    answer = client.post(READ + "1/acknowledge/")
    assert answer.status_code == 409
    assert b"newer version appeared" in answer.content


def test_the_drawer_answers_a_part_to_htmx_and_a_page_otherwise(publish, eve, signed_in):
    version = publish()
    client, data = signed_in(eve), drawer(version)
    assert data["page_url"] == READ + "1/"
    assert [row["title"] for row in data["sections"]] == ["Accuracy", "Figures", "Tone"]
    url = data["sections"][1]["url"]
    part = client.get(url, headers={"hx-request": "true"}).content
    assert b"Count them twice." in part
    assert b"<html" not in part
    assert b"<html" in client.get(url).content
    hits = client.get(data["search_url"] + "&q=reader", headers={"hx-request": "true"}).content
    assert b"<mark>reader</mark>" in hits
    assert b"No section has" in client.get(data["search_url"] + "&q=zebra").content
    assert b"no such section" in client.get(READ + "drawer/?section=nowhere").content
    assert drawer(None) == {}


def test_the_drawer_keeps_to_the_version_of_the_task(publish, eve, signed_in):
    old = publish()
    publish(TEXT.replace("twice", "thrice"))
    url = drawer(old)["sections"][1]["url"]
    assert b"twice" in signed_in(eve).get(url).content


def test_the_list_of_guidelines_says_what_waits(publish, project, eve, signed_in):
    client = signed_in(eve)
    assert b"Nothing in force yet" in client.get("/p/").content
    publish()
    assert b"To read and confirm" in client.get("/p/").content
    client.post(READ + "1/acknowledge/")
    assert b"Up to date" in client.get("/p/").content
