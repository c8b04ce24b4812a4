"""In a real browser: words are marked with keys or a mouse where they stand, and become evidence."""

import importlib.resources
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from rubrics.commands import create_rubric, publish_version, save_version_draft
from rubrics.marking import normalize
from tasks.assigning import take_seat
from tasks.models import Submission
from tests.browser import chromium, until
from tests.tasks.conftest import Desk
from tests.tasks.work_samples import clear, make_batch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = """# The dose

Take **5 mg** a day 😀, see [the leaflet](https://a.example/is.here), not more\r\nthan that &amp; never twice.

| Name | Dose |
|---|---|
| Ana | 5 \\| 6 mg |

The formula $x_1 + y$ gives it, e\u0301norme. שלום לך.
"""
SOURCE = normalize(TEXT)
SEVERITIES = [{"key": "minor", "title": "Minor", "weight": 1}, {"key": "major", "title": "Major", "weight": 5}]
LEVELS = [{"score": n, "title": f"Level {n}", "description": f"What level {n} means."} for n in range(1, 4)]
CRITERIA = [
    {
        "key": "flaws", "title": "Flaws", "kind": "spans", "rationale": "never",
        "config": {
            "labels": [
                {"key": "wrong", "title": "Wrong", "help": "Not so."},
                {"key": "unclear", "title": "Unclear"},
                {"key": "good", "title": "Good", "severity": False},
            ],
            "severities": SEVERITIES,
        },
    },
    {"key": "accuracy", "title": "Accuracy", "kind": "rating", "rationale": "optional", "config": {"levels": LEVELS}},
]  # fmt: skip


@pytest.fixture
def page(desk: Desk, live_server):
    """Eve in a task with one response to mark; errors of the page fail the test."""
    rubric = create_rubric(project=desk.project, name="Passages", by=desk.admin)
    draft = save_version_draft(rubric=rubric, body={"criteria": CRITERIA}, by=desk.admin)
    version = publish_version(version=draft, by=desk.admin)
    clear(desk.eve, version, desk.admin)
    row = {"id": "marked", "prompt": "How much of it may *anybody* take?", "responses": [TEXT]}
    batch = make_batch(version, desk.admin, rows=[row], name="Marking", priority=9)
    assignment = take_seat(member=desk.eve, batch=batch, state="queued")
    client = Client()
    client.force_login(desk.eve.user)
    client.post(f"/work/{assignment.public_id}/open/")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    with chromium() as browser:
        context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
        context.set_default_timeout(15_000)
        context.add_cookies([cookie])
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: "Content Security" in message.text and errors.append(message.text))
        page.goto(f"/work/{assignment.public_id}/")
        page.wait_for_selector("#task")
        yield page
        context.close()
    assert errors == []


def in_database(read):
    """Whatever `read` finds; the browser's event loop runs in this thread."""

    def run():
        try:
            return read()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()


def select(page, text: str, nth: int = 0) -> None:
    """Select these words of the page with the mouse's own selection."""
    page.evaluate(
        """([words, nth]) => {
          const pane = document.querySelector("[data-source-target=r1]");
          const walker = document.createTreeWalker(pane, NodeFilter.SHOW_TEXT);
          let seen = "";
          const nodes = [];
          while (walker.nextNode()) { nodes.push([seen.length, walker.currentNode]); seen += walker.currentNode.data; }
          let at = -1;
          for (let n = 0; n <= nth; n += 1) at = seen.indexOf(words, at + 1);
          if (at < 0) throw new Error(`no ${words} in ${seen}`);
          const place = (offset) => {
            const [from, node] = nodes.findLast(([start]) => start <= offset);
            return [node, offset - from];
          };
          getSelection().setBaseAndExtent(...place(at), ...place(at + words.length - 1));
          getSelection().extend(place(at + words.length - 1)[0], place(at + words.length - 1)[1] + 1);
        }""",
        [text, nth],
    )


def marks(page) -> list[dict]:
    return page.evaluate("JSON.parse(document.querySelector('[data-marks]').value || '[]')")


def slices(page) -> list[str]:
    return [SOURCE[one["start"] : one["end"]] for one in marks(page)]


def saved(page) -> None:
    page.wait_for_selector("[data-save-state=saved]")


def stored() -> list[dict]:
    row = Submission.objects.latest("pk").answers
    return [row.get(criterion__key="flaws").value, row.get(criterion__key="accuracy").evidence]


