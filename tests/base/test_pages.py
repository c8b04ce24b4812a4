"""How every page answers: whole or in part, never cached, never framed, and never losing what was typed."""

import copy
import html
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import include, path
from django.utils import timezone

from evaltool.base import pages
from evaltool.base.errors import Invalid, Problem, RuleBroken, StaleState
from evaltool.base.pages import (
    NavItem,
    ProjectItem,
    RoleItem,
    go_on_to,
    local_next,
    redirect_to,
    render_page,
    with_event,
)
from evaltool.base.paging import paginate

HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}


def listing(request: HttpRequest) -> HttpResponse:
    if "say" in request.GET:
        messages.success(request, "Batch <b>12</b> is released.")
    return render_page(request, "shell_test.html", {"n": 7}, partial="rows")


def moved(request: HttpRequest) -> HttpResponse:
    return redirect_to(request, "listing")


def onward(request: HttpRequest) -> HttpResponse:
    return go_on_to(request, "listing")


@login_required
def private(request: HttpRequest) -> HttpResponse:
    return HttpResponse("task text")


def refuse(request: HttpRequest) -> HttpResponse:
    if "stale" in request.POST:
        raise StaleState
    if "invalid" in request.POST:
        raise Invalid([Problem("prompt", "is empty", row=3), Problem("responses", "has one entry")])
    raise RuleBroken("Your reservation ended at 11:12.", code="expired")


def zone(request: HttpRequest) -> HttpResponse:
    return HttpResponse(timezone.get_current_timezone_name())


