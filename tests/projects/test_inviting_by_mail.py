"""Invitations go out by mail, one by one or by a table, and are never sent before the commit nor lost after it."""

import re

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.mailing import send, send_mail
from accounts.models import Mail
from evaltool.base import todos
from evaltool.base.errors import Invalid
from evaltool.base.models import ToDo
from projects.commands import accept_invitation, invite, set_domains
from projects.commands.inviting_many import invite_many, read_table
from projects.models import Expertise, Invitation, Role

pytestmark = pytest.mark.django_db
SECRET = "a-long-good-secret"
TABLE = """email,name,roles,expertise
nora@example.org,Nora,evaluator,finance: expert; law
omar@example.org,,evaluator;qa_lead,
"""
PAGE = "/manage/clinical-answers/people/invite/table/"


def link(token: str) -> str:
    return f"https://evaltool.test/invite/{token}/"


def work_off() -> None:
    """Send what waits."""
    for row in ToDo.objects.filter(kind="send_mail"):
        assert todos.run(row.pk)


@pytest.fixture
def domains(project, alice):
    return set_domains(project=project, domains=["finance", "law"], by=alice)


def test_the_mail_holds_the_one_link_and_its_text_is_forgotten_once_sent(project, alice) -> None:
    invite(project=project, email="nora@example.org", name="Nora", roles=[Role.EVALUATOR], by=alice, link=link)
    assert mail.outbox == [], "nothing goes out before a worker sends it"
    work_off()
    [sent] = mail.outbox
    assert sent.to == ["nora@example.org"]
    assert sent.subject == "Alice invites you to Clinical answers"
    token = re.search(r"/invite/(\S+)/", sent.body)[1]
    assert accept_invitation(token=token, name="Nora", password=SECRET).roles == ["evaluator"]
    assert list(Mail.objects.values_list("body", flat=True)) == [""]


def test_a_mail_is_sent_once_however_often_the_job_runs() -> None:
    row = send(address="a@example.org", subject="Two\nlines", body="x")
    for _ in range(3):
        send_mail(row.pk, lambda: None)
    [sent] = mail.outbox
    assert sent.subject == "Two lines"
    assert sent.extra_headers["Message-ID"].startswith(f"<{row.public_id}@")


def test_expertise_is_granted_by_the_inviter_when_the_link_is_used(project, alice, domains) -> None:
    _, token = invite(
        project=project, email="nora@example.org", roles=["evaluator"], expertise={"finance": 3}, by=alice
    )
    member = accept_invitation(token=token, name="Nora", password=SECRET)
    granted = Expertise.objects.get(member=member)
    assert (granted.domain, granted.level, granted.granted_by) == ("finance", 3, alice)
    with pytest.raises(Invalid) as error:
        invite(project=project, email="o@example.org", roles=["evaluator"], expertise={"art": 3}, by=alice)
    assert error.value.problems[0].field == "expertise"


def test_a_table_invites_everybody_and_the_same_table_again_nobody(project, alice, domains) -> None:
    done = invite_many(project=project, text=TABLE, by=alice, link=link)
    assert [(row.email, row.roles, row.expertise) for row in done.rows] == [
        ("nora@example.org", ["evaluator"], {"finance": 3, "law": 2}),
        ("omar@example.org", ["qa_lead", "evaluator"], {}),
    ]
    work_off()
    again = invite_many(project=project, text=TABLE, by=alice, link=link)
    assert (again.rows, len(again.unchanged)) == ([], 2)
    work_off()
    assert len(mail.outbox) == 2


BAD = """email,roles,expertise
nobody,evaluator,
omar@example.org,chef,
pia@example.org,evaluator,art: expert
pia@example.org,evaluator,finance: wizard
quin@example.org,,
"""


def test_every_bad_row_is_named_and_nobody_is_invited_unless_they_are_left_out(project, alice, domains) -> None:
    with pytest.raises(Invalid) as error:
        invite_many(project=project, text=BAD, by=alice, link=link)
    found = [(problem.row, problem.field) for problem in error.value.problems]
    assert found == [(2, "email"), (3, "roles"), (4, "expertise"), (5, "expertise"), (5, "email")]
    assert not Invitation.objects.exists()
    done = invite_many(project=project, text=BAD, leave_out_bad=True, by=alice, link=link)
    assert [row.email for row in done.rows] == ["quin@example.org"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name\nNora", "The first line names the columns"),
        ("email,phone\na@example.org,1", "phone is not one of them"),
        ('email\n"a@example.org', "not a CSV table"),
        ("email\n" + "a@example.org\n" * 1_001, "at most 1,000 people"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(project, text, reason) -> None:
    with pytest.raises(Invalid, match=reason):
        read_table(project, text)


def test_members_and_open_invitations_are_left_as_they_are(project, alice, eve) -> None:
    found = read_table(project, f"email\n{eve.email.upper()}\n")
    assert (found.rows, len(found.unchanged)) == ([], 1)


# ------------------------------------------------------------------ pages


def test_the_page_shows_the_table_first_and_keeps_it(signed_in, alice, project, domains) -> None:
    client = signed_in(alice)
    file = SimpleUploadedFile("people.csv", TABLE.encode())
    shown = client.post(PAGE, {"file": file, "do": "check"})
    assert "2 to invite, 0 already members" in shown.content.decode()
    assert "omar@example.org,,evaluator;qa_lead" in shown.content.decode(), "the table stays, to be sent on"
    assert not Invitation.objects.exists()
    assert client.post(PAGE, {"text": TABLE, "do": "invite"}).status_code == 303
    assert Invitation.objects.filter(mailed=True).count() == 2
    work_off()
    assert "http://testserver/invite/" in mail.outbox[0].body


def test_the_page_names_bad_rows_and_keeps_the_text(signed_in, alice, domains) -> None:
    answer = signed_in(alice).post(PAGE, {"text": BAD, "do": "invite"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "There is no role chef." in text
    assert "quin@example.org" in text
    assert not Invitation.objects.exists()


def test_one_person_is_invited_by_mail_or_by_a_link_to_copy(signed_in, alice, project) -> None:
    from uuid import uuid4

    client = signed_in(alice)
    form = {"email": "nora@example.org", "roles": ["evaluator"], "receipt": uuid4()}
    assert "Copy it and send it" in client.post("/manage/clinical-answers/people/invite/", form).content.decode()
    assert not Mail.objects.exists()
    form = {**form, "mail": "on", "receipt": uuid4(), "expertise": "finance: wizard"}
    answer = client.post("/manage/clinical-answers/people/invite/", form)
    assert answer.status_code == 422
    assert "wizard is no level" in answer.content.decode()
    answer = client.post("/manage/clinical-answers/people/invite/", form | {"expertise": ""})
    assert "on its way to nora@example.org" in answer.content.decode()
    assert Mail.objects.get().address == "nora@example.org"