def test_words_are_marked_rated_and_submitted_by_keys_alone(page) -> None:
    page.locator("[data-criterion]").first.focus()
    page.keyboard.press("w")
    until(page, "getSelection().toString() === 'The'")
    page.keyboard.press("ArrowDown")  # the next line
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    until(page, "getSelection().toString().replace(/\\s+/g, ' ') === 'Take 5 mg'")
    page.keyboard.press("1")
    page.wait_for_selector("[data-mark-severities]:not([hidden])")
    page.keyboard.press("2")
    page.wait_for_selector("[data-mark-severities]", state="hidden")
    assert marks(page) == [
        {"start": 12, "end": 23, "label": "wrong", "severity": "major", "note": "", "text": "Take 5 mg"}
    ]  # fmt: skip
    assert page.locator("[data-source-target=r1] mark").first.get_attribute("title") == "1 Wrong"
    page.keyboard.press("w")  # goes on behind the mark
    until(page, "getSelection().toString() === 'a'")
    page.keyboard.press("w")
    page.keyboard.press("Shift+ArrowLeft")
    until(page, "getSelection().toString() === 'da'")
    page.keyboard.press("3")
    until(page, "document.querySelectorAll('[data-mark]').length === 2")
    assert slices(page) == ["Take **5 mg", "da"]
    saved(page)
    page.keyboard.press("j")
    page.keyboard.press("2")
    page.keyboard.press("w")
    page.keyboard.press("ArrowRight")
    until(page, "!document.querySelector('[data-selection-tool]').hidden")
    page.keyboard.press("e")
    page.wait_for_selector("[data-evidence-list] input:checked", state="attached")
    page.wait_for_selector("mark.mark-ev")
    saved(page)
    before = page.url
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: url != before)
    spans, evidence = in_database(stored)
    assert [one["text"] for one in spans["spans"]] == ["Take **5 mg", "da"]
    assert evidence[0]["target"] == "r1"
    assert SOURCE[evidence[0]["start"] : evidence[0]["end"]] == evidence[0]["text"]


@pytest.mark.parametrize(
    ("words", "source"),
    [
        ("dose", "dose"),
        ("5 mg a day 😀", "5 mg** a day 😀"),
        ("leaflet, not", "leaflet](https://a.example/is.here), not"),
        ("more\nthan that & never", "more\nthan that &amp; never"),
        ("5 | 6", "5 \\| 6"),
        ("e\u0301norme", "e\u0301norme"),
        ("שלום לך", "שלום לך"),
        ("The dose\nTake", "The dose\n\nTake"),
    ],
)
def test_selected_words_are_found_in_the_source(page, words, source) -> None:
    select(page, words)
    page.locator("[data-mark-label=good]").click()
    until(page, "document.querySelectorAll('[data-mark]').length === 1")
    assert slices(page) == [source]
    drawn = page.evaluate(
        "[...document.querySelectorAll('[data-source-target=r1] mark')].map((m) => m.textContent).join('')"
    )
    assert "".join(drawn.split()) == "".join(words.split())
    saved(page)
    page.reload()
    until(page, "document.querySelectorAll('[data-source-target=r1] mark').length > 0")
    again = page.evaluate(
        "[...document.querySelectorAll('[data-source-target=r1] mark')].map((m) => m.textContent).join('')"
    )
    assert again == drawn


def test_formula_is_marked_as_a_whole(page) -> None:
    page.wait_for_selector(".md-tex math")
    page.evaluate(
        """() => { const inside = document.querySelector(".md-tex math mi, .md-tex math mo");
                   getSelection().setBaseAndExtent(inside, 0, inside, inside.childNodes.length); }"""
    )
    page.locator("[data-mark-label=good]").click()
    page.wait_for_selector(".md-tex.mk")
    assert slices(page) == ["$x_1 + y$"]


def test_mouse_selects_marks_overlap_and_removed_marks_come_back(page) -> None:
    box = page.locator("[data-source-target=r1] strong").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 1, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, y, steps=4)
    page.mouse.move(box["x"] + box["width"] + 1, y, steps=4)
    page.mouse.up()
    page.locator("[data-mark-label=unclear]").click()
    page.locator("[data-mark-severity=minor]").click()
    assert slices(page) == ["5 mg"]
    select(page, "mg a day")
    page.locator("[data-mark-label=good]").click()
    until(page, "document.querySelectorAll('mark.mark-more').length === 1")
    assert slices(page) == ["5 mg", "mg** a day"]
    assert page.locator("mark.mark-more").inner_text() == "mg"
    page.locator("[data-mark-set=note]").first.fill("Which salt?")
    page.locator("[data-mark-set=label]").first.select_option("wrong")
    until(page, "JSON.parse(document.querySelector('[data-marks]').value)[0].label === 'wrong'")
    first = marks(page)[0]
    assert (first["severity"], first["note"]) == ("minor", "Which salt?")
    page.locator("[data-mark-remove]").first.click()
    until(page, "document.querySelectorAll('[data-mark]').length === 1")
    page.get_by_role("button", name="Put back").click()
    until(page, "document.querySelectorAll('[data-mark]').length === 2")
    assert marks(page)[0] == first


