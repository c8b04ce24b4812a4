"""A browser without scripts: follows links, fills the forms a page really has, and sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from django.http import HttpResponse
from django.test import Client

from accounts.models import User

Values = dict[str, Any]


@dataclass
class Form:
    """A form as it stands on the page: where it goes, and what its controls hold."""

    action: str
    method: str
    values: Values = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    options: dict[str, list[str]] = field(default_factory=dict)
    words: str = ""


class _Reader(HTMLParser):
    """Collects forms, links and text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.text: list[str] = []
        self._form: Form | None = None
        self._area: str | None = None
        self._select: str | None = None
        self._option: bool = False
        self._link: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = dict(attrs)
        if tag == "form":
            self._form = Form(a.get("action") or "", (a.get("method") or "get").lower())
            self.forms.append(self._form)
        elif tag == "a":
            self._link = a.get("href")
            self.links.append((self._link or "", ""))
        elif self._form is not None:
            self._control(self._form, tag, a)

    def _control(self, form: Form, tag: str, a: dict[str, str | None]) -> None:
        name = a.get("name")
        if tag == "option" and self._select and ("selected" in a or self._select not in form.values):
            form.values[self._select] = a.get("value") or ""
        if not name or "disabled" in a:
            return
        form.names.add(name)
        if tag == "textarea":
            self._area = name
            form.values[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "input":
            self._input(form, name, a)

    def _input(self, form: Form, name: str, a: dict[str, str | None]) -> None:
        kind = a.get("type") or "text"
        if kind in {"submit", "button", "file"}:
            return
        if kind in {"checkbox", "radio"}:
            form.options.setdefault(name, []).append(a.get("value", "on"))
        if kind == "checkbox" and "checked" in a:
            form.values.setdefault(name, []).append(a.get("value", "on"))
        elif kind == "radio" and "checked" in a:
            form.values[name] = a.get("value", "on")
        elif kind not in {"checkbox", "radio"}:
            form.values[name] = a.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            if self._form is not None and self._area is not None:
                # The line break right after the tag is not part of the text.
                self._form.values[self._area] = self._form.values[self._area].removeprefix("\n")
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._form is not None:
            self._form.words += data
            if self._area is not None:
                self._form.values[self._area] += data
        if self._link is not None:
            href, words = self.links[-1]
            self.links[-1] = (href, words + data)


class Page:
    """What came back: status, text, forms, links."""

    def __init__(self, browser: PlainBrowser, url: str, response: HttpResponse) -> None:
        self.browser, self.url, self.response = browser, url, response
        self.status = response.status_code
        html = response["Content-Type"].startswith("text/html") and not response.streaming
        self.reader = _Reader()
        if html:
            self.reader.feed(response.content.decode())
        self.text = " ".join("".join(self.reader.text).split())

    def form(self, *, to: str = "", saying: str = "", having: str = "") -> Form:
        """The first form that goes to an address ending so, says these words, and has this control."""
        for form in self.reader.forms:
            address = urljoin(self.url, form.action).split("?")[0]
            if address.endswith(to) and saying in form.words and (not having or having in form.names):
                return form
        known = [(form.action, sorted(form.names)) for form in self.reader.forms]
        raise AssertionError(f"no form to={to!r} saying={saying!r} having={having!r} on {self.url}: {known}")

    def send(self, form: Form, **values: Any) -> Page:
        """Fill the form and send it as a browser would; values for controls it does not have are refused."""
        filled = {**form.values, **{name.replace("__", "-"): value for name, value in values.items()}}
        return self.browser.send(self.url, form, filled)

    def follow(self, words: str) -> Page:
        """Follow the first link with these words."""
        for href, said in self.reader.links:
            if words in " ".join(said.split()):
                return self.browser.open(urljoin(self.url, href))
        raise AssertionError(f"no link {words!r} on {self.url}")


class PlainBrowser:
    """Somebody at a browser with scripts switched off. Forms carry their real CSRF token."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)

    @classmethod
    def of(cls, user: User) -> PlainBrowser:
        """A browser in which `user` has signed in (without the form; that has tests of its own)."""
        browser = cls()
        browser.client.force_login(user)
        return browser

    def open(self, url: str) -> Page:
        """GET an address, following redirects; a server error fails the test."""
        response = self.client.get(url, follow=True)
        return self._page(url, response)

    def send(self, url: str, form: Form, values: Values) -> Page:
        """Send a form's values to its address and follow where it leads."""
        target = urljoin(url, form.action)
        call = self.client.post if form.method == "post" else self.client.get
        return self._page(target, call(target, values, follow=True))

    def _page(self, url: str, response: HttpResponse) -> Page:
        assert response.status_code < 500, (url, response.status_code)
        chain = getattr(response, "redirect_chain", [])
        return Page(self, chain[-1][0] if chain else url, response)
