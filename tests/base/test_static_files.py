"""Files are served under names that change with their content, and scripts find each other under those names."""

import re
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from evaltool.base.static_files import HashedFiles


@pytest.fixture
def storage(tmp_path: Path) -> HashedFiles:
    return HashedFiles(location=tmp_path, base_url="/static/")


def test_scripts_import_each_other_by_the_names_a_page_loads(storage: HashedFiles) -> None:
    texts = {
        "a.js": 'import { b } from "./in/b.js";\nimport htmx from "htmx";\n// from "./nowhere.txt"\nb();',
        "in/b.js": "import '../c.js';\nexport const b = 1;",
        "c.js": "console.log(1);",
    }
    for name, text in texts.items():
        storage.save(name, ContentFile(text))
    list(storage.post_process({name: (storage, name) for name in texts}))
    main = storage.stored_name("a.js")
    assert main != "a.js"
    text = (Path(storage.location) / main).read_text()
    imported = re.findall(r'from "([^"]+)"', text)
    assert imported == [f"./{storage.stored_name('in/b.js')}", "htmx", "./nowhere.txt"]
    inner = (Path(storage.location) / storage.stored_name("in/b.js")).read_text()
    assert f'import "../{storage.stored_name("c.js")}"' in inner
