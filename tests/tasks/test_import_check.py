"""The check of an uploaded file: what is good, what is bad and why, and that nothing is imported yet."""

from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from evaltool.base.errors import Invalid, RuleBroken
from projects.models import Project
from tasks.importing import cancel_import, check_import, start_import
from tasks.models import Batch, ImportRun, RowProblem, StagedRow, Task
from tests.tasks.import_samples import checked, gold, jsonl, make_batch, row, upload, work


@pytest.fixture
def batch(project: Project, alice: User) -> Batch:
    """An empty batch of `project`."""
    return make_batch(project, alice)


def stored_files() -> set[str]:
    """What lies in the storage."""
    return {str(path) for path in Path(default_storage.path("imports")).rglob("*.jsonl")}


def problems(run: ImportRun) -> list[tuple[int, str, str, str]]:
    """The report of a run."""
    rows = RowProblem.objects.filter(run=run).order_by("line", "pk")
    return list(rows.values_list("line", "external_id", "field", "reason"))


def only_problem(batch: Batch, by: User, bad: object) -> tuple[int, str, str, str]:
    """The one problem of a file whose second row is bad."""
    run = checked(batch, jsonl(row("first"), bad, row("last")), by)
    assert run.state == ImportRun.State.CHECKED
    assert (run.rows_total, run.rows_new, run.rows_bad) == (3, 2, 1)
    assert not Task.objects.exists()
    found = problems(run)
    assert len(found) == 1
    return found[0]


def test_good_rows_are_staged_and_nothing_is_imported(batch: Batch, alice: User) -> None:
    run = checked(batch, jsonl(row("a"), row("b", gold=gold()), "", row("c")), alice)
    batch.refresh_from_db()
    assert (run.state, run.rows_total, run.rows_new, run.rows_bad) == ("checked", 3, 3, 0)
    assert run.bytes_done == run.size
    assert run.mapping["gold"] == 1
    assert batch.state == Batch.State.IMPORTING
    assert list(StagedRow.objects.order_by("line").values_list("line", "external_id")) == [(1, "a"), (2, "b"), (4, "c")]
    assert not Task.objects.exists()


def test_line_that_is_not_utf8_names_the_byte(batch: Batch, alice: User) -> None:
    line, _, field, reason = only_problem(batch, alice, '{"id": "x", "prompt": "caf\xe9"}'.encode("latin-1"))
    assert (line, field) == (2, "line")
    assert reason == "is not UTF-8: byte 27 is 0xE9"


def test_broken_json_on_one_line_names_the_place(batch: Batch, alice: User) -> None:
    line, _, field, reason = only_problem(batch, alice, '{"id": "x", "prompt": }')
    assert (line, field) == (2, "line")
    assert reason == "is not JSON: expecting value at character 23"


def test_missing_prompt_names_the_row(batch: Batch, alice: User) -> None:
    assert only_problem(batch, alice, row("x", prompt=None)) == (2, "x", "prompt", "The prompt is missing")


def test_response_without_visible_text_is_named(batch: Batch, alice: User) -> None:
    line, name, field, reason = only_problem(batch, alice, row("x", responses=["Good.", "\u200b \u2060"]))
    assert (line, name, field) == (2, "x", "responses 2")
    assert reason.startswith("Response 2 has no visible text")


def test_duplicate_id_in_the_file_names_both_lines(batch: Batch, alice: User) -> None:
    line, name, field, reason = only_problem(batch, alice, row("first", prompt="Other?"))
    assert (line, name, field) == (2, "first", "id")
    assert "line 1" in reason
    assert "line 2" in reason


