"""The documents name what the code has, and nothing else."""

import re
from pathlib import Path

from django.conf import settings

from evaltool.verify import INVARIANTS

ROOT = Path(__file__).resolve().parents[2]


def test_every_invariant_is_stated_in_words_and_no_other() -> None:
    stated = re.findall(r"^\| ([a-z][a-z-]+) \|", (ROOT / "docs/invariants.md").read_text(), re.MULTILINE)
    assert sorted(stated) == sorted(invariant.name for invariant in INVARIANTS)


def test_every_setting_of_the_environment_is_documented() -> None:
    source = (ROOT / "evaltool/settings.py").read_text()
    read = set(re.findall(r'env(?:_bool|_list)?\("([A-Z_]+)"', source)) - {"EVALTOOL_TEST", "PYTEST_XDIST_WORKER"}
    told = (ROOT / "docs/operators.md").read_text()
    assert {name for name in read if f"`{name}`" not in told} == set()


def test_every_beat_entry_names_a_job_there_is() -> None:
    from evaltool.celery import app

    app.loader.import_default_modules()
    wanted = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert wanted <= set(app.tasks)


def test_links_between_documents_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    links = ((page, target) for page in pages for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()))
    missing = [f"{page.name}: {to}" for page, to in links if "://" not in to and not (page.parent / to).exists()]
    assert missing == []
