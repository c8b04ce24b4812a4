"""Pages of batches and imports: the loop by plain GET and POST, refusals, strangers, and queries that stay few."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from projects.commands import create_project, set_roles
from projects.models import Membership, Project, Role
from tasks.importing import cancel_import, commit_import
from tasks.models import Batch, ImportRun, Task
from tests.tasks.import_samples import checked, gold, jsonl, make_batch, make_rubric, row, upload, work


@pytest.fixture
def browser(alice: User) -> Client:
    """A client signed in as alice, who manages `project`."""
    return client_of(alice)


def client_of(user: User) -> Client:
    """A client signed in as somebody."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def batch(project: Project, alice: User) -> Batch:
    """An empty batch of `project`."""
    return make_batch(project, alice)


def url(name: str, project: Project, *of: Batch | ImportRun) -> str:
    """The address of a page of batches."""
    return reverse(f"tasks:{name}", args=[project.slug, *(thing.public_id for thing in of)])


def send(browser: Client, project: Project, batch: Batch, content: bytes, name: str = "rows.jsonl"):
    """Upload a file through the page."""
    return browser.post(url("import_new", project, batch), {"file": SimpleUploadedFile(name, content)})


def text(response) -> str:
    """What a page says."""
    return response.content.decode()


def test_from_an_empty_project_to_a_released_batch_by_pages_alone(
    browser: Client, project: Project, alice: User
) -> None:
    assert "A rubric comes first" in text(browser.get(url("batches", project)))
    version = make_rubric(project, alice)
    assert "Nothing to judge yet" in text(browser.get(url("batches", project)))
    form = {"name": "Batch 12", "rubric_version": version.public_id, "overlap": 2, "deadline": "", "purpose": "work"}
    made = browser.post(url("batch_new", project), form)
    batch = Batch.objects.get()
    assert (made.status_code, made["Location"]) == (303, url("import_new", project, batch))

    sent = send(browser, project, batch, jsonl(row("a"), row("b", prompt="", source="x"), row("c", source="x")))
    run = ImportRun.objects.get()
    assert (sent.status_code, sent["Location"]) == (303, url("import_run", project, run))
    assert 'hx-trigger="every 3s"' in text(browser.get(sent["Location"]))
    work()
    report = text(browser.get(sent["Location"]))
    assert "every 3s" not in report
    for said in ("Checked: 3 rows read", "no visible text", "Question a?", "<code>source</code> (1 row)"):
        assert said in report

    refused = browser.post(url("import_commit", project, run))
    assert refused.status_code == 422
    assert "1 row is bad" in text(refused)
    taken = browser.post(url("import_commit", project, run), {"leave_out_bad": "on"})
    assert taken.status_code == 303
    work()
    assert "2 tasks came into Batch 12" in text(browser.get(taken["Location"]))
    assert browser.post(url("batch_release", project, batch)).status_code == 303
    batch.refresh_from_db()
    assert batch.state == Batch.State.RELEASED
    page = text(browser.get(url("batch", project, batch)))
    assert "0 of 4" in page
    assert "Nobody is cleared for this rubric" in page


def test_bad_form_of_a_batch_comes_back_with_its_text(browser: Client, project: Project, batch: Batch) -> None:
    form = {"name": batch.name, "rubric_version": batch.rubric_version.public_id, "overlap": 2, "purpose": "work"}
    form["deadline"] = "2020-01-01T10:00"
    answer = browser.post(url("batch_new", project), form)
    assert answer.status_code == 422
    assert "This moment has passed" in text(answer)
    answer = browser.post(url("batch_new", project), form | {"deadline": ""})
    assert answer.status_code == 422
    assert "Another batch of this project has this name" in text(answer)
    assert f'value="{batch.name}"' in text(answer)


def test_progress_part_asks_again_while_a_worker_is_busy_and_then_stops(
    browser: Client, project: Project, batch: Batch, alice: User
) -> None:
    run = upload(batch, jsonl(row("a")), alice)
    ask = url("import_progress", project, run)
    busy = browser.get(ask, headers={"HX-Request": "true"})
    assert busy.status_code == 200
    assert "<html" not in text(busy)
    assert 'hx-trigger="every 3s"' in text(busy)
    work()
    done = browser.get(ask, headers={"HX-Request": "true"})
    assert done.status_code == 286
    assert "every 3s" not in text(done)
    assert "Import 1 new row" in text(done)
    assert browser.get(ask)["Location"] == url("import_run", project, run)


