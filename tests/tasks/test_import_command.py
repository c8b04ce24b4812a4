"""`manage.py import_batch`: the page's import at the terminal, without a worker."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from projects.models import Project
from tasks.models import Batch, ImportRun, Task
from tests.tasks.import_samples import jsonl, make_rubric, row


@pytest.fixture
def rubric(project: Project, alice: User) -> None:
    """The project has one published rubric."""
    make_rubric(project, alice)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three rows, the second bad."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(jsonl(row("a", source="x"), row("b", prompt=""), row("c")))
    return path


def run(capsys: pytest.CaptureFixture[str], project: Project, *arguments: object, by: str = "alice@example.org") -> str:
    """Call the command; what it says."""
    call_command("import_batch", project.slug, "Batch 1", *map(str, arguments), "--by", by)
    return capsys.readouterr().out


def test_bad_rows_are_reported_and_nothing_comes_in(project: Project, rubric: None, file: Path, capsys) -> None:
    with pytest.raises(CommandError, match="1 row is bad"):
        run(capsys, project, file)
    said = capsys.readouterr().out
    assert "Checked 3 rows: 2 new, 0 unchanged, 1 bad." in said
    assert "line 2 b, prompt: The prompt has no visible text" in said
    assert not Task.objects.exists()
    file.write_bytes(jsonl(row("a"), row("b"), row("c")))
    assert "Imported: 3 new" in run(capsys, project, file)


def test_good_rows_come_in_and_the_batch_is_released(project: Project, rubric: None, file: Path, capsys) -> None:
    said = run(capsys, project, file, "--leave-out-bad", "--release")
    assert "Imported: 2 new, 0 unchanged, 1 left out." in said
    assert "shown to nobody who judges: source." in said
    batch = Batch.objects.get()
    assert (batch.state, batch.tasks.count()) == (Batch.State.RELEASED, 2)
    again = run(capsys, project, file, "--leave-out-bad", "--release")
    assert "Imported: 0 new, 2 unchanged, 1 left out." in again
    assert Task.objects.count() == 2


def test_without_waiting_the_worker_does_the_rest(project: Project, rubric: None, file: Path, capsys) -> None:
    assert "A worker checks it" in run(capsys, project, file, "--no-wait")
    assert ImportRun.objects.get().state == ImportRun.State.UPLOADED


def test_refusals_say_why(project: Project, alice: User, file: Path, capsys, tmp_path: Path) -> None:
    for by, reason in (("nobody@example.org", "Nobody here"), ("eve@example.org", "manages no project")):
        with pytest.raises(CommandError, match=reason):
            run(capsys, project, file, by=by)
    with pytest.raises(CommandError, match="no published rubric"):
        run(capsys, project, file)
    make_rubric(project, alice, "One")
    make_rubric(project, alice, "Two")
    with pytest.raises(CommandError, match="--rubric: One, Two"):
        run(capsys, project, file)
    with pytest.raises(CommandError, match="called Three"):
        run(capsys, project, file, "--rubric", "Three")
    with pytest.raises(CommandError, match="cannot be read"):
        run(capsys, project, tmp_path / "gone.jsonl", "--rubric", "Two")
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(CommandError, match="The file is empty"):
        run(capsys, project, tmp_path / "empty.jsonl")
    assert not ImportRun.objects.exists()
