"""Keys of one's own: no two actions of one page share one, a swap keeps it so, and pages print what a person chose."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.commands import reset_keys, set_key, set_preferences
from accounts.keys import ACTIONS, TOGETHER, KeyTaken, by_context, keys_of, with_key
from accounts.models import User
from evaltool.base.errors import Invalid
from tests.plain_browser import PlainBrowser

PAGE = "/account/keys/"


def clashes(keys: dict[str, str]) -> list[tuple[str, str]]:
    """Pairs of actions that stand on one page and have the same key."""
    found = []
    for a in ACTIONS.values():
        for b in ACTIONS.values():
            apart = a.context != b.context and "global" not in (a.context, b.context)
            met = not apart or b.context in TOGETHER.get(a.context, ())
            if a.name < b.name and met and keys[a.name] == keys[b.name]:
                found.append((a.name, b.name))
    return found


def test_the_first_keys_do_not_clash() -> None:
    assert clashes(keys_of({})) == []
    assert {action.context for action in ACTIONS.values()} < set(by_context())


@given(st.lists(st.tuples(st.sampled_from(sorted(ACTIONS)), st.sampled_from("abcdefgjkqrsuwxyz=[?"), st.booleans())))
def test_no_order_of_changes_and_swaps_makes_two_actions_share_a_key(steps: list[tuple[str, str, bool]]) -> None:
    own: dict[str, str] = {}
    for action, key, swap in steps:
        try:
            own = with_key(own, action, key, swap=swap)
        except KeyTaken:
            continue
        assert keys_of(own)[action] == key
        assert clashes(keys_of(own)) == []


@pytest.mark.parametrize(
    ("key", "reason"), [("", "one letter"), ("ab", "one letter"), (" ", "one letter"), ("\t", "one letter"),
                        ("3", "Digits"), ("'", "browsers"), ("\u200b", "one letter")],
)  # fmt: skip
def test_what_cannot_be_a_key_is_refused(key: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        with_key({}, "skip", key)


def test_a_key_may_mean_two_things_on_pages_that_never_meet() -> None:
    assert with_key({}, "take", "s") == {"take": "s"}
    with pytest.raises(KeyTaken, match="Skip"):
        with_key({}, "select", "s")
    with pytest.raises(KeyTaken, match="Guideline"):
        with_key({}, "take", "g")


def test_capitals_and_small_letters_are_one_key() -> None:
    assert with_key({}, "skip", "Z") == {"skip": "z"}


def test_a_collision_names_the_other_action_and_offers_to_swap(eve: User) -> None:
    browser = PlainBrowser.of(eve)
    page = browser.open(PAGE)
    row = next(form for form in page.reader.forms if form.values.get("action") == "skip")
    page = page.send(row, key="f")
    assert page.status == 422
    assert "F is the key for “Flag” already." in page.text
    page = page.send(page.form(to=PAGE, saying="Swap the two"), swap="1")
    assert "F is the key for “Skip” now." in page.text
    eve.refresh_from_db()
    assert (keys_of(eve.keys)["skip"], keys_of(eve.keys)["flag"]) == ("f", "s")
    page = page.send(page.form(to="/reset/"))
    eve.refresh_from_db()
    assert eve.keys == {}


def test_pages_print_the_keys_a_person_chose(eve: User) -> None:
    set_key(user=eve, action="search", key="!", by=eve)
    html = PlainBrowser.of(eve).open("/account/profile/").response.content.decode()
    content = re.search(r'name="evaltool-keys" content="([^"]+)"', html)
    assert content
    assert json.loads(content[1].replace("&quot;", '"'))["search"] == "!"
    assert '<kbd class="kbd">!</kbd>' in html


def test_turned_off_no_key_is_printed_and_what_was_chosen_is_kept(eve: User) -> None:
    set_key(user=eve, action="search", key="!", by=eve)
    browser = PlainBrowser.of(eve)
    page = browser.open(PAGE)
    page = page.send(page.form(to="/single/"), single_keys="off")
    assert "Single keys are off." in page.text
    html = browser.open("/account/profile/").response.content.decode()
    assert 'content="{}"' in html
    assert '<kbd class="kbd">!</kbd>' not in html
    set_preferences(user=eve, by=eve, single_keys=True)
    assert '<kbd class="kbd">!</kbd>' in browser.open("/account/profile/").response.content.decode()


def test_nobody_changes_the_keys_of_others(eve: User, evan: User) -> None:
    set_key(user=eve, action="skip", key="z", by=eve)
    assert "yours" not in PlainBrowser.of(evan).open(PAGE).text
    reset_keys(user=evan, by=evan)
    eve.refresh_from_db()
    assert eve.keys == {"skip": "z"}


def test_an_unknown_action_is_refused(eve: User) -> None:
    page = PlainBrowser.of(eve).open(PAGE)
    row = next(form for form in page.reader.forms if form.values.get("action") == "skip")
    row.values["action"] = "fly"
    assert page.send(row, key="z").status == 422


TEMPLATES = sorted((Path(__file__).resolve().parents[2] / "templates").rglob("*.html"))


def test_no_template_writes_a_key_of_its_own_and_each_names_a_known_action() -> None:
    written, unknown = [], []
    for path in TEMPLATES:
        text = path.read_text("utf-8")
        written += [f"{path.name}: {found}" for found in re.findall(r'data-key="[^{"\d][^"]*"', text)]
        written += [f"{path.name}: {found}" for found in re.findall(r'class="kbd">[A-Z=?/\[\]]<', text)]
        named = re.findall(r'{% (?:key|kbd) "([^"]+)" %}', text)
        unknown += [f"{path.name}: {name}" for name in named if name not in ACTIONS]
    assert written == []
    assert unknown == []
    assert len(TEMPLATES) > 100
