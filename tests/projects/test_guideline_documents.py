"""A guideline from a document: uploaded, read by a worker, confirmed, drafted, published, downloaded again."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from evaltool.base import todos
from evaltool.base.models import ToDo
from projects.commands import publish_guideline, upload_guideline_file
from projects.models import GuidelineFile
from projects.selectors import guideline_draft
from tests.document_samples import docx

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("project")]
EDIT = "/manage/clinical-answers/guideline/"
FILES = f"{EDIT}files/"
GUIDE = [("Title", "How to judge"), ("Heading1", "Tone"), ("", "Be fair."), ("", "1.1 Irony"), ("", "Never.")]


def upload(client, data: bytes, name: str = "guide.docx"):
    """Send a document as the page does."""
    return client.post(FILES, {"file": SimpleUploadedFile(name, data)})


def work_off() -> None:
    """Do what waits for a worker."""
    for row in ToDo.objects.filter(kind="read_guideline_file"):
        assert todos.run(row.pk)


@pytest.fixture
def client(signed_in, alice):
    return signed_in(alice)


def test_the_whole_way_from_a_document_to_a_version_in_force(client, project, alice, eve, signed_in) -> None:
    data = docx(GUIDE)
    page = upload(client, data)["Location"]
    assert "Reading the document" in client.get(page).content.decode()
    work_off()
    shown = client.get(page)
    assert [(heading.title, level) for heading, level in shown.context["headings"]] == [
        ("How to judge", 1), ("Tone", 2), ("1.1 Irony", 0),
    ]  # fmt: skip
    lines = {heading.title: heading.line for heading, _ in shown.context["headings"]}
    form = {"title": "Guide", "must_read": "on", "expected": "", f"level.{lines['1.1 Irony']}": "3"}
    again = client.post(page, {**form, "do": "preview"})
    assert [part.title for part in again.context["found"]] == ["Tone", "Irony"]
    assert guideline_draft(project) is None
    assert client.post(page, {**form, "do": "save"}).status_code == 303
    version = publish_guideline(version=guideline_draft(project), by=alice)
    assert list(version.sections.values_list("number", "title")) == [("1", "Tone"), ("1.1", "Irony")]
    reader = signed_in(eve)
    assert "The document as uploaded" in reader.get("/p/clinical-answers/guideline/1/").content.decode()
    answer = reader.get("/p/clinical-answers/guideline/1/original/")
    assert b"".join(answer.streaming_content) == data
    assert answer["Content-Disposition"] == 'attachment; filename="guide.docx"'
    assert answer["Content-Type"] == "application/octet-stream"


def test_a_document_that_cannot_be_read_says_why_and_changes_nothing(client, project) -> None:
    page = upload(client, b"%PDF-1.4 nothing", "guide.pdf")["Location"]
    work_off()
    text = client.get(page).content.decode()
    assert "This PDF is damaged and could not be read." in text
    assert client.post(page, {"title": "Guide"}).status_code == 200
    assert guideline_draft(project) is None


def test_a_double_click_is_one_upload_and_a_refused_one_can_come_again(client) -> None:
    first, second = (upload(client, docx(GUIDE))["Location"] for _ in range(2))
    assert first == second
    bad = [upload(client, b"%PDF-1.4 nothing", "guide.pdf")["Location"]]
    work_off()
    bad.append(upload(client, b"%PDF-1.4 nothing", "guide.pdf")["Location"])
    assert len(set(bad)) == 2


def test_reading_twice_changes_nothing(project, alice) -> None:
    from projects.commands.documents import read_guideline_file

    found = upload_guideline_file(project=project, data=docx(GUIDE), filename="g.docx", by=alice)
    for _ in range(2):
        read_guideline_file(found.pk, lambda: None)
    found.refresh_from_db()
    assert (found.state, found.kind) == ("read", "docx")


def test_an_empty_upload_is_refused_on_the_page_it_came_from(client) -> None:
    answer = upload(client, b"")
    assert answer.status_code == 422
    assert "empty" in answer.content.decode()
    assert not GuidelineFile.objects.exists()


def test_a_draft_somebody_else_changed_is_not_replaced_unseen(client, project, draft_of) -> None:
    page = upload(client, docx(GUIDE))["Location"]
    work_off()
    draft_of("## Theirs\n\nWords.")
    answer = client.post(page, {"title": "Guide", "expected": "", "do": "save"})
    assert answer.status_code == 409
    assert "Theirs" in guideline_draft(project).source
    form = answer.context["form"].data | {"do": "save"}
    assert client.post(page, form).status_code == 303
    assert "Tone" in guideline_draft(project).source


def test_only_admins_of_the_project_see_uploads(client, signed_in, quinn, eve, mallory) -> None:
    page = upload(client, docx(GUIDE))["Location"]
    for person in (quinn, eve, mallory):
        other = signed_in(person)
        assert [other.get(page).status_code, other.get(page + "original/").status_code] == [404, 404]
        assert upload(other, docx(GUIDE)).status_code == 404