def test_duplicate_far_apart_is_noticed_too(batch: Batch, alice: User) -> None:
    run = checked(batch, jsonl(*(row(f"t{n}") for n in range(600)), row("t3")), alice)
    assert run.rows_new == 600
    assert [(line, field) for line, _, field, _ in problems(run)] == [(601, "id")]
    assert "line 4" in problems(run)[0][3]


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ({"answers": {"beauty": {"r1": 3}}}, "gold.beauty"),
        ({"answers": {"accuracy": {"r3": 3}}}, "gold.accuracy.r3"),
        ({"answers": {"accuracy": {"r1": 6}}}, "gold.accuracy.r1"),
        ({"answers": {"accuracy": {"r1": {"value": 3, "accepted": [3, 9]}}}}, "gold.accuracy.r1"),
        ({"answers": {"accuracy": 3}}, "gold.accuracy"),
    ],
    ids=["unknown criterion", "unknown response", "off the scale", "accepted off the scale", "no response named"],
)
def test_gold_key_that_does_not_fit_the_rubric_is_a_problem(
    batch: Batch, alice: User, key: dict[str, object], field: str
) -> None:
    line, name, found, reason = only_problem(batch, alice, row("x", gold=key))
    assert (line, name, found) == (2, "x", field)
    assert reason


def test_every_problem_of_a_row_is_reported(batch: Batch, alice: User) -> None:
    run = checked(batch, jsonl(row("x", prompt=None, responses="none", needs_expert="yes", domain=3)), alice)
    assert run.rows_bad == 1
    assert {field for _, _, field, _ in problems(run)} == {"prompt", "responses", "needs_expert", "domain"}


def test_line_above_the_limit_is_a_problem_and_the_rest_is_read(batch: Batch, alice: User, tmp_path, settings) -> None:
    settings.IMPORT_MAX_LINE_BYTES = 1_000_000
    path = tmp_path / "long.jsonl"
    with path.open("wb") as file:
        file.write(jsonl(row("first")))
        file.write(b'{"id": "x", "prompt": "')
        for _ in range(50):
            file.write(b"a" * 1_000_000)
        file.write(b'"}\n' + jsonl(row("last")))
    with path.open("rb") as file:
        run = start_import(batch=batch, file=file, filename="long.jsonl", by=alice)
    work()
    run.refresh_from_db()
    assert (run.rows_total, run.rows_new, run.rows_bad) == (3, 2, 1)
    assert problems(run) == [(2, "", "line", "is longer than 1,000,000 bytes (IMPORT_MAX_LINE_BYTES)")]
    assert run.bytes_done == run.size > 50_000_000


def test_empty_file_is_refused_at_once(batch: Batch, alice: User) -> None:
    with pytest.raises(Invalid, match="The file is empty"):
        upload(batch, b"", alice)
    assert not ImportRun.objects.exists()


def test_file_of_empty_lines_fails_with_a_sentence_and_frees_the_batch(batch: Batch, alice: User) -> None:
    run = checked(batch, b"\n  \r\n\n", alice)
    batch.refresh_from_db()
    assert run.state == ImportRun.State.FAILED
    assert run.error.startswith("The file has no rows")
    assert batch.state == Batch.State.DRAFT


@pytest.mark.parametrize(
    ("start", "word"),
    [(b"PK\x03\x04", "zip"), (b"\x1f\x8b\x08", "gzip"), ("﻿hello".encode("utf-16"), "UTF-16"), (b"%PDF-1.7", "PDF")],
)
def test_file_of_another_kind_is_refused_by_name(batch: Batch, alice: User, start: bytes, word: str) -> None:
    with pytest.raises(Invalid, match=word):
        upload(batch, start + b"x" * 50, alice)


def test_file_above_the_limit_is_refused_and_not_kept(batch: Batch, alice: User, settings) -> None:
    settings.IMPORT_MAX_BYTES = 1000
    before = stored_files()
    with pytest.raises(Invalid, match="IMPORT_MAX_BYTES"):
        upload(batch, b"{}\n" * 1000, alice)
    assert not ImportRun.objects.exists()
    assert stored_files() == before


def test_more_rows_than_allowed_fail_the_import(batch: Batch, alice: User, settings) -> None:
    settings.IMPORT_MAX_ROWS = 2
    run = checked(batch, jsonl(row("a"), row("b"), row("c")), alice)
    assert run.state == ImportRun.State.FAILED
    assert "IMPORT_MAX_ROWS" in run.error
    assert not StagedRow.objects.exists()


def test_byte_order_mark_and_windows_line_ends_are_fine(batch: Batch, alice: User) -> None:
    content = b"\xef\xbb\xbf" + jsonl(row("a"), row("b")).replace(b"\n", b"\r\n")
    run = checked(batch, content.rstrip(), alice)
    assert (run.rows_new, run.rows_bad) == (2, 0)