def test_backspace_removes_the_mark_at_the_caret(page) -> None:
    select(page, "dose")
    page.keyboard.press("3")
    until(page, "document.querySelectorAll('[data-mark]').length === 1")
    page.locator("[data-source-target=r1] mark").first.click()
    page.wait_for_selector("[data-mark].is-now")
    page.keyboard.press("Backspace")
    until(page, "document.querySelectorAll('[data-mark]').length === 0")
    assert page.locator("[data-source-target=r1] mark").count() == 0
    assert "dose" in page.locator("[data-source-target=r1]").inner_text()


def test_what_cannot_be_marked_says_why(page) -> None:
    said = page.locator("[data-mark-said]").first
    page.locator("[data-mark-label=good]").click()
    assert "Nothing is selected yet" in said.inner_text()
    for _ in range(2):
        select(page, "dose")
        page.locator("[data-mark-label=good]").click()
    until(page, "document.querySelector('[data-mark-said]').textContent.includes('marked Good already')")
    assert len(marks(page)) == 1
    page.evaluate(
        "getSelection().selectAllChildren(document.querySelector('[data-source-target=prompt]'))"
    )  # fmt: skip
    page.locator("[data-mark-label=good]").click()
    until(page, "document.querySelector('[data-mark-said]').textContent.includes('about another text')")


def test_passage_of_another_text_is_evidence_leads_there_and_can_be_taken_back(page) -> None:
    page.locator("[data-criterion]").nth(1).focus()
    page.evaluate(
        "getSelection().selectAllChildren(document.querySelector('[data-source-target=prompt] em'))"
    )  # fmt: skip
    page.locator("[data-take-evidence]").click()
    page.wait_for_selector("[data-source-target=prompt] mark.mark-ev")
    box = page.locator("[data-evidence-list] input")
    assert box.input_value() == '{"target":"prompt","start":20,"end":27}'
    saved(page)
    page.reload()
    page.wait_for_selector("[data-evidence-jump]", state="attached")
    page.locator("[data-criterion]").nth(1).focus()
    page.locator("[data-evidence-jump]").click()
    until(page, "getSelection().toString() === 'anybody'")
    page.locator("[data-evidence-list] input").click()
    until(page, "document.querySelectorAll('mark.mark-ev').length === 0")
    assert not page.locator("[data-evidence-list] input").is_checked()


def test_marks_and_evidence_that_never_reached_the_server_come_back_after_a_reload(page) -> None:
    page.locator("[data-criterion]").nth(1).focus()
    select(page, "dose")
    page.locator("[data-take-evidence]").click()
    page.wait_for_selector("mark.mark-ev")
    saved(page)
    page.route("**/draft/", lambda route: route.abort())
    select(page, "never twice")
    page.locator("[data-take-evidence]").click()
    until(page, "document.querySelectorAll('[data-evidence-list] input:checked').length === 2")
    page.locator("[data-criterion]").first.focus()
    select(page, "5 mg")
    page.keyboard.press("3")
    until(page, "document.querySelectorAll('[data-mark]').length === 1")
    page.reload()
    until(page, "document.querySelectorAll('[data-evidence-list] input:checked').length === 2")
    until(page, "document.querySelectorAll('[data-mark]').length === 1")
    assert slices(page) == ["5 mg"]
    words = page.locator("[data-evidence-list] q").all_inner_texts()
    assert [" ".join(one.split()) for one in words] == ["dose", "never twice"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_in_text_and_list_have_no_serious_finding(page, scheme) -> None:
    page.emulate_media(color_scheme=scheme)
    marked = [("5 mg a day 😀", "12"), ("day 😀, see the leaflet", "21"), ("never", "3")]
    for words, keys in marked:
        select(page, words)
        for key in keys:
            page.keyboard.press(key)
    until(page, "document.querySelectorAll('[data-mark]').length === 3")
    select(page, "twice")
    page.evaluate(importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    found = page.evaluate(
        """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
          .filter((one) => ["serious", "critical"].includes(one.impact))
          .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 200)}`))"""
    )
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marking_fits_a_phone(page, scheme) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    select(page, "5 mg a day")
    page.wait_for_selector("[data-selection-tool]:not([hidden])")
    page.locator("[data-tool-labels] [data-mark-label=good]").click()
    until(page, "document.querySelectorAll('[data-mark]').length === 1")
    assert slices(page) == ["5 mg** a day"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