def test_preview_is_harmless_and_tells_neither_origin_nor_gold(
    browser: Client, project: Project, batch: Batch, alice: User
) -> None:
    hostile_link = {"text": "[x](javascript:alert(1))", "model": "m-1"}
    rows = [
        row("a", prompt="<script>alert(1)</script> **Why**?", responses=[hostile_link]),
        row("b", gold={"answers": {"accuracy": {"r1": 4}}, "explanation": "secret"}, reference="secret"),
    ]
    run = checked(batch, jsonl(*rows), alice)
    preview = text(browser.get(url("import_run", project, run))).split('id="preview-h"')[1]
    assert "<strong>Why</strong>" in preview
    for hostile in ("<script>alert", 'href="javascript', "m-1", "secret"):
        assert hostile not in preview


def test_number_of_gold_rows_is_not_shown_to_somebody_who_also_judges(
    browser: Client, project: Project, batch: Batch, alice: User
) -> None:
    run = checked(batch, jsonl(row("a", gold=gold())), alice)
    page = url("import_run", project, run)
    assert "with a gold key" in text(browser.get(page))
    member = Membership.objects.get(project=project, user=alice)
    set_roles(member=member, roles=[Role.ADMIN, Role.EVALUATOR], by=alice)
    assert "with a gold key" not in text(browser.get(page))


def test_report_as_csv_holds_every_problem_and_no_formula(
    browser: Client, project: Project, batch: Batch, alice: User
) -> None:
    bad = [row("=cmd()", prompt=""), row("@x", responses=[]), b"{", *[row("t", prompt="")] * 80]
    run = checked(batch, jsonl(*bad), alice)
    answer = browser.get(url("import_problems", project, run))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="problems-rows.csv"'
    lines = list(csv.reader(io.StringIO(answer.getvalue().decode())))
    assert lines[0] == ["line", "id", "field", "reason"]
    assert lines[1][:3] == ["1", "'=cmd()", "prompt"]
    assert lines[1][3].startswith("The prompt has no visible text")
    assert lines[2][1] == "'@x"
    assert lines[3][0:3] == ["3", "", "line"]
    assert len(lines) == 84


def test_problems_turn_pages(browser: Client, project: Project, batch: Batch, alice: User) -> None:
    run = checked(batch, jsonl(*(row(f"t{n}", prompt="") for n in range(60)), row("good")), alice)
    page = url("import_run", project, run)
    assert "<code>t39</code>" not in text(browser.get(page))
    part = browser.get(page + "?page=2", headers={"HX-Request": "true"})
    assert "<code>t39</code>" in text(part)
    assert text(part).lstrip().startswith('<section class="card card--flush" id="problem-rows"')


def test_file_above_the_limit_is_refused_unread(browser: Client, project: Project, batch: Batch, settings) -> None:
    settings.IMPORT_MAX_BYTES = 1000
    answer = send(browser, project, batch, b"x" * 200_000)
    assert answer.status_code == 413
    assert "IMPORT_MAX_BYTES" in text(answer)
    assert "This field is required" not in text(answer)
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04rest"])
def test_file_that_cannot_be_a_list_of_tasks_comes_back_at_once(
    browser: Client, project: Project, batch: Batch, content: bytes
) -> None:
    answer = send(browser, project, batch, content)
    assert answer.status_code == 422
    assert "Nothing was stored" in text(answer)
    assert not ImportRun.objects.exists()