def test_unknown_keys_are_kept_as_metadata_and_named(batch: Batch, alice: User) -> None:
    run = checked(batch, jsonl(row("a", source="site", reference="The answer."), row("b", source="site")), alice)
    assert run.mapping["kept_as_metadata"] == {"source": 2, "reference": 1}
    metadata = StagedRow.objects.get(external_id="a").task["content"]["metadata"]
    assert metadata == {"source": "site", "reference": "The answer."}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\rows.jsonl", "rows.jsonl"),
        ("a\u202egpj.exe\x00.jsonl", "agpj.exe.jsonl"),
        ("/", "upload.jsonl"),
        ("x" * 900 + ".jsonl", "x" * 200),
    ],
)
def test_hostile_file_names_reach_neither_disk_nor_page(batch: Batch, alice: User, name: str, shown: str) -> None:
    run = upload(batch, jsonl(row()), alice, name)
    assert run.filename == shown
    stored = run.file.name.rsplit("/", 1)[-1]
    assert len(stored) == 38
    assert set(stored.removesuffix(".jsonl")) <= set("0123456789abcdef")


def test_second_import_into_a_batch_waits_for_the_first(batch: Batch, alice: User) -> None:
    stale = Batch.objects.get(pk=batch.pk)
    upload(batch, jsonl(row("a")), alice)
    with pytest.raises(RuleBroken, match="on its way"):
        start_import(batch=stale, file=_file(jsonl(row("b"))), filename="b.jsonl", by=alice)
    assert ImportRun.objects.count() == 1


def test_the_same_file_sent_twice_is_one_import(batch: Batch, alice: User) -> None:
    before = stored_files()
    first, second = (upload(batch, jsonl(row("a")), alice) for _ in range(2))
    assert first == second
    assert ImportRun.objects.count() == 1
    assert len(stored_files() - before) == 1


def _file(content: bytes):
    from io import BytesIO

    return BytesIO(content)


class Killed(Exception):
    """A worker that is gone in the middle of its work."""


def test_check_that_was_killed_starts_again_and_comes_to_the_same_result(batch: Batch, alice: User) -> None:
    rows = [row(f"t{n}") if n % 7 else row(f"t{n}", prompt="") for n in range(1700)]
    run = upload(batch, jsonl(*rows), alice)
    beats = iter(range(100))

    def dies_at_third_chunk() -> None:
        if next(beats) == 3:
            raise Killed

    with pytest.raises(Killed):
        check_import(run.pk, dies_at_third_chunk)
    run.refresh_from_db()
    assert run.state == ImportRun.State.CHECKING
    assert 0 < run.bytes_done < run.size
    work()
    run.refresh_from_db()
    assert (run.state, run.rows_total, run.rows_new, run.rows_bad) == ("checked", 1700, 1457, 243)
    assert StagedRow.objects.filter(run=run).count() == 1457
    assert RowProblem.objects.filter(run=run).count() == 243


def test_cancel_in_the_middle_of_the_check_stops_it_and_leaves_nothing(batch: Batch, alice: User) -> None:
    run = upload(batch, jsonl(*(row(f"t{n}") for n in range(1100))), alice)
    beats = iter(range(100))

    def cancels_at_second_chunk() -> None:
        if next(beats) == 1:
            cancel_import(run=run, by=alice)

    with pytest.raises(Exception, match="canceled"):
        check_import(run.pk, cancels_at_second_chunk)
    work()
    run.refresh_from_db()
    batch.refresh_from_db()
    assert run.state == ImportRun.State.CANCELED
    assert batch.state == Batch.State.DRAFT
    assert not StagedRow.objects.exists()


def test_check_given_up_by_the_worker_says_so(batch: Batch, alice: User, settings) -> None:
    from django.utils import timezone

    from evaltool.base.models import ToDo

    run = upload(batch, jsonl(row()), alice)
    run.file.delete(save=False)
    for _ in range(8):
        ToDo.objects.filter(kind="check_import").update(due_at=timezone.now())
        work()
    run.refresh_from_db()
    assert run.state == ImportRun.State.FAILED
    assert "Upload it again" in run.error