def fail(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


urlpatterns = [
    path("", include("accounts.urls")),
    path("list/", listing, name="listing"),
    path("moved/", moved),
    path("onward/", onward),
    path("work/private/", private),
    path("refuse/", refuse),
    path("fail/", fail),
    path("zone/", zone),
]
handler500 = pages.server_error

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _test_templates(settings) -> None:
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [*templates[0]["DIRS"], Path(__file__).parent / "templates"]
    settings.TEMPLATES = templates


@pytest.fixture(autouse=True)
def _no_providers(monkeypatch):
    """Only what a test registers feeds the shell."""
    for name in ("_nav", "_roles", "_projects"):
        monkeypatch.setattr(pages, name, [])


# ------------------------------------------------------------ whole or part


def test_plain_get_answers_the_whole_page(client):
    body = client.get("/list/").content.decode()
    assert "<h1>Whole page</h1>" in body
    assert '<div id="rows">Row 7</div>' in body


def test_htmx_gets_only_the_part(client):
    assert client.get("/list/", headers=HTMX).content.decode() == '<div id="rows">Row 7</div>'


@pytest.mark.parametrize("also", [{"HX-Boosted": "true"}, {"HX-History-Restore-Request": "true"}])
def test_boosted_links_and_history_get_the_whole_page(client, also):
    assert "<h1>Whole page</h1>" in client.get("/list/", headers=HTMX | also).content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_whole_and_part_are_never_mixed_up_by_a_cache(client, headers):
    vary = {name.strip() for name in client.get("/list/", headers=headers)["Vary"].split(",")}
    assert {"HX-Request", "Cookie"} <= vary


def test_messages_ride_along_with_a_part_and_are_escaped(client):
    body = client.get("/list/?say=1", headers=HTMX).content.decode()
    assert 'id="messages"' in body
    assert 'hx-swap-oob="true"' in body
    assert "Batch &lt;b&gt;12&lt;/b&gt; is released." in body


def test_message_is_shown_once(client):
    assert "is released" in client.get("/list/?say=1").content.decode()
    assert "is released" not in client.get("/list/").content.decode()


def test_redirect_is_303_and_hx_redirect_for_htmx(client):
    plain, part = client.post("/moved/"), client.post("/moved/", headers=HTMX)
    assert (plain.status_code, plain["Location"]) == (303, "/list/")
    assert (part.status_code, part["HX-Redirect"]) == (200, "/list/")


def test_next_task_is_loaded_into_this_page_under_htmx(client):
    response = client.post("/onward/", headers=HTMX)
    location = json.loads(response["HX-Location"])
    assert (location["path"], location["target"]) == ("/list/", "body")
    assert "<h1>Whole page</h1>" in client.get("/list/", headers=HTMX | location["headers"]).content.decode()


def test_next_task_is_a_redirect_without_htmx(client):
    response = client.post("/onward/")
    assert (response.status_code, response["Location"]) == (303, "/list/")


def test_events_add_up():
    response = with_event(with_event(HttpResponse(), "submission-recorded"), "seat-freed", {"n": 1})
    assert json.loads(response["HX-Trigger"]) == {"submission-recorded": None, "seat-freed": {"n": 1}}


# ------------------------------------------------------------------ headers


@pytest.mark.parametrize("address", ["/list/", "/sign-in/", "/work/private/", "/refuse/", "/nowhere/"])
def test_every_answer_is_private_and_walled_in(client, address):
    response = client.get(address)
    assert response["Cache-Control"] == "no-store"
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    for rule in ("default-src 'none'", "script-src 'self'", "base-uri 'none'", "form-action 'self'"):
        assert rule in policy
    assert "frame-ancestors 'none'" in policy


def test_htmx_is_hardened_on_every_page(client):
    body = client.get("/list/").content.decode()
    config = json.loads(html.unescape(re.search(r"name=\"htmx-config\" content='([^']+)'", body)[1]))
    assert config["allowEval"] is False
    assert config["includeIndicatorStyles"] is False
    assert config["allowScriptTags"] is False
    assert config["selfRequestsOnly"] is True
    assert config["historyCacheSize"] == 0
    swapped = {rule["code"]: rule["swap"] for rule in config["responseHandling"]}
    assert swapped == {"204": False, "[23]..": True, "409": True, "422": True, "[45]..": False}


def test_person_s_look_is_set_by_the_server(client, eve):
    eve.theme, eve.text_size, eve.reading, eve.single_keys = "dark", "large", "sans", False
    eve.save()
    client.force_login(eve)
    opening = re.search("<html[^>]*>", client.get("/list/").content.decode())[0]
    assert 'data-theme="dark" data-text="large" data-reading="sans"' in opening
    assert 'data-keys="off"' in opening


# -------------------------------------------------------- end of a session


def test_expired_session_keeps_the_page_under_htmx(client):
    here = "http://testserver/work/42/?part=2"
    response = client.get("/work/private/", headers=HTMX | {"HX-Current-URL": here})
    assert response.status_code == 401
    target = urlsplit(response["HX-Redirect"])
    assert target.path == "/sign-in/"
    assert parse_qs(target.query) == {"next": ["/work/42/?part=2"]}


@pytest.mark.parametrize("page", ["https://evil.example/work/", "http://testserver//evil.example/", "nonsense"])
def test_way_back_after_signing_in_stays_on_this_host(client, page):
    response = client.get("/work/private/", headers=HTMX | {"HX-Current-URL": page})
    assert parse_qs(urlsplit(response["HX-Redirect"]).query) == {"next": ["/"]}


def test_expired_session_tells_a_script_in_json(client):
    response = client.get("/work/private/", headers=JSON | {"Referer": "http://testserver/work/42/"})
    assert response.status_code == 401
    assert response.json()["code"] == "signed_out"
    assert response.json()["sign_in"] == "/sign-in/?next=%2Fwork%2F42%2F"


def test_expired_session_of_a_plain_page_is_redirected(client):
    response = client.get("/work/private/")
    assert (response.status_code, response["Location"]) == (302, "/sign-in/?next=/work/private/")


def test_signing_out_clears_the_browser(client, eve):
    client.force_login(eve)
    assert client.post("/sign-out/")["Clear-Site-Data"] == '"cache", "storage"'


def test_signing_out_keeps_text_that_was_never_saved(client, eve):
    client.force_login(eve)
    assert client.post("/sign-out/", {"unsent": "1"})["Clear-Site-Data"] == '"cache"'


def test_nothing_is_cleared_while_somebody_stays_signed_in(client, eve):
    client.force_login(eve)
    assert "Clear-Site-Data" not in client.post("/list/")
    assert "Clear-Site-Data" not in client.get("/list/")


def test_times_are_shown_in_the_person_s_zone(client, eve):
    eve.time_zone = "Asia/Tokyo"
    eve.save()
    client.force_login(eve)
    assert client.get("/zone/").content == b"Asia/Tokyo"
    assert timezone.get_current_timezone_name() == "UTC"
    eve.time_zone = "Nowhere/Land"
    eve.save()
    assert client.get("/zone/").content == b"UTC"


# ----------------------------------------------------------------- refusals


def test_refusal_is_a_page_that_gives_back_what_was_typed(client):
    typed = "Step 2 starts every patient under 55 on an ACE inhibitor <b>."
    response = client.post("/refuse/", {"accuracy-why": typed, "password": "a secret that is long enough"})
    body = response.content.decode()
    assert response.status_code == 409
    assert "Your reservation ended at 11:12." in body
    assert html.escape(typed) in body
    assert "a secret that is long enough" not in body


def test_refusal_under_htmx_leaves_the_form_alone(client):
    response = client.post("/refuse/", {"stale": "1"}, headers=HTMX)
    assert response.status_code == 409
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("#messages", "innerHTML")
    assert "Somebody changed this in the meantime" in response.content.decode()


def test_refusal_tells_a_script_in_json(client):
    response = client.post("/refuse/", headers=JSON)
    assert response.status_code == 409
    assert response.json() == {"code": "expired", "message": "Your reservation ended at 11:12.", "problems": []}


def test_invalid_input_is_422_and_names_row_field_and_reason(client):
    response = client.post("/refuse/", {"invalid": "1"}, headers=JSON)
    assert response.status_code == 422
    assert response.json()["problems"][0] == {"field": "prompt", "reason": "is empty", "row": 3}
    assert "Row 3, prompt: is empty" in client.post("/refuse/", {"invalid": "1"}).content.decode()


@pytest.mark.parametrize(
    ("referer", "back"),
    [("http://testserver/work/1/", "/work/1/"), ("https://evil.example/x", "/"), ("", "/")],
)
def test_way_back_from_a_refusal_is_ours(client, referer, back):
    body = client.post("/refuse/", headers={"Referer": referer}).content.decode()
    assert f'href="{back}">Go back' in body


def test_failure_of_ours_shows_the_reference_of_the_log(caplog, settings):
    client = Client(raise_request_exception=False)
    response = client.get("/fail/")
    assert response.status_code == 500
    assert response["X-Reference"] in response.content.decode()
    assert any(response["X-Reference"] in record.getMessage() for record in caplog.records)


def test_unknown_address_is_a_page_of_ours(client):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "This page is not here" in response.content.decode()


def test_csrf_failure_says_what_to_do(eve):
    client = Client(enforce_csrf_checks=True)
    client.force_login(eve)
    response = client.post("/list/")
    assert response.status_code == 403
    assert "Nothing was changed" in response.content.decode()


# --------------------------------------------------------------------- next


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "\\\\evil.example", "/\\evil.example", "https:evil.example", "https://evil.example/",
        "http:///evil.example", "javascript:alert(1)", "\t//evil.example", "/\t/evil.example", "%2F%2Fevil.example",
        "work", "",
    ],
)  # fmt: skip
def test_next_that_leaves_this_host_is_ignored(target):
    assert local_next(RequestFactory().get("/", {"next": target}), "/home/") == "/home/"
    assert local_next(RequestFactory().post("/", {"next": target}), "/home/") == "/home/"


