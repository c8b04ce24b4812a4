"""In a real browser: formulas are set, code is copied, and what is folded can still be found."""

import pytest

from tests.browser import until
from tests.tasks.conftest import Desk
from tests.tasks.desk_browser import at_work, listed
from tests.tasks.import_samples import row

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOSTILE_TEX = r"""$\href{javascript:alert(1)}{x}$ $\htmlData{a=b}{x}$ $\includegraphics{https://probe.example/x.png}$
$\def\a{\a\a}\a$ $\colorbox{red}{x}$ $\boxed{x}$ $\cancel{x}$ $\rule{9999em}{9999em}$ $\text{<img src=x>}$"""
PROMPT = "\n\n".join(f"Paragraph {n} of the patient's history. " + "It goes on for a while. " * 8 for n in range(30))
ANSWER = r"""The dose is $\frac{w}{2}$, it costs $5 to $10.

$$
\sum_{i=1}^{n} x_i
- 1
$$

```python
print("half of it")
```
"""


TURNS = [{"role": "user", "content": "First question"}, {"role": "assistant", "content": "First answer"}] * 4


def opened(desk: Desk, server, **values):
    """A browser at the one task of this content."""
    url = listed(desk, rows=[row("one", **values)])
    with at_work(desk, server) as context:
        page = context.new_page()
        page.goto(url)
        yield page


@pytest.fixture
def page(desk: Desk, live_server):
    yield from opened(desk, live_server, prompt=f"{PROMPT}\n\nThe *needle* in it.", responses=[ANSWER, HOSTILE_TEX])


@pytest.fixture
def talk(desk: Desk, live_server):
    turns = [*TURNS, {"role": "user", "content": "Last question"}]
    yield from opened(desk, live_server, prompt=None, messages=turns, responses=["One.", "Two."])


def test_formulas_are_set_as_mathml_and_prices_are_not(page) -> None:
    page.wait_for_selector(".md-tex--set math mfrac")
    page.wait_for_selector(".md-tex--display math[display=block] munderover")
    until(page, "document.querySelectorAll('.md-tex:not([data-tex])').length === 0")
    assert page.locator("[data-tex]:has(mfrac)").get_attribute("data-tex") == r"$\frac{w}{2}$"
    assert "it costs $5 to $10." in page.locator(".reading", has_text="The dose is").inner_text()


def test_hostile_tex_makes_no_link_no_image_and_no_style(page) -> None:
    until(page, "document.querySelectorAll('.md-tex:not([data-tex])').length === 0")
    made = page.locator(".md-tex[data-tex]")
    assert made.count() >= 9
    assert page.locator(".md-tex :is(a, img, [style], [href], [src])").count() == 0
    page.locator("[data-unfold=prompt]").click()  # the black box of 9999em covers nothing outside its own place
    page.locator("text=needle").wait_for()


def test_code_is_copied_and_the_copying_announced(page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("[data-copy-code]").first.click()
    until(page, "document.getElementById('announcer').textContent === 'Copied'")
    assert page.evaluate("navigator.clipboard.readText()") == 'print("half of it")\n'


def test_a_long_text_is_folded_and_found_by_search(page) -> None:
    opener = page.locator("[data-unfold=prompt]")
    opener.wait_for()
    assert opener.inner_text().startswith("Show all 1,")
    assert page.locator(".fold-rest").get_attribute("hidden") == "until-found"
    assert page.locator("text=needle").is_hidden()
    page.keyboard.press("/")
    until(page, "document.activeElement.id === 'find-q'")
    page.keyboard.type("the needle in")
    page.wait_for_selector("[data-found]:has-text('1 of 1')")
    page.locator("text=needle").wait_for()
    assert opener.count() == 0
    page.reload()
    page.locator("text=needle").wait_for()  # what was opened stays open


def test_the_button_shows_everything_and_reading_goes_on_there(page) -> None:
    page.locator("[data-unfold=prompt]").click()
    page.locator("text=needle").wait_for()
    until(page, "document.activeElement.closest('.fold-rest') !== null")


def test_text_is_whole_and_searchable_by_the_browser_without_our_search(page) -> None:
    text = page.evaluate("document.querySelector('[data-source-target=prompt]').textContent")
    assert text.split() == f"{PROMPT} The needle in it.".split()
    page.evaluate("document.querySelector('.fold-rest').dispatchEvent(new Event('beforematch'))")
    page.locator("text=needle").wait_for()


def test_turns_close_one_by_one_and_all_at_once(talk) -> None:
    toggle = talk.locator("[data-turns-toggle]")
    toggle.click()
    until(talk, "document.querySelectorAll('details[data-turn][open]').length === 0")
    assert toggle.inner_text() == "Open all turns"
    talk.locator("#find-q").fill("last")
    talk.wait_for_selector("details[data-turn][open]")
    assert talk.locator("details[data-turn][open]").count() == 1
    toggle.click()
    until(talk, "document.querySelectorAll('details[data-turn]:not([open])').length === 0")
