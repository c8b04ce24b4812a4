"""axe-core finds nothing serious on any page, in light and in dark, through the eyes of every role.

axe-core (MPL-2.0) comes with a development package and never becomes part of the product.
"""

import importlib.resources
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from accounts.models import User
from tests.browser import chromium
from tests.plain_browser import PlainBrowser
from tests.roof.axe_world import World, build
from tests.roof.test_every_route import ROUTES, address

AXE = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
# Everything in light; in dark only what a theme can change.
RUN = """async (only) => {
  const calm = Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)));
  await Promise.race([calm, new Promise((go) => setTimeout(go, 1000))]);
  const options = { resultTypes: ["violations"], ...(only ? { runOnly: { type: "rule", values: [only] } } : {}) };
  const { violations } = await axe.run(document, options);
  return violations.filter((one) => ["serious", "critical"].includes(one.impact)).flatMap((one) =>
    one.nodes.map((node) => `${one.impact} ${one.id}: ${node.target.join(" ")} ${node.html.slice(0, 160)}`));
}"""
PER_ROUTE = 1  # addresses looked at for each route, whoever sees them first; and every kind of task
NOT_PAGES = ("/download", "/file", ".csv", ".jsonl", ".yaml", ".json", "/healthz", "/readyz", "/sign-out/", "/api/")
# GET routes that answer no page of their own: they send on, hand out a file, or fill a part of a page.
ELSEWHERE = {
    "home", "healthz", "readyz", "projects:invitation", "projects:guideline_drawer", "projects:endpoint_test",
    "projects:guideline", "projects:guideline_document", "projects:guideline_file", "projects:guideline_original",
    "exports:download", "exports:manifest", "reviews:record_file", "rubrics:export",
    "tasks:converse", "tasks:difference", "tasks:import_problems", "tasks:import_progress", "tasks:rows",
}  # fmt: skip

Page = tuple[User | None, str]


def pages_of(user: User, project_slug: str, counted: Counter[str]) -> Iterator[str]:
    """Pages a person reaches from their homes by links, as long as their routes are not counted out."""
    browser, seen = PlainBrowser.of(user), set()
    waiting = ["/", "/work/", "/qa/", f"/manage/{project_slug}/", "/account/profile/"]
    while waiting:
        url = waiting.pop(0)
        path = urlsplit(url).path
        name = route_of(path)
        if not name or path in seen or counted[name] >= PER_ROUTE or any(part in path for part in NOT_PAGES):
            continue
        seen.add(path)
        page = browser.open(path)
        if page.status != 200 or not page.response["Content-Type"].startswith("text/html"):
            continue
        counted[name] += 1
        yield urlsplit(page.url).path
        waiting += [urljoin(page.url, href) for href, _ in page.reader.links if href and not href.startswith("http")]


def route_of(path: str) -> str:
    """The name of the route of a path, "" when it is none of ours."""
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


@pytest.fixture
def world(db: None) -> World:
    return build()


def all_pages(world: World) -> list[Page]:
    """Every page to look at."""
    counted: Counter[str] = Counter()
    found = [(user, url) for user in world.eyes for url in pages_of(user, world.project.slug, counted)]
    return list(dict.fromkeys([(None, "/sign-in/"), *found, *world.pages]))


def test_the_walk_reaches_every_page_there_is(world: World, client: Client) -> None:
    reached = {route_of(urlsplit(url).path) for _, url in all_pages(world)}
    client.force_login(world.eyes[-1])
    missed = []
    for name, kinds in ROUTES:
        if name not in reached | ELSEWHERE and not name.startswith("api"):
            answer = client.get(address(name, kinds, world.project.slug))
            missed += [name] if answer.status_code != 405 else []
    assert missed == [], "\n".join(missed)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_nothing_serious_on_any_page_in_either_theme(live_server) -> None:
    world = build()
    pages = all_pages(world)
    cookies = {user: _session(user, live_server.url) for user, _ in pages if user}
    found: dict[str, list[str]] = {}
    states = list(STATES.items())
    with chromium() as browser:
        context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
        context.set_default_timeout(30_000)
        context.add_init_script(AXE)
        tab = context.new_page()
        for user, url in pages:
            context.clear_cookies()
            context.add_cookies([cookies[user]] if user else [])
            answer = tab.goto(url)
            assert answer.status == 200, (user, url, answer.status)
            found[f"{user} {url}"] = serious(tab)
            while states and route_of(url) == "tasks:assignment":
                name, step = states.pop(0)
                step(tab)
                found[f"{user} {url} {name}"] = serious(tab)
        context.close()
    bad = {page: findings for page, findings in found.items() if findings}
    assert bad == {}, "\n".join(f"{page}\n  " + "\n  ".join(findings) for page, findings in bad.items())


def serious(tab: Any) -> list[str]:
    """What axe finds on the page as it stands, in light and in dark."""
    tab.emulate_media(color_scheme="light", reduced_motion="reduce")
    light = tab.evaluate(RUN, None)
    tab.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return [*light, *(f"dark: {one}" for one in tab.evaluate(RUN, "color-contrast"))]


def _open_skip(tab: Any) -> None:
    tab.locator("details[data-to-field] > summary").click()


def _open_panel(tab: Any) -> None:
    tab.keyboard.press("Escape")
    tab.locator("[data-panel-opener]").first.click()
    tab.wait_for_selector("#side-panel form")


def _open_keys(tab: Any) -> None:
    tab.locator("[data-close-panel]").first.click()
    tab.locator("[data-open-dialog=keys-dialog]").click()
    tab.wait_for_selector("#keys-dialog[open]")


# What opens over a task, in this order; looked at over the first.
STATES = {"with the box to skip": _open_skip, "with the form to flag": _open_panel, "with the list of keys": _open_keys}


def _session(user: User, url: str) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}