def test_next_on_this_host_is_followed():
    assert local_next(RequestFactory().get("/", {"next": "/work/1/?a=b"})) == "/work/1/?a=b"


# -------------------------------------------------------------------- shell


ROLES = [RoleItem("evaluator", "Evaluator", "/list/"), RoleItem("qa_lead", "QA lead", "/work/")]


def test_role_of_a_page_is_that_of_its_address(client, eve):
    pages.register_roles(lambda request: reversed(ROLES))
    pages.register_nav(lambda request: [NavItem("Queue", "/work/queue/", "queue", roles=frozenset({"qa_lead"}))])
    pages.register_nav(lambda request: [NavItem("Work", "/list/", "work", 3, frozenset({"evaluator"}))])
    client.force_login(eve)
    body = client.get("/list/").content.decode()
    assert '<a href="/list/" aria-current="page">Work <span class="badge">3</span></a>' in body
    assert "Queue" not in body
    assert 'class="brand" href="/list/"' in body


def test_project_switcher_is_hidden_without_projects(client, eve):
    client.force_login(eve)
    assert "Project:" not in client.get("/list/").content.decode()
    pages.register_projects(lambda request: [ProjectItem("Clinical answers", "/p/1/", current=True)])
    assert "Clinical answers" in client.get("/list/").content.decode()


def test_shell_is_not_read_for_a_part_or_for_a_visitor(client, eve):
    asked = []
    pages.register_nav(lambda request: asked.append(1) or [])
    client.get("/list/")
    client.force_login(eve)
    client.get("/list/", headers=HTMX)
    assert asked == []
    client.get("/list/")
    assert asked == [1]


# ------------------------------------------------------------------- paging


@pytest.mark.parametrize(("asked", "given"), [("1", 1), ("3", 3), ("99", 3), ("0", 3), ("x", 1), ("-1", 3), ("", 1)])
def test_page_number_that_does_not_exist_means_the_nearest(asked, given):
    page = paginate(RequestFactory().get("/", {"page": asked}), list(range(25)), per_page=10)
    assert page.number == given


def test_uncounted_list_takes_one_query_and_knows_the_next(eve, evan, alice, django_assert_num_queries):
    from accounts.models import User

    people = User.objects.order_by("pk")
    with django_assert_num_queries(1):
        page = paginate(RequestFactory().get("/"), people, per_page=2, counted=False)
        assert (len(page), page.has_next(), page.has_previous()) == (2, True, False)
    assert not paginate(RequestFactory().get("/"), people, per_page=3, counted=False).has_next()
    last = paginate(RequestFactory().get("/?page=2"), people, per_page=2, counted=False)
    assert (len(last), last.has_next(), last.start_index, last.end_index) == (1, False, 3, 3)


@pytest.mark.parametrize("asked", ["0", "-5", "x", "1e9", "99999999999999999999", "²"])
def test_uncounted_page_number_is_harmless(asked):
    page = paginate(RequestFactory().get("/", {"page": asked}), [1, 2, 3], per_page=2, counted=False)
    assert page.number >= 1