def test_upload_without_a_csrf_token_is_refused(project: Project, batch: Batch, alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert send(browser, project, batch, jsonl(row("a"))).status_code == 403
    assert not ImportRun.objects.exists()


def test_failed_and_canceled_imports_say_what_to_do_next(
    browser: Client, project: Project, batch: Batch, alice: User
) -> None:
    failed = checked(batch, b"\n\n", alice)
    page = text(browser.get(url("import_run", project, failed)))
    assert "The file has no rows" in page
    assert url("import_new", project, batch) in page
    run = checked(batch, jsonl(row("a")), alice)
    assert browser.post(url("import_cancel", project, run)).status_code == 303
    assert "Nothing of this file came into the batch" in text(browser.get(url("import_run", project, run)))
    assert browser.post(url("import_cancel", project, run)).status_code == 409
    assert browser.post(url("import_commit", project, run)).status_code == 409
    assert not Task.objects.exists()


def test_refused_move_is_told_on_the_batch_and_a_second_click_is_harmless(
    browser: Client, project: Project, batch: Batch, alice: User
) -> None:
    said = browser.post(url("batch_release", project, batch))
    assert "This batch has no tasks" in text(browser.get(said["Location"]))
    commit_import(run=checked(batch, jsonl(row("a")), alice), by=alice)
    work()
    for _ in range(2):
        said = browser.post(url("batch_release", project, batch))
        assert "cannot become" not in text(browser.get(said["Location"]))
    batch.refresh_from_db()
    assert batch.state == Batch.State.RELEASED


def test_list_finds_by_name_file_and_task_id_and_by_state(browser: Client, project: Project, alice: User) -> None:
    spring, autumn = make_batch(project, alice, "Spring"), make_batch(project, alice, "Autumn")
    commit_import(run=checked(spring, jsonl(row("task-77")), alice, "april.jsonl"), by=alice)
    work()
    page = url("batches", project)
    for query in ("q=spri", "q=april", "q=task-77", "state=ready"):
        found = text(browser.get(f"{page}?{query}"))
        assert "Spring" in found
        assert "Autumn" not in found
    assert "No batch fits" in text(browser.get(f"{page}?q=winter"))
    down = text(browser.get(f"{page}?sort=-name"))
    assert down.index("Spring") < down.index("Autumn")
    part = browser.get(f"{page}?q=autumn", headers={"HX-Request": "true"})
    assert text(part).lstrip().startswith('<section class="card card--flush" id="batch-rows"')
    assert autumn.name in text(part)
    for nonsense in ("?page=x", "?sort=;drop", "?tab=zz&state=zz", "?q=%00", "?page=99"):
        assert browser.get(page + nonsense).status_code == 200


GETS = ["batch", "batch_change", "import_new"]
POSTS = ["batch_change", "import_new", "batch_release", "batch_pause", "batch_resume", "batch_complete"]
POSTS += ["batch_cancel", "batch_archive"]
RUN_GETS = ["import_run", "import_progress", "import_problems"]
RUN_POSTS = ["import_commit", "import_cancel"]


def addresses(project: Project, batch: Batch, run: ImportRun) -> list[tuple[str, str]]:
    """Every address of this room, with its verb."""
    found = [("get", url("batches", project)), ("get", url("batch_new", project)), ("post", url("batch_new", project))]
    found += [("get", url(name, project, batch)) for name in GETS]
    found += [("post", url(name, project, batch)) for name in POSTS]
    found += [("get", url(name, project, run)) for name in RUN_GETS]
    return found + [("post", url(name, project, run)) for name in RUN_POSTS]


def test_nobody_but_admins_of_the_project_finds_anything(
    project: Project, batch: Batch, alice: User, quinn: User, eve: User, mallory: User
) -> None:
    run = checked(batch, jsonl(row("a")), alice)
    other_admin = mallory
    other_admin.may_create_projects = True
    other_admin.save()
    other = create_project(name="Other", by=other_admin)
    for user in (quinn, eve, mallory):
        browser = client_of(user)
        for verb, address in addresses(project, batch, run):
            assert getattr(browser, verb)(address).status_code == 404, address
    foreign = client_of(other_admin)
    for verb, address in addresses(other, batch, run)[3:]:
        assert getattr(foreign, verb)(address).status_code == 404, address
    stranger = Client()
    for verb, address in addresses(project, batch, run):
        assert getattr(stranger, verb)(address).status_code in {302, 303}, address
    run.refresh_from_db()
    assert run.state == ImportRun.State.CHECKED


def test_reading_a_page_changes_nothing(browser: Client, project: Project, batch: Batch, alice: User) -> None:
    run = checked(batch, jsonl(row("a"), row("b", prompt="")), alice)
    before = list(ImportRun.objects.values()), list(Batch.objects.values())
    for verb, address in addresses(project, batch, run):
        if verb == "get":
            assert browser.get(address).status_code in {200, 303}
    for name in ("batch_release", "batch_pause"):
        assert browser.get(url(name, project, batch)).status_code == 405
    assert (list(ImportRun.objects.values()), list(Batch.objects.values())) == before


def asked(browser: Client, address: str) -> int:
    """How many queries a page takes."""
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    return len(queries)


def test_lists_ask_the_database_equally_often_for_one_row_and_for_many(
    browser: Client, project: Project, alice: User
) -> None:
    one = make_batch(project, alice, "Batch 0")
    commit_import(run=checked(one, jsonl(row("a"), row("b", prompt="")), alice), leave_out_bad=True, by=alice)
    work()
    waiting = checked(one, jsonl(row("y"), row("z", prompt="")), alice)
    pages = [url("batches", project), url("batch", project, one), url("import_run", project, waiting)]
    before = [asked(browser, page) for page in pages]
    cancel_import(run=waiting, by=alice)
    for number in range(1, 8):
        more = make_batch(project, alice, f"Batch {number}")
        content = jsonl(*(row(f"{number}-{n}") for n in range(5)), row("x", prompt=""))
        commit_import(run=checked(more, content, alice), leave_out_bad=True, by=alice)
        work()
    rows = [*(row(f"z{n}", prompt="") for n in range(9)), *(row(f"y{n}") for n in range(3))]
    pages[2] = url("import_run", project, checked(one, jsonl(*rows), alice))
    assert [asked(browser, page) for page in pages] == before
    assert max(before) <= 20
