"""What no template, script or module may contain, so that the content security policy and the escaping hold."""

import ast
import hashlib
import json
import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(
    path for folder in [ROOT / "templates", *ROOT.glob("*/templates")] for path in folder.rglob("*") if path.is_file()
)
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
STYLES = sorted((ROOT / "static" / "css").rglob("*.css"))
VENDOR = ROOT / "static" / "vendor"
MODULES = sorted(
    path
    for path in ROOT.rglob("*.py")
    if not {".venv", "tests", "migrations", "var", "staticfiles"} & set(path.relative_to(ROOT).parts)
)

FORBIDDEN_IN_TEMPLATES = {
    "a script without a file": r"<script(?![^>]*\ssrc=)",
    "a style element": r"<style\b",
    "a style attribute": r"\sstyle\s*=",
    "an event attribute": r"\son[a-z]+\s*=",
    "hx-on": r"\shx-on\b",
    "an event filter": r"hx-trigger\s*=\s*[\"'][^\"']*\[",
    "evaluated values": r"[\"']\s*(?:js|javascript):",
    "the safe filter": r"\|\s*safe(?:seq)?\b",
    "escaping switched off": r"autoescape\s+off",
    "another host": r"\b(?:src|href|action|hx-[a-z]+)\s*=\s*[\"']?(?:https?:)?//",
}
FORBIDDEN_IN_SCRIPTS = {
    "markup from text": r"\.(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|createContextualFragment",
    "evaluation": r"\beval\s*\(|new\s+Function\b|set(?:Timeout|Interval)\s*\(\s*[\"'`]",
    "inline style": r"\.style\b|setAttribute\(\s*[\"']style",
    "another host": r"[\"'`](?:https?:)?//[a-z]",
}


def without_comments(text: str) -> str:
    """Without comments, and without the names that includes pass on (`with one=one` is no attribute)."""
    text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", text, flags=re.DOTALL)
    return re.sub(r"{% include .*?%}", "", text, flags=re.DOTALL)


def test_there_is_something_to_look_at():
    assert len(TEMPLATES) > 25
    assert len(SCRIPTS) >= 5
    assert len(MODULES) > 40


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_holds_nothing_the_policy_forbids(path):
    text = without_comments(path.read_text())
    found = {what for what, pattern in FORBIDDEN_IN_TEMPLATES.items() if re.search(pattern, text, re.IGNORECASE)}
    if path.suffix == ".txt":  # a mail is plain text: escaping would show in it
        found.discard("escaping switched off")
    assert found == set()


@pytest.mark.parametrize(
    "markup",
    [
        "<script>x</script>", "<style>a{}</style>", '<p style="x">', "<a onclick=x>", '<p hx-on:click="x">',
        "<p hx-trigger=\"keyup[key=='a']\">", "<p hx-vals='js:{a:1}'>", "{{ x|safe }}", "{% autoescape off %}",
        '<script src="https://cdn.example/x.js">', '<img src="//cdn.example/x.png">',
    ],
)  # fmt: skip
def test_the_search_finds_what_it_looks_for(markup):
    assert any(re.search(pattern, markup, re.IGNORECASE) for pattern in FORBIDDEN_IN_TEMPLATES.values())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_compiles(path):
    folder = next(parent for parent in path.parents if parent.name == "templates")
    assert get_template(str(path.relative_to(folder))) is not None


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_script_makes_no_markup_from_text(path):
    text = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.MULTILINE)
    assert {what for what, pattern in FORBIDDEN_IN_SCRIPTS.items() if re.search(pattern, text)} == set()


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_style_sheet_loads_nothing(path):
    assert not re.search(r"@import|url\(", path.read_text())


def test_only_the_renderer_marks_text_safe():
    marking = {"mark_safe", "SafeText", "SafeData", "html_safe"}
    found = set()
    for path in MODULES:
        tree = ast.parse(path.read_text())
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        calls = {
            node.func.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "SafeString"
        }
        if names & marking or calls:
            found.add(str(path.relative_to(ROOT)))
    assert found == {"evaltool/base/markdown.py"}


VENDORED = [
    (entry, name, digest)
    for entry in json.loads((VENDOR / "VENDORED.json").read_text())
    for name, digest in entry["files"].items()
]


@pytest.mark.parametrize(("entry", "name", "digest"), VENDORED, ids=[name for _, name, _ in VENDORED])
def test_vendored_file_is_the_one_on_the_list(entry, name, digest):
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest
    assert {"name", "version", "license", "homepage"} <= entry.keys()


def test_every_vendored_file_is_listed_with_a_license():
    listed = {name for _, name, _ in VENDORED}
    present = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()} - {"VENDORED.json"}
    assert present == listed
    assert all(any("LICENSE" in name for name in entry["files"]) for entry, _, _ in VENDORED)


def test_every_icon_named_in_a_template_exists():
    from evaltool.base.icons import ICONS

    named = {name for path in TEMPLATES for name in re.findall(r'{% icon "([\w-]+)"', path.read_text())}
    assert named <= ICONS.keys()


def test_track_places_marks_and_says_them_in_words():
    source = "{% load evaltool_text %}{% track marks critical=True accepted=accepted %}"
    html = Template(source).render(Context({"marks": [("A", 5), ("B", 2), ("C", None)], "accepted": (1, 2)}))
    assert 'aria-label="Levels: A 5, B 2"' in html
    assert html.count('class="stop"') == 5
    assert 'class="gap-crit" x1="39.0"' in html
    assert html.count("<g ") == 2


def test_marks_on_one_level_stand_side_by_side():
    html = Template("{% load evaltool_text %}{% track marks %}").render(Context({"marks": [("A", 3), ("B", 3)]}))
    assert re.findall(r"translate\(([\d.]+) 13\)", html) == ["61.5", "70.5"]


def test_field_names_its_help_and_errors_for_assistive_technology():
    from django import forms

    class Form(forms.Form):
        reason = forms.CharField(help_text="At least 8 words.", widget=forms.Textarea)
        cause = forms.ChoiceField(choices=[("a", "Evaluator error")], widget=forms.RadioSelect)

    form = Form({})
    html = get_template("parts/field.html").render({"field": form["reason"], "rows": 3})
    assert 'aria-describedby="id_reason_helptext id_reason_error"' in html
    assert 'id="id_reason_helptext"' in html
    assert 'id="id_reason_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'class="input"' in html
    assert 'rows="3"' in html
    group = get_template("parts/field.html").render({"field": form["cause"]})
    assert "<fieldset" in group
    assert "<legend" in group
    summary = get_template("parts/error_summary.html").render({"form": form})
    assert '<a href="#id_reason">Reason</a>: This field is required.' in summary
